#pragma once
// Custody of a case: which node answers for it now.  Exactly one at every moment.  It moves by a handover in four steps, each an
// entry of the node that takes it: offered (by who has it), accepted (by who is asked), handed (by who has it: from this entry on
// it is gone there, and nothing more is written), taken (by who was asked, when that entry has arrived).  The turn counts up with
// each handover, so that a message that comes late or twice changes nothing.

#include <optional>
#include <string>

#include "record/fold.h"

namespace sanjal::casework {

struct Custody {
    std::int64_t turn = 0;    // how often it has moved, as far as this node knows
    bool here = true;
    std::string with;         // the node that has it, where it is not here
    std::string offered_to;   // a node that was asked and whose answer is not settled
    std::string offer_from;   // a node that asks this one
    bool accepted = false;    // of an offer_from: we said yes

    // From the custody entries of a case here, or of the record that stands for a case that began elsewhere.
    static Custody from_state(record::State const& state);
};

// Any record: the case that it belongs to has gone to another node, so that it is written there and no longer here.
Result<bool> is_elsewhere(store::Transaction& tx, std::set<std::string> const& records);
// Keeps the rows that is_elsewhere looks at; called with the cases that were touched.
Result<void> derive_custody(store::Transaction& tx, std::string const& record, record::State const& state);

}  // namespace sanjal::casework
