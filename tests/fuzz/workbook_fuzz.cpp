// links: sanjal_table
// Any bytes as a workbook, and as each of its parts in an otherwise sound one: reading ends, in bounds, with rows or an Error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "table/workbook.h"
#include "table/workbook_for_test.h"

namespace {

void read(std::string bytes) {
    auto const source = sanjal::table::from_bytes(std::move(bytes));
    auto reader = sanjal::table::open_workbook(*source);
    if (!reader) return;
    for (int rows = 0; rows < 100000; ++rows) {
        auto const row = (*reader)->next();
        if (!row || !*row) break;
        if ((*row)->cells.size() > sanjal::table::columns_max || ((*row)->cells.empty() && (*row)->wrong.empty())) std::abort();
    }
    (void)(*reader)->notes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    sanjal::table::TestParts parts;
    parts.sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"0\"><v>46351</v></c></row></sheetData></worksheet>";
    switch (data[0] % 6) {
        case 0: return read(text), 0;
        case 1: parts.sheet = text; break;
        case 2: parts.shared = text; break;
        case 3: parts.styles = text; break;
        case 4: parts.book = text; break;
        default: parts.sheets = text;
    }
    read(workbook_of(parts));
    return 0;
}
