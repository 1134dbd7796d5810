#include "sync/proof.h"

#include <algorithm>

#include "crypto/sd_jwt.h"

namespace sanjal::sync {
namespace {

constexpr std::size_t late_max = 32;  // checkpoints of one peer that wait for their proof

Json path_json(std::vector<Bytes> const& path) {
    Json list = Json::list();
    for (auto const& hash : path) list.push_back(to_base64url(hash));
    return list;
}

Result<std::vector<Bytes>> path_of(Json const* list) {
    std::vector<Bytes> path;
    if (list == nullptr || !list->is_list() || list->items().size() > 64) return fail(Fault::Invalid, "proof.malformed", "A proof in this bundle is not one.");
    for (auto const& one : list->items()) {
        if (!one.is_text()) return fail(Fault::Invalid, "proof.malformed", "A proof in this bundle is not one.");
        SANJAL_TRY(auto hash, from_base64url(one.text()));
        if (hash.size() != 32) return fail(Fault::Invalid, "proof.malformed", "A proof in this bundle is not one.");
        path.push_back(std::move(hash));
    }
    return path;
}

Json keys_json(std::vector<KeyEntry> const& keys) {
    Json list = Json::list();
    for (auto const& one : keys) list.push_back(Json::list({one.position, one.compact}));
    return list;
}

enum class Goes { On, Astray, Unknown };

// Whether the newer tree goes on from the older one.  What the peer says its root was is believed only where its own path leads from
// there to the newer root: then, and where it is another root than the one it had signed, its two histories are proven.
Result<Goes> goes_on(crypto::Checkpoint const& old, crypto::Checkpoint const& now, Json const& sent) {
    SANJAL_TRY(auto const path, path_of(sent.find("i")));
    SANJAL_TRY(auto const root, from_base64url(sent.text_at("r")));
    if (root.size() != 32 || !crypto::verify_consistency(old.size, now.size, root, now.root, path)) return Goes::Unknown;
    return root == old.root ? Goes::On : Goes::Astray;
}

Json evidence_of(Peer const& peer, std::string const& one, std::string const& other, Json path) {
    return Json::object({{"sanjal", "fork/1"}, {"node", peer.node}, {"keys", keys_json(peer.keys)}, {"one", one}, {"other", other}, {"path", std::move(path)}});
}

std::int64_t size_of(Signed const& one) { return static_cast<std::int64_t>(one.checkpoint.size); }

Result<std::optional<std::string>> note_of_size(store::Transaction& tx, Peer const& peer, std::int64_t epoch, std::int64_t size) {
    return tx.text("select note from network_note where peer = $1 and epoch = $2 and size = $3", {peer.node, epoch, size});
}

Result<void> remember(store::Transaction& tx, Peer const& peer, Signed const& shown) {
    return tx.put("insert into network_note (peer, size, epoch, note) values ($1, $2, $3, $4) on conflict (peer, epoch, size) do nothing", {peer.node, size_of(shown), shown.epoch, shown.note});
}

Result<crypto::Checkpoint> checkpoint_in(std::string_view note) {
    SANJAL_TRY(auto const parsed, crypto::parse_note(note));
    return crypto::parse_checkpoint(parsed.text);
}

// Late ones of this peer that the new tree is shown to continue are settled; one that it is shown not to continue is the fork.
Result<std::optional<Json>> settle_late(store::Transaction& tx, Peer& peer, Signed const& shown, Json const& paths) {
    Json still = Json::object();
    std::optional<Json> evidence;
    for (auto const& [key, note] : peer.late.members()) {
        auto const* sent = paths.find(key);
        SANJAL_TRY(auto const old, checkpoint_in(note.text()));
        if (sent == nullptr || old.size > shown.checkpoint.size) {
            still.set(key, note);
            continue;
        }
        SANJAL_TRY(auto const goes, goes_on(old, shown.checkpoint, *sent));
        if (goes == Goes::Unknown) {
            still.set(key, note);
        } else if (goes == Goes::On) {
            SANJAL_TRY(auto const signers, learn_keys(peer.node, peer.keys));
            SANJAL_TRY(auto const settled, prove_checkpoint(peer.node, signers, note.text()));
            SANJAL_DO(remember(tx, peer, settled));
        } else {
            evidence = evidence_of(peer, note.text(), shown.note, *sent);
        }
    }
    peer.late = std::move(still);
    return evidence;
}

}  // namespace

Result<Json> path_from(app::House& house, store::Transaction& tx, std::int64_t old_size, std::int64_t size) {
    SANJAL_TRY(auto const root, house.ledger().root_at(tx, old_size));
    SANJAL_TRY(auto const path, house.ledger().consistency_path(tx, old_size, size));
    return Json::object({{"r", to_base64url(root)}, {"i", path_json(path)}});
}

Result<Json> entry_with_path(app::House& house, store::Transaction& tx, std::int64_t position, std::int64_t size, std::function<bool(std::string_view, std::string_view)> const& wanted) {
    SANJAL_TRY(auto compact, house.ledger().compact(tx, position, wanted));
    SANJAL_TRY(auto const path, house.ledger().inclusion_path(tx, position, size));
    return Json::object({{"e", std::move(compact)}, {"p", position}, {"i", path_json(path)}});
}

Result<Proven> prove_entry(ledger::Signers const& signers, Json const& sent, std::int64_t size, std::string_view root) {
    Proven proven;
    proven.compact = sent.text_at("e");
    auto const position = sent.integer_at("p", -1);
    SANJAL_TRY(auto parsed, crypto::parse(proven.compact));
    if (position < 0 || position >= size) return fail(Fault::Invalid, "proof.place", "An entry in this bundle has no place in the ledger that it is said to come from.");
    SANJAL_TRY(auto const key, signers.key_for(parsed, position));
    if (!crypto::verify(parsed, key)) return fail(Fault::Invalid, "proof.signature", "An entry in this bundle was altered after it was signed.");
    SANJAL_TRY(auto const path, path_of(sent.find("i")));
    if (!crypto::verify_inclusion(crypto::leaf_hash(parsed.signed_part), static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(size), path, root)) {
        return fail(Fault::Invalid, "proof.inclusion", "An entry in this bundle does not stand in the ledger that it is said to come from.");
    }
    auto& entry = proven.entry;
    entry.position = position;
    entry.id = parsed.id;
    entry.signer = parsed.claims.iss;
    entry.key = parsed.claims.kid;
    entry.signed_at = parsed.claims.iat;
    SANJAL_TRY(entry.head, ledger::head_of(parsed));
    for (auto& disclosure : parsed.disclosures) {
        if (disclosure.name != "head") entry.fields.push_back({disclosure.name, std::move(disclosure.value), {}});
    }
    proven.withheld = parsed.disclosures.size() < parsed.digests.size();
    proven.as_sent = sent;
    return proven;
}

Result<Signed> prove_checkpoint(std::string const& node, ledger::Signers const& signers, std::string_view note) {
    SANJAL_TRY(auto const parsed, crypto::parse_note(note));
    SANJAL_TRY(auto checkpoint, crypto::parse_checkpoint(parsed.text));
    std::string const prefix = node + "/";
    if (!checkpoint.origin.starts_with(prefix)) return fail(Fault::Invalid, "checkpoint.other_node", "A checkpoint in this bundle is of another node.");
    std::int64_t epoch = 0;
    for (char const c : checkpoint.origin.substr(prefix.size())) {
        if (c < '0' || c > '9' || epoch > 1'000'000) return fail(Fault::Invalid, "checkpoint.other_node", "A checkpoint in this bundle is of another node.");
        epoch = epoch * 10 + (c - '0');
    }
    // Any checkpoint key that the ledger introduced: an old note stays good after the key was retired.
    if (epoch < 1 || !signers.verifies_note(parsed, checkpoint.origin)) return fail(Fault::Invalid, "checkpoint.signature", "A checkpoint in this bundle was not signed by the node that it names.");
    return Signed{std::move(checkpoint), epoch, std::string(note)};
}

Result<Judged> judge_checkpoint(store::Transaction& tx, Peer& peer, Signed const& shown, Json const& paths) {
    if (shown.epoch < peer.epoch) return Judged{Standing::Unproven, {}};  // from before it was restored
    if (shown.epoch > peer.epoch) {
        // It was restored from a backup and says so openly.  What we knew stays; the new history begins here.
        peer.epoch = shown.epoch;
        peer.received = 0;
        peer.known_size = 0;
        peer.known_note.clear();
        peer.late = Json::object();
    }
    SANJAL_TRY(auto const same, note_of_size(tx, peer, shown.epoch, size_of(shown)));
    if (same) {
        SANJAL_TRY(auto const old, checkpoint_in(*same));
        if (old.root != shown.checkpoint.root) return Judged{Standing::Forked, evidence_of(peer, *same, shown.note, Json::list())};
        SANJAL_TRY(auto const contrary, settle_late(tx, peer, shown, paths));
        if (contrary) return Judged{Standing::Forked, *contrary};
        return Judged{Standing::Known, {}};
    }
    if (peer.known_size > 0) {
        SANJAL_TRY(auto const known, checkpoint_in(peer.known_note));
        auto const* sent = paths.find(std::to_string(peer.known_size));
        if (size_of(shown) < peer.known_size || sent == nullptr) {
            if (size_of(shown) < peer.known_size && peer.late.members().size() < late_max) peer.late.set(std::to_string(size_of(shown)), shown.note);
            return Judged{Standing::Unproven, {}};
        }
        SANJAL_TRY(auto const goes, goes_on(known, shown.checkpoint, *sent));
        if (goes == Goes::Astray) return Judged{Standing::Forked, evidence_of(peer, peer.known_note, shown.note, *sent)};
        if (goes == Goes::Unknown) return Judged{Standing::Unproven, {}};
    }
    peer.known_size = size_of(shown);
    peer.known_note = shown.note;
    SANJAL_DO(remember(tx, peer, shown));
    SANJAL_TRY(auto const contrary, settle_late(tx, peer, shown, paths));
    if (contrary) return Judged{Standing::Forked, *contrary};
    return Judged{Standing::Proven, {}};
}

Result<void> check_evidence(Json const& evidence) {
    auto const nothing = [] { return fail(Fault::Invalid, "fork.shows_nothing", "This file does not show that a node has two histories."); };
    std::vector<KeyEntry> keys;
    auto const* list = evidence.find("keys");
    if (evidence.text_at("sanjal") != "fork/1" || list == nullptr || !list->is_list()) return nothing();
    for (auto const& one : list->items()) {
        if (!one.is_list() || one.items().size() != 2 || !one.items()[0].is_integer() || !one.items()[1].is_text()) return nothing();
        keys.push_back({one.items()[0].integer(), one.items()[1].text()});
    }
    std::string const node(evidence.text_at("node"));
    SANJAL_TRY(auto const signers, learn_keys(node, keys));
    SANJAL_TRY(auto one, prove_checkpoint(node, signers, evidence.text_at("one")));
    SANJAL_TRY(auto other, prove_checkpoint(node, signers, evidence.text_at("other")));
    if (one.epoch != other.epoch) return nothing();
    if (one.checkpoint.size > other.checkpoint.size) std::swap(one, other);
    if (one.checkpoint.size == other.checkpoint.size) return one.checkpoint.root != other.checkpoint.root ? Result<void>{} : nothing();
    // The path leads to the later root from another one than was signed for the earlier size.
    auto const* path = evidence.find("path");
    SANJAL_TRY(auto const goes, goes_on(one.checkpoint, other.checkpoint, path != nullptr ? *path : Json()));
    return goes == Goes::Astray ? Result<void>{} : nothing();
}

}  // namespace sanjal::sync
