#pragma once
// The handlers of this slice, and what they share.

#include <initializer_list>

#include "app/context.h"
#include "sync/peer.h"

namespace sanjal::network {

using Answer = Result<app::Response>;

// A JSON object with these members and no others, all texts but the lists; "request.unknown_member".
Result<Json> body_of(app::Request const& request, std::initializer_list<std::string_view> texts, std::initializer_list<std::string_view> lists = {});
Result<void> need_officer(app::Context& context);  // the nodal officer
std::string text_in(record::State const& state, std::string_view field);
// Of the reader's unit, or whatever unit where the reader is the nodal officer.
Result<bool> is_within_reach(app::Context& context, std::string const& record);

Answer list_peers(app::Context& context, app::Request const& request);
Answer card(app::Context& context, app::Request const& request);
Answer change_card(app::Context& context, app::Request const& request);
Answer add_peer(app::Context& context, app::Request const& request);
Answer confirm_peer(app::Context& context, app::Request const& request);
Answer stop_peer(app::Context& context, app::Request const& request);
Answer evidence(app::Context& context, app::Request const& request);
Answer aside(app::Context& context, app::Request const& request);

Result<void> receive(app::House& house, app::Request const& request, std::optional<app::Proven>& proven);
Answer inbox(app::Context& context, app::Request const& request);
Answer make_bundle(app::Context& context, app::Request const& request);

Answer list_agreements(app::Context& context, app::Request const& request);
Answer propose(app::Context& context, app::Request const& request);
Answer sign(app::Context& context, app::Request const& request);
Answer end(app::Context& context, app::Request const& request);

Answer list_disclosures(app::Context& context, app::Request const& request);
Answer make_disclosure(app::Context& context, app::Request const& request);
Answer list_arrivals(app::Context& context, app::Request const& request);
Answer one_arrival(app::Context& context, app::Request const& request);

Answer list_handovers(app::Context& context, app::Request const& request);
Answer offer_handover(app::Context& context, app::Request const& request);
Answer withdraw_handover(app::Context& context, app::Request const& request);
Answer accept_handover(app::Context& context, app::Request const& request);
Answer decline_handover(app::Context& context, app::Request const& request);

}  // namespace sanjal::network
