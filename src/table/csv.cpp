#include "table/csv.h"

#include <algorithm>

#include "base/bytes.h"

namespace sanjal::table {
namespace {

// One row's text into cells.  Gives why it cannot be, or nothing.
std::string take_cells(std::string const& raw, char separator, std::vector<std::string>& cells) {
    std::size_t i = 0;
    while (true) {
        std::string cell;
        if (i < raw.size() && raw[i] == '"') {
            ++i;
            while (true) {
                if (i >= raw.size()) return "a quoted cell is not closed";
                if (raw[i] == '"') {
                    if (i + 1 < raw.size() && raw[i + 1] == '"') {
                        cell.push_back('"');
                        i += 2;
                        continue;
                    }
                    ++i;
                    break;
                }
                cell.push_back(raw[i++]);
            }
            if (i < raw.size() && raw[i] != separator) return "something follows a closing quote";
        } else {
            while (i < raw.size() && raw[i] != separator) {
                if (raw[i] == '"') return "a quote stands inside a cell that is not quoted";
                cell.push_back(raw[i++]);
            }
        }
        cells.push_back(unguarded(cell));
        if (i >= raw.size()) return {};
        ++i;  // the separator
    }
}

// What a row has most of outside its quotes; a comma where it has none.
char separator_of(std::string_view raw) {
    constexpr std::string_view known = ",;\t|";
    std::size_t counts[known.size()] = {};
    bool quoted = false;
    for (char const c : raw) {
        if (c == '"') quoted = !quoted;
        if (auto const which = known.find(c); !quoted && which != std::string_view::npos) ++counts[which];
    }
    return known[static_cast<std::size_t>(std::max_element(std::begin(counts), std::end(counts)) - std::begin(counts))];
}

// Apostrophes and then what a spreadsheet program would run.
bool is_risky(std::string_view cell) {
    auto const first = cell.find_first_not_of('\'');
    return first != std::string_view::npos && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos;
}

}  // namespace

std::string guarded(std::string_view cell) { return is_risky(cell) ? "'" + std::string(cell) : std::string(cell); }

std::string unguarded(std::string_view cell) {
    if (cell.size() > 1 && cell.front() == '\'' && is_risky(cell)) cell.remove_prefix(1);
    return std::string(cell);
}

std::string csv_line(std::vector<std::string> const& cells) {
    std::string line;
    for (auto const& one : cells) {
        if (&one != &cells.front()) line += ',';
        std::string const cell = guarded(one);
        bool const edged = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ' || cell.front() == byte_order_mark.front());
        bool const quoted = edged || cell.find_first_of(",;|\t\"\r\n") != std::string::npos || (cell.empty() && cells.size() == 1);
        if (!quoted) {
            line += cell;
            continue;
        }
        line += '"';
        for (char const c : cell) {
            if (c == '"') line += '"';
            line += c;
        }
        line += '"';
    }
    return line + "\n";
}

Result<bool> CsvReader::more() {
    if (ended_) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    std::size_t const had = buffer_.size();
    buffer_.resize(had + 65536);
    auto got = read_some_(buffer_.data() + had, 65536);
    if (!got) return fail(got.error());
    buffer_.resize(had + *got);
    if (*got == 0) ended_ = true;
    if (!started_ && buffer_.size() >= 3) {
        started_ = true;
        if (buffer_.compare(0, 3, "\xEF\xBB\xBF") == 0) buffer_.erase(0, 3);
    }
    return *got > 0;
}

Result<std::optional<std::string>> CsvReader::raw_row(std::string& wrong) {
    std::size_t i = at_;
    bool quoted = false;
    std::int64_t newlines = 0;
    while (true) {
        if (i >= buffer_.size()) {
            std::size_t const offset = i - at_;
            SANJAL_TRY(bool const came, more());
            i = at_ + offset;
            if (!came) {
                if (i == at_) return std::optional<std::string>();
                std::string raw = buffer_.substr(at_);
                at_ = buffer_.size();
                if (quoted) wrong = "the file is cut short inside a quoted cell";
                if (!raw.empty() && raw.back() == '\r') raw.pop_back();
                line_ += newlines + 1;
                return std::optional<std::string>(std::move(raw));
            }
            continue;
        }
        char const c = buffer_[i];
        if (c == '"') quoted = !quoted;
        if (c == '\n') {
            ++newlines;
            // A row that is too long is given up at the next line end, so that one lost quote does not eat the whole file.
            bool const too_long = i - at_ > row_bytes_max;
            if (!quoted || too_long) {
                std::string raw = buffer_.substr(at_, i - at_);
                if (!raw.empty() && raw.back() == '\r') raw.pop_back();
                at_ = i + 1;
                line_ += newlines;
                if (too_long) wrong = "the row is longer than a mebibyte; a quote may be missing";
                return std::optional<std::string>(std::move(raw));
            }
        }
        ++i;
    }
}

Result<std::optional<Row>> CsvReader::next() {
    while (true) {
        Row row;
        row.line = line_;
        SANJAL_TRY(auto raw, raw_row(row.wrong));
        if (!raw) return std::optional<Row>();
        if (raw->empty()) continue;
        row.raw = std::move(*raw);
        if (separator_ == '\0') separator_ = separator_of(row.raw);
        if (row.wrong.empty() && !is_utf8(row.raw)) row.wrong = "the row is not UTF-8 text; save the file as UTF-8, or say its encoding";
        if (row.wrong.empty()) row.wrong = take_cells(row.raw, separator_, row.cells);
        if (!row.wrong.empty()) row.cells.clear();
        return std::optional<Row>(std::move(row));
    }
}

}  // namespace sanjal::table
