#pragma once
// What people should know of that they do not have to do: an emergency (policy::alerts), and what clocks tell (P6).  Each is
// ids, a moment and a sentence in the reader's language, never a name.  Through reach and decide: whoever supervises a unit
// learns the rule and the unit, and nothing of the case.

#include <string_view>

#include "app/house.h"

namespace sanjal::app {

// [{alert, record?, case?, number?, unit?, step?, title?, rule?, due?, told?, since, says}], the newest first of each kind.
Result<Json> alerts_for(House& house, store::Transaction& tx, policy::Actor const& actor, std::string_view language);

// Makes the notices whose moment has come, some clocks at a time; false where none is left.  About once a second, on a worker.
// Of several processes on one database one does this.
Result<bool> make_some_notices(House& house);

}  // namespace sanjal::app
