#pragma once
// Asking another unit of this node to act for somebody: offered, seen, accepted or declined with a reason, withdrawn,
// completed with an answer; expired where nobody answered in time.  A referral is a record of its own (packs/common, type
// `referral`).  Before it is accepted the unit that is asked reads that record alone; what accepting opens is
// record::derive_reach's to say.  Handing custody to another node is a handover, not this.

#include <optional>
#include <string>
#include <vector>

#include "casework/derive.h"

namespace sanjal::casework {

struct Referral {
    std::string id;
    std::string from;                 // unit
    std::string to;                   // unit
    std::string asks;                 // code of the list `service`
    std::vector<std::string> about;   // parts
    std::optional<std::int64_t> until;  // milliseconds since 1970: an answer is wanted until then
    std::int64_t offered = 0;
    std::string written;              // what the entries say: offered, seen, accepted, declined, withdrawn, completed

    static Referral from_state(std::string id, record::State const& state);
};

// What it is at a moment: as written, or expired where it was not answered in time.  Views store the moment, never "late".
std::string_view state_of(Referral const& referral, Instant now);
// May this be done to a referral in that state?  `act`: seen, accepted, declined, withdrawn, completed.
bool may_follow(std::string_view state, std::string_view act);

// Those that the holder's unit is asked (`received`) or has asked, the newest first, at most 200.
Result<std::vector<Referral>> referrals_of(store::Transaction& tx, Holder const& holder, bool received);
// Of those that a part is about, whatever their state.
Result<std::vector<Referral>> referrals_about(store::Transaction& tx, std::string const& part);

// What a unit asked and must now ask somebody else: declined or expired, and nobody was asked for the same since.
std::vector<Referral> unanswered(std::vector<Referral> const& sent, Instant now);

}  // namespace sanjal::casework
