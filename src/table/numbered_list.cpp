#include "table/numbered_list.h"

#include <algorithm>
#include <set>

namespace sanjal::table {
namespace {

std::string_view trimmed(std::string_view text) {
    auto const blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

// The digit at the front, taken off; -1 where there is none.  U+0966 to U+096F are those of Devanagari, U+09E6 to U+09EF of Bengal.
int take_digit(std::string_view& text) {
    if (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        int const digit = text.front() - '0';
        text.remove_prefix(1);
        return digit;
    }
    if (text.size() < 3 || static_cast<unsigned char>(text[0]) != 0xE0) return -1;
    auto const second = static_cast<unsigned char>(text[1]);
    auto const third = static_cast<unsigned char>(text[2]);
    bool const is_digit = (second == 0xA5 || second == 0xA7) && third >= 0xA6 && third <= 0xAF;
    if (!is_digit) return -1;
    text.remove_prefix(3);
    return third - 0xA6;
}

// "(12) ..." as 12 and what follows; 0 where the line begins with no number of a list.
int take_number(std::string_view& text) {
    std::string_view rest = text;
    bool const in_brackets = rest.starts_with('(');
    if (in_brackets) rest.remove_prefix(1);
    int number = 0;
    int digits = 0;
    for (int digit = take_digit(rest); digit >= 0 && digits < 3; digit = take_digit(rest)) {
        number = number * 10 + digit;
        ++digits;
    }
    if (digits == 0 || number == 0 || rest.empty() || (in_brackets ? rest.front() != ')' : rest.front() != '.' && rest.front() != ')')) return 0;
    rest.remove_prefix(1);
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return 0;  // 1.5 crore
    text = trimmed(rest);
    return number;
}

class NumberedList final : public Reader {
public:
    static Result<std::unique_ptr<Reader>> of(std::string_view text, std::string_view under) {
        auto list = std::make_unique<NumberedList>();
        SANJAL_DO(list->parse(text, under));
        return std::unique_ptr<Reader>(std::move(list));
    }

    Result<std::optional<Row>> next() override {
        if (at_ == rows_.size()) return std::optional<Row>();
        return std::optional(std::move(rows_[at_++]));
    }
    [[nodiscard]] std::vector<std::string> notes() const override { return notes_; }

private:
    Result<void> parse(std::string_view text, std::string_view under) {
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        std::string const words = lower(under);
        std::string heading;
        bool in_list = false;
        bool ended = false;
        bool gap = false;
        std::int64_t line = 0;
        std::int64_t left = 0;
        while (!text.empty()) {
            auto const end = std::min(text.find('\n'), text.size());
            std::string_view const whole = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            ++line;
            std::string_view said = trimmed(whole);
            if (said.empty()) {
                gap = true;
                continue;
            }
            if (heading.empty()) heading = said;
            if (ended) {
                ++left;
            } else if (!in_list) {
                in_list = lower(said).find(words) != std::string::npos;
            } else if (std::string_view rest = said; int const number = take_number(rest)) {
                begin(line, number, rest, whole);
            } else if (!rows_.empty() && !gap) {
                auto& row = rows_.back();
                row.cells[2].append(row.cells[2].empty() ? "" : " ").append(said);
                row.raw.append("\n").append(whole);
            } else if (!rows_.empty()) {
                ended = true;
                ++left;
            }
            gap = false;
        }
        if (!in_list) return fail(Fault::Invalid, "import.list", "No line of this text says \"" + std::string(under) + "\". Write one above the numbered list. Nothing was imported.");
        if (rows_.empty()) return fail(Fault::Invalid, "import.list", "No numbered line follows \"" + std::string(under) + "\". Number the lines 1., 2., 3. Nothing was imported.");
        judge(heading);
        if (left > 0) notes_.push_back(std::to_string(left) + (left == 1 ? " line after the list was not read." : " lines after the list were not read."));
        rows_.insert(rows_.begin(), Row{1, {"heading", "item", "text"}, heading, {}});
        return {};
    }

    void begin(std::int64_t line, int number, std::string_view text, std::string_view whole) {
        rows_.push_back({line, {"", std::to_string(number), std::string(text)}, std::string(whole), {}});
        most_ = std::max(most_, number);
    }

    void judge(std::string const& heading) {
        std::set<std::string> seen;
        for (auto& row : rows_) {
            row.cells[0] = heading;
            if (!seen.insert(row.cells[1]).second) row.wrong = "The number " + row.cells[1] + " is there twice";
            else if (row.cells[2].empty()) row.wrong = "The number " + row.cells[1] + " has no text";
        }
        for (int number = 1; number <= most_; ++number) {
            if (seen.count(std::to_string(number)) == 0) notes_.push_back("The list has no number " + std::to_string(number) + ".");
        }
    }

    std::vector<Row> rows_;
    std::size_t at_ = 0;
    int most_ = 0;
    std::vector<std::string> notes_;
};

}  // namespace

Result<std::unique_ptr<Reader>> open_numbered_list(ReadSome const& read, std::string_view under) {
    std::string text;
    std::string buffer(std::size_t{64} << 10U, '\0');
    while (true) {
        SANJAL_TRY(auto const count, read(buffer.data(), buffer.size()));
        if (count == 0) break;
        text.append(buffer, 0, count);
        if (text.size() > list_bytes_max) return fail(Fault::TooLarge, "import.too_large", "A text with a list has at most 4 MiB. Nothing was imported.");
    }
    return NumberedList::of(text, under);
}

}  // namespace sanjal::table
