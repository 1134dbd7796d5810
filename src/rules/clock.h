#pragma once
// Statutory and agreed time limits.  A rule says when it starts, how long it runs and on which calendar; this computes the
// due moment and nothing else.  The due minute itself is the last lawful one.
//
// Minutes and hours run from the moment.  Days, working days, months and years run on the calendar's local days: the day of
// the trigger does not count (General Clauses Act 1897 s.9 [K]), the last day ends at its last minute; a month that lacks
// the day ends on its own last day.

#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace sanjal::rules {

// Local days: a fixed offset from UTC with dated changes, the working days of the week, holidays.
struct Calendar {
    struct Change {
        std::int64_t from;  // milliseconds since 1970
        int offset_minutes;
    };
    std::vector<Change> zone;          // sorted; the first holds for all time before the second
    std::set<unsigned> week;           // working days: 1 Monday ... 7 Sunday
    std::set<std::string> holidays;    // "2026-01-26"

    static Result<Calendar> parse(Json const& json);
    [[nodiscard]] int offset_at(Instant instant) const;
    [[nodiscard]] bool is_working_day(std::chrono::sys_days day) const;
};

class ClockRule {
public:
    static Result<ClockRule> parse(std::string_view id, Json const& json);

    enum class Unit { None, AtOnce, Minute, Hour, Day, WorkingDay, Month, Year };
    std::string id;
    Unit unit = Unit::None;  // None: the duty exists, no number was found
    std::int64_t count = 0;
};

// "24 hours", "15 days", "3 working days", "4 months", "at once"; null is Unit::None.
Result<std::pair<std::int64_t, ClockRule::Unit>> parse_duration(Json const& within);

struct ClockInput {
    std::optional<Instant> started;
    std::optional<Instant> stopped;
    std::int64_t not_counting_minutes = 0;  // a journey
    Instant now;
    Calendar calendar;
};

// Whether a moment lies after it was written down, or so long before that somebody should be asked: further than the field's
// `doubt` ("1 year").  Shown, never refused: reports of long ago are real, and a phone's clock may be wrong.
bool is_doubtful(Json const& definition, Json const& value, Instant written, Calendar const& calendar);

// The due minute itself is the last lawful one.  The only place that says so.
bool is_late(Instant due, Instant now);

enum class Running { NotStarted, Running, Stopped, Late, NoLimit };
struct ClockState {
    Running state = Running::NotStarted;
    std::optional<Instant> due;
};
ClockState evaluate(ClockRule const& rule, ClockInput const& input);

}  // namespace sanjal::rules
