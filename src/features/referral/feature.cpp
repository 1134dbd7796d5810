// Referral between the units of this node: ask, answer, take back, bring the answer home.
#include <algorithm>

#include "app/context.h"
#include "app/feature.h"
#include "casework/referral.h"
#include "features/referral/offer.h"

namespace sanjal::referral {
namespace {

Result<Json> body_of(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    if (request.body.empty()) return Json::object();
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        bool const list = name == "about";
        if (list ? !value.is_list() : !value.is_text()) return fail(Fault::Invalid, list ? "request.not_a_list" : "request.not_a_text", list ? "This must be a list of ids." : "This must be a text.", "/" + name);
    }
    return body;
}

Result<Json> unit_json(app::Context& context, std::string const& unit) {
    Json json = Json::object({{"unit", unit}});
    SANJAL_TRY(auto const state, record::find(context.tx(), unit));
    for (char const* name : {"code", "title", "kind"}) {
        auto const* value = state ? state->value(name) : nullptr;
        if (value != nullptr) json.set(name, *value);
    }
    return json;
}

// What happened to it, each with its time and, of an answer, its words.
Json events_json(record::State const& state) {
    Json list = Json::list();
    for (char const* verb : {"referral.seen", "referral.accepted", "referral.declined", "referral.withdrawn", "referral.completed"}) {
        for (auto const* event : state.events(verb)) {
            Json one = Json::object({{"do", std::string_view(verb).substr(9)}, {"at", format_instant(instant_of(event->integer_at("t")))}, {"by", event->text_at("b")}});
            for (char const* name : {"reason", "words", "answer"}) {
                if (auto const* value = event->find(name)) one.set(name, *value);
            }
            list.push_back(std::move(one));
        }
    }
    return list;
}

// The referral as this actor may see it: its fields by way of the policy, and where it stands.
Result<Json> referral_json(app::Context& context, std::string const& id) {
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    if (state.type() != "referral") return fail(Fault::NotFound, "referral.none", "There is no such referral, or it is not yours to see.");
    SANJAL_TRY(auto const shown, context.show(id));
    auto const referral = casework::Referral::from_state(id, state);
    bool const asked = referral.to == context.actor().unit;
    Json json = Json::object({{"id", id}, {"state", casework::state_of(referral, context.now())}, {"direction", asked ? "in" : "out"},
                              {"offered", format_instant(instant_of(referral.offered))}});
    SANJAL_TRY(auto from, unit_json(context, referral.from));
    SANJAL_TRY(auto to, unit_json(context, referral.to));
    json.set("from", std::move(from)).set("to", std::move(to));
    auto const* fields = shown.find("fields");
    for (char const* name : {"asks", "words", "basis", "until", "number", "sexes", "ages", "languages"}) {
        if (auto const* value = fields->find(name)) json.set(name, *value);
    }
    // Whom it is about opens with the yes.
    bool const opened = !asked || referral.written == "accepted" || referral.written == "completed";
    if (auto const* about = fields->find("about"); about != nullptr && opened) json.set("about", *about);
    json.set("events", events_json(state)).set("heads", *shown.find("heads"));
    return json;
}

Result<app::Response> offer(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, body_of(request, {"record", "about", "to", "asks", "words", "basis", "until"}));
    SANJAL_TRY(auto const id, make_offer(context, body));
    SANJAL_TRY(auto json, referral_json(context, id));
    return app::json(201, std::move(json));
}

Result<app::Response> list(app::Context& context, app::Request const& request) {
    std::optional<bool> received;
    std::string wanted;
    for (auto const& [name, value] : request.queries) {
        if (name == "direction" && (value == "in" || value == "out")) received = value == "in";
        else if (name == "state") wanted = value;
        else return fail(Fault::Invalid, "request.unknown_query", "Referrals are listed by direction=in or direction=out, and by state.", name);
    }
    Json all = Json::list();
    for (bool const direction : {true, false}) {
        if (received && *received != direction) continue;
        SANJAL_TRY(auto const found, casework::referrals_of(context.tx(), {context.actor().unit, context.actor().id, context.actor().role}, direction));
        for (auto const& one : found) {
            if (!wanted.empty() && casework::state_of(one, context.now()) != wanted) continue;
            SANJAL_TRY(auto json, referral_json(context, one.id));
            all.push_back(std::move(json));
        }
    }
    context.note_access("list", "list");
    return app::json(200, Json::object({{"referrals", std::move(all)}}));
}

Result<app::Response> one(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto json, referral_json(context, std::string(request.param("id"))));
    return app::json(200, std::move(json));
}

// Of a part, a person or a case that one may read: who was asked for what.
Result<app::Response> about(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const parts, parts_within_reach(context, record));
    std::set<std::string> ids;
    for (auto const& part : parts) {
        SANJAL_TRY(auto const found, casework::referrals_about(context.tx(), part));
        for (auto const& each : found) ids.insert(each.id);
    }
    Json all = Json::list();
    for (auto const& id : ids) {
        SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), id, context.now()));
        if (stands.relations.empty() || stands.blocked) continue;
        SANJAL_TRY(auto json, referral_json(context, id));
        all.push_back(std::move(json));
    }
    return app::json(200, Json::object({{"referrals", std::move(all)}}));
}

tl::unexpected<Error> ended(std::string_view state) {
    if (state == "expired") return fail(Fault::Conflict, "referral.expired", "Nobody answered in time, so this offer has ended. The unit that asked can ask again.");
    if (state == "withdrawn") return fail(Fault::Conflict, "referral.withdrawn", "The unit that asked has taken this back.");
    if (state == "declined") return fail(Fault::Conflict, "referral.declined", "This was declined. The unit that asked can ask again.");
    return fail(Fault::Conflict, "referral.answered", "This has been answered already. Load it again.");
}

Result<void> check_reason(app::Context& context, Json const& body) {
    auto const reason = body.text_at("reason");
    auto const* codes = context.pack().document.find("codes");
    auto const* list = codes != nullptr ? codes->find("decline_reason") : nullptr;
    auto const* values = list != nullptr ? list->find("values") : nullptr;
    if (reason.empty()) return fail(Fault::Invalid, "referral.reason_missing", "Say why: choose a reason. Words may stand beside it.", "/reason");
    if (values != nullptr && values->find(reason) == nullptr) return fail(Fault::Invalid, "referral.reason", "This is not one of the reasons that can be chosen.", "/reason");
    return {};
}

// One entry on the referral, by whom it is to do; then the referral as it stands now.
Result<app::Response> follow(app::Context& context, app::Request const& request, std::string const& act, bool by_asked, std::initializer_list<std::string_view> members) {
    std::string const id(request.param("id"));
    auto const none = [] { return fail(Fault::NotFound, "referral.none", "There is no such referral, or it is not yours to see."); };
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    if (state.type() != "referral") return none();
    SANJAL_DO(context.require(policy::Action::Read, id, state));
    auto const referral = casework::Referral::from_state(id, state);
    if ((by_asked ? referral.to : referral.from) != context.actor().unit) return fail(Fault::Forbidden, "referral.not_yours", by_asked ? "Only the unit that is asked answers this." : "Only the unit that asked takes this back.");
    SANJAL_TRY(auto const body, body_of(request, members));
    auto const now = casework::state_of(referral, context.now());
    if (!casework::may_follow(now, act)) {
        if (act == "seen" && now != "expired" && now != "withdrawn") return one(context, request);  // seen before, or answered: nothing to say
        return ended(now);
    }
    if (act == "declined") SANJAL_DO(check_reason(context, body));
    if (act == "accepted") SANJAL_DO(still_offered(context, referral));
    for (auto const& [name, value] : body.members()) {
        if (value.text().size() > 4000) return fail(Fault::Invalid, "value.too_long", "This is longer than 4,000 bytes.", "/" + name);
    }
    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "referral." + act;
    entry.record = id;
    for (auto const& [name, value] : body.members()) entry.fields.push_back({name, value, "operational"});
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    SANJAL_TRY(auto json, referral_json(context, id));
    return app::json(200, std::move(json));
}

Result<app::Response> seen(app::Context& c, app::Request const& r) { return follow(c, r, "seen", true, {}); }
Result<app::Response> accept(app::Context& c, app::Request const& r) { return follow(c, r, "accepted", true, {"words"}); }
Result<app::Response> decline(app::Context& c, app::Request const& r) { return follow(c, r, "declined", true, {"reason", "words"}); }
Result<app::Response> complete(app::Context& c, app::Request const& r) { return follow(c, r, "completed", true, {"answer"}); }
Result<app::Response> withdraw(app::Context& c, app::Request const& r) { return follow(c, r, "withdrawn", false, {"words"}); }

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/referrals", "referral.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Post, "/api/v1/referrals", "referral.offer", app::Needs::Session, app::Run::Write, app::answered<offer>},
    {app::Method::Get, "/api/v1/referrals/{id}", "referral.read", app::Needs::Session, app::Run::Read, app::answered<one>},
    {app::Method::Get, "/api/v1/records/{id}/referrals", "referral.read", app::Needs::Session, app::Run::Read, app::answered<about>},
    {app::Method::Post, "/api/v1/referrals/{id}/seen", "referral.answer", app::Needs::Session, app::Run::Write, app::answered<seen>},
    {app::Method::Post, "/api/v1/referrals/{id}/accept", "referral.answer", app::Needs::Session, app::Run::Write, app::answered<accept>},
    {app::Method::Post, "/api/v1/referrals/{id}/decline", "referral.answer", app::Needs::Session, app::Run::Write, app::answered<decline>},
    {app::Method::Post, "/api/v1/referrals/{id}/complete", "referral.answer", app::Needs::Session, app::Run::Write, app::answered<complete>},
    {app::Method::Post, "/api/v1/referrals/{id}/withdraw", "referral.offer", app::Needs::Session, app::Run::Write, app::answered<withdraw>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "referral", .routes = routes};

}  // namespace sanjal::referral
