#include "features/import/routes.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "features/import/export.h"
#include "features/import/import.h"
#include "features/import/maps.h"
#include "features/import/upload.h"

namespace sanjal::import {
namespace {

constexpr std::size_t preview_rows = 10;
constexpr std::size_t purpose_bytes_max = 200;

int year_now(app::Context& context) { return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(context.now())).year()); }

Json texts(std::vector<std::string> const& all) {
    Json list = Json::list();
    for (auto const& one : all) list.push_back(one);
    return list;
}

// By which format, or by which map: the name of a saved one, or one that stands in the request.
struct Chosen {
    std::string name;
    Json document;  // of a map; null: a format of the pack
    ReadOptions options;
    [[nodiscard]] Result<Format> format(pack::Pack const& pack, int year) const { return document.is_null() ? Format::of_pack(pack, name, year) : Format::of_document(pack, name, document, year); }
};

Result<Chosen> choose(app::Context& context, Json const& body) {
    Chosen chosen;
    auto const* map = body.find("map");
    chosen.name = body.text_at("format");
    if (map != nullptr && map->is_text()) {
        SANJAL_TRY(auto saved, find_map(context.tx(), map->text()));
        chosen.name = saved.name;
        chosen.document = std::move(saved.document);
    } else if (map != nullptr && map->is_object()) {
        chosen.name = "map";
        chosen.document = *map;
    }
    if (chosen.name.empty()) return fail(Fault::Invalid, "import.which", "Say by which `format` of the pack the file is read, or by which `map`.", "/format");
    SANJAL_TRY(auto const format, chosen.format(context.pack(), year_now(context)));
    chosen.options = options_of(format.options());
    if (auto const encoding = body.text_at("encoding"); !encoding.empty()) chosen.options.encoding = encoding;
    if (auto const sheet = body.text_at("sheet"); !sheet.empty()) chosen.options.sheet = sheet;
    return chosen;
}

Result<Json> body_of(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    return body;
}

Json about(ImportResult const& result) {
    Json missed = Json::object();
    for (auto const& [column, count] : result.missed) missed.set(column, count);
    Json first = Json::list();
    for (auto const& [line, reason] : result.examples) first.push_back(Json::object({{"line", line}, {"reason", reason}}));
    Json out = Json::object({{"rows", result.rows}, {"imported", result.imported}, {"refused", result.refused}});
    out.set("notes", texts(result.notes)).set("not_understood", std::move(missed)).set("first_refused", std::move(first));
    return out;
}

// What the actor's role may write into a record that its unit registers.
std::function<bool(std::string const&, std::string const&, std::string const&)> may_write(app::Context& context) {
    policy::Relations const none;
    auto decision = policy::decide({context.actor(), policy::Action::Create, "case", none, false}, context.pack());
    return [mask = decision.mask](std::string const& type, std::string const& field, std::string const& sensitivity) { return mask.allows(type, field, sensitivity); };
}

// A batch of one's own unit, seen by its nodal officer.
Result<record::State> own_batch(app::Context& context, std::string const& batch) {
    SANJAL_DO(may_import(context));
    SANJAL_TRY(auto state, record::find(context.tx(), batch));
    auto const begun = state && state->type() == "import" ? state->events("import.begun") : std::vector<Json const*>();
    if (begun.empty() || begun.front()->text_at("unit") != context.actor().unit) return fail(Fault::NotFound, "import.none", "There is no such import, or it is not yours to see.");
    return std::move(*state);
}

Json shown(app::Context& context, std::string const& batch, record::State const& state) {
    Json out = Json::object({{"import", batch}, {"state", state.condition()}});
    auto const take = [&](std::string_view verb, std::initializer_list<char const*> names) {
        for (auto const* event : state.events(verb)) {
            for (char const* name : names) {
                if (auto const* value = event->find(name)) out.set(name, *value);
            }
        }
    };
    take("import.begun", {"format", "of"});
    take("import.completed", {"rows", "imported", "refused", "notes", "not_understood", "first_refused"});
    take("import.failed", {"code", "detail"});
    if (auto progress = context.house().jobs().progress(batch)) out.set("progress", std::move(*progress));
    // Neither complete nor at work here: the node was stopped in between.
    else if (state.condition() == "running") out.set("state", "cut_short");
    return out;
}

// What `prepare_start` hands on.
struct Ready {
    std::string file;
    Chosen chosen;
    std::unique_ptr<table::Source> source;
    std::shared_ptr<pack::Pack const> pack;
};

// The job itself: its own thread, no transaction held.
void run_job(app::House& house, std::shared_ptr<pack::Pack const> const& pack, Chosen const& chosen, int year, table::Source& source, ImportRequest request) {
    auto const run = [&]() -> Result<void> {
        SANJAL_TRY(auto const format, chosen.format(*pack, year));
        RefusedBlob refused(house);
        request.refused = &refused;
        SANJAL_TRY(auto const result, import_rows(house, *pack, format, source, chosen.options, request));
        SANJAL_DO(refused.finish());
        Json const said = about(result);
        std::vector<ledger::Field> more;
        for (char const* name : {"notes", "not_understood", "first_refused"}) more.push_back({name, *said.find(name), "operational"});
        auto const& written = refused.written();
        std::string const field = written ? "file/" + written->id : std::string();
        if (written) more.push_back({field, Json::object({{"sha256", to_base64url(written->sha256)}, {"size", written->size}}), "identity"});
        return complete_import(house, request, result, std::move(more), [&](store::Transaction& tx, std::vector<ledger::Entry> const& entries) -> Result<void> {
            if (!written) return {};
            return house.ledger().keep_blob_key(tx, {written->id, request.batch, field, "identity", entries.front().position}, refused.key());
        });
    };
    auto const done = run();
    if (done) return;
    log::write(log::Level::Warning, "import.failed", {{"code", log::Safe::id(done.error().code)}});
    if (auto const kept = fail_import(house, request, done.error()); !kept) log::write(log::Level::Alarm, "import.failed", {{"code", log::Safe::id(kept.error().code)}});
}

}  // namespace

Result<app::Response> upload(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto kept, keep_file(context, request));
    return app::json(201, std::move(kept));
}

Result<app::Response> preview(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const source, open_upload(context, record));
    ReadOptions options;
    for (auto const& [name, value] : request.queries) {
        if (name == "encoding") options.encoding = value;
        else if (name == "sheet") options.sheet = value;
        else return fail(Fault::Invalid, "request.unknown_query", "There is no such setting.", name);
    }
    SANJAL_TRY(auto const reader, open_table(*source, options));
    std::vector<std::string> headers;
    Json rows = Json::list();
    for (std::size_t i = 0; i <= preview_rows; ++i) {
        SANJAL_TRY(auto const row, reader->next());
        if (!row) break;
        if (i == 0) headers = row->cells;
        else rows.push_back(row->wrong.empty() ? Json::object({{"line", row->line}, {"cells", texts(row->cells)}}) : Json::object({{"line", row->line}, {"wrong", row->wrong}}));
    }
    context.note_access(record, "file");
    Json formats = Json::list();  // of the pack, that know these headers
    for (auto const& [name, definition] : context.pack().document.find("imports")->members()) {
        auto const format = Format::of_pack(context.pack(), name, year_now(context));
        if (format && format->header(headers, nullptr)) formats.push_back(name);
    }
    Json out = Json::object({{"headers", texts(headers)}});
    out.set("rows", std::move(rows)).set("formats", std::move(formats)).set("proposed", propose_map(context.pack(), headers, year_now(context)));
    return app::json(200, out);
}

Result<app::Response> check(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const source, open_upload(context, std::string(request.param("id"))));
    SANJAL_TRY(auto const body, body_of(request, {"format", "map", "encoding", "sheet"}));
    SANJAL_TRY(auto const chosen, choose(context, body));
    SANJAL_TRY(auto const format, chosen.format(context.pack(), year_now(context)));
    ImportRequest dry;
    dry.may_write = may_write(context);
    SANJAL_TRY(auto const result, import_rows(context.house(), context.pack(), format, *source, chosen.options, dry));
    return app::json(200, about(result));
}

// What is wrong with the request or with the file as a whole is said before the writer is asked for anything.
Result<void> prepare_start(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    return house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, request.token));
        if (!session) return fail(Fault::Unsigned, "session.none", "Nobody is signed in here, or the session has ended. Sign in again.");
        app::Context context(house, tx, &*session, request.token);
        SANJAL_DO(may_import(context));
        SANJAL_TRY(auto const body, body_of(request, {"file", "format", "map", "encoding", "sheet"}));
        auto ready = std::make_shared<Ready>();
        ready->file = body.text_at("file");
        SANJAL_TRY(ready->source, open_upload(context, ready->file));
        SANJAL_TRY(ready->chosen, choose(context, body));
        ready->pack = house.packs().in_force();
        SANJAL_TRY(auto const format, ready->chosen.format(*ready->pack, year_now(context)));
        SANJAL_DO(Rows::open(*ready->source, format, ready->chosen.options));
        request.prepared = std::move(ready);
        return {};
    });
}

Result<app::Response> start(app::Context& context, app::Request const& request) {
    SANJAL_DO(may_import(context));
    auto const* prepared = std::any_cast<std::shared_ptr<Ready>>(&request.prepared);
    SANJAL_CHECK(prepared != nullptr);
    auto& house = context.house();
    ImportRequest job;
    job.batch = house.new_id();
    job.unit = context.actor().unit;
    job.actor = context.actor().id;
    job.file = (*prepared)->file;
    job.may_write = may_write(context);
    auto const begin = [&house, ready = *prepared, year = year_now(context), job](std::function<bool()> const& should_stop) mutable {
        job.should_stop = should_stop;
        job.progress = [&](std::int64_t bytes, std::int64_t of, std::int64_t rows) { house.jobs().report(job.batch, Json::object({{"bytes", bytes}, {"of", of}, {"rows", rows}})); };
        run_job(house, ready->pack, ready->chosen, year, *ready->source, job);
    };
    SANJAL_DO(house.jobs().start(job.batch, begin));
    return app::json(202, Json::object({{"import", job.batch}, {"state", "running"}}));
}

Result<app::Response> list_imports(app::Context& context, app::Request const&) {
    SANJAL_DO(may_import(context));
    Json all = Json::list();
    SANJAL_DO(context.tx().each("select id, data from record where type = 'import' order by id desc limit 200", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const begun = state.events("import.begun");
        if (!begun.empty() && begun.front()->text_at("unit") == context.actor().unit) all.push_back(shown(context, std::string(row.text(0)), state));
        return {};
    }));
    return app::json(200, Json::object({{"imports", std::move(all)}}));
}

Result<app::Response> one_import(app::Context& context, app::Request const& request) {
    std::string const batch(request.param("id"));
    // It is at work before its first entry is written.
    if (auto progress = context.house().jobs().progress(batch)) {
        SANJAL_TRY(auto const state, record::find(context.tx(), batch));
        if (!state) {
            SANJAL_DO(may_import(context));
            return app::json(200, Json::object({{"import", batch}, {"state", "running"}, {"progress", std::move(*progress)}}));
        }
    }
    SANJAL_TRY(auto const state, own_batch(context, batch));
    return app::json(200, shown(context, batch, state));
}

Result<app::Response> refused_rows(app::Context& context, app::Request const& request) {
    std::string const batch(request.param("id"));
    SANJAL_TRY(auto const state, own_batch(context, batch));
    for (auto const* event : state.events("import.completed")) {
        for (auto const& [name, about_file] : event->members()) {
            if (!name.starts_with("file/")) continue;
            SANJAL_TRY(auto key, context.house().ledger().blob_key(context.tx(), name.substr(5)));
            std::shared_ptr<table::Source> const source = open_blob(context.house(), name.substr(5), std::move(key), about_file.integer_at("size"));
            context.note_access(batch, "file");
            auto const read = [source](char* buffer, std::size_t size) { return source->read(buffer, size); };
            auto response = app::download("text/csv; charset=utf-8", read, static_cast<std::uint64_t>(source->size()));
            response.headers.emplace_back("Content-Disposition", "attachment; filename=\"refused.csv\"");
            return response;
        }
    }
    return fail(Fault::NotFound, "import.none_refused", "No row of this import was refused, or it is not complete.");
}

Result<app::Response> undo(app::Context& context, app::Request const& request) {
    std::string const batch(request.param("id"));
    SANJAL_TRY(auto const state, own_batch(context, batch));
    if (context.house().jobs().progress(batch)) return fail(Fault::Conflict, "import.running", "This import is still running. Undo it when it is done.");
    SANJAL_DO(undo_in(context.house(), context.tx(), batch, context.actor().id));
    return app::json(200, Json::object({{"import", batch}, {"state", "undone"}}));
}

Result<app::Response> maps(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, list_maps(context.tx()));
    Json list = Json::list();
    for (auto const& one : all) list.push_back(Json::object({{"name", one.name}, {"record", one.record}}));
    return app::json(200, Json::object({{"maps", std::move(list)}}));
}

Result<app::Response> one_map(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto map, find_map(context.tx(), request.param("name")));
    return app::json(200, map.document);
}

Result<app::Response> keep_map(app::Context& context, app::Request const& request) {
    SANJAL_DO(may_import(context));
    SANJAL_TRY(auto const body, body_of(request, {"name", "map"}));
    auto const* map = body.find("map");
    if (map == nullptr) return fail(Fault::Invalid, "map.shape", "A column map is a JSON object with `makes` and `columns`.", "/map");
    SANJAL_TRY(auto const record, save_map(context.house(), context.tx(), std::string(body.text_at("name")), *map, context.actor().id, context.actor().unit));
    return app::json(201, Json::object({{"name", body.text_at("name")}, {"record", record}}));
}

Result<app::Response> export_table(app::Context& context, app::Request const& request) {
    std::string const name(request.param("format"));
    Json asked = Json::object({{"format", name}});
    ExportRequest wanted;
    for (auto const& [query, value] : request.queries) {
        if (query == "reason") wanted.purpose = value;
        else if (query == "map") asked.set("map", value);
        else return fail(Fault::Invalid, "request.unknown_query", "There is no such setting.", query);
    }
    if (wanted.purpose.empty() || wanted.purpose.size() > purpose_bytes_max || !is_utf8(wanted.purpose)) {
        return fail(Fault::Invalid, "export.reason", "Say in words what this is for, in up to 200 letters; it is written into the access log.", "reason");
    }
    if (asked.find("map") != nullptr && name != "csv" && name != "xlsx") return fail(Fault::Invalid, "export.format", "By a column map a table is written as csv or as xlsx.", "format");
    SANJAL_TRY(auto const chosen, choose(context, asked));
    wanted.pack = context.house().packs().in_force();
    SANJAL_TRY(auto format, chosen.format(*wanted.pack, year_now(context)));
    wanted.actor = context.actor();
    wanted.opened_for = context.purpose;
    wanted.kind = kind_for(name);
    bool const workbook = wanted.kind == FileKind::Workbook;
    context.note_access("list", "export", wanted.purpose);
    context.house().reads().notice(context.actor().id, "table", {}, context.now());
    SANJAL_TRY(auto made, TableExport::start(context.house(), std::move(format), std::move(wanted)));
    std::shared_ptr<TableExport> const table = std::move(made);
    auto response = app::download(workbook ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8",
                                  [table](char* buffer, std::size_t size) { return table->read(buffer, size); });
    response.headers.emplace_back("Content-Disposition", workbook ? "attachment; filename=\"cases.xlsx\"" : "attachment; filename=\"cases.csv\"");
    return response;
}

}  // namespace sanjal::import
