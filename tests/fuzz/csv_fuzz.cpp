// links: sanjal_table
// Any bytes as CSV: reading ends, in whatever pieces they come the rows are the same, and a row that is written again reads alike.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "table/csv.h"

namespace {

using Rows = std::vector<sanjal::table::Row>;

Rows rows_of(std::string_view text, std::size_t piece, char separator = '\0') {
    std::size_t at = 0;
    sanjal::table::CsvReader reader([&](char* buffer, std::size_t size) -> sanjal::Result<std::size_t> {
        auto const take = std::min({size, piece, text.size() - at});
        std::copy_n(text.data() + at, take, buffer);
        at += take;
        return take;
    }, {separator});
    Rows rows;
    while (true) {
        auto row = reader.next();
        if (!row) std::abort();
        if (!*row) return rows;
        rows.push_back(std::move(**row));
        if (rows.size() > text.size() + 1) std::abort();  // no end
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const whole = rows_of(text, 1U << 16U);
    auto const pieces = rows_of(text, 3);
    if (whole.size() != pieces.size()) std::abort();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i].cells != pieces[i].cells || whole[i].wrong != pieces[i].wrong || whole[i].raw != pieces[i].raw || whole[i].line != pieces[i].line) std::abort();
        if (!whole[i].wrong.empty() || whole[i].cells.empty()) continue;
        auto const again = rows_of(sanjal::table::csv_line(whole[i].cells), 1U << 16U, ',');
        if (again.size() != 1 || again[0].cells != whole[i].cells) std::abort();
    }
    return 0;
}
