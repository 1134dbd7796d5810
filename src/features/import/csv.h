#pragma once
// Reads CSV (RFC 4180) row by row in constant memory: quotes doubled inside quotes, CRLF or LF, a byte-order mark skipped.
// Not forgiving: a row that is not UTF-8, has a stray quote, or is cut short in the middle of quotes is given back with the
// reason, and reading goes on at the next line where that can be told.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sanjal::import {

struct CsvRow {
    std::int64_t line = 0;           // of its first byte, from 1
    std::vector<std::string> cells;
    std::string raw;                 // as it stood, for the file of refused rows
    std::string wrong;               // empty, or why it cannot be read
};

class CsvReader {
public:
    // Fills the buffer, gives how many bytes came; 0 at the end.
    using ReadSome = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
    explicit CsvReader(ReadSome read_some) : read_some_(std::move(read_some)) {}

    // The next row, or nothing at the end.  An Error only where reading itself fails.
    Result<std::optional<CsvRow>> next();

    static constexpr std::size_t row_bytes_max = 1U << 20U;

private:
    Result<std::optional<std::string>> raw_row(std::string& wrong);
    Result<bool> more();

    ReadSome read_some_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool ended_ = false;
    bool started_ = false;
    std::int64_t line_ = 1;
};

}  // namespace sanjal::import
