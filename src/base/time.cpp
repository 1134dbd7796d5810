#include "base/time.h"

#include <array>

namespace sanjal {
namespace {

// Reads exactly `count` digits at `at`; -1 where they are not there.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool is_at(std::string_view text, std::size_t at, char c) { return at < text.size() && text[at] == c; }

}  // namespace

Result<Instant> parse_instant(std::string_view text, int* offset_minutes) {
    auto const refuse = [](std::string why) {
        return fail(Fault::Invalid, "time.malformed", std::move(why) + " Write it like 2026-11-21T16:05+05:30.");
    };
    int const year = digits(text, 0, 4);
    int const month = digits(text, 5, 2);
    int const day = digits(text, 8, 2);
    int const hour = digits(text, 11, 2);
    int const minute = digits(text, 14, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || !is_at(text, 4, '-') || !is_at(text, 7, '-') ||
        !is_at(text, 10, 'T') || !is_at(text, 13, ':')) {
        return refuse("This is not a date and time.");
    }
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return refuse("There is no such day.");
    if (hour > 23 || minute > 59) return refuse("There is no such time of day.");

    std::size_t at = 16;
    int second = 0;
    int millisecond = 0;
    if (is_at(text, at, ':')) {
        second = digits(text, at + 1, 2);
        if (second < 0 || second > 59) return refuse("There is no such second.");
        at += 3;
        if (is_at(text, at, '.')) {
            ++at;
            int scale = 100;
            std::size_t const start = at;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
                millisecond += scale * (text[at] - '0');
                scale /= 10;
                ++at;
            }
            if (at == start) return refuse("The fraction of the second is missing.");
        }
    }
    int offset = 0;
    if (is_at(text, at, 'Z')) {
        ++at;
    } else if (is_at(text, at, '+') || is_at(text, at, '-')) {
        int const hours = digits(text, at + 1, 2);
        int const minutes = digits(text, at + 4, 2);
        if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || !is_at(text, at + 3, ':')) return refuse("The zone is not one.");
        offset = (hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
        at += 6;
    } else {
        return refuse("The zone is missing (Z, or +05:30).");
    }
    if (at != text.size()) return refuse("Something follows the time.");
    if (offset_minutes != nullptr) *offset_minutes = offset;
    return Instant(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset) +
           std::chrono::seconds(second) + std::chrono::milliseconds(millisecond);
}

namespace {

// With leading zeros.  Not printf: that would be a third of the WebAssembly.
std::string digits(std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number < 0 ? -number : number);
    if (text.size() < width) text.insert(0, width - text.size(), '0');
    return number < 0 ? "-" + text : text;
}

}  // namespace

std::string format_instant(Instant instant, int offset_minutes) {
    auto const local = instant + std::chrono::minutes(offset_minutes);
    auto const day = std::chrono::floor<std::chrono::days>(local);
    std::chrono::year_month_day const date(day);
    auto const of_day = (local - day).count();
    std::string text = digits(static_cast<int>(date.year()), 4) + "-" + digits(static_cast<unsigned>(date.month()), 2) + "-" + digits(static_cast<unsigned>(date.day()), 2) + "T" +
                       digits(of_day / 3600000, 2) + ":" + digits(of_day / 60000 % 60, 2) + ":" + digits(of_day / 1000 % 60, 2);
    if (of_day % 1000 != 0) text += "." + digits(of_day % 1000, 3);
    if (offset_minutes == 0) return text + "Z";
    int const minutes = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    return text + (offset_minutes < 0 ? "-" : "+") + digits(minutes / 60, 2) + ":" + digits(minutes % 60, 2);
}

Instant SystemClock::now() const { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

}  // namespace sanjal
