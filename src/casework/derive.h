#pragma once
// What must be done: tasks and clocks of every survivor's part, derived from the state of the case, the part and the person
// and from nothing else.  Views hold due moments, never "late": lateness is a matter of when one looks.
//
// A procedure stands on a part.  Its steps become tasks; a step is done when its form was submitted for that part, or by a
// task.done entry; it is skipped by a task.skipped entry with a reason.  A clock runs by the pack that was in force when
// its trigger was written; tasks follow the pack in force.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/fold.h"
#include "rules/clock.h"
#include "rules/condition.h"

namespace sanjal::casework {

std::span<store::Migration const> view_migrations();

struct Task {
    std::string part;
    std::string step;
    std::string procedure;
    std::string root;                // the case
    std::string state;               // open, waiting (an earlier step is not done), gated (a gate is closed), approving (handed in, signatures are missing), done, skipped
    std::string gate;                // the first closed gate before it, or empty; its words are in the procedure
    std::vector<std::string> roles;  // who may do it; while signatures are missing, who may sign
    std::string owner;               // the actor who took it or to whom it was given, or empty
    std::string rule;                // its clock, or empty
    std::optional<std::int64_t> due; // milliseconds since 1970, or none
    std::optional<std::int64_t> ended;
    std::string ended_by;
    std::string reason;              // of a skip, or of lateness
    std::int64_t order = 0;
    std::string pack;
    std::int64_t wanted = 0;         // how many people must sign it; 0: nobody (casework/approval.h)
    std::int64_t signatures = 0;     // how many have

    [[nodiscard]] std::string id() const { return part + "." + step; }
    static Task from(store::Row const& row);
};

struct Clock {
    std::string part;
    std::string rule;
    std::string step;
    std::string root;
    std::optional<std::int64_t> started;
    std::optional<std::int64_t> due;      // none: no limit on record, or not started
    std::optional<std::int64_t> stopped;
    std::string reason_for_delay;
    std::string pack;

    static Clock from(store::Row const& row);
};

// Pure: what stands on the parts of a cluster.
struct Derived {
    std::vector<Task> tasks;
    std::vector<Clock> clocks;
};
Result<Derived> derive(record::Packs const& packs, record::Cluster const& cluster);

// derive, and put the rows in place of the old ones.
Result<void> derive_work(store::Transaction& tx, record::Packs const& packs, record::Cluster const& cluster);

// After a fold: reach, tasks and clocks of every case that one of these records belongs to, or belonged to before.
Result<void> derive_touched(store::Transaction& tx, record::Packs const& packs, record::Touched const& touched);

// running | stopped | late | no_limit, at a moment.  `rule` is the clock's definition in its pack, or nullptr.  What is due
// at once is due, and never late by itself.
bool is_at_once(Json const* rule);
std::string_view state_of(Clock const& clock, Json const* rule, Instant now);

// Who asks for work: what his unit or he himself reaches, less what he must not know.
struct Holder {
    std::string unit;
    std::string actor;
    std::string role;
};
// Open tasks of his role, and those that his role signs, what runs out first, at most 200.  `owner`: only of that actor, or, where it is empty, of nobody.
Result<std::vector<Task>> open_tasks_within_reach(store::Transaction& tx, Holder const& holder, std::optional<std::string> const& owner);
// Cases of his unit in which nobody has anything to do, the longest first, at most 100.
struct Idle {
    std::string root;
    std::int64_t since = 0;  // milliseconds since 1970

    static Idle from(store::Row const& row);
};
Result<std::vector<Idle>> idle_cases_of(store::Transaction& tx, Holder const& holder);
Result<std::vector<Task>> gated_tasks_of_part(store::Transaction& tx, std::string const& part);

Result<std::vector<Task>> tasks_of_root(store::Transaction& tx, std::string const& root);
Result<std::vector<Clock>> clocks_of_root(store::Transaction& tx, std::string const& root);
Result<std::optional<Task>> find_task(store::Transaction& tx, std::string const& part, std::string const& step);

}  // namespace sanjal::casework
