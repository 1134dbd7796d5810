#pragma once
// Brings the rows of a table into the ledger by an import format of the pack or a saved column map (format.h): records of each
// row, the row as it stood kept beside.  A file is read in constant memory and in groups, so that people who are at work are
// served in between.
//
// The whole is one batch, a record of type `import`: import.begun, the rows, import.completed.  Until it is complete nobody
// sees any of its rows; an import that was cut short stays unseen for ever.  import.undone, one entry, takes them all out of
// everybody's sight; what was signed stays in the ledger.  Rows that cannot be taken are kept with the reason.
// Nobody asked imported people: their consent is "not known" (practice P32), and no procedure begins for them.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/house.h"
#include "features/import/refused.h"
#include "features/import/rows.h"

namespace sanjal::import {

struct ImportRequest {
    std::string batch;                    // new; empty: a dry run
    std::string unit;                     // whose the records are
    std::string actor;                    // who imports
    std::string file;                     // the record of the uploaded file, or empty
    RefusedRows* refused = nullptr;       // where refused rows go; nullptr in a dry run
    // Whether the actor may write such a field; what it may not is kept beside alone.
    std::function<bool(std::string const& type, std::string const& field, std::string const& sensitivity)> may_write;
    std::function<void(std::int64_t bytes, std::int64_t of, std::int64_t rows)> progress;
    std::function<bool()> should_stop;
};

struct ImportResult {
    std::int64_t rows = 0;      // without the header
    std::int64_t imported = 0;  // or, in a dry run, would have been
    std::int64_t refused = 0;
    std::vector<std::string> notes;               // about the file, in sentences
    std::map<std::string, std::int64_t> missed;   // column -> cells that were not understood; they are kept as they stood
    std::vector<std::pair<std::int64_t, std::string>> examples;  // the first refused rows: line and reason
};

// Not inside the writer.  Begins, but does not complete: complete_import() does, once what was refused is durable.
// Invalid "import.*", "workbook.*": nothing was written, or what was is not shown to anybody.
Result<ImportResult> import_rows(app::House& house, pack::Pack const& pack, Format const& format, table::Source& source, ReadOptions const& options, ImportRequest const& request);
// `more`: what else the completing entry says.
using InWriter = std::function<Result<void>(store::Transaction&, std::vector<ledger::Entry> const&)>;
Result<void> complete_import(app::House& house, ImportRequest const& request, ImportResult const& result, std::vector<ledger::Field> more, InWriter const& after);

// Says by an entry why an import that had begun is not complete; nothing of it is ever shown.
Result<void> fail_import(app::House& house, ImportRequest const& request, Error const& why);

// Whose the records are where nobody says it: the node's first unit.
Result<std::string> unit_for(app::House& house, std::string const& wanted);

// NotFound "import.none" where there is no such batch, Conflict "import.undone" where it is undone already.
Result<void> undo_import(app::House& house, std::string const& batch, std::string const& actor);
Result<void> undo_in(app::House& house, store::Transaction& tx, std::string const& batch, std::string const& actor);

}  // namespace sanjal::import
