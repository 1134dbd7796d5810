#pragma once
// Reads and writes CSV (RFC 4180) row by row in constant memory: quotes doubled inside quotes, CRLF or LF, a byte-order mark
// skipped.  The separator is a comma, or what the first row has most of: semicolon, tab or bar.
// Not forgiving: a row that is not UTF-8, has a stray quote, or is cut short in the middle of quotes is given back with the
// reason, and reading goes on at the next line where that can be told.
//
// Spreadsheet programs run cells that begin with = + - @ as formulas.  Such a cell is written with an apostrophe before it
// (OWASP, "CSV injection"), and the apostrophe is taken away again when the cell is read.

#include "table/row.h"

namespace sanjal::table {

struct CsvOptions {
    char separator = '\0';  // '\0': told from the first row
};

class CsvReader final : public Reader {
public:
    explicit CsvReader(ReadSome read_some, CsvOptions options = {}) : read_some_(std::move(read_some)), separator_(options.separator) {}
    Result<std::optional<Row>> next() override;
    [[nodiscard]] std::vector<std::string> notes() const override { return {}; }

private:
    Result<std::optional<std::string>> raw_row(std::string& wrong);
    Result<bool> more();

    ReadSome read_some_;
    char separator_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool ended_ = false;
    bool started_ = false;
    std::int64_t line_ = 1;
};

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // by it Excel knows UTF-8

// One row with its line end, separated by commas.
std::string csv_line(std::vector<std::string> const& cells);

std::string guarded(std::string_view cell);    // as it is written
std::string unguarded(std::string_view cell);  // the cell again; of one that nobody guarded itself

}  // namespace sanjal::table
