#pragma once
// Begins a pack: a folder that is sound, small, and has a test that holds, to be gone on from (docs/tutorial-pack.md).

#include <string>

#include "base/result.h"

namespace sanjal::pack {

// `folder` must not be there; its last part is the pack's name (small letters, digits, _ and +).  The pack `common` lies beside.
Result<void> begin_pack(std::string const& folder, std::string const& title);

}  // namespace sanjal::pack
