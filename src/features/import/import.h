#pragma once
// Brings the rows of a file into the ledger: one record a row, mapped by the pack's `imports/FORMAT.yaml`, the row as it stood
// kept beside.  A file is read in constant memory and in groups, so that people who are at work are served in between.
//
// The whole is one batch, a record of type `import`: import.begun, the rows, import.completed.  Until it is complete nobody
// sees any of its rows; an import that was cut short stays unseen for ever.  import.undone, one entry, takes them all out of
// everybody's sight; what was signed stays in the ledger.  Rows that cannot be taken are kept with the reason in a file.

#include <cstdint>
#include <functional>
#include <string>

#include "app/house.h"

namespace sanjal::import {

struct ImportRequest {
    std::string format;  // of the pack in force
    std::string path;
    std::string unit;    // whose the records are; empty: the node's first unit
    bool dry_run = false;
    std::function<void(std::int64_t bytes, std::int64_t of, std::int64_t rows)> progress;
};

struct ImportResult {
    std::string batch;         // to undo it by; empty after a dry run
    std::int64_t rows = 0;     // without the header
    std::int64_t imported = 0; // or, in a dry run, would have been
    std::int64_t refused = 0;
    std::string refused_file;  // CSV: line, reason, and the row as it stood; empty where none was refused
};

// Not inside the writer.  Fault::NotFound "import.no_file", Invalid "import.format" and "import.header": nothing was written.
Result<ImportResult> import_file(app::House& house, ImportRequest const& request);

// NotFound "import.none" where there is no such batch, Conflict "import.undone" where it is undone already.
Result<void> undo_import(app::House& house, std::string const& batch);

}  // namespace sanjal::import
