#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/bytes.h"

namespace sanjal::cli {

namespace {

constexpr std::size_t line_bytes_max = 1U << 20U;

std::string trimmed(std::string const& text) {
    auto const from = text.find_first_not_of(" \r");
    return from == std::string::npos ? std::string() : text.substr(from, text.find_last_not_of(" \r") - from + 1);
}

std::vector<std::string> split_tabs(std::string const& line) {
    std::vector<std::string> cells(1);
    for (char const c : line) {
        if (c == '\t') cells.emplace_back();
        else cells.back().push_back(c);
    }
    return cells;
}

}  // namespace

Result<Table> Table::open(std::string const& path, Form form) {
    Table table;
    table.path_ = path == "-" ? "standard input" : path;
    table.file_.reset(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
    if (!table.file_) return fail(Fault::NotFound, "match.no_file", "This file cannot be opened. Give the path of a file with a header, or - for standard input.", path);
    if (form == Form::Csv) {
        std::FILE* const file = table.file_.get();
        table.csv_ = std::make_unique<table::CsvReader>([file, path](char* buffer, std::size_t size) -> Result<std::size_t> {
            std::size_t const got = std::fread(buffer, 1, size, file);
            if (got == 0 && std::ferror(file) != 0) return fail(Fault::Io, "match.read", "Reading failed half way. Nothing that was printed before is wrong.", path);
            return got;
        });
    }
    SANJAL_TRY(auto first, table.row());
    if (!first || first->empty()) return fail(Fault::Invalid, "match.no_header", "This file is empty. Its first line names the columns.", table.path_ + ":1");
    for (auto const& cell : *first) table.header_.push_back(trimmed(cell));
    return table;
}

Result<std::size_t> Table::column(std::string const& name) const {
    auto const found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end()) return fail(Fault::Invalid, "match.column", "There is no column of this name. See the first line of the file.", path_ + ":1: " + name);
    return static_cast<std::size_t>(found - header_.begin());
}

Result<std::optional<std::vector<std::string>>> Table::row() {
    if (csv_) {
        SANJAL_TRY(auto row, csv_->next());
        if (!row) return std::optional<std::vector<std::string>>();
        line_ = row->line;
        if (!row->wrong.empty()) return fail(Fault::Invalid, "match.row", "This row cannot be read: " + row->wrong, path_ + ":" + std::to_string(line_));
        return std::optional(std::move(row->cells));
    }
    std::string line;
    int c = 0;
    while ((c = std::getc(file_.get())) != EOF && c != '\n') {
        line.push_back(static_cast<char>(c));
        if (line.size() > line_bytes_max) return fail(Fault::TooLarge, "match.row", "This line is longer than a mebibyte. It is no table of names.", path_ + ":" + std::to_string(line_ + 1));
    }
    if (c == EOF && std::ferror(file_.get()) != 0) return fail(Fault::Io, "match.read", "Reading failed half way. Nothing that was printed before is wrong.", path_);
    if (c == EOF && line.empty()) return std::optional<std::vector<std::string>>();
    ++line_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_utf8(line)) return fail(Fault::Invalid, "match.row", "This row is not UTF-8. Save the file as UTF-8.", path_ + ":" + std::to_string(line_));
    if (line_ == 1 && line.rfind("\xEF\xBB\xBF", 0) == 0) line.erase(0, 3);
    return std::optional(split_tabs(line));
}

Result<std::optional<std::vector<std::string>>> Table::next() {
    SANJAL_TRY(auto cells, row());
    if (!cells) return std::optional<std::vector<std::string>>();
    if (cells->size() != header_.size()) {
        return fail(Fault::Invalid, "match.row", "This row has " + std::to_string(cells->size()) + " cells and the header " + std::to_string(header_.size()) + ". Mend the row.", path_ + ":" + std::to_string(line_));
    }
    for (auto& cell : *cells) cell = trimmed(cell);
    return cells;
}

Progress::Progress(char const* what) : what_(what), shown_(isatty(2) != 0) {}
Progress::~Progress() {
    if (printed_) std::fputs("\r\033[K", stderr);
}
void Progress::step(std::int64_t count) {
    if (!shown_ || count % 10000 != 0) return;
    printed_ = true;
    std::fprintf(stderr, "\r%s: %lld", what_, static_cast<long long>(count));
}

}  // namespace sanjal::cli
