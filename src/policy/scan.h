#pragma once
// The identity scanner: a text that leaves the house for everybody to read names nobody whom the node knows (P19).  It looks for names
// of people on record, for their numbers and cases, and for what looks like a way to reach somebody.  It finds words, not meanings:
// whoever publishes reads the text first.

#include <string>
#include <string_view>
#include <vector>

#include "pack/pack.h"
#include "store/store.h"

namespace sanjal::policy {

// Why the text may not be published: name, telephone, mail, case, number; each once.  Empty: nothing was found.  Never what was found.
Result<std::vector<std::string>> scan(store::Transaction& tx, pack::Pack const& pack, std::string_view text);

}  // namespace sanjal::policy
