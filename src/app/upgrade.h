#pragma once
// A new version of the law in a running node.  Loading a pack is one entry; from then on new answers are given under it, and
// clocks that run keep the version that was in force when they started.  What is to be done in cases that stand already is
// derived anew, some hundred cases at a time, so that nobody waits; a node that stops in between goes on when it starts.  So
// it is with the holidays of a state or a court, which no pack can know and an officer lists year by year.

#include <string>
#include <vector>

#include "app/house.h"

namespace sanjal::app {

struct Upgrade {
    std::string reference;             // of the pack that is in force now
    std::vector<std::string> changes;  // what it changes, in sentences
};

// Inside the writer.  `document` is compiled; refused is one that is not sound, one of another name, and a version that is not
// newer than the one in force.
Result<Upgrade> load_pack(House& house, store::Transaction& tx, Json document, std::string const& actor);

// Inside the writer: the days of a year on which that calendar does not work, beside those of the pack; the list stands for an
// earlier one of the same year.  Each day with what it is called; `source` says who published them.  Running clocks follow.
struct Holiday {
    std::string day;  // "2026-03-04"
    std::string title;
};
Result<void> list_holidays(House& house, store::Transaction& tx, std::string const& calendar, std::int64_t year, std::vector<Holiday> const& days, std::string const& source,
                           std::string const& actor);

// Derives some cases under the pack in force; false where none is left.  It also finds out where another process has loaded a
// pack, or a load was not kept.  Any thread but the writer's.
Result<bool> derive_some(House& house);

}  // namespace sanjal::app
