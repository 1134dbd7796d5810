#pragma once
// How long each class of a case's data is kept, by the pack's `retention` (P31).  It proposes and erases nothing: that takes
// two people.

#include <optional>
#include <string>
#include <vector>

#include "record/fold.h"

namespace sanjal::casework {

struct Keeping {
    std::string sensitivity;               // the class
    std::optional<std::int64_t> until;     // the last minute, milliseconds since 1970; none: no limit on record, or not begun
};

// In the order of the pack.
std::vector<Keeping> keeping_of(pack::Pack const& pack, record::Cluster const& cluster);

}  // namespace sanjal::casework
