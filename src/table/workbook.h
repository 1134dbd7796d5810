#pragma once
// Reads one sheet of an Excel workbook (.xlsx: ECMA-376, transitional and strict) row by row.  Memory does not grow with the
// rows; the shared texts, which lie in another part, are held and bounded.
//
// A cell comes as text: numbers as they are meant (no 9.1E+11), dates as 2026-11-25 or 2026-11-25T16:05:00 by the workbook's
// own date system (1900 or 1904), yes and no as TRUE and FALSE.  Of a formula the value counts that was there when the file
// was saved; notes() says how many there were.  Refused: macros (.xlsm), passwords, the old .xls, and what package.h refuses.

#include <memory>
#include <string>

#include "table/source.h"

namespace sanjal::table {

inline constexpr std::size_t shared_text_bytes_max = std::size_t{64} << 20U;

struct WorkbookOptions {
    std::string sheet;  // its name; empty: the first that is not hidden
};

// `source` must outlive the reader.
Result<std::unique_ptr<Reader>> open_workbook(Source& source, WorkbookOptions const& options = {});

// What a file is by its first bytes.
enum class Kind { Workbook, Text, OldWorkbook };
Result<Kind> kind_of(Source& source);

// A day count of a workbook as a date or a moment; empty where it is none.  For tests and for columns of plain numbers.
std::string date_of_serial(double serial, bool since_1904);

}  // namespace sanjal::table
