#pragma once
// A step that needs several people's yes: a care plan by two, a committee's final order by three.  Pure; who may sign is asked
// where signing is written down.
//
//   approve: {who: cwc, number: 3, says: "...", source: {...}}
//
// What was handed in last (the form, or "done") is what people sign: each `task.approved` after it counts once a person, and
// `task.refused` sends it back.  Handing it in anew begins the signing anew.  The step ends with the last signature needed.

#include <optional>
#include <set>
#include <string>

#include "record/state.h"

namespace sanjal::casework {

struct Approval {
    std::int64_t wanted = 0;             // how many people; 0: this step needs none
    bool handed_in = false;              // there is something to sign
    std::set<std::string> signed_by;     // actors
    std::optional<std::int64_t> ended;   // milliseconds since 1970, once enough have signed
    std::string ended_by;                // whose signature was the last that was needed
    Json const* sent_back = nullptr;     // what was handed in last was sent back by this event, and nothing was handed in since

    [[nodiscard]] bool is_open() const { return wanted > 0 && handed_in && !ended; }
};

// `bearer` is the part that the step stands on, `definition` the step in its procedure.
Approval approval_of(record::State const& bearer, std::string_view step, Json const& definition);

}  // namespace sanjal::casework
