#pragma once
// A table that somebody uploaded: kept as the record `import_file`, its bytes sealed with a key of their own.  It is evidence of
// where imported records come from, so it stays.  Nobody reads it as a file: only the routes of this slice open it.

#include <memory>
#include <string>

#include "app/context.h"
#include "table/source.h"

namespace sanjal::import {

// Importing is for the nodal officer of a unit whose role may register cases.
Result<void> may_import(app::Context& context);

// Takes the body in, before the writer (a route's `prepare`).
Result<void> receive_file(app::House& house, app::Request const& request, std::optional<app::Proven>& proven);
// In the writer: the record.  {file, size, sha256}
Result<Json> keep_file(app::Context& context, app::Request const& request);

// Opens the bytes of an uploaded file within the actor's reach; else NotFound.  The source is for any thread, one at a time.
Result<std::unique_ptr<table::Source>> open_upload(app::Context& context, std::string const& record);
std::unique_ptr<table::Source> open_blob(app::House& house, std::string const& blob, crypto::Secret key, std::int64_t size);

}  // namespace sanjal::import
