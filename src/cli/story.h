#pragma once
// Plays a story into a house: units, accounts, then one request after another, each by somebody, each at its own moment of
// the past.  Requests go through node::Dispatch like any other, so a story cannot do what a person could not.
//
//   units:    [{code, title, kind}]
//   accounts: [{user, name, role, unit, nodal?, head?}]
//   acts:     [{ago: 3 days 2 hours, by: desk, do: POST /forms/rescue_report/submissions, send: {...}, as: raid, gives: 201}]
//
// In texts, {{raid.records.part.0}} is what an earlier answer said, {{unit.KAM-CWC}} and {{actor.desk}} are ids, and
// {{ago 2 days 30 minutes}} and {{in 5 days}} are times, counted from the end of the story, with the offset of the node's pack.

#include <functional>
#include <string>

#include "app/house.h"
#include "base/executor.h"

namespace sanjal::cli {

struct Cast {
    Json accounts;  // [{user, password, name, role, unit, unit_title}]
};

// `clock` is the house's own; it ends at `end`.  An Error says which act failed and what it was answered.
Result<Cast> play_story(app::House& house, SteppedClock& clock, Executor& workers, Json const& story, Instant end, std::function<void(std::string const&)> const& says);

// "3 days 2 hours 5 minutes" -> minutes
Result<std::int64_t> minutes_of(std::string_view text);

}  // namespace sanjal::cli
