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

Result<ClockRule::Limit> parse_limit(Json const& within) {
    static constexpr std::string_view before = " before";
    bool const is_before = within.is_text() && within.text().size() > before.size() && within.text().ends_with(before);
    SANJAL_TRY(auto const duration, parse_duration(is_before ? Json(within.text().substr(0, within.text().size() - before.size())) : within));
    if (is_before && duration.second == ClockRule::Unit::AtOnce) return wrong("\"At once\" is not before anything.");
    return ClockRule::Limit{duration.second, duration.first, is_before};
}

namespace {

bool has_number(ClockRule::Limit const& limit) { return limit.unit != ClockRule::Unit::None && limit.unit != ClockRule::Unit::AtOnce && limit.count > 0; }

Result<ClockRule::Quota> parse_quota(Json const& json) {
    ClockRule::Quota quota;
    auto const* most = json.find("at_most");
    auto const* least = json.find("at_least");
    auto const* count = most != nullptr ? most : least;
    if ((most == nullptr) == (least == nullptr) || !count->is_integer() || count->integer() < 0 || count->integer() > 100'000) return wrong("A quota says at_most or at_least, and a number.");
    quota.at_most = most != nullptr;
    quota.count = count->integer();
    return quota;
}

Result<void> parse_days(ClockRule& rule, Json const& json) {
    if (auto const word = json.text_at("first_day"); !word.empty()) {
        if (word != "counted" && word != "not_counted") return wrong("The first day is counted or not_counted.");
        rule.first_day_counts = word == "counted";
    }
    if (auto const word = json.text_at("last_day"); !word.empty()) {
        if (word != "any" && word != "working_day") return wrong("The last day is any, or a working_day.");
        rule.ends_on_working_day = word == "working_day";
    }
    return {};
}

}  // namespace

Result<ClockRule> ClockRule::parse(std::string_view id, Json const& json) {
    ClockRule rule;
    rule.id = id;
    auto const* within = json.find("within");
    auto const* series = json.find("series");
    auto const* every = json.find("every");
    if (auto const* quota = json.find("quota")) {
        SANJAL_TRY(rule.quota, parse_quota(*quota));
    }
    bool const is_count = rule.quota && rule.quota->at_most;
    int const said = (within != nullptr ? 1 : 0) + (series != nullptr ? 1 : 0) + (every != nullptr ? 1 : 0) + (is_count ? 1 : 0);
    if (said == 0) return wrong("A clock says within what time; null where no number is known.");
    if (said > 1) return wrong("A clock has one of within, series, every and a quota of at_most.");
    if (within != nullptr) {
        SANJAL_TRY(rule.within, parse_limit(*within));
    }
    if (series != nullptr) {
        if (!series->is_list() || series->items().empty() || series->items().size() > 50) return wrong("A series is a list of times: [1 month, 3 months].");
        for (auto const& item : series->items()) {
            SANJAL_TRY(auto const one, parse_limit(item));
            if (!has_number(one) || one.before) return wrong("A series is a list of times: [1 month, 3 months].");
            rule.series.push_back(one);
        }
    }
    if (every != nullptr) {
        SANJAL_TRY(rule.every, parse_limit(*every));
        if (!has_number(*rule.every) || rule.every->before) return wrong("What comes again and again comes every so many days or months.");
    }
    if (auto const* extension = json.find("extension")) {
        auto const* more = extension->find("within");
        if (more == nullptr) return wrong("An extension says within what time then.");
        SANJAL_TRY(rule.extended, parse_limit(*more));
    }
    SANJAL_DO(parse_days(rule, json));
    return rule;
}

bool is_late(Instant due, Instant now) { return minute_of(now) > minute_of(due); }

namespace {

sys_days count_working_days(sys_days day, std::int64_t count, int step, Calendar const& calendar) {
    // A calendar without working days would never end; parse refuses it, and this stays bounded all the same.
    for (int tried = 0; count > 0 && tried < 20000; ++tried) {
        day += days(step);
        if (calendar.is_working_day(day)) --count;
    }
    return day;
}

std::optional<Instant> due_of(ClockRule const& rule, ClockRule::Limit const& limit, Instant start, Calendar const& calendar) {
    using Unit = ClockRule::Unit;
    std::int64_t const sign = limit.before ? -1 : 1;
    switch (limit.unit) {
        case Unit::None: return std::nullopt;
        case Unit::AtOnce: return start;
        case Unit::Minute: return start + sign * minutes(limit.count);
        case Unit::Hour: return start + sign * std::chrono::hours(limit.count);
        case Unit::Day:
        case Unit::WorkingDay:
        case Unit::Month:
        case Unit::Year: break;
    }
    auto day = std::chrono::floor<days>(start + minutes(calendar.offset_at(start)));
    auto const first = days(rule.first_day_counts ? sign : 0);  // where it counts, everything ends a day earlier
    if (limit.unit == Unit::Day) day += days(sign * limit.count) - first;
    else if (limit.unit == Unit::WorkingDay) day = count_working_days(day - first, limit.count, static_cast<int>(sign), calendar);
    else day = add_months(day, sign * limit.count * (limit.unit == Unit::Year ? 12 : 1)) - first;
    if (rule.ends_on_working_day && !calendar.is_working_day(day)) day = count_working_days(day, 1, static_cast<int>(sign), calendar);
    return end_of_day(day, calendar);
}

// What may happen so many times: nothing is due until it happens once too often, and then the minute before was the last.
ClockState evaluate_count(ClockRule::Quota const& quota, ClockInput const& input) {
    ClockState result;
    auto const most = static_cast<std::size_t>(quota.count);
    if (input.done.size() > most) result.due = input.done[most] - minutes(1);
    bool const late = result.due && is_late(*result.due, input.now);
    result.state = input.stopped ? Running::Stopped : late ? Running::Late : Running::Running;
    return result;
}

}  // namespace

ClockState evaluate(ClockRule const& rule, ClockInput const& input) {
    ClockState result;
    if (!input.started) return result;
    if (rule.quota && rule.quota->at_most) return evaluate_count(*rule.quota, input);
    Instant start = *input.started + minutes(std::max<std::int64_t>(0, input.not_counting_minutes));
    ClockRule::Limit limit = input.is_extended && rule.extended ? *rule.extended : rule.within;
    bool ended = input.stopped.has_value();
    if (!rule.series.empty()) {
        ended = ended || input.done.size() >= rule.series.size();
        limit = rule.series[std::min(input.done.size(), rule.series.size() - 1)];
    } else if (rule.every) {
        if (!input.done.empty()) start = input.done.back();
        limit = *rule.every;
    } else if (rule.quota) {
        ended = ended || static_cast<std::int64_t>(input.done.size()) >= rule.quota->count;
    }
    result.due = due_of(rule, limit, start, input.calendar);
    if (ended) {
        result.state = Running::Stopped;
    } else if (!result.due) {
        result.state = Running::NoLimit;
    } else {
        // "At once" is due, and never late by itself.
        bool const late = limit.unit != ClockRule::Unit::AtOnce && is_late(*result.due, input.now);
        result.state = late ? Running::Late : Running::Running;
    }
    return result;
}

namespace {

// The first and the last day that a partial date can mean.
std::optional<std::pair<sys_days, sys_days>> days_of(std::string_view text) {
    if (text.size() != 4 && text.size() != 7 && text.size() != 10) return std::nullopt;
    std::string const first = std::string(text) + (text.size() == 4 ? "-01-01" : text.size() == 7 ? "-01" : "");
    auto const at = parse_instant(first + "T00:00:00Z");
    if (!at) return std::nullopt;
    auto const day = std::chrono::floor<days>(*at);
    sys_days last = day;
    if (text.size() == 4) last = add_months(day, 12) - days(1);
    if (text.size() == 7) last = add_months(day, 1) - days(1);
    return std::pair(day, last);
}

}  // namespace

std::optional<Instant> moment_of(Json const& value, Calendar const& calendar) {
    if (!value.is_text()) return std::nullopt;
    if (auto const at = parse_instant(value.text())) return *at;
    auto const range = days_of(value.text());
    if (!range) return std::nullopt;
    return end_of_day(range->first - days(1), calendar) + minutes(1);
}

bool holds_on(Json const& rule, Json const* day, Calendar const& calendar) {
    if (day == nullptr || !day->is_text()) return true;
    auto range = days_of(day->text());
    if (!range) {
        auto const at = parse_instant(day->text());
        if (!at) return true;
        auto const local = std::chrono::floor<days>(*at + minutes(calendar.offset_at(*at)));
        range = std::pair(local, local);
    }
    auto const from = days_of(rule.text_at("from"));
    auto const to = days_of(rule.text_at("to"));
    return (!from || range->second >= from->first) && (!to || range->first <= to->second);
}

namespace {

std::optional<minutes> exact_minutes(std::string_view text) {
    auto const limit = parse_limit(Json(text));
    if (!limit || limit->before) return std::nullopt;
    switch (limit->unit) {
        case ClockRule::Unit::AtOnce: return minutes(0);
        case ClockRule::Unit::Minute: return minutes(limit->count);
        case ClockRule::Unit::Hour: return minutes(limit->count * 60);
        case ClockRule::Unit::Day: return minutes(limit->count * 24 * 60);
        default: return std::nullopt;
    }
}

}  // namespace

std::vector<Notice> notices_of(Json const& rule, Instant due) {
    std::vector<Notice> all;
    auto const* warn = rule.find("warn");
    Json::List const one = warn != nullptr && warn->is_text() ? Json::List{*warn} : Json::List{};
    for (auto const& before : warn != nullptr && warn->is_list() ? warn->items() : one) {
        auto const span = before.is_text() ? exact_minutes(before.text()) : std::nullopt;
        if (span) all.push_back({"owner", due - *span, false});
    }
    auto const* late = rule.find("when_late");
    auto const* tell = late != nullptr ? late->find("tell") : nullptr;
    if (tell != nullptr && tell->is_object()) {
        for (auto const& [who, when] : tell->members()) {
            if (!when.is_text()) continue;
            std::string_view const text = when.text();
            auto const span = exact_minutes(text.starts_with("after ") ? text.substr(6) : text);
            if (span) all.push_back({who, due + minutes(1) + *span, true});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](Notice const& a, Notice const& b) { return a.at < b.at; });
    return all;
}

bool is_doubtful(Json const& definition, Json const& value, Instant written, Calendar const& calendar) {
    auto const* limit = definition.find("doubt");
    if (limit == nullptr || !value.is_text()) return false;
    auto const happened = parse_instant(value.text());
    auto const duration = parse_duration(*limit);
    if (!happened || !duration) return false;
    if (*happened > written + minutes(5)) return true;
    ClockRule rule;
    rule.within = {duration->second, duration->first, false};
    ClockInput input;
    input.started = *happened;
    input.now = written;
    input.calendar = calendar;
    auto const state = evaluate(rule, input);
    return state.due && *state.due < written;
}

}  // namespace sanjal::rules
