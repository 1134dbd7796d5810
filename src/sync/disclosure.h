#pragma once
// Showing something to another node: chosen, previewed, decided, written down; and the same decision again at each sending.

#include <string>
#include <vector>

#include "app/context.h"
#include "policy/disclose.h"
#include "sync/peer.h"

namespace sanjal::sync {

struct Wanted {
    std::string record;      // a part, or a case: all its survivors within reach
    std::string agreement;   // record id
    std::string purpose;
    std::string basis = "consent";
    std::string reference, sanction;
};

// One entry of ours and the statements of it that are to be shown.
struct Chosen {
    std::int64_t position = 0;
    std::string entry, record, type;
    std::set<std::string> fields;
};

// Exactly what the other side would see: {"to", "agreement", "purpose", "number", "records":[{type, record, fields, withheld}]}.  Refused as
// making it would be refused.
Result<Json> preview(app::Context& context, Wanted const& wanted);
// Decides, appends disclosure.made, and gives its record.
Result<std::string> disclose(app::Context& context, Wanted const& wanted);

// Of a disclosure that was made: may it (still) go, now?  From its own entry and what stands in the views.
// Kept: may the other side keep what it has (consent and the persons' wishes alone).
enum class Asked { Sent, Kept };
Result<policy::Showing> may_still_go(app::House& house, store::Transaction& tx, record::State const& disclosure, policy::Agreement const& agreement, Peer const& peer, Asked asked);
// What it holds, as it was made; less what was erased since.
Result<std::vector<Chosen>> chosen_of(record::State const& disclosure);

}  // namespace sanjal::sync
