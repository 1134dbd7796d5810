// Records: list, create, read, change, and how they came to be.
#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "app/context.h"
#include "app/feature.h"
#include "app/submit.h"
#include "base/bytes.h"
#include "base/id.h"
#include "policy/steps.h"

namespace sanjal::records {
namespace {

constexpr std::int64_t page_size = 50;
constexpr std::int64_t relations_max = 2;  // own and referred

struct Listed {
    policy::Relations relations;
    std::string data;
};
using Page = std::map<std::string, Listed, std::greater<>>;

// Where a holder's records stand: what a unit or a person reaches, and what is open to a person for a time ($3: now).
constexpr std::string_view of_reach = "record_reach h join record r on r.id = h.record left join record b on b.id = r.batch where h.holder = $1";
constexpr std::string_view of_grants = "record_grant h join record r on r.id = h.record left join record b on b.id = r.batch where h.holder = $1 and h.since <= $3 and h.until > $3";
constexpr std::string_view complete = " and (r.batch = '' or b.state = 'complete')"
                                      " and not exists (select 1 from record_block x where x.record = h.record and (x.holder = $1 or x.holder = $2))";

// What the filters of the request say, as SQL; their values go to `args`.
Result<std::string> filters(app::Request const& request, store::Args& args) {
    std::string sql;
    auto const bind = [&](std::string value) {
        args.emplace_back(std::move(value));
        return "$" + std::to_string(args.size());
    };
    for (auto const& [name, value] : request.queries) {
        if (name == "type") sql += " and h.type = " + bind(value);
        else if (name == "state") sql += " and r.state = " + bind(value);
        else if (name == "of") {
            // All that stands in a case; or the records that name another one (the parts of a person).
            if (!is_uuid(value)) return fail(Fault::Invalid, "request.query", "This must be the id of a record.", "of");
            std::string const bound = bind(value);
            sql += " and (h.root = " + bound + " or h.record in (select l.origin from record_link l where l.target = " + bound + "))";
        } else if (name == "cursor") {
            auto const last = from_base64url(value);
            if (!last || !is_uuid(*last)) return fail(Fault::Invalid, "request.cursor", "This cursor is none that a list gave. Begin the list anew.", "cursor");
            sql += " and h.record < " + bind(*last);
        } else if (name == "q") {
            if (value.find('\0') != std::string::npos) return fail(Fault::Invalid, "request.query", "This text cannot be looked for.", "q");
            std::string from = value;
            for (auto& c : from) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            if (from.empty()) continue;
            std::string const low = bind(from);
            std::string const high = bind(from + "\xF4\x8F\xBF\xBF");
            sql += " and h.record in (select s.record from record_search s where s.value >= " + low + " and s.value < " + high + ")";
        } else {
            return fail(Fault::Invalid, "request.unknown_query", "There is no such filter.", name);
        }
    }
    return sql;
}

// Newest first, a page at a time.  Reach, blocks and imports that are not complete are joined before paging; what the unit
// reaches, what the person does, and what is open to the person for a time each give a page in the order of an index, and
// are joined here.  Each row then goes through decide with the relations that they gave.
Result<app::Response> list(app::Context& context, app::Request const& request) {
    for (auto const* slice : app::all_features()) {
        if (slice->find_people == nullptr) continue;
        SANJAL_TRY(auto found, slice->find_people(context, request));
        if (found) return std::move(*found);
    }
    auto const& actor = context.actor();
    Page rows;
    for (auto const& [from, holder, other] : {std::tuple(of_reach, actor.unit, actor.id), std::tuple(of_reach, actor.id, actor.unit),
                                              std::tuple(of_reach, std::string(record::everyone), actor.unit), std::tuple(of_grants, actor.id, actor.unit)}) {
        store::Args args{holder, other};
        if (from == of_grants) args.emplace_back(milliseconds_of(context.now()));
        SANJAL_TRY(auto const wanted, filters(request, args));
        // A record that one's unit registered and was referred to as well stands there twice, one row after the other.
        SANJAL_DO(context.tx().each("select h.record, h.relation, r.data from " + std::string(from) + std::string(complete) + wanted + " order by h.record desc limit " + std::to_string(relations_max * (page_size + 1)),
                                    args, [&](store::Row const& row) -> Result<void> {
                                        auto& listed = rows[std::string(row.text(0))];
                                        listed.relations.emplace(row.text(1));
                                        if (listed.data.empty()) listed.data = row.text(2);
                                        return {};
                                    }));
    }
    bool const more = static_cast<std::int64_t>(rows.size()) > page_size;
    while (static_cast<std::int64_t>(rows.size()) > page_size) rows.erase(std::prev(rows.end()));
    Json records = Json::list();
    for (auto const& [id, row] : rows) {
        SANJAL_TRY(auto const state, record::State::parse(row.data));
        auto const decision = policy::decide({actor, policy::Action::Read, state.type(), row.relations, false, context.purpose}, context.pack());
        // Where a purpose must be said first, the row is there and nothing of it is shown.
        if (!decision.allowed && decision.refusal.choices.empty()) continue;
        // A list shows what the views hold; what is kept out of them is opened on the record's own page.
        SANJAL_TRY(auto shown, policy::show(id, state, decision.mask, context.pack(), [](Json const&, std::string_view) -> Result<Json> { return Json::object({{"kept", true}}); }));
        records.push_back(std::move(shown));
    }
    context.note_access(request.query("q") ? "search" : "list", request.query("q") ? "search" : "list");
    Json answer = Json::object();
    answer.set("records", std::move(records));
    if (more) answer.set("cursor", to_base64url(rows.rbegin()->first));
    return app::json(200, std::move(answer));
}

Result<app::Response> read(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto shown, context.show(request.param("id")));
    app::Response response = app::json(200, shown);
    std::string tag;
    for (auto const& head : shown.find("heads")->items()) tag += (tag.empty() ? "\"" : ",") + head.text();
    if (!tag.empty()) response.headers.emplace_back("ETag", tag + "\"");
    return response;
}

// If-Match: the heads that the author saw, separated by commas, in quotes or not; * means whatever is there.
Result<std::optional<std::vector<std::string>>> seen_heads(app::Request const& request) {
    auto const header = request.header("if-match");
    if (!header || *header == "*") return std::optional<std::vector<std::string>>();
    std::vector<std::string> heads;
    std::string one;
    for (char const c : std::string(*header) + ",") {
        if (c == ',') {
            if (one.size() != 43) return fail(Fault::Precondition, "record.version", "This record never had that version. Load it again; what you typed is kept.");
            heads.push_back(std::move(one));
            one.clear();
        } else if (c != '"' && c != ' ') {
            one.push_back(c);
        }
    }
    return std::optional(std::move(heads));
}

Result<Json> body_with(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    return body;
}

app::Response refused(Error const& error, std::vector<app::FieldFault> const& faults) { return faults.empty() ? app::problem(error) : app::problem(error, faults); }

app::Response create(app::Context& context, app::Request const& request) {
    std::vector<app::FieldFault> faults;
    auto const run = [&]() -> Result<app::Response> {
        SANJAL_TRY(auto const body, body_with(request, {"type", "fields", "relations"}));
        app::Change change;
        change.type = body.text_at("type");
        change.fields = body.find("fields") != nullptr ? *body.find("fields") : Json::object();
        if (auto const* relations = body.find("relations"); relations != nullptr && relations->is_object() && change.fields.is_object()) {
            for (auto const& [name, value] : relations->members()) change.fields.set(name, value);
        }
        SANJAL_TRY(auto const id, app::change_record(context, change, faults));
        SANJAL_TRY(auto shown, context.show(id));
        return app::json(201, std::move(shown));
    };
    auto response = run();
    return response ? std::move(*response) : refused(response.error(), faults);
}

app::Response patch(app::Context& context, app::Request const& request) {
    std::vector<app::FieldFault> faults;
    auto const run = [&]() -> Result<app::Response> {
        app::Change change;
        change.record = request.param("id");
        SANJAL_TRY(auto const state, record::load(context.tx(), change.record));
        SANJAL_DO(context.require(policy::Action::Read, change.record, state));
        SANJAL_TRY(auto const body, body_with(request, {"fields"}));
        change.type = state.type();
        change.fields = body.find("fields") != nullptr ? *body.find("fields") : Json::object();
        SANJAL_TRY(change.after, seen_heads(request));
        SANJAL_DO(app::change_record(context, change, faults));
        SANJAL_TRY(auto shown, context.show(change.record));
        return app::json(200, std::move(shown));
    };
    auto response = run();
    return response ? std::move(*response) : refused(response.error(), faults);
}

// The timeline is built from the same mask as the record: what is withheld leaves a line without its content (P16).
Result<app::Response> history(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_TRY(auto const mask, context.require(policy::Action::Read, id, state));
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), id, context.now()));
    context.note_access(id, "read");
    Json entries = Json::list();
    SANJAL_TRY(auto const positions, context.house().ledger().positions_of_record(context.tx(), id));
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), position));
        Json line = Json::object({{"entry", entry.id}, {"position", entry.position}, {"do", entry.head.verb}, {"by", entry.head.actor},
                                  {"signed_by", entry.signer == context.house().ledger().node() ? "node" : "device"},
                                  {"signed", format_instant(instant_of(entry.signed_at * 1000))}, {"received", format_instant(entry.received)}});
        bool const sees = policy::may_see_event(context.actor(), state.type(), stands.relations, entry, context.pack());
        policy::show_line(entry, state.type(), mask, context.pack(), line);
        if (!sees) line.set("fields", Json::object()).set("withheld", true);
        entries.push_back(std::move(line));
    }
    return app::json(200, Json::object({{"entries", std::move(entries)}}));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/records", "record.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Post, "/api/v1/records", "record.create", app::Needs::Session, app::Run::Write, create},
    {app::Method::Get, "/api/v1/records/{id}", "record.read", app::Needs::Session, app::Run::Read, app::answered<read>},
    {app::Method::Patch, "/api/v1/records/{id}", "record.change", app::Needs::Session, app::Run::Write, patch},
    {app::Method::Get, "/api/v1/records/{id}/history", "record.read", app::Needs::Session, app::Run::Read, app::answered<history>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "records", .routes = routes};

}  // namespace sanjal::records
