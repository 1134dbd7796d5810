#pragma once
// Agreements with other nodes, as the ledger has them: made from an agreement of the pack, signed on both sides, for a time.
// Without a live one nothing leaves.

#include <optional>
#include <string>
#include <vector>

#include "pack/pack.h"
#include "record/fold.h"

namespace sanjal::policy {

struct Agreement {
    std::string record;   // here
    std::string shared;   // the id under which both sides know it
    std::string peer;     // node id
    std::string name;     // of the pack's agreement
    std::string desk;     // the unit here that stands behind it
    Json terms;           // as in the pack, with "from" and "until"
    std::string digest;   // SHA-256 of the terms, members sorted: what is signed
    bool signed_here = false;
    bool signed_there = false;
    bool ended = false;

    static Agreement from_state(std::string record, record::State const& state);
};

// offered (they have signed), signed (we have), live, over (its time has passed), ended.
std::string_view state_of(Agreement const& agreement, Instant now);
std::string digest_of(Json const& terms);

// The pack's agreement with a beginning and an end; Invalid "agreement.none", "agreement.between", "agreement.until".
Result<Json> make_terms(pack::Pack const& pack, std::string_view name, std::string_view here, std::string_view there, Instant from, std::optional<Instant> until);

Result<std::vector<Agreement>> agreements(store::Transaction& tx);
Result<Agreement> load_agreement(store::Transaction& tx, std::string_view record);  // NotFound "agreement.none"
// Those that are live now with this peer.
Result<std::vector<Agreement>> live_agreements(store::Transaction& tx, std::string_view peer, Instant now);

// A unit that stands for another node may be asked only under a live agreement with it; others always.  Conflict "agreement.not_live".
Result<void> may_ask_unit(store::Transaction& tx, record::State const& unit, std::string_view unit_id, Instant now);

}  // namespace sanjal::policy
