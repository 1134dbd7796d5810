// Peers as people see them: cards, the words to compare, what waits, what is wrong.
#include <algorithm>

#include "features/network/routes.h"
#include "sync/doctor.h"
#include "sync/exchange.h"

namespace sanjal::network {
namespace {

Result<sync::Peer> peer_of(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto peer, sync::find_peer(context.tx(), request.param("id")));
    if (!peer) return fail(Fault::NotFound, "peer.none", "This node knows no peer of that name. Exchange cards first.");
    return std::move(*peer);
}

Json moment(std::int64_t ms) { return ms > 0 ? Json(format_instant(instant_of(ms))) : Json(); }

Result<Json> peer_json(app::Context& context, sync::Peer const& peer) {
    Json json = Json::object({{"peer", peer.node}, {"unit", peer.unit}, {"name", peer.name}, {"country", peer.country},
                              {"state", !peer.stopped.empty() ? "stopped" : peer.confirmed ? "confirmed" : "introduced"}});
    if (!peer.confirmed && context.actor().is_nodal) {
        SANJAL_TRY(auto const theirs, context.tx().text("select card from network_peer where node = $1", {peer.node}));
        SANJAL_TRY(auto const own, sync::own_card(context.house(), context.tx()));
        SANJAL_TRY(auto code, sync::code_of(own, *theirs));
        json.set("code", std::move(code));
    }
    SANJAL_TRY(auto const waiting, context.tx().integer("select count(*) from network_outbox where peer = $1 and acked = 0", {peer.node}));
    SANJAL_TRY(auto const cosigned, context.tx().integer("select size from network_cosigned where peer = $1", {peer.node}));
    json.set("waiting", waiting.value_or(0)).set("cosigned", cosigned.value_or(0)).set("heard", moment(peer.last_in)).set("told", moment(peer.last_out));
    SANJAL_TRY(auto const findings, sync::findings(context.house(), context.tx(), peer));
    Json list = Json::list();
    for (auto const& one : findings) list.push_back(Json::object({{"code", one.code}, {"says", one.says}, {"serious", one.serious}}));
    json.set("findings", std::move(list));
    return json;
}

}  // namespace

Result<Json> body_of(app::Request const& request, std::initializer_list<std::string_view> texts, std::initializer_list<std::string_view> lists) {
    if (request.body.empty()) return Json::object();
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        bool const text = std::find(texts.begin(), texts.end(), name) != texts.end();
        bool const list = std::find(lists.begin(), lists.end(), name) != lists.end();
        if (!text && !list) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        if (text && !value.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + name);
        if (list && !value.is_list()) return fail(Fault::Invalid, "request.not_a_list", "This must be a list.", "/" + name);
    }
    return body;
}

Result<void> need_officer(app::Context& context) {
    if (context.actor().is_nodal) return {};
    return fail(Fault::Forbidden, "network.nodal", "This is done by the nodal officer. Ask yours.");
}

std::string text_in(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

Result<bool> is_within_reach(app::Context& context, std::string const& record) {
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), record, context.now()));
    return !stands.relations.empty() && !stands.blocked;
}

Answer list_peers(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, sync::peers(context.tx()));
    Json list = Json::list();
    for (auto const& peer : all) {
        SANJAL_TRY(auto json, peer_json(context, peer));
        list.push_back(std::move(json));
    }
    return app::json(200, Json::object({{"node", context.house().ledger().node()}, {"peers", std::move(list)}}));
}

Answer card(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto text, sync::own_card(context.house(), context.tx()));
    return app::json(200, Json::object({{"node", context.house().ledger().node()}, {"card", std::move(text)}}));
}

Answer change_card(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const body, body_of(request, {}, {"addresses"}));
    auto const* given = body.find("addresses");
    std::vector<std::string> addresses;
    for (auto const& one : given != nullptr ? given->items() : Json::List()) {
        if (!one.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/addresses");
        addresses.push_back(one.text());
    }
    SANJAL_DO(sync::set_addresses(context.tx(), addresses));
    return card(context, request);
}

Answer add_peer(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const body, body_of(request, {"card"}));
    SANJAL_TRY(auto const parsed, sync::parse_card(body.text_at("card")));
    SANJAL_TRY(auto const peer, sync::introduce(context.house(), context.tx(), context.actor().id, parsed));
    SANJAL_TRY(auto json, peer_json(context, peer));
    return app::json(201, std::move(json));
}

Answer peer_as_it_is_now(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const now, peer_of(context, request));
    SANJAL_TRY(auto json, peer_json(context, now));
    return app::json(200, std::move(json));
}

Answer confirm_peer(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const peer, peer_of(context, request));
    SANJAL_TRY(auto const body, body_of(request, {"code"}));
    SANJAL_DO(sync::confirm(context.house(), context.tx(), context.actor().id, peer.node, body.text_at("code")));
    return peer_as_it_is_now(context, request);
}

Answer stop_peer(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const peer, peer_of(context, request));
    SANJAL_DO(sync::stop_peer(context.house(), context.tx(), context.actor().id, peer.node, "peer.revoked"));
    return peer_as_it_is_now(context, request);
}

Answer evidence(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const peer, peer_of(context, request));
    SANJAL_TRY(auto const state, record::load(context.tx(), peer.record));
    auto const* shown = state.value("evidence");
    if (shown == nullptr) return fail(Fault::NotFound, "peer.no_evidence", "There is nothing to show against this node.");
    return app::json(200, *shown);
}

Answer aside(app::Context& context, app::Request const&) {
    SANJAL_DO(need_officer(context));
    Json list = Json::list();
    SANJAL_DO(context.tx().each("select peer, at, code, number, count from network_aside order by at desc limit 200", {}, [&](store::Row const& row) -> Result<void> {
        Json one = Json::object({{"at", format_instant(instant_of(row.integer(1)))}, {"code", row.text(2)}, {"count", row.integer(4)}});
        if (!row.text(0).empty()) one.set("peer", row.text(0));
        if (row.integer(3) > 0) one.set("number", row.integer(3));
        list.push_back(std::move(one));
        return {};
    }));
    return app::json(200, Json::object({{"aside", std::move(list)}}));
}

}  // namespace sanjal::network
