#include "table/workbook.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <deque>

#include "table/csv.h"
#include "table/workbook_parts.h"
#include "table/xml.h"

namespace sanjal::table {
namespace {

constexpr double day_seconds = 86400;
constexpr double serial_max = 2958466;  // the first day of the year 10000
constexpr double whole_max = 1e15;

// The letters of C12, from 0; columns_max or more where it is none.
std::size_t column_of(std::string_view reference) {
    std::size_t column = 0;
    for (char const c : reference) {
        if (c < 'A' || c > 'Z') break;
        column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
        if (column > columns_max) return columns_max;
    }
    return column == 0 ? columns_max : column - 1;
}

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string plain(double value) {
    std::array<char, 64> out{};
    auto const written = value == std::floor(value) && std::abs(value) < whole_max ? std::to_chars(out.data(), out.data() + out.size(), static_cast<std::int64_t>(value))
                                                                                 : std::to_chars(out.data(), out.data() + out.size(), value);
    return std::string(out.data(), written.ptr);
}

class Sheet final : public Reader {
public:
    Sheet(std::unique_ptr<Package> package, WorkbookParts parts, SharedTexts texts)
        : package_(std::move(package)), parts_(std::move(parts)), texts_(std::move(texts)),
          xml_({[this](std::string_view name, Xml::Attributes const& attributes) { start(name, attributes); }, [this](std::string_view name) { end(name); },
                [this](std::string_view text) {
                    if (in_value_ && value_.size() <= row_bytes_max) value_ += text;
                }}) {}

    Result<void> begin() { return package_->enter(parts_.sheet); }

    Result<std::optional<Row>> next() override {
        std::array<char, 4096> piece{};
        while (rows_.empty() && !ended_) {
            SANJAL_TRY(auto const count, package_->read(piece.data(), piece.size()));
            if (count == 0) {
                SANJAL_DO(xml_.finish());
                ended_ = true;
            } else {
                SANJAL_DO(xml_.feed(std::string_view(piece.data(), count)));
            }
        }
        if (rows_.empty()) return std::optional<Row>();
        std::optional<Row> row = std::move(rows_.front());
        rows_.pop_front();
        return row;
    }

    [[nodiscard]] std::vector<std::string> notes() const override {
        auto notes = parts_.notes;
        if (formulas_ > 0) notes.push_back(std::to_string(formulas_) + " cells are formulas; the values that were last saved count.");
        if (empty_formulas_ > 0) notes.push_back(std::to_string(empty_formulas_) + " formulas have no saved value and were read as empty. Open the workbook, save it, and send it again.");
        if (merged_ > 0) notes.push_back(std::to_string(merged_) + " groups of cells are merged; the value counts for the first cell of each, the others are empty.");
        if (errors_ > 0) notes.push_back(std::to_string(errors_) + " cells hold an error of a formula, such as #N/A, and were read as empty.");
        return notes;
    }

private:
    void start(std::string_view name, Xml::Attributes const& attributes) {
        if (name == "row") {
            std::int64_t number = 0;
            auto const text = Xml::attribute(attributes, "r");
            std::from_chars(text.data(), text.data() + text.size(), number);
            row_ = Row();
            line_ = row_.line = number > line_ ? number : line_ + 1;
            column_ = 0;
            bytes_ = 0;
        } else if (name == "c") {
            auto const reference = Xml::attribute(attributes, "r");
            if (!reference.empty()) column_ = column_of(reference);
            type_ = Xml::attribute(attributes, "t");
            style_ = 0;
            auto const style = Xml::attribute(attributes, "s");
            std::from_chars(style.data(), style.data() + style.size(), style_);
            value_.clear();
            is_formula_ = false;
        } else if (name == "v" || name == "t") {
            in_value_ = spoken_ == 0;
        } else if (name == "rPh") {
            ++spoken_;
        } else if (name == "f") {
            is_formula_ = true;
        } else if (name == "mergeCell") {
            ++merged_;
        }
    }
    void end(std::string_view name) {
        if (name == "v" || name == "t") in_value_ = false;
        else if (name == "rPh") --spoken_;
        else if (name == "c") take_cell();
        else if (name == "row") take_row();
    }
    void take_cell() {
        if (is_formula_) ++(value_.empty() && type_ != "str" ? empty_formulas_ : formulas_);
        std::string text = shown();
        if (text.empty()) {
            ++column_;
            return;
        }
        if (column_ >= columns_max) {
            row_.wrong = "the row is wider than " + std::to_string(columns_max) + " columns";
            return;
        }
        bytes_ += text.size();
        if (bytes_ > row_bytes_max) {
            row_.wrong = "the row is longer than a mebibyte";
            return;
        }
        if (row_.cells.size() <= column_) row_.cells.resize(column_ + 1);
        row_.cells[column_++] = std::move(text);
    }
    // The cell as text.
    std::string shown() {
        if (value_.empty()) return {};
        if (type_ == "s") {
            std::size_t index = 0;
            auto const read = std::from_chars(value_.data(), value_.data() + value_.size(), index);
            if (read.ec == std::errc() && texts_.has(index)) return std::string(texts_.at(index));
            row_.wrong = "a cell refers to a text that is not in the workbook";
            return {};
        }
        if (type_ == "inlineStr" || type_ == "str") return unescaped(value_);
        if (type_ == "b") return value_ == "1" || value_ == "true" ? "TRUE" : "FALSE";
        if (type_ == "e") {
            ++errors_;
            return {};
        }
        if (type_ == "d") return value_;
        auto const number = number_of(value_);
        if (!number) {
            row_.wrong = "a cell holds a number that is none";
            return {};
        }
        bool const is_date = style_ < parts_.dates.size() && parts_.dates[style_];
        if (is_date) {
            if (auto date = date_of_serial(*number, parts_.since_1904); !date.empty()) return date;
        }
        bool const digits = value_.size() < 18 && std::all_of(value_.begin(), value_.end(), [](char c) { return c >= '0' && c <= '9'; });
        return digits ? value_ : plain(*number);
    }
    void take_row() {
        if (row_.cells.empty() && row_.wrong.empty()) return;
        row_.raw = csv_line(row_.cells);
        row_.raw.pop_back();
        if (!row_.wrong.empty()) row_.cells.clear();
        rows_.push_back(std::move(row_));
    }

    std::unique_ptr<Package> package_;
    WorkbookParts parts_;
    SharedTexts texts_;
    Xml xml_;
    std::deque<Row> rows_;  // of the piece that was read last
    bool ended_ = false;
    // The row and the cell that are being read.
    Row row_;
    std::int64_t line_ = 0;
    std::size_t column_ = 0;
    std::size_t bytes_ = 0;
    std::string type_;
    std::size_t style_ = 0;
    std::string value_;
    bool in_value_ = false;
    bool is_formula_ = false;
    int spoken_ = 0;
    std::int64_t formulas_ = 0;
    std::int64_t empty_formulas_ = 0;
    std::int64_t merged_ = 0;
    std::int64_t errors_ = 0;
};

}  // namespace

std::string date_of_serial(double serial, bool since_1904) {
    if (!(serial >= 0) || serial >= serial_max) return {};
    auto days = static_cast<std::int64_t>(std::floor(serial));
    auto seconds = static_cast<std::int64_t>(std::llround((serial - std::floor(serial)) * day_seconds));
    if (seconds == static_cast<std::int64_t>(day_seconds)) {
        ++days;
        seconds = 0;
    }
    std::array<char, 48> out{};
    if (days == 0 && !since_1904) {  // an hour of no day
        std::snprintf(out.data(), out.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
        return out.data();
    }
    // Day 60 of the system of 1900 is the 29th of February 1900, which never was: what lies before it is one day off.
    if (!since_1904 && days == 60) return {};
    using namespace std::chrono;
    auto const first = since_1904 ? sys_days(year(1904) / 1 / 1) : sys_days(year(1899) / 12 / (days < 60 ? 31 : 30));
    year_month_day const day(first + std::chrono::days(days));
    int const size = std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    if (seconds != 0) {
        std::snprintf(out.data() + size, out.size() - static_cast<std::size_t>(size), "T%02d:%02d:%02d", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
    }
    return out.data();
}

Result<Kind> kind_of(Source& source) {
    std::array<char, 8> head{};
    SANJAL_DO(source.seek(0));
    std::size_t have = 0;
    while (have < head.size()) {
        SANJAL_TRY(auto const count, source.read(head.data() + have, head.size() - have));
        if (count == 0) break;
        have += count;
    }
    SANJAL_DO(source.seek(0));
    std::string_view const first(head.data(), have);
    if (first.starts_with("PK")) return Kind::Workbook;
    if (first.starts_with("\xD0\xCF\x11\xE0")) return Kind::OldWorkbook;
    return Kind::Text;
}

Result<std::unique_ptr<Reader>> open_workbook(Source& source, WorkbookOptions const& options) {
    SANJAL_TRY(auto const kind, kind_of(source));
    if (kind == Kind::OldWorkbook) {
        return fail(Fault::Invalid, "workbook.old", "This workbook is protected by a password, or is of the old kind (.xls). Open it, take the password away, save it as .xlsx, and send that.");
    }
    SANJAL_TRY(auto package, Package::open(source));
    SANJAL_TRY(auto parts, find_parts(*package, options.sheet));
    SANJAL_TRY(auto texts, SharedTexts::read(*package, parts.shared));
    auto sheet = std::make_unique<Sheet>(std::move(package), std::move(parts), std::move(texts));
    SANJAL_DO(sheet->begin());
    return std::unique_ptr<Reader>(std::move(sheet));
}

}  // namespace sanjal::table
