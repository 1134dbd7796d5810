#pragma once
// Another node that we exchange with.  Two nodes meet by cards: who a node is, the history of its keys from the first one on,
// where it can be reached, and the key to which bundles for it are sealed.  A card proves itself (the node's id is the hash of
// its first key); that it is the card of the people one means is for two persons to say, who read each other a code.
// What a peer may be told is not decided here (policy/disclose.h).

#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "ledger/signers.h"

namespace sanjal::sync {

std::span<store::Migration const> network_migrations();

inline constexpr std::size_t card_bytes_max = 64U << 10U;

// An entry of another ledger that introduces or retires a key, with its place there.
struct KeyEntry {
    std::int64_t position = 0;
    std::string compact;
};

struct Card {
    std::string node;
    std::string name;
    std::string country;
    std::vector<std::string> addresses;  // http://host:port, or https://host:port#sha256-of-its-key
    std::string bundle;                  // age1..., to seal bundles to
    std::vector<KeyEntry> keys;
    std::string text;                    // the whole card as it came
};

// The entries of this ledger that introduce or retire the node's own keys, in order.
Result<std::vector<KeyEntry>> own_keys(app::House& house, store::Transaction& tx);
// This node's card, with the addresses that its owner gave.
Result<std::string> own_card(app::House& house, store::Transaction& tx);
Result<void> set_addresses(store::Transaction& tx, std::vector<std::string> const& addresses);
// Strict: the chain of keys, the signature, every member.  "card.malformed", "card.not_proven".
Result<Card> parse_card(std::string_view text);
// What both sides read to each other: the same eight words on both, made of both nodes' ids, transport and bundle keys.
Result<std::string> code_of(std::string_view one_card, std::string_view other_card);

// The keys of a ledger, learnt in order.  An Error where the chain does not hold.
Result<ledger::Signers> learn_keys(std::string const& node, std::vector<KeyEntry> const& keys);

struct Peer {
    std::string node, record, unit, name, country, bundle, stopped;
    bool confirmed = false;
    std::vector<std::string> addresses;
    std::vector<KeyEntry> keys;
    std::int64_t epoch = 1;       // of its ledger, as we know it
    std::int64_t received = 0;    // its messages of that epoch: we have all up to this number
    std::int64_t known_size = 0;  // its newest checkpoint that is proven to continue what we saw before
    std::string known_note;
    Json late = {};               // its checkpoints that came late and are not proven yet: {"size": note}
    std::int64_t seen_size = 0;   // the newest checkpoint of ours that it said it has proven
    std::int64_t seen_keys = 0;   // how many of our key entries it has
    std::int64_t told = 0;        // up to which of its messages it knows that we have them
    std::int64_t last_in = 0, last_out = 0, next_try = 0, failures = 0, clock_ahead = 0;
    std::string trouble;          // why the last try failed: a code
};

Result<std::vector<Peer>> peers(store::Transaction& tx);
Result<std::optional<Peer>> find_peer(store::Transaction& tx, std::string_view node);
Result<std::optional<Peer>> find_peer_by_unit(store::Transaction& tx, std::string_view unit);
Result<void> save_peer(store::Transaction& tx, Peer const& peer);

// Inside the writer.  A peer stands beside the node's units under its name, so that a person may name it as one that must not
// know and a referral may ask it.  Nothing is exchanged with it before confirm().
Result<Peer> introduce(app::House& house, store::Transaction& tx, std::string const& actor, Card const& card);
// `code` as the other side reads it out.
Result<void> confirm(app::House& house, store::Transaction& tx, std::string const& actor, std::string_view node, std::string_view code);
// Stops the exchange with this peer and no other; `why` is a code (peer.revoked, peer.forked, ...).
Result<void> stop_peer(app::House& house, store::Transaction& tx, std::string const& actor, std::string_view node, std::string const& why);

// The key under which this node opens bundles.
Result<crypto::BoxKey> bundle_key(app::House& house);

// One entry about a record of the network, in the name of `actor`.
Result<ledger::Entry> append_one(app::House& house, store::Transaction& tx, std::string const& actor, std::string verb, std::string record, std::vector<ledger::Field> fields);

}  // namespace sanjal::sync
