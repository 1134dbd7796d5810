#pragma once
// An invitation: the nodal officer says beforehand who comes, as what and where, and hands a code over, as a picture or spoken.
// Whoever opens it within two days is that person, without another yes (P8).  Of the code only its hash is kept; it works once.
// Not the account itself (app/account.h), and not what is on the phone.

#include "app/context.h"
#include "app/feature.h"

namespace sanjal::accounts {

// Routes of feature.cpp.
Result<app::Response> invite(app::Context& context, app::Request const& request);
Result<app::Response> invitations(app::Context& context, app::Request const& request);
Result<app::Response> withdraw_invitation(app::Context& context, app::Request const& request);
// By anybody who has the code.
Result<app::Response> show_invitation(app::Context& context, app::Request const& request);
Result<void> prepare_arrival(app::House& house, app::Request const& request, std::optional<app::Proven>& proven);
Result<app::Response> arrive(app::Context& context, app::Request const& request);

std::span<store::Migration const> invitation_tables();

// What both files of this slice need: {members, all texts but nodal and head}, and whether such a role and unit are there.
Result<Json> body_with(app::Request const& request, std::initializer_list<std::string_view> allowed);
Result<void> check_wish(app::House& house, store::Transaction& tx, app::NewAccount& account);
Result<void> be_nodal(app::Context& context);

}  // namespace sanjal::accounts
