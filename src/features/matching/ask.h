#pragma once
// After a report has its number the node itself asks, once for each person: does another file speak of the same one?  What is
// likely becomes an entry (match.found) that holds ids and codes, never a value; who learns of it is policy/matches.h's to say.
// Not an answer to anybody: whoever typed the report is answered before this begins, and in the same way whatever it finds (P9).
// One process of the node at a time, on a worker thread.

#include "app/house.h"
#include "features/matching/people.h"

namespace sanjal::matching {

std::span<store::Migration const> asking_migrations();

// What has come since the last time, a few hundred entries of it.
Result<void> ask(app::House& house, People const& people);

// Is it worth somebody's look?  Two fields besides sex speak for it; where the register is so small that no word can be called
// rare, the name, the age and the sex together do.
bool is_worth_telling(match::Score const& score);
std::vector<std::string> codes_of(match::Score const& score);  // sorted

}  // namespace sanjal::matching
