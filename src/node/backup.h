#pragma once
// Backups.  The ledger and the keys that open it go to two places: a copy of the one alone opens nothing.

#include <string>

#include "app/house.h"

namespace sanjal::node {

// A consistent copy of the running or stopped node's ledger into a new directory, and of its keys into another one.
Result<Json> back_up(app::House& house, std::string const& ledger_to, std::string const& keys_to);

// Puts both together in a new directory.  `erased` is the newest list of erased slots (DIR/erased), or empty.
Result<void> put_back(std::string const& directory, std::string const& ledger_from, std::string const& keys_from, std::string const& erased);

}  // namespace sanjal::node
