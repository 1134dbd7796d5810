#pragma once
// The record on which a procedure stands, and what is known around it: the case, the person, the part, and whatever else hangs
// on these (an order, an arrest, a consent).  Conditions, gates and clocks of packs read through this.  Pure; it holds
// references into the cluster and lives no longer than that.
//
// A path is "alias.field".  `case`, `person` and `part` are those of the subject; any other alias is a type, and means the
// newest record of that type that hangs on the subject's part, or, where it names no part, on its person or its case.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pack/pack.h"
#include "record/fold.h"
#include "rules/condition.h"

namespace sanjal::casework {

// What ends a step: its form was handed in, or somebody said that it was done, or skipped it with a reason.
struct Ending {
    bool skipped = false;
    std::int64_t at = 0;  // when it happened, milliseconds since 1970
    std::string by;
    std::string reason;
    Json const* event = nullptr;  // nullptr: it ended by signatures
};

// All endings of a step on a record, the earliest first.  Where it was done, that it was also skipped does not count; what
// needs signatures has ended once enough have signed.
std::vector<Ending> endings_of(record::State const& state, std::string_view step, Json const& definition);

// Where a clock starts: the moment's value, and in which record it was written.
struct Start {
    record::State const* holder = nullptr;
    Json const* written = nullptr;  // a cell, or an event; nullptr: by signatures
    Json value;                     // a time or a day; null where nothing was said; {"erased":true}
};

class Subject {
public:
    // `id` is one of the cluster's records.
    Subject(record::Cluster const& cluster, std::string const& id, record::State const& state);

    [[nodiscard]] record::Cluster const& cluster() const { return cluster_; }
    [[nodiscard]] std::string const& id() const { return id_; }
    [[nodiscard]] record::State const& state() const { return state_; }
    [[nodiscard]] record::Cluster::Part const& part() const { return part_; }

    // nullptr where it was never said, where people disagree, or where it is kept out of the views.
    [[nodiscard]] Json const* fact(std::string_view path) const;
    [[nodiscard]] rules::Facts facts() const;
    [[nodiscard]] bool holds(Json const* condition, bool if_unknown = false) const;

    // endings_of, and the moment that another record tells (`done_at`).
    [[nodiscard]] std::vector<Ending> endings(std::string_view step, Json const& definition) const;

    // `starts` of a clock: a path, {step: name}, or {at: path, where: condition}.
    [[nodiscard]] Start start_of(Json const& starts, pack::Pack const& pack) const;
    // `of` of a quota: a step, a type, or a path to a number or a time.  The moments that it counts, sorted.
    [[nodiscard]] std::vector<Instant> counted(std::string_view of, pack::Pack const& pack) const;

private:
    [[nodiscard]] record::State const* record_of(std::string_view alias) const;
    [[nodiscard]] std::vector<record::State const*> hanging(std::string_view type) const;  // the newest first
    [[nodiscard]] bool belongs(record::State const& state) const;
    [[nodiscard]] Start of_step(std::string_view step, pack::Pack const& pack) const;

    record::Cluster const& cluster_;
    std::string id_;
    record::State const& state_;
    record::Cluster::Part part_;
};

}  // namespace sanjal::casework
