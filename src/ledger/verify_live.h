#pragma once
// Verifies a living ledger where it lies, with the keys that open it: every signature under its key, every sealed disclosure
// against its digest, the tree against the signed head.  Not an export's verifier (verify.h), which needs no database and no
// key; and it says nothing of views, which are made from the entries (app/house.h compares them).

#include <cstdint>
#include <functional>
#include <string>

#include "ledger/ledger.h"

namespace sanjal::ledger {

struct LiveVerdict {
    bool sound = false;
    std::string why;    // where it is not: what is wrong, and what to do
    std::string where;  // and at which entry
    Json answer;        // node, origin, size, root, disclosed, erased_parts, keys
};

// One consistent view; memory does not grow with the ledger.  `threads` 0: one per core.
Result<LiveVerdict> verify_live(store::Transaction& tx, Ledger& ledger, unsigned threads, std::function<void(std::int64_t)> const& progress);

}  // namespace sanjal::ledger
