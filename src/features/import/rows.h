#pragma once
// The rows of a foreign file under a format: CSV or workbook told by its first bytes, its header resolved.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "features/import/format.h"
#include "table/source.h"

namespace sanjal::import {

struct ReadOptions {
    std::string encoding;          // of a CSV file: utf-8, utf-16le, utf-16be, windows-1252; empty: told by its first bytes
    std::string sheet;             // of a workbook; empty: the first
    std::int64_t header_line = 1;  // where the headers stand
    std::string list_under;        // no table but a text: the words above its numbered list (table/numbered_list.h)
};

// What the document of a format says, and beside it what a person says.
ReadOptions options_of(Json const& document);

// The bare rows.  Invalid "import.encoding", "workbook.*".  `source` must outlive the reader.
Result<std::unique_ptr<table::Reader>> open_table(table::Source& source, ReadOptions const& options);

class Rows {
public:
    static Result<std::unique_ptr<Rows>> open(table::Source& source, Format const& format, ReadOptions const& options);
    [[nodiscard]] Header const& header() const { return header_; }
    Result<std::optional<table::Row>> next();
    // Of the header, and after the last row of the file.
    [[nodiscard]] std::vector<std::string> notes() const;

private:
    std::unique_ptr<table::Reader> reader_;
    Header header_;
    std::optional<table::Row> held_;  // was looked at for labels and is a row
};

}  // namespace sanjal::import
