#pragma once
// The ledger's own tables.  They hold what cannot be rebuilt from anything else; every other table of the node is a view.

#include <span>

#include "store/store.h"

namespace sanjal::ledger {

std::span<store::Migration const> ledger_migrations();  // in the ledger's store (ledger.db)
std::span<store::Migration const> key_migrations();     // in the key store (keys.db)

}  // namespace sanjal::ledger
