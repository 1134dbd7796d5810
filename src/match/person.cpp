#include "match/person.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "text/normalise.h"

namespace sanjal::match {

namespace {

constexpr int age_max = 130;

// Days since 1970-01-01 of a day of the Gregorian calendar (the well-known count by eras of 400 years).
std::int32_t days_of(int year, int month, int day) {
    year -= month <= 2 ? 1 : 0;
    int const era = (year >= 0 ? year : year - 399) / 400;
    int const of_era = year - era * 400;
    int const of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int month_length(int year, int month) {
    static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

struct Numbers {
    std::vector<int> values;
    std::size_t digits = 0;
    bool has_words = false;
};

Numbers numbers_in(std::string const& text) {
    Numbers out;
    for (std::size_t i = 0; i < text.size();) {
        bool const is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_digit) {
            out.has_words = out.has_words || (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || static_cast<unsigned char>(text[i]) >= 0x80;
            ++i;
            continue;
        }
        std::size_t const from = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        int value = 0;
        std::from_chars(text.data() + from, text.data() + std::min(i, from + 9), value);
        out.values.push_back(value);
        out.digits = i - from;
    }
    return out;
}

Birth day_range(int year, int month, int day) {
    if (year < 1800 || year > 2200 || month < 0 || month > 12 || (month > 0 && day > month_length(year, month))) return {};
    if (month == 0) return {days_of(year, 1, 1), days_of(year, 12, 31)};
    if (day == 0) return {days_of(year, month, 1), days_of(year, month, month_length(year, month))};
    return {days_of(year, month, day), days_of(year, month, day)};
}

}  // namespace

Birth birth_from_age(int age, std::int32_t day, bool is_estimate) {
    if (age < 0 || age > age_max) return {};
    auto const year = 365.2425;
    return {day - static_cast<std::int32_t>((age + 1) * year) + 1, day - static_cast<std::int32_t>(age * year), is_estimate};
}

Birth parse_birth(std::string_view text, std::int32_t day) {
    auto const numbers = numbers_in(text::latin_digits(text));
    auto const& v = numbers.values;
    if (v.size() == 1 && numbers.digits == 8 && !numbers.has_words) return day_range(v[0] / 10000, v[0] / 100 % 100, v[0] % 100);
    if (v.size() == 1 && numbers.digits == 4) return day_range(v[0], 0, 0);
    if (v.size() == 1 && numbers.digits <= 3) return birth_from_age(v[0], day, numbers.has_words);
    if (v.size() == 2 && v[0] > 1000) return day_range(v[0], v[1], 0);
    if (v.size() >= 3 && v[0] > 1000) return day_range(v[0], v[1], v[2]);
    if (v.size() >= 3 && v[2] > 1000) return day_range(v[2], v[1], v[0]);  // day first, as the region writes
    return {};
}

}  // namespace sanjal::match
