// bench_tables KIND FILE ROWS: writes or reads a table of ROWS rows and 84 columns and prints {"seconds", "rss_kib", "bytes"}.
//   write      our stream            bare   libxlsxwriter with constant_memory, the same cells
//   read       our reader            csv    our CSV writer, for comparison
#include <xlsxwriter.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/json.h"
#include "table/csv.h"
#include "table/workbook.h"
#include "table/workbook_writer.h"

namespace {

using namespace sanjal;
constexpr std::size_t columns = 84;

std::string cell(long row, std::size_t column) {
    switch (column % 6) {
        case 0: return "person " + std::to_string(row * 7919 % 100003);
        case 1: return "IN;NP";
        case 2: return "20" + std::to_string(10 + row % 16) + "-05-0" + std::to_string(1 + row % 9);
        case 3: return "ForcedLabour;SexualExploitation";
        default: return {};
    }
}

std::vector<std::string> cells(long row) {
    std::vector<std::string> all(columns);
    for (std::size_t column = 0; column < columns; ++column) all[column] = cell(row, column);
    return all;
}

Result<long> write_ours(char const* path, long rows) {
    std::ofstream file(path, std::ios::binary);
    SANJAL_TRY(auto const writer, table::WorkbookWriter::start(
                                      [&](std::string_view bytes) -> Result<void> {
                                          file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
                                          return file ? Result<void>{} : fail(Fault::Io, "bench.io", "The file could not be written.");
                                      },
                                      "Cases"));
    for (long row = 0; row < rows; ++row) SANJAL_DO(writer->row(cells(row)));
    SANJAL_DO(writer->finish());
    return rows;
}

Result<long> write_bare(char const* path, long rows) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    auto* book = workbook_new_opt(path, &options);
    auto* sheet = workbook_add_worksheet(book, "Cases");
    for (long row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            auto const text = cell(row, column);
            if (!text.empty()) worksheet_write_string(sheet, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column), text.c_str(), nullptr);
        }
    }
    return workbook_close(book) == LXW_NO_ERROR ? Result<long>(rows) : fail(Fault::Io, "bench.io", "libxlsxwriter could not write.");
}

Result<long> write_csv(char const* path, long rows) {
    std::ofstream file(path, std::ios::binary);
    for (long row = 0; row < rows; ++row) file << table::csv_line(cells(row));
    return rows;
}

Result<long> read_ours(char const* path, long) {
    SANJAL_TRY(auto const source, table::open_file(path));
    SANJAL_TRY(auto const reader, table::open_workbook(*source));
    long rows = 0;
    while (true) {
        SANJAL_TRY(auto const row, reader->next());
        if (!row) return rows;
        ++rows;
    }
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) return 2;
    std::string const kind = words[1];
    auto const started = std::chrono::steady_clock::now();
    long const rows = std::strtol(words[3], nullptr, 10);
    auto const done = kind == "write" ? write_ours(words[2], rows) : kind == "bare" ? write_bare(words[2], rows) : kind == "csv" ? write_csv(words[2], rows) : read_ours(words[2], rows);
    if (!done) {
        std::fprintf(stderr, "%s\n", done.error().message.c_str());
        return 3;
    }
    // The most that this program itself ever held: ru_maxrss would count what started it.
    std::int64_t most = 0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmHWM:", 0) == 0) most = std::strtol(line.c_str() + 6, nullptr, 10);
    }
    std::printf("%s\n", write_json(Json::object({{"rows", static_cast<std::int64_t>(*done)}, {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()},
                                                 {"rss_kib", most}}))
                            .c_str());
    return 0;
}
