#include "rules/clock.h"

#include <algorithm>
#include <limits>

namespace sanjal::rules {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

tl::unexpected<Error> wrong(std::string message) { return fail(Fault::Invalid, "clock.malformed", std::move(message)); }

std::int64_t minute_of(Instant instant) { return milliseconds_of(instant) / 60000; }

// The last minute of a local day, as an instant.
Instant end_of_day(sys_days day, Calendar const& calendar) {
    Instant const local_end = Instant(day) + days(1) - minutes(1);
    Instant guess = local_end - minutes(calendar.offset_at(local_end));
    return local_end - minutes(calendar.offset_at(guess));
}

sys_days add_months(sys_days from, std::int64_t count) {
    year_month_day const date(from);
    auto const month = date.year() / date.month() + std::chrono::months(count);
    year_month_day const wanted = month / date.day();
    return wanted.ok() ? sys_days(wanted) : sys_days(month / std::chrono::last);
}

}  // namespace

Result<Calendar> Calendar::parse(Json const& json) {
    Calendar calendar;
    auto const* zone = json.find("zone");
    if (zone == nullptr || !zone->is_list() || zone->items().empty()) return wrong("A calendar has a zone: a list of offsets and the days from which they hold.");
    for (auto const& change : zone->items()) {
        auto const* offset = change.find("offset_minutes");
        if (offset == nullptr || !offset->is_integer() || offset->integer() < -1080 || offset->integer() > 1080) return wrong("An offset of a zone is in minutes.");
        std::int64_t from = std::numeric_limits<std::int64_t>::min();
        if (auto const text = change.text_at("from"); !text.empty()) {
            SANJAL_TRY(auto const at, parse_instant(text));
            from = milliseconds_of(at);
        }
        calendar.zone.push_back({from, static_cast<int>(offset->integer())});
    }
    static constexpr std::string_view names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    auto const* week = json.find("week");
    if (week == nullptr || !week->is_list() || week->items().empty()) return wrong("A calendar names its working days.");
    for (auto const& day : week->items()) {
        auto const* const found = std::find(std::begin(names), std::end(names), day.is_text() ? std::string_view(day.text()) : std::string_view());
        if (found == std::end(names)) return wrong("A day of the week is mon, tue, wed, thu, fri, sat or sun.");
        calendar.week.insert(static_cast<unsigned>(found - std::begin(names)) + 1);
    }
    if (auto const* holidays = json.find("holidays"); holidays != nullptr && holidays->is_list()) {
        for (auto const& day : holidays->items()) {
            if (!day.is_text() || day.text().size() != 10) return wrong("A holiday is a day like 2026-01-26.");
            calendar.holidays.insert(day.text());
        }
    }
    return calendar;
}

int Calendar::offset_at(Instant instant) const {
    int offset = 0;
    for (auto const& change : zone) {
        if (change.from <= milliseconds_of(instant) || change.from == std::numeric_limits<std::int64_t>::min()) offset = change.offset_minutes;
    }
    return offset;
}

bool Calendar::is_working_day(sys_days day) const {
    if (week.count(std::chrono::weekday(day).iso_encoding()) == 0) return false;
    return holidays.count(format_instant(Instant(day)).substr(0, 10)) == 0;
}

Result<std::pair<std::int64_t, ClockRule::Unit>> parse_duration(Json const& within) {
    using Unit = ClockRule::Unit;
    if (within.is_null()) return std::pair(std::int64_t{0}, Unit::None);
    if (!within.is_text()) return wrong("How long a clock runs is written like 24 hours, or null where no number is known.");
    std::string_view text = within.text();
    if (text == "at once") return std::pair(std::int64_t{0}, Unit::AtOnce);
    std::int64_t count = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 6) count = count * 10 + (text[digits++] - '0');
    if (digits == 0 || digits >= text.size() || text[digits] != ' ') return wrong("How long a clock runs is written like 24 hours, or null where no number is known.");
    text.remove_prefix(digits + 1);
    struct Name {
        std::string_view text;
        Unit unit;
        std::int64_t most;  // 200 years, so that no sum can leave the calendar
    };
    for (auto const& [name, unit, most] : {Name{"minute", Unit::Minute, 999'999}, Name{"hour", Unit::Hour, 999'999}, Name{"day", Unit::Day, 73'000},
                                           Name{"working day", Unit::WorkingDay, 10'000}, Name{"month", Unit::Month, 2'400}, Name{"year", Unit::Year, 200}}) {
        if (text != name && !(text.size() == name.size() + 1 && text.starts_with(name) && text.back() == 's')) continue;
        if (count > most) return wrong("A clock runs at most 200 years.");
        return std::pair(count, unit);
    }
    return wrong("A clock runs minutes, hours, days, working days, months or years.");
}

Result<ClockRule> ClockRule::parse(std::string_view id, Json const& json) {
    ClockRule rule;
    rule.id = id;
    auto const* within = json.find("within");
    if (within == nullptr) return wrong("A clock says within what time; null where no number is known.");
    SANJAL_TRY(auto const duration, parse_duration(*within));
    rule.count = duration.first;
    rule.unit = duration.second;
    return rule;
}

bool is_late(Instant due, Instant now) { return minute_of(now) > minute_of(due); }

ClockState evaluate(ClockRule const& rule, ClockInput const& input) {
    ClockState result;
    if (!input.started) return result;
    Instant const start = *input.started + minutes(std::max<std::int64_t>(0, input.not_counting_minutes));
    auto const local_day = [&] { return std::chrono::floor<days>(start + minutes(input.calendar.offset_at(start))); };
    switch (rule.unit) {
        case ClockRule::Unit::None: break;
        case ClockRule::Unit::AtOnce: result.due = start; break;
        case ClockRule::Unit::Minute: result.due = start + minutes(rule.count); break;
        case ClockRule::Unit::Hour: result.due = start + std::chrono::hours(rule.count); break;
        case ClockRule::Unit::Day: result.due = end_of_day(local_day() + days(rule.count), input.calendar); break;
        case ClockRule::Unit::WorkingDay: {
            auto day = local_day();
            // A calendar without working days would never end; parse refuses it, and this stays bounded all the same.
            std::int64_t left = rule.count;
            for (int tried = 0; left > 0 && tried < 20000; ++tried) {
                day += days(1);
                if (input.calendar.is_working_day(day)) --left;
            }
            result.due = end_of_day(day, input.calendar);
            break;
        }
        case ClockRule::Unit::Month: result.due = end_of_day(add_months(local_day(), rule.count), input.calendar); break;
        case ClockRule::Unit::Year: result.due = end_of_day(add_months(local_day(), rule.count * 12), input.calendar); break;
    }
    if (input.stopped) {
        result.state = Running::Stopped;
    } else if (!result.due) {
        result.state = Running::NoLimit;
    } else {
        // "At once" is due, and never late by itself.
        bool const late = rule.unit != ClockRule::Unit::AtOnce && is_late(*result.due, input.now);
        result.state = late ? Running::Late : Running::Running;
    }
    return result;
}

bool is_doubtful(Json const& definition, Json const& value, Instant written, Calendar const& calendar) {
    auto const* limit = definition.find("doubt");
    if (limit == nullptr || !value.is_text()) return false;
    auto const happened = parse_instant(value.text());
    auto const duration = parse_duration(*limit);
    if (!happened || !duration) return false;
    if (*happened > written + minutes(5)) return true;
    ClockRule rule;
    rule.count = duration->first;
    rule.unit = duration->second;
    ClockInput input;
    input.started = *happened;
    input.now = written;
    input.calendar = calendar;
    auto const state = evaluate(rule, input);
    return state.due && *state.due < written;
}

}  // namespace sanjal::rules
