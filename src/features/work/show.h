#pragma once
// Tasks and clocks as JSON, with the words and sources that their own pack has for them.

#include "app/context.h"
#include "casework/derive.h"

namespace sanjal::work {

// In the task's own pack; nullptr where it has none.
Json const* step_of(pack::Pack const* pack, casework::Task const& task);
Json const* gate_of(pack::Pack const* pack, casework::Task const& task);

// Within the actor's reach, and a step that he sees (policy/steps.h).  `type`: of the record on which the task stands.
Result<bool> may_see(app::Context& context, casework::Task const& task, std::string_view type);

// In that language, where the pack speaks it.
Result<Json> task_json(app::Context& context, casework::Task const& task, std::string const& language);
Json clock_json(app::Context& context, casework::Clock const& clock, std::string const& language);

}  // namespace sanjal::work
