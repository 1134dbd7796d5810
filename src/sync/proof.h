#pragma once
// Foreign entries and checkpoints: what of them is proven, and how a lie becomes a file that anybody can check.
//
// A checkpoint is *proven* when it is signed by the peer and shown to continue the newest proven one.  One that comes late (a stick
// that was slow) is kept aside until the peer has shown that its newest one continues it; a peer that shows the contrary, or two
// checkpoints of one size with different roots, has forked: the two notes and the path are the evidence.

#include <optional>
#include <string>
#include <vector>

#include "sync/peer.h"

namespace sanjal::sync {

// An entry on its way: its SD-JWT with what is shown of it, its place, and the path to the root of the checkpoint that travels along.
struct Proven {
    ledger::Entry entry;       // fields without class; position is that of the peer's tree
    std::string compact;
    Json as_sent;              // {"e","p","i"}: kept beside, to be shown again
    bool withheld = false;     // that something was left out, never which or how much
};

// {"r","i"} for a checkpoint of an older size of this node.
Result<Json> path_from(app::House& house, store::Transaction& tx, std::int64_t old_size, std::int64_t size);
Result<Json> entry_with_path(app::House& house, store::Transaction& tx, std::int64_t position, std::int64_t size, std::function<bool(std::string_view name, std::string_view sensitivity)> const& wanted);
// Verified under a key of the peer's ledger (or of a device that it introduced) and against the root.
Result<Proven> prove_entry(ledger::Signers const& signers, Json const& sent, std::int64_t size, std::string_view root);

struct Signed {
    crypto::Checkpoint checkpoint;
    std::int64_t epoch = 0;
    std::string note;
};
// A checkpoint of that node, signed by a key of its ledger.
Result<Signed> prove_checkpoint(std::string const& node, ledger::Signers const& signers, std::string_view note);

// What a new checkpoint means for what we know of this peer.  `paths`: {"<old size>": {"r": root then, "i": [hash, ...]}} as the
// peer sent them.
enum class Standing {
    Proven,    // it continues what we knew; the peer's row was moved on
    Known,     // it is one that we have proven before
    Unproven,  // nothing shows yet that it continues what we know: what hangs on it is not taken
    Forked     // the peer has two histories; `evidence` says so
};
struct Judged {
    Standing standing = Standing::Unproven;
    Json evidence;
};
Result<Judged> judge_checkpoint(store::Transaction& tx, Peer& peer, Signed const& shown, Json const& paths);

// The evidence of a fork, checked by itself: two notes of one node, and what shows that they are of two histories.
// {"sanjal":"fork/1","node","keys","one","other","path"}.  Error where it shows nothing.
Result<void> check_evidence(Json const& evidence);

}  // namespace sanjal::sync
