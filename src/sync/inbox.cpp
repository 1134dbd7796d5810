// What arrives: a bundle is taken in whole or not at all, its messages in the order of their numbers.
#include <algorithm>

#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "sync/exchange.h"
#include "sync/proof.h"

namespace sanjal::sync {
namespace {

constexpr std::int64_t day_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t bytes_a_day_max = std::int64_t{512} << 20U;  // of one peer
constexpr std::int64_t messages_a_day_max = 50'000;
constexpr std::int64_t ahead_max = 5'000;  // how far before its turn a message may come

// Faults that say something about the message, and not about this machine.
bool is_about_the_message(Fault fault) {
    return fault == Fault::Invalid || fault == Fault::NotFound || fault == Fault::Conflict || fault == Fault::Forbidden || fault == Fault::TooLarge || fault == Fault::TooMany || fault == Fault::Precondition;
}

Result<std::vector<KeyEntry>> keys_in(Json const& head, std::vector<KeyEntry> keys) {
    auto const* list = head.find("keys");
    for (auto const& one : list != nullptr && list->is_list() ? list->items() : Json::List()) {
        if (!one.is_list() || one.items().size() != 2 || !one.items()[0].is_integer() || !one.items()[1].is_text()) return fail(Fault::Invalid, "bundle.malformed", "The keys in this bundle are not ones.", "keys");
        if (keys.empty() || one.items()[0].integer() > keys.back().position) keys.push_back({one.items()[0].integer(), one.items()[1].text()});
    }
    return keys;
}

// How much of a day's measure this bundle takes; TooMany where it is more than there is.
Result<void> measure(app::House& house, store::Transaction& tx, Peer const& peer, Bundle const& bundle) {
    std::int64_t const day = milliseconds_of(house.clock().now()) / day_ms;
    auto const bytes = bundle.head.integer_at("bytes");
    auto const messages = static_cast<std::int64_t>(bundle.messages.size());
    std::int64_t had_bytes = 0;
    std::int64_t had_messages = 0;
    SANJAL_DO(tx.each("select bytes, messages from network_taken where peer = $1 and day = $2", {peer.node, day}, [&](store::Row const& row) -> Result<void> {
        had_bytes = row.integer(0);
        had_messages = row.integer(1);
        return {};
    }));
    if (had_bytes + bytes > bytes_a_day_max || had_messages + messages > messages_a_day_max) {
        return fail(Fault::TooMany, "peer.quota", "This peer has sent as much as is taken from one in a day. It stays with it and can come tomorrow.");
    }
    SANJAL_DO(tx.put("delete from network_taken where day < $1", {day - 7}));
    return tx.put("insert into network_taken (peer, day, bytes, messages) values ($1, $2, $3, $4) on conflict (peer, day) do update set"
                  " bytes = network_taken.bytes + excluded.bytes, messages = network_taken.messages + excluded.messages",
                  {peer.node, day, bytes, messages});
}

// What the peer says that it has of ours.  It has seen more of our ledger than there is: this directory is an old copy.
Result<void> hear_have(app::House& house, store::Transaction& tx, Peer& peer, Json const& head) {
    auto const* seen = head.find("seen");
    auto const epoch = house.ledger().epoch();
    if (seen != nullptr && seen->integer_at("epoch") == epoch) {
        SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
        if (seen->integer_at("size") > static_cast<std::int64_t>(frontier.size())) {
            return fail(Fault::Corrupt, "ledger.behind_peer", "A peer has seen more of this node's ledger than is here: an older copy was put in place. Stop, and use the newest copy, or sanjal restore.");
        }
        peer.seen_size = std::max(peer.seen_size, seen->integer_at("size"));
        peer.seen_keys = std::max(peer.seen_keys, seen->integer_at("keys"));
    }
    if (seen != nullptr && seen->integer_at("epoch") > epoch) {
        return fail(Fault::Corrupt, "ledger.behind_peer", "A peer has seen a later epoch of this node than is here: an older copy was put in place. Stop, and use the newest copy, or sanjal restore.");
    }
    auto const* have = head.find("have");
    if (have == nullptr || have->integer_at("epoch") != epoch) return {};
    SANJAL_DO(tx.put("update network_outbox set acked = 1 where peer = $1 and epoch = $2 and number <= $3 and acked = 0", {peer.node, epoch, have->integer_at("upto")}));
    auto const* also = have->find("also");
    for (auto const& number : also != nullptr && also->is_list() ? also->items() : Json::List()) {
        if (number.is_integer()) SANJAL_DO(tx.put("update network_outbox set acked = 1 where peer = $1 and epoch = $2 and number = $3 and acked = 0", {peer.node, epoch, number.integer()}));
    }
    return {};
}

// Checkpoints of ours for which the peer wants the proof, and its cosignature on one that it has.
Result<void> hear_about_us(app::House& house, store::Transaction& tx, Peer const& peer, ledger::Signers const& signers, Json const& head) {
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    auto const ours = static_cast<std::int64_t>(frontier.size());
    auto const* late = head.find("late");
    for (auto const& one : late != nullptr && late->is_list() ? late->items() : Json::List()) {
        std::int64_t size = 0;
        for (char const c : one.is_text() ? one.text().substr(0, 15) : std::string()) size = c >= '0' && c <= '9' ? size * 10 + (c - '0') : 0;
        if (size > 0 && size <= ours) SANJAL_DO(tx.put("insert into network_shown (peer, size) values ($1, $2) on conflict (peer, size) do nothing", {peer.node, size}));
    }
    auto const cosigned = head.text_at("cosigned");
    if (cosigned.empty()) return {};
    SANJAL_TRY(auto const note, crypto::parse_note(cosigned));
    SANJAL_TRY(auto const checkpoint, crypto::parse_checkpoint(note.text));
    auto const size = static_cast<std::int64_t>(checkpoint.size);
    SANJAL_TRY(auto const key, signers.newest("cosign"));
    if (checkpoint.origin != house.ledger().origin() || size < 1 || size > ours || !crypto::verify_cosignature(note, peer.node, key)) return {};
    SANJAL_TRY(auto const root, house.ledger().root_at(tx, size));
    if (root != checkpoint.root) return {};
    return tx.put("insert into network_cosigned (peer, size, note) values ($1, $2, $3) on conflict (peer) do update set size = excluded.size, note = excluded.note where excluded.size >= network_cosigned.size",
                  {peer.node, size, std::string(cosigned)});
}

std::string waiting_context(Peer const& peer, std::int64_t number) { return "sanjal/inbox/" + peer.node + "/" + std::to_string(peer.epoch) + "/" + std::to_string(number); }

struct Turn {
    Json message;
    std::int64_t size = 0;
    std::string root;
};

Result<void> keep_waiting(app::House& house, store::Transaction& tx, Peer const& peer, std::int64_t number, Turn const& turn) {
    Json const whole = Json::object({{"m", turn.message}, {"size", turn.size}, {"root", to_base64url(turn.root)}});
    std::string const text = write_json(whole);
    return tx.put("insert into network_inbox (peer, epoch, number, sealed, size) values ($1, $2, $3, $4, $5) on conflict (peer, epoch, number) do nothing",
                  {peer.node, peer.epoch, number, store::Blob{crypto::seal(house.keys().derived("inbox"), text, waiting_context(peer, number), house.random())}, static_cast<std::int64_t>(text.size())});
}

Result<std::optional<Turn>> next_waiting(app::House& house, store::Transaction& tx, Peer const& peer, std::int64_t number) {
    SANJAL_TRY(auto const sealed, tx.bytes("select sealed from network_inbox where peer = $1 and epoch = $2 and number = $3", {peer.node, peer.epoch, number}));
    if (!sealed) return std::optional<Turn>();
    SANJAL_TRY(auto const text, crypto::open(house.keys().derived("inbox"), *sealed, waiting_context(peer, number)));
    SANJAL_TRY(auto whole, parse_json(text));
    SANJAL_TRY(auto root, from_base64url(whole.text_at("root")));
    SANJAL_DO(tx.put("delete from network_inbox where peer = $1 and epoch = $2 and number = $3", {peer.node, peer.epoch, number}));
    return std::optional(Turn{*whole.find("m"), whole.integer_at("size"), std::move(root)});
}

Result<void> take_turn(app::House& house, store::Transaction& tx, Peer& peer, std::int64_t number, Turn const& turn, Taken& taken) {
    auto const applied = apply_message(house, tx, peer, turn.message, turn.size, turn.root);
    if (!applied && !is_about_the_message(applied.error().fault)) return applied;
    if (!applied) {
        SANJAL_DO(set_aside(house, tx, peer.node, applied.error().code, number));
        ++taken.aside;
    } else {
        ++taken.taken;
    }
    peer.received = number;
    return {};
}

Result<void> take_messages(app::House& house, store::Transaction& tx, Peer& peer, Bundle const& bundle, Signed const& shown, Taken& taken) {
    auto const size = static_cast<std::int64_t>(shown.checkpoint.size);
    for (auto const& message : bundle.messages) {
        auto const number = message.integer_at("n");
        if (number <= peer.received) continue;  // it is here already
        Turn const turn{message, size, shown.checkpoint.root};
        if (number != peer.received + 1) {
            // A stop does not wait for its turn.
            if (message.text_at("do") == "disclosure.stopped") (void)apply_message(house, tx, peer, message, size, shown.checkpoint.root);
            if (number > peer.received + ahead_max) continue;  // not taken: it will come again
            SANJAL_DO(keep_waiting(house, tx, peer, number, turn));
            ++taken.waiting;
            continue;
        }
        SANJAL_DO(take_turn(house, tx, peer, number, turn, taken));
        while (true) {
            SANJAL_TRY(auto const next, next_waiting(house, tx, peer, peer.received + 1));
            if (!next) break;
            SANJAL_DO(take_turn(house, tx, peer, peer.received + 1, *next, taken));
        }
    }
    return {};
}

Result<void> note_clock(app::House& house, Peer& peer, Json const& head) {
    SANJAL_TRY(auto const made, parse_instant(head.text_at("made")));
    auto const now = house.clock().now();
    peer.last_in = milliseconds_of(now);
    peer.clock_ahead = milliseconds_of(made) - milliseconds_of(now);
    return {};
}

}  // namespace

Result<Arrived> open_arrived(app::House& house, Bytes const& bytes) {
    SANJAL_TRY(auto const key, bundle_key(house));
    Arrived arrived;
    SANJAL_TRY(arrived.bundle, open_bundle(key, bytes));
    auto const& head = arrived.bundle.head;
    arrived.from = head.text_at("from");
    if (head.text_at("to") != house.ledger().node()) return fail(Fault::Forbidden, "bundle.other_receiver", "This bundle was made for another node, and somebody sealed it to this one. It was not taken.");
    std::optional<Peer> peer;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(peer, find_peer(tx, arrived.from));
        return {};
    }));
    if (!peer) return fail(Fault::Forbidden, "bundle.unknown_sender", "This node has not met the sender. Exchange cards first.");
    SANJAL_TRY(auto const keys, keys_in(head, peer->keys));
    SANJAL_TRY(auto const signers, learn_keys(peer->node, keys));
    auto const* signer = signers.find(arrived.bundle.kid);
    if (signer == nullptr || signer->use != "transport" || signer->retired) return fail(Fault::Forbidden, "bundle.signature", "This bundle was not made by the node whose name it bears. It was set aside.");
    SANJAL_DO(check_signature(arrived.bundle, signer->key));
    return arrived;
}

Result<void> set_aside(app::House& house, store::Transaction& tx, std::string const& peer, std::string const& code, std::int64_t number) {
    std::string const id = to_base64url(crypto::sha256(peer + "/" + code + "/" + std::to_string(number))).substr(0, 22);
    SANJAL_TRY(auto const before, tx.integer("select count from network_aside where id = $1", {id}));
    SANJAL_DO(tx.put("insert into network_aside (id, peer, at, code, number, count) values ($1, $2, $3, $4, $5, 1) on conflict (id) do update set count = network_aside.count + 1, at = excluded.at",
                     {id, peer, milliseconds_of(house.clock().now()), code, number}));
    if (before) return {};
    SANJAL_TRY(auto const known, find_peer(tx, peer));
    if (!known) return {};  // whoever may be anybody does not fill the ledger; the count stands in the list
    SANJAL_DO(append_one(house, tx, house.operator_id(), "peer.set_aside", known->record, {{"set_aside", Json::object({{"code", code}, {"number", number}}), "operational"}}));
    return {};
}

Result<Taken> take(app::House& house, store::Transaction& tx, Arrived const& arrived) {
    auto const& head = arrived.bundle.head;
    SANJAL_TRY(auto found, find_peer(tx, arrived.from));
    if (!found) return fail(Fault::Forbidden, "bundle.unknown_sender", "This node has not met the sender. Exchange cards first.");
    Peer peer = std::move(*found);
    if (!peer.confirmed) return fail(Fault::Forbidden, "peer.not_confirmed", "The words of the two cards have not been compared yet. Read them to each other first.");
    if (!peer.stopped.empty()) return fail(Fault::Forbidden, "peer.stopped", "The exchange with this node is stopped.");
    SANJAL_DO(measure(house, tx, peer, arrived.bundle));
    SANJAL_TRY(peer.keys, keys_in(head, peer.keys));
    SANJAL_TRY(auto const signers, learn_keys(peer.node, peer.keys));
    SANJAL_DO(note_clock(house, peer, head));
    SANJAL_DO(hear_have(house, tx, peer, head));
    SANJAL_DO(hear_about_us(house, tx, peer, signers, head));

    Taken taken;
    taken.from = arrived.from;
    SANJAL_TRY(auto const shown, prove_checkpoint(peer.node, signers, head.text_at("note")));
    auto const epoch_before = peer.epoch;
    auto const* paths = head.find("paths");
    SANJAL_TRY(auto const judged, judge_checkpoint(tx, peer, shown, paths != nullptr && paths->is_object() ? *paths : Json::object()));
    // It was restored: what it had acknowledged it may have lost.
    if (peer.epoch != epoch_before) SANJAL_DO(tx.put("update network_outbox set acked = 0 where peer = $1 and epoch = $2 and acked = 1", {peer.node, house.ledger().epoch()}));
    if (judged.standing == Standing::Forked) {
        taken.standing = "forked";
        peer.stopped = "peer.forked";
        SANJAL_DO(append_one(house, tx, house.operator_id(), "peer.stopped", peer.record, {{"stopped", "peer.forked", "operational"}, {"evidence", judged.evidence, "operational"}}));
        log::write(log::Level::Alarm, "peer.forked");
        SANJAL_DO(save_peer(tx, peer));
        return taken;
    }
    taken.standing = judged.standing == Standing::Proven ? "proven" : judged.standing == Standing::Known ? "known" : "unproven";
    if (judged.standing != Standing::Unproven && shown.epoch == head.integer_at("epoch")) {
        SANJAL_DO(take_messages(house, tx, peer, arrived.bundle, shown, taken));
    }
    SANJAL_DO(save_peer(tx, peer));
    SANJAL_DO(follow(house, tx));
    return taken;
}

}  // namespace sanjal::sync
