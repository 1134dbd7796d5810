#pragma once
// Writes a workbook of one sheet as a stream: row by row, in constant memory, and without a temporary file, so that nothing of
// a person lies in the clear on a disk.  Every cell is a text: leading zeros, long numbers and = + - @ stay what they are, and
// no program runs them.

#include <memory>
#include <string>
#include <vector>

#include "table/row.h"

namespace sanjal::table {

inline constexpr std::int64_t sheet_rows_max = 1048576;
inline constexpr std::size_t cell_characters_max = 32767;

class WorkbookWriter {
public:
    // `put` gets the bytes as they come; an Error of it ends the writing.
    static Result<std::unique_ptr<WorkbookWriter>> start(Put put, std::string const& sheet);
    ~WorkbookWriter();
    WorkbookWriter(WorkbookWriter const&) = delete;
    WorkbookWriter& operator=(WorkbookWriter const&) = delete;

    enum class Look { Plain, Heading, Hidden };
    // TooLarge "workbook.rows" and "workbook.cell": a sheet holds no more; write CSV.
    Result<void> row(std::vector<std::string> const& cells, Look look = Look::Plain);
    Result<void> finish();  // once; without it the file is none

private:
    struct Zip;
    explicit WorkbookWriter(Put put);
    Result<void> part(char const* name, std::string_view bytes);
    Result<void> flush();

    std::unique_ptr<Zip> zip_;
    std::string pending_;
    std::int64_t rows_ = 0;
};

}  // namespace sanjal::table
