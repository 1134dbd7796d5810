// Ways to a record beside unit and referral: an emergency, an order, and numbers for who supervises.  Each leaves an entry on
// the record (or the unit), durable before the answer.
#include <algorithm>
#include <map>

#include "app/context.h"
#include "app/feature.h"
#include "app/problem.h"
#include "casework/oversight.h"
#include "rules/form.h"

namespace sanjal::access {
namespace {

constexpr std::int64_t emergencies_a_day = 10;
constexpr std::int64_t day_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t order_days_max = 90;
constexpr auto counted_back = std::chrono::hours(24 * 365);  // how far back supervision counts what has ended
constexpr std::size_t reason_min = 10, reason_max = 1000;

Result<Json> texts(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        if (!value.is_text() && !(name == "supervised_by" && value.is_null())) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + name);
    }
    return body;
}

tl::unexpected<Error> no_record() { return fail(Fault::NotFound, "record.none", "There is no such record, or it is not yours to see."); }

Result<void> write_down(app::Context& context, std::string const& record, std::string verb, std::vector<ledger::Field> fields) {
    auto submission = context.submission();
    submission.entries.push_back({std::move(verb), record, std::move(fields), std::nullopt, std::nullopt});
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return {};
}

// The purposes under which the emergency's rule opens this type; nothing where it does not.
std::optional<std::set<std::string>> purposes_for(app::Context& context, std::string_view type) {
    static policy::Relations const relations{"break_glass"};
    auto const decision = policy::decide({context.actor(), policy::Action::Read, type, relations, false, {}}, context.pack());
    if (!decision.allowed && decision.refusal.choices.empty()) return std::nullopt;
    return decision.refusal.choices;
}

// POST /records/{id}/break-glass {reason}.  Whoever must not know cannot, and learns nothing; nor does who has no such right.
Result<app::Response> break_glass(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    auto const& actor = context.actor();
    SANJAL_TRY(auto const state, record::find(context.tx(), record));
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), actor, record, context.now()));
    if (!state || stands.blocked) return no_record();
    auto const emergency = policy::emergency(actor.role, context.pack());
    auto const purposes = purposes_for(context, state->type());
    if (!emergency.allowed || !purposes) {
        if (stands.relations.empty()) return no_record();
        return fail(Fault::Forbidden, "policy.break_glass", "Your role does not open records in an emergency. Ask the unit that registered it.");
    }
    SANJAL_TRY(auto const body, texts(request, {"reason"}));
    auto const reason = body.text_at("reason");
    if (reason.size() < reason_min || reason.size() > reason_max) return fail(Fault::Invalid, "break_glass.reason", "Say in a sentence why this cannot wait. The unit that registered the record reads it.", "/reason");
    SANJAL_TRY(auto const before, context.tx().integer("select count(*) from record_grant where relation = 'break_glass' and holder = $1 and since > $2", {actor.id, milliseconds_of(context.now()) - day_ms}));
    if (before.value_or(0) >= emergencies_a_day) return fail(Fault::TooMany, "break_glass.too_many", "You opened ten records in an emergency since yesterday. Ask the nodal officer.");
    auto const until = format_instant(context.now() + std::chrono::minutes(emergency.minutes));
    SANJAL_DO(write_down(context, record, "access.glass_broken", {{"reason", reason, "operational"}, {"to", actor.id, "operational"}, {"unit", actor.unit, "operational"}, {"until", until, "operational"}}));
    Json choices = Json::list();
    for (auto const& purpose : *purposes) choices.push_back(purpose);
    return app::json(201, Json::object({{"record", record}, {"until", until}, {"purposes", std::move(choices)}}));
}

// POST /records/{id}/orders {to, until, order}: the nodal officer of a unit that reads the record opens it to somebody whom an
// order names, for a time.
Result<app::Response> order(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "order.nodal", "Only the nodal officer opens a record under an order.");
    SANJAL_TRY(auto const body, texts(request, {"to", "until", "order"}));
    SANJAL_TRY(auto const whom, record::find(context.tx(), body.text_at("to")));
    auto const* role = whom && whom->type() == "actor" ? whom->value("role") : nullptr;
    auto const* unit = role != nullptr ? whom->value("unit") : nullptr;
    auto const* roles = context.pack().document.find("roles");
    auto const* rules = role != nullptr && roles != nullptr ? roles->find(role->text()) : nullptr;
    if (unit == nullptr || rules == nullptr || rules->find("under_order") == nullptr) {
        return fail(Fault::Invalid, "order.to", "An order opens a record to somebody whose role the rules allow that.", "/to");
    }
    auto const until = parse_instant(body.text_at("until"));
    if (!until || *until <= context.now() || *until > context.now() + std::chrono::hours(24 * order_days_max)) {
        return fail(Fault::Invalid, "order.until", "An order opens a record until a moment in the next ninety days.", "/until");
    }
    if (body.text_at("order").empty() || body.text_at("order").size() > reason_max) return fail(Fault::Invalid, "order.order", "Name the order: who made it, its number and its day.", "/order");
    SANJAL_DO(write_down(context, record, "access.ordered", {{"order", body.text_at("order"), "legal"}, {"to", body.text_at("to"), "operational"}, {"unit", unit->text(), "operational"},
                                                             {"until", format_instant(*until), "operational"}}));
    SANJAL_TRY(auto const tips, context.house().ledger().tips(context.tx(), record));
    return app::json(201, Json::object({{"record", record}, {"order", tips.front()}, {"until", format_instant(*until)}}));
}

Result<app::Response> end_order(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "order.nodal", "Only the nodal officer opens a record under an order.");
    std::string const entry(request.param("order"));
    auto const made = state.events("access.ordered");
    if (std::none_of(made.begin(), made.end(), [&](Json const* event) { return event->text_at("e") == entry; })) return fail(Fault::NotFound, "order.none", "There is no such order on this record.");
    SANJAL_DO(write_down(context, record, "access.order_ended", {{"order", entry, "operational"}}));
    return app::empty(204);
}

// PATCH /units/{id} {supervised_by}: whose numbers who sees.
Result<app::Response> change_unit(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return fail(Fault::Forbidden, "account.nodal", "Only the nodal officer does this.");
    SANJAL_TRY(auto const body, texts(request, {"supervised_by"}));
    std::string const unit(request.param("id"));
    SANJAL_TRY(auto const state, record::find(context.tx(), unit));
    if (!state || state->type() != "unit") return fail(Fault::NotFound, "unit.none", "There is no such unit at this node. Choose one from the list.");
    auto const* by = body.find("supervised_by");
    if (by == nullptr) return fail(Fault::Invalid, "answers.empty", "There is nothing to change.");
    if (by->is_text()) {
        SANJAL_TRY(auto const over, record::find(context.tx(), by->text()));
        if (!over || over->type() != "unit" || by->text() == unit) return fail(Fault::Invalid, "unit.none", "There is no such unit at this node. Choose one from the list.", "/supervised_by");
    }
    SANJAL_DO(write_down(context, unit, "unit.changed", {{"supervised_by", *by, "public"}}));
    return app::json(200, Json::object({{"unit", unit}, {"supervised_by", *by}}));
}

// The clocks of what is a unit's work, by rule: in the reader's words, with the law that gives them.
Result<Json> clocks_of(app::Context& context, std::string const& unit, std::string const& language) {
    SANJAL_TRY(auto const tallies, casework::tally(context.tx(), context.house().packs(), unit, context.now() - counted_back, context.now()));
    Json list = Json::list();
    for (auto const& tally : tallies) {
        Json one = Json::object({{"rule", tally.rule}, {"running", tally.running}, {"late", tally.late}, {"kept", tally.kept}, {"missed", tally.missed}});
        auto const pack = context.house().packs().find(tally.pack);
        auto const* procedure = pack != nullptr ? pack->procedure(tally.procedure) : nullptr;
        auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
        auto const* step = steps != nullptr ? steps->find(tally.step) : nullptr;
        if (step != nullptr) one.set("title", rules::label(pack->document, language, tally.procedure + "." + tally.step + ".title", step->text_at("title", tally.step)));
        auto const* rule = pack != nullptr ? pack->clock(tally.rule) : nullptr;
        auto const* source = rule != nullptr ? rule->find("source") : nullptr;
        list.push_back(std::move(one.set("source", source != nullptr ? *source : Json())));
    }
    return list;
}

// GET /supervision: numbers of the units that one's own supervises; never a record, a place or a name.
Result<app::Response> supervision(app::Context& context, app::Request const& request) {
    auto const seen = policy::oversight(context.actor().role, context.pack());
    if (!seen.counts && !seen.clocks) return fail(Fault::Forbidden, "policy.not_supervising", "Your role does not supervise other units.");
    std::string const language = context.language_of(request);
    std::vector<std::pair<std::string, Json>> units;
    SANJAL_DO(context.tx().each("select id, data from record where type = 'unit' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const* by = state.value("supervised_by");
        if (by != nullptr && by->is_text() && by->text() == context.actor().unit) {
            Json unit = Json::object({{"unit", row.text(0)}});
            for (char const* name : {"title", "code", "kind"}) {
                if (auto const* value = state.value(name); value != nullptr) unit.set(name, *value);
            }
            units.emplace_back(row.text(0), std::move(unit));
        }
        return {};
    }));
    Json list = Json::list();
    for (auto& [unit, one] : units) {
        if (seen.counts) {
            SANJAL_TRY(auto const open, context.tx().integer("select count(distinct h.record) from record_reach h join record r on r.id = h.record left join record b on b.id = r.batch"
                                                             " where h.holder = $1 and h.type = 'case' and h.relation = 'own' and r.state = 'open' and (r.batch = '' or b.state = 'complete')", {unit}));
            one.set("open_cases", open.value_or(0));
        }
        if (seen.clocks) {
            SANJAL_TRY(auto clocks, clocks_of(context, unit, language));
            one.set("clocks", std::move(clocks));
        }
        list.push_back(std::move(one));
    }
    context.note_access("list", "supervision");
    return app::json(200, Json::object({{"units", std::move(list)}, {"since", format_instant(context.now() - counted_back)}}));
}

constexpr app::Route routes[] = {
    app::behind_password({app::Method::Post, "/api/v1/records/{id}/break-glass", "record.break_glass", app::Needs::Session, app::Run::Write, app::answered<break_glass>}),
    app::behind_password({app::Method::Post, "/api/v1/records/{id}/orders", "record.order", app::Needs::Session, app::Run::Write, app::answered<order>}),
    {app::Method::Delete, "/api/v1/records/{id}/orders/{order}", "record.order", app::Needs::Session, app::Run::Write, app::answered<end_order>},
    app::behind_password({app::Method::Patch, "/api/v1/units/{id}", "unit.change", app::Needs::Session, app::Run::Write, app::answered<change_unit>}),
    {app::Method::Get, "/api/v1/supervision", "unit.supervise", app::Needs::Session, app::Run::Read, app::answered<supervision>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "access", .routes = routes};

}  // namespace sanjal::access
