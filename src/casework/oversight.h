#pragma once
// What whoever supervises a unit may know of its clocks: how many run, how many are late, how many ended in time and how many
// too late.  Numbers by rule; no record, no place, no person.  A clock counts with the unit whose work its step is
// (casework/working.h), so that a committee answers for its inquiry and not for the station's production.

#include <string>
#include <vector>

#include "casework/derive.h"

namespace sanjal::casework {

struct Tally {
    std::string rule;
    std::string step;
    std::string procedure;  // in which the pack names the step
    std::string pack;       // that gave one of the clocks
    std::int64_t running = 0;
    std::int64_t late = 0;    // still runs, past its end
    std::int64_t kept = 0;    // stopped in time, since `since`
    std::int64_t missed = 0;  // stopped too late, since `since`
};

// By rule; rules of which there is nothing to count are left out.
Result<std::vector<Tally>> tally(store::Transaction& tx, record::Packs const& packs, std::string const& unit, Instant since, Instant now);

}  // namespace sanjal::casework
