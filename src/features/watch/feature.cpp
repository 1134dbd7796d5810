// Against somebody who is bribed: canaries, and letting a person go on whose budget of files is used up.  Both are the nodal
// officer's; what was noticed stands among the alerts of the worklist (policy::alerts, app/reads.h).
//
// A canary is a case that is made up, written like any other one and closed, so that nobody has a reason to open it.  That it is one
// stands in keys.db alone.
#include <algorithm>

#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"

namespace sanjal::watch {
namespace {

constexpr auto allowed_for = std::chrono::hours(24);
constexpr std::size_t reason_min = 10, reason_max = 1000;
constexpr std::int64_t canaries_max = 200;  // rows: a case and what hangs on it

Result<void> be_nodal(app::Context& context) {
    return context.actor().is_nodal ? Result<void>{} : fail(Fault::Forbidden, "account.nodal", "Only the nodal officer does this.");
}

Result<std::string> one_text(app::Request const& request, std::string_view name) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [member, value] : body.members()) {
        if (member != name) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + member);
        if (!value.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + member);
    }
    return std::string(body.text_at(name));
}

// POST /accounts/{id}/reads {reason}: this person may open more files until tomorrow at this time.  Never oneself.
Result<app::Response> allow(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_TRY(auto const state, record::find(context.tx(), actor));
    if (!state || state->type() != "actor") return fail(Fault::NotFound, "account.none", "There is no such account.");
    if (actor == context.actor().id) return fail(Fault::Conflict, "reads.self", "Another nodal officer lets you go on, not you yourself.");
    SANJAL_TRY(auto const reason, one_text(request, "reason"));
    if (reason.size() < reason_min || reason.size() > reason_max) return fail(Fault::Invalid, "reads.reason", "Say in a sentence why this person needs to open more files.", "/reason");
    auto const until = format_instant(context.now() + allowed_for);
    auto submission = context.submission();
    submission.entries.push_back({"actor.reads_allowed", actor, {{"reads_allowed", until, "operational"}, {"reads_reason", reason, "operational"}}, std::nullopt, std::nullopt});
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return app::json(200, Json::object({{"actor", actor}, {"until", until}}));
}

Result<app::Response> list(app::Context& context, app::Request const&) {
    SANJAL_DO(be_nodal(context));
    Json canaries = Json::list();
    SANJAL_DO(context.house().key_store().read([&](store::Transaction& tx) {
        return tx.each("select root, at from canary where record = root order by at, root", {}, [&](store::Row const& row) -> Result<void> {
            canaries.push_back(Json::object({{"record", row.text(0)}, {"since", format_instant(instant_of(row.integer(1)))}}));
            return {};
        });
    }));
    return app::json(200, Json::object({{"canaries", std::move(canaries)}}));
}

// POST /canaries {record}: a case that one made up oneself and closed.
Result<app::Response> mark(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    SANJAL_TRY(auto const record, one_text(request, "record"));
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    if (state.type() != "case") return fail(Fault::Invalid, "canary.not_a_case", "Name a case that you made up.", "/record");
    if (state.condition() != "closed") return fail(Fault::Conflict, "canary.open", "Close the case first: as long as something is to be done in it, somebody opens it who works.");
    SANJAL_TRY(auto const cluster, record::load_cluster(context.tx(), record));
    std::int64_t const now = milliseconds_of(context.now());
    auto& house = context.house();
    SANJAL_DO(house.key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const there, tx.integer("select count(*) from canary"));
        if (there.value_or(0) + static_cast<std::int64_t>(cluster.records.size()) > canaries_max) return fail(Fault::TooMany, "canary.too_many", "There are enough canaries. Take one away first.");
        for (auto const& [id, one] : cluster.records) {
            SANJAL_DO(tx.put("insert into canary (record, root, marked_by, at) values ($1, $2, $3, $4) on conflict (record) do nothing", {id, record, context.actor().id, now}));
        }
        return {};
    }));
    SANJAL_DO(house.reads().read_canaries(house));
    return app::json(201, Json::object({{"record", record}}));
}

Result<app::Response> unmark(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::int64_t gone = 0;
    auto& house = context.house();
    SANJAL_DO(house.key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(gone, tx.run("delete from canary where root = $1", {std::string(request.param("id"))}));
        return {};
    }));
    if (gone == 0) return fail(Fault::NotFound, "canary.none", "This case is no canary.");
    SANJAL_DO(house.reads().read_canaries(house));
    return app::empty(204);
}

void tick(app::House& house, app::Outbound&) {
    if (auto const kept = house.reads().keep(house); !kept) log::write(log::Level::Alarm, "reads.not_written", {{"code", log::Safe::id(kept.error().code)}});
}

constexpr app::Route routes[] = {
    app::behind_password({app::Method::Post, "/api/v1/accounts/{id}/reads", "account.reads", app::Needs::Session, app::Run::Write, app::answered<allow>}),
    app::behind_password({app::Method::Get, "/api/v1/canaries", "watch.list", app::Needs::Session, app::Run::Read, app::answered<list>}),
    app::behind_password({app::Method::Post, "/api/v1/canaries", "watch.mark", app::Needs::Session, app::Run::Write, app::answered<mark>}),
    app::behind_password({app::Method::Delete, "/api/v1/canaries/{id}", "watch.mark", app::Needs::Session, app::Run::Write, app::answered<unmark>}),
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "watch", .routes = routes, .migrations = {}, .tick = tick};

}  // namespace sanjal::watch
