#pragma once
// What changed between two versions of a pack, in sentences that a lawyer can read before it is loaded.

#include <string>
#include <vector>

#include "base/json.h"

namespace sanjal::pack {

// Of two compiled documents.  In the order of the sections; empty: nothing that anybody would notice.
std::vector<std::string> diff(Json const& before, Json const& after);

}  // namespace sanjal::pack
