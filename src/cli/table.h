#pragma once
// Rows of a CSV or TSV file with a header, one after the other, for the commands that compare names.  A row that cannot be read
// ends the reading with its line number.  "-" is standard input.  TSV has no quotes; CSV is RFC 4180.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/csv.h"

namespace sanjal::cli {

class Table {
public:
    enum class Form { Csv, Tsv };
    static Result<Table> open(std::string const& path, Form form);

    [[nodiscard]] std::vector<std::string> const& header() const { return header_; }
    // The place of a column; Invalid "match.column" where there is none of that name.
    [[nodiscard]] Result<std::size_t> column(std::string const& name) const;
    // The next row, as wide as the header; nothing at the end.
    Result<std::optional<std::vector<std::string>>> next();
    [[nodiscard]] std::int64_t line() const { return line_; }

private:
    Table() = default;
    Result<std::optional<std::vector<std::string>>> row();

    struct Close {
        void operator()(std::FILE* file) const {
            if (file != stdin) std::fclose(file);
        }
    };
    std::unique_ptr<std::FILE, Close> file_;
    std::unique_ptr<table::CsvReader> csv_;
    std::string path_;
    std::vector<std::string> header_;
    std::int64_t line_ = 0;
};

// A count on standard error while somebody looks on; silent otherwise.
class Progress {
public:
    explicit Progress(char const* what);
    ~Progress();
    void step(std::int64_t count);

private:
    char const* what_;
    bool shown_;
    bool printed_ = false;
};

}  // namespace sanjal::cli
