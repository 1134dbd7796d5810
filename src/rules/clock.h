#pragma once
// Statutory and agreed time limits.  A rule says when it starts, how long it runs and on which calendar; this computes the
// due moment and nothing else.  The due minute itself is the last lawful one.
//
// Minutes and hours run from the moment.  Days, working days, months and years run on the calendar's local days: the day of
// the trigger does not count (General Clauses Act 1897 s.9 [K]) unless the rule says so, the last day ends at its last
// minute; a month that lacks the day ends on its own last day.  A last day on which nobody works moves on to the next
// working day only where the rule says so (s.10 of the same Act [K]).

#include <optional>
#include <set>
#include <string>
#include <vector>

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
    struct Limit {
        Unit unit = Unit::None;  // None: the duty exists, no number was found
        std::int64_t count = 0;
        bool before = false;     // so long before the moment, not after it
    };
    // How often something may or must happen: `at_most` times in all, or `at_least` times before the limit is over.
    struct Quota {
        bool at_most = true;
        std::int64_t count = 0;
    };
    std::string id;
    Limit within;
    std::optional<Limit> extended;   // within what time where it was extended
    std::vector<Limit> series;       // each time that it is due again, all counted from the start
    std::optional<Limit> every;      // again and again, each time counted from the last
    std::optional<Quota> quota;
    bool first_day_counts = false;
    bool ends_on_working_day = false;
};

// "24 hours", "15 days", "3 working days", "4 months", "at once", "30 minutes before"; null is Unit::None.
Result<ClockRule::Limit> parse_limit(Json const& within);
// The same, of what lies after a moment.
Result<std::pair<std::int64_t, ClockRule::Unit>> parse_duration(Json const& within);

struct ClockInput {
    std::optional<Instant> started;
    std::optional<Instant> stopped;
    std::int64_t not_counting_minutes = 0;  // a journey
    bool is_extended = false;               // somebody gave more time, with reasons
    std::vector<Instant> done;              // of a step that is done again and again, or of what a quota counts; sorted
    Instant now;
    Calendar calendar;
};

// Whether a moment lies after it was written down, or so long before that somebody should be asked: further than the field's
// `doubt` ("1 year").  Shown, never refused: reports of long ago are real, and a phone's clock may be wrong.
bool is_doubtful(Json const& definition, Json const& value, Instant written, Calendar const& calendar);

// The moment that a time or a day names.  A day begins with its first minute on that calendar; where only the month or the
// year is known, its first day counts: what is not known exactly makes no limit longer.
std::optional<Instant> moment_of(Json const& value, Calendar const& calendar);

// Whether a rule holds for something of that day: from its `from` to its `to`, both counted in.  A day of which only the
// month or the year is known is outside only if all of it is; where nothing is known, nothing is outside.
bool holds_on(Json const& rule, Json const* day, Calendar const& calendar);

// Whom a rule tells, and when: before the limit is over (`warn`), and after it (`when_late.tell`).  Moments, so that a view
// can keep them.
struct Notice {
    std::string who;  // owner, unit_head, or a role
    Instant at;
    bool is_late = false;
};
std::vector<Notice> notices_of(Json const& rule, Instant due);

// The due minute itself is the last lawful one.  The only place that says so.
bool is_late(Instant due, Instant now);

enum class Running { NotStarted, Running, Stopped, Late, NoLimit };
struct ClockState {
    Running state = Running::NotStarted;
    std::optional<Instant> due;
};
ClockState evaluate(ClockRule const& rule, ClockInput const& input);

}  // namespace sanjal::rules
