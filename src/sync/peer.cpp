#include "sync/peer.h"

#include <algorithm>

#include "app/account.h"
#include "base/id.h"

namespace sanjal::sync {
namespace {

constexpr char const* columns = "node, record, unit, stopped, confirmed, card, keys, epoch, received, known_size, known_note, late, seen_size, seen_keys, told, last_in, last_out, next_try, failures, clock_ahead, trouble";

tl::unexpected<Error> no_peer() { return fail(Fault::NotFound, "peer.none", "This node knows no peer of that name. Exchange cards first."); }

Result<Peer> from_row(store::Row const& row) {
    Peer peer;
    peer.node = row.text(0);
    peer.record = row.text(1);
    peer.unit = row.text(2);
    peer.stopped = row.text(3);
    peer.confirmed = row.integer(4) != 0;
    SANJAL_TRY(auto card, parse_card(row.text(5)));
    peer.name = std::move(card.name);
    peer.country = std::move(card.country);
    peer.bundle = std::move(card.bundle);
    peer.addresses = std::move(card.addresses);
    SANJAL_TRY(auto const keys, parse_json(row.text(6)));
    for (auto const& one : keys.items()) peer.keys.push_back({one.items().at(0).integer(), one.items().at(1).text()});
    peer.epoch = row.integer(7);
    peer.received = row.integer(8);
    peer.known_size = row.integer(9);
    peer.known_note = row.text(10);
    SANJAL_TRY(peer.late, parse_json(row.text(11)));
    peer.seen_size = row.integer(12);
    peer.seen_keys = row.integer(13);
    peer.told = row.integer(14);
    peer.last_in = row.integer(15);
    peer.last_out = row.integer(16);
    peer.next_try = row.integer(17);
    peer.failures = row.integer(18);
    peer.clock_ahead = row.integer(19);
    peer.trouble = row.text(20);
    return peer;
}

// The keys that were compared, and perhaps more after them.
bool goes_on(std::vector<KeyEntry> const& before, std::vector<KeyEntry> const& now) {
    return now.size() >= before.size() && std::equal(before.begin(), before.end(), now.begin(), [](auto const& a, auto const& b) { return a.compact == b.compact; });
}

std::string keys_text(std::vector<KeyEntry> const& keys) {
    Json list = Json::list();
    for (auto const& one : keys) list.push_back(Json::list({one.position, one.compact}));
    return write_json(list);
}

Result<std::vector<Peer>> some(store::Transaction& tx, std::string const& where, store::Args const& args) {
    std::vector<Peer> all;
    SANJAL_DO(tx.each("select " + std::string(columns) + " from network_peer" + where + " order by node", args, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto peer, from_row(row));
        all.push_back(std::move(peer));
        return {};
    }));
    return all;
}

Result<std::optional<Peer>> first(store::Transaction& tx, std::string const& where, store::Args const& args) {
    SANJAL_TRY(auto all, some(tx, where, args));
    if (all.empty()) return std::optional<Peer>();
    return std::optional(std::move(all.front()));
}

}  // namespace

Result<std::vector<Peer>> peers(store::Transaction& tx) { return some(tx, "", {}); }
Result<std::optional<Peer>> find_peer(store::Transaction& tx, std::string_view node) { return first(tx, " where node = $1", {std::string(node)}); }
Result<std::optional<Peer>> find_peer_by_unit(store::Transaction& tx, std::string_view unit) { return first(tx, " where unit = $1", {std::string(unit)}); }

Result<void> save_peer(store::Transaction& tx, Peer const& peer) {
    return tx.put("update network_peer set stopped = $2, confirmed = $3, keys = $4, epoch = $5, received = $6, known_size = $7, known_note = $8, late = $9, seen_size = $10,"
                  " seen_keys = $11, told = $12, last_in = $13, last_out = $14, next_try = $15, failures = $16, clock_ahead = $17, trouble = $18 where node = $1",
                  {peer.node, peer.stopped, std::int64_t{peer.confirmed ? 1 : 0}, keys_text(peer.keys), peer.epoch, peer.received, peer.known_size, peer.known_note, write_json(peer.late),
                   peer.seen_size, peer.seen_keys, peer.told, peer.last_in, peer.last_out, peer.next_try, peer.failures, peer.clock_ahead, peer.trouble});
}

Result<ledger::Entry> append_one(app::House& house, store::Transaction& tx, std::string const& actor, std::string verb, std::string record, std::vector<ledger::Field> fields) {
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = actor;
    submission.pack = house.packs().in_force()->reference();
    submission.entries.push_back({std::move(verb), std::move(record), std::move(fields), std::nullopt, std::nullopt});
    SANJAL_TRY(auto entries, house.commit(tx, std::move(submission)));
    return std::move(entries.front());
}

Result<Peer> introduce(app::House& house, store::Transaction& tx, std::string const& actor, Card const& card) {
    if (card.node == house.ledger().node()) return fail(Fault::Invalid, "card.own", "This is this node's own card. Give it to the others, and take theirs.");
    SANJAL_TRY(auto const known, find_peer(tx, card.node));
    if (known) {
        // Another card says new addresses; to other keys than were compared it does not lead.
        if (known->bundle != card.bundle || !goes_on(known->keys, card.keys)) {
            return fail(Fault::Conflict, "card.other_keys", "This card has other keys than the one that was compared. Meet again: take this peer out, and compare the code anew.");
        }
        SANJAL_DO(append_one(house, tx, actor, "peer.renewed", known->record, {{"card", card.text, "operational"}}));
        SANJAL_DO(tx.put("update network_peer set card = $2 where node = $1", {card.node, card.text}));
        SANJAL_TRY(auto renewed, find_peer(tx, card.node));
        return std::move(*renewed);
    }
    // From here on there is somebody to be told: what came before the first peer concerns nobody.
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    SANJAL_TRY(auto const others, tx.integer("select count(*) from network_peer"));
    if (others.value_or(0) == 0) {
        SANJAL_DO(tx.put("insert into network_self (one, addresses, followed, followed_epoch) values (1, '[]', $1, $2)"
                         " on conflict (one) do update set followed = excluded.followed, followed_epoch = excluded.followed_epoch",
                         {static_cast<std::int64_t>(frontier.size()), house.ledger().epoch()}));
    }
    SANJAL_TRY(auto const unit, app::register_unit(house, tx, {"NODE-" + card.node.substr(0, 6), card.name, "peer"}, actor));
    std::string const record = house.new_record(tx);
    SANJAL_DO(append_one(house, tx, actor, "peer.introduced", record, {{"node", card.node, "public"}, {"card", card.text, "operational"}, {"unit", unit, "operational"}}));
    SANJAL_DO(tx.put("insert into network_peer (node, record, unit, stopped, confirmed, card, keys, epoch, received, known_size, known_note, late, seen_size, seen_keys, told, last_in,"
                     " last_out, next_try, failures, clock_ahead, trouble) values ($1, $2, $3, '', 0, $4, $5, 1, 0, 0, '', '{}', 0, 0, 0, 0, 0, 0, 0, 0, '')",
                     {card.node, record, unit, card.text, keys_text(card.keys)}));
    SANJAL_TRY(auto peer, find_peer(tx, card.node));
    return std::move(*peer);
}

Result<void> confirm(app::House& house, store::Transaction& tx, std::string const& actor, std::string_view node, std::string_view code) {
    SANJAL_TRY(auto peer, find_peer(tx, node));
    if (!peer) return no_peer();
    SANJAL_TRY(auto const card, tx.text("select card from network_peer where node = $1", {peer->node}));
    SANJAL_TRY(auto const own, own_card(house, tx));
    SANJAL_TRY(auto const right, code_of(own, *card));
    std::string typed;
    for (char const c : code) typed += c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (typed != right) {
        return fail(Fault::Conflict, "peer.other_code", "These are not the words that belong to the two cards. If the other side reads out other words than stand here, one of the cards was exchanged on the way: do not go on.",
                    "/code");
    }
    if (peer->confirmed && peer->stopped.empty()) return {};
    SANJAL_DO(append_one(house, tx, actor, "peer.confirmed", peer->record, {{"confirmed", format_instant(house.clock().now()), "operational"}, {"stopped", "", "operational"}}));
    peer->confirmed = true;
    peer->stopped.clear();
    return save_peer(tx, *peer);
}

Result<void> stop_peer(app::House& house, store::Transaction& tx, std::string const& actor, std::string_view node, std::string const& why) {
    SANJAL_TRY(auto peer, find_peer(tx, node));
    if (!peer) return no_peer();
    if (!peer->stopped.empty()) return {};
    SANJAL_DO(append_one(house, tx, actor, "peer.stopped", peer->record, {{"stopped", why, "operational"}}));
    peer->stopped = why;
    return save_peer(tx, *peer);
}

Result<crypto::BoxKey> bundle_key(app::House& house) {
    // Thirty-two random bytes kept as the node's other secrets are; never used to sign.
    auto secret = house.keys().signing_key("bundle");
    if (!secret && secret.error().code == "ledger.no_key") secret = house.keys().make_signing_key("bundle");
    if (!secret) return fail(secret.error());
    return crypto::BoxKey::from_secret(secret->seed());
}

}  // namespace sanjal::sync
