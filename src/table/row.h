#pragma once
// A row of a foreign table, whatever kind of file it lay in, and what every reader of such a file gives.  Not a record: what a
// cell means is said by an import format or a column map (features/import).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sanjal::table {

inline constexpr std::size_t row_bytes_max = 1U << 20U;
inline constexpr std::size_t columns_max = 1024;

struct Row {
    std::int64_t line = 0;           // of its first byte, or its number on the sheet; from 1
    std::vector<std::string> cells;  // UTF-8
    std::string raw;                 // as it stood, for the file of refused rows; of a workbook the cells as CSV
    std::string wrong;               // empty, or why it cannot be read
};

class Reader {
public:
    virtual ~Reader() = default;
    // The next row that is not empty, or nothing at the end.  An Error only where reading itself fails.
    virtual Result<std::optional<Row>> next() = 0;
    // What a person should know about the file, in sentences: formulas, merged cells, other sheets.  Whole after the last row.
    [[nodiscard]] virtual std::vector<std::string> notes() const = 0;
};

// Fills the buffer, gives how many bytes came; 0 at the end.
using ReadSome = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
// Takes the next bytes of a file that is being written.
using Put = std::function<Result<void>(std::string_view bytes)>;

}  // namespace sanjal::table
