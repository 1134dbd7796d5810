// Reports of the pack: lists and numbers for whoever is signed in, as JSON or as a table; and those that the pack makes public, as a
// page that anybody may read and that has passed the identity scanner (P19).
#include <algorithm>
#include <map>
#include <mutex>

#include "app/feature.h"
#include "base/id.h"
#include "features/reports/page.h"
#include "features/reports/table.h"
#include "policy/scan.h"
#include "rules/form.h"
#include "table/csv.h"

namespace sanjal::reports {
namespace {

constexpr std::size_t rows_max = 500;  // on a screen; a table for a spreadsheet has all of them

Json const* report_of(app::Context& context, std::string_view name) {
    auto const* all = context.pack().document.find("reports");
    return all != nullptr ? all->find(name) : nullptr;
}

bool is_offered(app::Context& context, Json const& report) {
    auto const* who = report.find("who");
    if (who == nullptr) return true;
    auto const named = [&](Json const& role) { return role.is_text() && role.text() == context.actor().role; };
    return who->is_list() ? std::any_of(who->items().begin(), who->items().end(), named) : named(*who);
}

bool supervises(app::Context& context) {
    auto const seen = policy::oversight(context.actor().role, context.pack());
    return seen.counts;
}

Json head_of(app::Context& context, std::string_view name, Json const& report, std::string const& language) {
    auto const& pack = context.pack().document;
    std::string const prefix = "report." + std::string(name);
    Json head = Json::object({{"report", name}, {"title", rules::label(pack, language, prefix + ".title", report.text_at("title"))}, {"group", report.text_at("group")}, {"of", report.text_at("of")}});
    if (auto const note = report.text_at("note"); !note.empty()) head.set("note", rules::label(pack, language, prefix + ".note", note));
    auto const begin = report.text_at("begin");
    auto const* form = begin.empty() ? nullptr : context.pack().form(begin);
    policy::Relations const none;
    if (form != nullptr && policy::decide({context.actor(), policy::Action::Create, report.text_at("of"), none, false}, context.pack()).allowed) {
        head.set("begin", Json::object({{"form", begin}, {"title", rules::label(pack, language, std::string(begin) + ".title", form->text_at("title"))}}));
    }
    if (report.bool_at("public")) head.set("public", true);
    return head;
}

Result<app::Response> list(app::Context& context, app::Request const& request) {
    Json all = Json::list();
    std::string const language = context.language_of(request);
    auto const* reports = context.pack().document.find("reports");
    for (auto const& [name, report] : reports != nullptr ? reports->members() : Json::Object()) {
        if (is_offered(context, report)) all.push_back(head_of(context, name, report, language));
    }
    return app::json(200, Json::object({{"reports", std::move(all)}}));
}

// Which rows of a public report stay off its page, and why: a text in them names somebody.
Result<std::vector<std::string>> held_back(app::Context& context, Json const& report, Table::Row const& row) {
    std::string all;
    for (auto const& [field, value] : row.values) {
        auto const* definition = context.pack().field(report.text_at("of"), field);
        if (definition == nullptr || definition->text_at("class") != "public") continue;
        if (value.is_text() && definition->text_at("kind") == "text") all += value.text() + "\n";
        for (auto const& one : value.is_list() ? value.items() : Json::List()) {
            if (one.is_text() && definition->text_at("kind") == "text") all += one.text() + "\n";
        }
    }
    return policy::scan(context.tx(), context.pack(), all);
}

Json values_of(Table const& table, Table::Row const& row) {
    Json values = Json::object();
    for (auto const& column : table.columns.items()) {
        auto const found = row.values.find(std::string(column.text_at("name")));
        if (found != row.values.end() && !found->second.is_null()) values.set(column.text_at("name"), found->second);
    }
    return values;
}

Result<app::Response> as_table(app::Context& context, std::string_view name, Table const& table) {
    std::string csv(table::byte_order_mark);
    std::vector<std::string> cells;
    for (auto const& column : table.columns.items()) cells.emplace_back(column.text_at("title", column.text_at("name")));
    csv += table::csv_line(cells);
    for (auto const& row : table.rows) {
        cells.clear();
        for (auto const& column : table.columns.items()) {
            SANJAL_TRY(auto cell, words_of(context, column, row));
            cells.push_back(std::move(cell));
        }
        csv += table::csv_line(cells);
    }
    app::Response response{200, "text/csv; charset=utf-8", std::move(csv), {}, std::nullopt};
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(name) + ".csv\"");
    context.note_access("list", "export", name);
    return response;
}

Result<app::Response> one(app::Context& context, app::Request const& request) {
    std::string const name(request.param("report"));
    auto const* report = report_of(context, name);
    if (report == nullptr || !is_offered(context, *report)) return fail(Fault::NotFound, "report.none", "There is no such report, or it is not for your role.");
    std::string about;
    bool csv = false;
    for (auto const& [query, value] : request.queries) {
        if (query == "about" && is_uuid(value)) about = value;
        else if (query == "as" && value == "csv") csv = true;
        else return fail(Fault::Invalid, "request.unknown_query", "A report is asked for about=the id of a record, or as=csv.", query);
    }
    // Whoever supervises has no such records of his own: he sees the numbers of the units below.
    bool const above = report->bool_at("supervised") && supervises(context);
    std::string const language = context.language_of(request);
    SANJAL_TRY(auto const table, work_out(context, name, *report, language, about, above ? Whose::Supervised : Whose::Reader));
    if (csv) return as_table(context, name, table);
    Json rows = Json::list();
    for (auto const& row : table.rows) {
        if (rows.items().size() == rows_max) break;
        Json shown = Json::object();
        if (!row.record.empty()) shown.set("record", row.record);
        shown.set("values", values_of(table, row));
        if (row.few) shown.set("few", report->integer_at("small"));
        if (report->bool_at("public")) {
            SANJAL_TRY(auto const why, held_back(context, *report, row));
            Json held = Json::list();
            for (auto const& one_reason : why) held.push_back(one_reason);
            if (!why.empty()) shown.set("held", std::move(held));
        }
        rows.push_back(std::move(shown));
    }
    Json answer = head_of(context, name, *report, language);
    answer.set("columns", table.columns).set("rows", std::move(rows));
    if (table.rows.size() > rows_max) answer.set("more", static_cast<std::int64_t>(table.rows.size()));
    context.note_access("list", "report", name);
    return app::json(200, std::move(answer));
}

// Pages that anybody may ask for as often as he likes: worked out once for all until something is written.  Any thread.
class Pages {
public:
    std::optional<std::string> find(std::string const& key, std::int64_t size) {
        std::lock_guard const lock(mutex_);
        auto const found = all_.find(key);
        return found != all_.end() && found->second.size == size ? std::optional(found->second.html) : std::nullopt;
    }
    void keep(std::string const& key, std::int64_t size, std::string html) {
        std::lock_guard const lock(mutex_);
        if (all_.size() >= pages_max) all_.clear();
        all_[key] = {size, std::move(html)};
    }

private:
    static constexpr std::size_t pages_max = 100;
    struct Page {
        std::int64_t size;  // of the ledger when it was made
        std::string html;
    };
    std::mutex mutex_;
    std::map<std::string, Page> all_;
};

Pages& pages() {
    static Pages all;
    return all;
}

app::Response as_page(std::string html, std::string const& language) {
    return {200, "text/html; charset=utf-8", std::move(html), {{"Content-Language", language}}, std::nullopt};
}

// What anybody may read: open to everyone, of class public, and through the scanner.
Result<app::Response> public_page(app::Context& context, app::Request const& request) {
    std::string const name(request.param("report"));
    auto const* report = report_of(context, name);
    if (report == nullptr || !report->bool_at("public")) return fail(Fault::NotFound, "report.none", "There is no such report, or it is not for your role.");
    if (!request.queries.empty()) return fail(Fault::Invalid, "request.unknown_query", "This page is asked for as it is.", request.queries.front().first);
    std::string const language = context.language_of(request);
    SANJAL_TRY(auto const frontier, context.house().ledger().frontier(context.tx()));
    auto const size = static_cast<std::int64_t>(frontier.size());
    std::string const key = context.house().ledger().node() + " " + context.pack().reference() + " " + name + " " + language + " " + format_instant(context.now()).substr(0, 10);
    if (auto made = pages().find(key, size)) return as_page(std::move(*made), language);
    SANJAL_TRY(auto table, work_out(context, name, *report, language, {}, Whose::Public));
    std::vector<Table::Row> clean;
    for (auto& row : table.rows) {
        SANJAL_TRY(auto const why, held_back(context, *report, row));
        if (why.empty()) clean.push_back(std::move(row));
    }
    table.rows = std::move(clean);
    std::string const title = rules::label(context.pack().document, language, "report." + name + ".title", report->text_at("title"));
    SANJAL_TRY(auto html, page(context, language, title, table));
    pages().keep(key, size, html);
    return as_page(std::move(html), language);
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/reports", "report.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Get, "/api/v1/reports/{report}", "report.read", app::Needs::Session, app::Run::Read, app::answered<one>},
    {app::Method::Get, "/api/v1/public/{report}", "report.public", app::Needs::Nothing, app::Run::Read, app::answered<public_page>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "reports", .routes = routes};

}  // namespace sanjal::reports
