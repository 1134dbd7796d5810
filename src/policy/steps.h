#pragma once
// Which steps of a case somebody sees.  A unit that was given one person of a raid reaches the case as well, because its number
// and its place belong to that person too.  What must be done on the case (the investigation, the trial) is about the other people
// as much: of that it sees the steps that its own role does, and no more (P16, P27).  Whoever registered the case, and
// whoever an order lets read it, sees the whole line.
//
// Not a decision about fields: policy/decide.h has those.

#include <string>
#include <vector>

#include "ledger/entry.h"
#include "policy/decide.h"

namespace sanjal::policy {

// The actor stands to a case only through a person of it.
bool is_given_one_person(std::string_view type, Relations const& relations);

// A step of a record of this type that these roles do.
bool may_see_step(Actor const& actor, std::string_view type, Relations const& relations, std::vector<std::string> const& roles);

// An entry that says that a step was done, skipped, given to somebody or late, or that its form was handed in: may its content be
// shown?  Of any other entry: yes.  A step that the pack no longer has is shown to nobody who was given one person.
bool may_see_event(Actor const& actor, std::string_view type, Relations const& relations, ledger::Entry const& entry, pack::Pack const& pack);

}  // namespace sanjal::policy
