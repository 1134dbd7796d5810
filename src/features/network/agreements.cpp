// Agreements: proposed by one officer, signed by the other, ended by either.
#include "features/network/routes.h"
#include "policy/agreement.h"

namespace sanjal::network {
namespace {

Json agreement_json(app::Context& context, policy::Agreement const& agreement) {
    return Json::object({{"id", agreement.record}, {"peer", agreement.peer}, {"agreement", agreement.name}, {"state", policy::state_of(agreement, context.now())},
                         {"desk", agreement.desk.empty() ? Json() : Json(agreement.desk)}, {"terms", agreement.terms}});
}

Answer one(app::Context& context, std::string const& record, int status) {
    SANJAL_TRY(auto const agreement, policy::load_agreement(context.tx(), record));
    return app::json(status, agreement_json(context, agreement));
}

}  // namespace

Answer list_agreements(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, policy::agreements(context.tx()));
    Json list = Json::list();
    for (auto const& agreement : all) list.push_back(agreement_json(context, agreement));
    Json offered = Json::list();
    if (auto const* of_pack = context.pack().document.find("agreements"); of_pack != nullptr && of_pack->is_object()) {
        for (auto const& [name, terms] : of_pack->members()) offered.push_back(Json::object({{"agreement", name}, {"title", terms.text_at("title")}}));
    }
    return app::json(200, Json::object({{"agreements", std::move(list)}, {"pack", std::move(offered)}}));
}

Answer propose(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const body, body_of(request, {"peer", "agreement", "until"}));
    SANJAL_TRY(auto const peer, sync::find_peer(context.tx(), body.text_at("peer")));
    if (!peer || !peer->confirmed || !peer->stopped.empty()) return fail(Fault::Invalid, "peer.not_confirmed", "Choose a node whose card was compared.", "/peer");
    std::optional<Instant> until;
    if (auto const given = body.text_at("until"); !given.empty()) {
        auto const parsed = parse_instant(given);
        if (!parsed) return fail(Fault::Invalid, parsed.error().code, parsed.error().message, "/until");
        until = *parsed;
    }
    SANJAL_TRY(auto const terms, policy::make_terms(context.pack(), body.text_at("agreement"), context.house().description().text_at("country"), peer->country, context.now(), until));
    std::string const record = context.house().new_record(context.tx());
    SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, "agreement.signed", record,
                               {{"peer", peer->node, "operational"}, {"agreement", record, "operational"}, {"name", body.text_at("agreement"), "operational"}, {"terms", terms, "operational"},
                                {"signed_here", policy::digest_of(terms), "operational"}, {"unit_of_origin", context.actor().unit, "operational"}}));
    return one(context, record, 201);
}

Answer sign(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const agreement, policy::load_agreement(context.tx(), record));
    auto const state = policy::state_of(agreement, context.now());
    if (state == "signed" || state == "live") return one(context, record, 200);
    if (state != "offered") return fail(Fault::Conflict, "agreement.over", "The time of this agreement has passed, or it was ended. Make a new one.");
    SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, "agreement.signed", record,
                               {{"peer", agreement.peer, "operational"}, {"agreement", agreement.shared, "operational"}, {"name", agreement.name, "operational"}, {"terms", agreement.terms, "operational"},
                                {"signed_here", agreement.digest, "operational"}, {"unit_of_origin", context.actor().unit, "operational"}}));
    return one(context, record, 200);
}

Answer end(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const agreement, policy::load_agreement(context.tx(), record));
    if (!agreement.ended) SANJAL_DO(sync::append_one(context.house(), context.tx(), context.actor().id, "agreement.ended", record, {{"ended", "here", "operational"}, {"agreement", agreement.shared, "operational"}}));
    return one(context, record, 200);
}

}  // namespace sanjal::network
