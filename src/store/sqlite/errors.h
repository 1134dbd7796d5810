#pragma once
// SQLite's result codes as our Errors.

#include <sqlite3.h>

#include <string_view>

#include "base/result.h"

namespace sanjal::store {

// What the connection's last call said.  `sql` goes into `where`; it never holds a value, these are bound.
Error sqlite_error(sqlite3* db, int code, std::string_view sql = {});

// Whether a connection that saw this should be given up and opened again.
bool is_of_the_disk(Error const& error);

// Why a file could not be read at its very beginning: another key, or not a database of ours at all.
Error explain_unreadable(std::string const& path, bool have_key);

}  // namespace sanjal::store
