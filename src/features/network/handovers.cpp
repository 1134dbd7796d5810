// Handing a case over to another node, and taking one over.
#include "casework/custody.h"
#include "features/network/routes.h"
#include "policy/agreement.h"

namespace sanjal::network {
namespace {

struct Subject {
    std::string record;
    record::State state;
    casework::Custody custody;
};

Result<Subject> subject_of(app::Context& context, app::Request const& request, policy::Action action) {
    auto const none = [] { return fail(Fault::NotFound, "custody.none", "There is no such case, or it is not yours to see."); };
    std::string const record(request.param("id"));
    SANJAL_TRY(auto state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    if (state.type() != "case" && state.type() != "custody") return none();
    SANJAL_DO(context.require(action, record, state));
    auto custody = casework::Custody::from_state(state);
    return Subject{record, std::move(state), std::move(custody)};
}

Json custody_json(Subject const& subject) {
    auto const& custody = subject.custody;
    Json json = Json::object({{"id", subject.record}, {"here", custody.here}, {"turn", custody.turn},
                              {"state", !custody.offered_to.empty() ? "offered" : !custody.offer_from.empty() ? (custody.accepted ? "accepted" : "asked") : custody.here ? "here" : "elsewhere"}});
    if (!custody.with.empty()) json.set("with", custody.with);
    if (!custody.offered_to.empty()) json.set("to", custody.offered_to);
    if (!custody.offer_from.empty()) json.set("from", custody.offer_from);
    return json;
}

Answer say(app::Context& context, Subject const& subject, char const* verb, std::string const& peer, std::int64_t turn) {
    SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, verb, subject.record, {{"peer", peer, "operational"}, {"turn", turn, "operational"}}));
    Subject now = subject;
    SANJAL_TRY(now.state, record::load(context.tx(), subject.record));
    now.custody = casework::Custody::from_state(now.state);
    return app::json(200, custody_json(now));
}

tl::unexpected<Error> answered() { return fail(Fault::Conflict, "custody.answered", "This has been answered or taken back already. Load it again."); }

// The turn that was asked for in the newest custody.asked.
std::int64_t asked_turn(record::State const& state) {
    std::int64_t turn = 0;
    for (auto const* event : state.events("custody.asked")) turn = std::max(turn, event->integer_at("turn"));
    return turn;
}

Answer answer(app::Context& context, app::Request const& request, char const* verb) {
    SANJAL_TRY(auto const subject, subject_of(context, request, policy::Action::Read));
    if (subject.custody.offer_from.empty() || subject.custody.accepted) return answered();
    return say(context, subject, verb, subject.custody.offer_from, asked_turn(subject.state));
}

}  // namespace

Answer list_handovers(app::Context& context, app::Request const&) {
    std::vector<std::string> ids;
    SANJAL_TRY(ids, context.tx().texts("select id from record where (type = 'custody' or type = 'case') and data like '%\"custody.%' order by id limit 500"));
    Json list = Json::list();
    for (auto const& id : ids) {
        SANJAL_TRY(bool const within, is_within_reach(context, id));
        if (!within) continue;
        SANJAL_TRY(auto state, record::load(context.tx(), id));
        auto custody = casework::Custody::from_state(state);
        list.push_back(custody_json({id, std::move(state), std::move(custody)}));
    }
    return app::json(200, Json::object({{"handovers", std::move(list)}}));
}

Answer offer_handover(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, body_of(request, {"peer"}));
    SANJAL_TRY(auto const subject, subject_of(context, request, policy::Action::Write));
    SANJAL_TRY(auto const peer, sync::find_peer(context.tx(), body.text_at("peer")));
    if (!peer) return fail(Fault::Invalid, "peer.none", "This node knows no peer of that name. Exchange cards first.", "/peer");
    SANJAL_TRY(auto const live, policy::live_agreements(context.tx(), peer->node, context.now()));
    if (live.empty() || !peer->stopped.empty()) return fail(Fault::Conflict, "agreement.not_live", "There is no agreement in force with this node. The nodal officers of both sides sign one first.", "/peer");
    if (!subject.custody.here) return fail(Fault::Conflict, "custody.elsewhere", "This case is with another node now, so it is written there. What you know can be sent to them; nothing was changed here.");
    if (!subject.custody.offered_to.empty()) return fail(Fault::Conflict, "custody.offered", "It has been offered already, and no answer has come. Take that back first.");
    return say(context, subject, "custody.offered", peer->node, subject.custody.turn + 1);
}

Answer withdraw_handover(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const subject, subject_of(context, request, policy::Action::Write));
    if (subject.custody.offered_to.empty()) return answered();
    return say(context, subject, "custody.withdrawn", subject.custody.offered_to, subject.custody.turn + 1);
}

Answer accept_handover(app::Context& context, app::Request const& request) { return answer(context, request, "custody.accepted"); }
Answer decline_handover(app::Context& context, app::Request const& request) { return answer(context, request, "custody.declined"); }

}  // namespace sanjal::network
