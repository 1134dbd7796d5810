#pragma once
// Making an offer: whom it is about, whether they may be told, and what is said before the answer.  Inside the writer.

#include <string>
#include <vector>

#include "app/context.h"
#include "casework/referral.h"

namespace sanjal::referral {

// The parts that a record names: itself, a person's, or a case's survivors; only those that the actor reaches.  NotFound
// where the record is not the actor's to read.
Result<std::vector<std::string>> parts_within_reach(app::Context& context, std::string const& record);

// {record | about, to, asks, words?, basis?, until?} -> the new referral's id.  Refused where a person said that this unit
// must not know (P1), and for adults without their yes, unless an order or danger stands in its place.
Result<std::string> make_offer(app::Context& context, Json const& body);

// What held when it was offered must hold when it is accepted.
Result<void> still_offered(app::Context& context, casework::Referral const& referral);

}  // namespace sanjal::referral
