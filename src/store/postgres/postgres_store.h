#pragma once
// The store in a PostgreSQL database: one connection that writes, a pool of connections that read (repeatable read).
// Not a replica reader: nothing is ever decided on a standby.

#include <string>

#include "store/store.h"

namespace sanjal::store {

Result<std::unique_ptr<Store>> open_postgres(std::string connection, StoreConfig const& config);

}  // namespace sanjal::store
