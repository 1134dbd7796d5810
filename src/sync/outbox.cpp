// What leaves: new entries become messages, and messages become bundles.
#include <algorithm>

#include "crypto/age.h"
#include "sync/disclosure.h"
#include "sync/exchange.h"
#include "sync/proof.h"

namespace sanjal::sync {
namespace {

constexpr std::size_t bundle_messages_bytes = 2U << 20U;  // then the next bundle begins
constexpr std::int64_t paths_max = 32;

std::string text_in(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

// Which fields of our own entry the other side is shown, by what it says.
std::set<std::string_view> shown_of(std::string_view verb) {
    if (verb == "agreement.signed") return {"agreement", "name", "terms"};
    if (verb == "agreement.ended") return {"agreement"};
    if (verb == "disclosure.made") return {"shared", "purpose", "basis", "number", "made"};
    if (verb == "disclosure.stopped") return {"number"};
    if (verb == "disclosure.forgotten") return {"number"};
    if (verb == "referral.offered") return {"asks", "words", "basis", "until", "number", "sexes", "ages", "languages"};
    if (verb.starts_with("referral.")) return {"reason", "words", "answer"};
    if (verb.starts_with("custody.")) return {"turn"};
    return {};
}

Result<void> queue(app::House& house, store::Transaction& tx, std::string const& peer, std::string const& kind, ledger::Entry const& entry, std::string const& about) {
    std::int64_t const epoch = house.ledger().epoch();
    SANJAL_TRY(auto const last, tx.integer("select max(number) from network_outbox where peer = $1 and epoch = $2", {peer, epoch}));
    return tx.put("insert into network_outbox (peer, epoch, number, kind, about, record, position, acked, voided, queued) values ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)",
                  {peer, epoch, last.value_or(0) + 1, kind, about, entry.head.record, entry.position, milliseconds_of(house.clock().now())});
}

// Somebody's answer or wish changed: what was shown about her and may no longer be kept is called back.
Result<void> recheck(app::House& house, store::Transaction& tx, std::string const& person) {
    SANJAL_TRY(auto const disclosures, tx.texts("select disclosure from network_told where person = $1 order by disclosure", {person}));
    for (auto const& id : disclosures) {
        SANJAL_TRY(auto const state, record::load(tx, id));
        if (state.value("stopped") != nullptr) continue;
        SANJAL_TRY(auto const agreement, policy::load_agreement(tx, text_in(state, "agreement")));
        SANJAL_TRY(auto const peer, find_peer(tx, agreement.peer));
        if (!peer) continue;
        SANJAL_TRY(auto const showing, may_still_go(house, tx, state, agreement, *peer, Asked::Kept));
        if (showing.allowed) continue;
        auto const* number = state.value("number");
        SANJAL_DO(append_one(house, tx, house.operator_id(), "disclosure.stopped", id,
                             {{"stopped", format_instant(house.clock().now()), "operational"}, {"why_stopped", showing.refusal.code, "operational"}, {"number", number != nullptr ? *number : Json(0), "operational"}}));
        SANJAL_DO(tx.put("update network_outbox set voided = 1 where record = $1 and kind = 'disclosure.made' and acked = 0", {id}));
    }
    return {};
}

Result<void> follow_referral(app::House& house, store::Transaction& tx, ledger::Entry const& entry) {
    auto const& verb = entry.head.verb;
    if (entry.field("by_peer") != nullptr) return {};  // it came from there
    SANJAL_TRY(auto const state, record::load(tx, entry.head.record));
    if (auto const from = text_in(state, "peer"); !from.empty()) {
        if (verb == "referral.offered" || verb == "referral.withdrawn") return {};
        return queue(house, tx, from, verb, entry, {});
    }
    if (verb != "referral.offered" && verb != "referral.withdrawn") return {};
    SANJAL_TRY(auto const peer, find_peer_by_unit(tx, text_in(state, "to")));
    return peer ? queue(house, tx, peer->node, verb, entry, {}) : Result<void>{};
}

Result<void> follow_entry(app::House& house, store::Transaction& tx, ledger::Entry const& entry) {
    std::string_view const verb = entry.head.verb;
    auto const noun = verb.substr(0, verb.find('.'));
    if (noun == "referral") return follow_referral(house, tx, entry);
    if (noun == "person") return recheck(house, tx, entry.head.record);
    if (noun == "custody") {
        bool const ours = verb != "custody.asked" && verb != "custody.ended" && verb != "custody.linked";
        return ours && entry.field("peer") != nullptr ? queue(house, tx, std::string(entry.text("peer")), std::string(verb), entry, {}) : Result<void>{};
    }
    bool const spoken = verb == "agreement.signed" || (verb == "agreement.ended" && entry.text("ended") == "here") || verb == "disclosure.made" || verb == "disclosure.stopped" || verb == "disclosure.forgotten";
    if (noun != "consent" && !spoken && verb != "record.erased") return {};
    SANJAL_TRY(auto const state, record::load(tx, entry.head.record));
    if (noun == "consent" || state.type() == "consent") return recheck(house, tx, text_in(state, "person"));
    if (verb == "record.erased") {
        // The receipt that what came from a peer is gone.
        bool const received = state.type() == "disclosure" && state.value("theirs") != nullptr;
        return received ? queue(house, tx, text_in(state, "peer"), "disclosure.erased", entry, {}) : Result<void>{};
    }
    return queue(house, tx, text_in(state, "peer"), verb == "disclosure.forgotten" ? "disclosure.erased" : std::string(verb), entry, {});
}

// After a restore this node speaks in a new epoch: what was not acknowledged gets numbers there.
Result<void> renumber(app::House& house, store::Transaction& tx) {
    std::int64_t const epoch = house.ledger().epoch();
    struct Old {
        std::string peer, kind, about, record;
        std::int64_t epoch, number, position, voided, queued;
        static Old from(store::Row const& r) {
            return {std::string(r.text(0)), std::string(r.text(1)), std::string(r.text(2)), std::string(r.text(3)), r.integer(4), r.integer(5), r.integer(6), r.integer(7), r.integer(8)};
        }
    };
    SANJAL_TRY(auto const old, tx.rows<Old>("select peer, kind, about, record, epoch, number, position, voided, queued from network_outbox where epoch < $1 and acked = 0 order by peer, epoch, number", {epoch}));
    for (auto const& one : old) {
        SANJAL_TRY(auto const last, tx.integer("select max(number) from network_outbox where peer = $1 and epoch = $2", {one.peer, epoch}));
        SANJAL_DO(tx.put("insert into network_outbox (peer, epoch, number, kind, about, record, position, acked, voided, queued) values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)",
                         {one.peer, epoch, last.value_or(0) + 1, one.kind, one.about, one.record, one.position, one.voided, one.queued}));
        SANJAL_DO(tx.put("update network_outbox set acked = 2 where peer = $1 and epoch = $2 and number = $3", {one.peer, one.epoch, one.number}));
    }
    return {};
}

Result<Json> paths_for(app::House& house, store::Transaction& tx, Peer const& peer, std::int64_t size) {
    std::set<std::int64_t> sizes{peer.seen_size};
    SANJAL_DO(tx.each("select size from network_shown where peer = $1 order by size desc limit " + std::to_string(paths_max), {peer.node}, [&](store::Row const& row) -> Result<void> {
        sizes.insert(row.integer(0));
        return {};
    }));
    Json paths = Json::object();
    for (auto const old : sizes) {
        if (old < 1 || old >= size) continue;
        SANJAL_TRY(auto path, path_from(house, tx, old, size));
        paths.set(std::to_string(old), std::move(path));
    }
    return paths;
}

// That we saw the peer's newest checkpoint and that it continues what we saw before.
Result<Json> cosignature(app::House& house, Peer const& peer) {
    if (peer.known_note.empty()) return Json();
    SANJAL_TRY(auto const note, crypto::parse_note(peer.known_note));
    SANJAL_TRY(auto const key, house.keys().signing_key("cosign"));
    auto signature = crypto::cosign(note.text, house.ledger().node(), key, milliseconds_of(house.clock().now()) / 1000);
    return crypto::write_note({note.text, {std::move(signature)}});
}

Result<Json> head_for(app::House& house, store::Transaction& tx, Peer const& peer, std::string const& note, std::int64_t size) {
    Json also = Json::list();
    SANJAL_DO(tx.each("select number from network_inbox where peer = $1 and epoch = $2 order by number limit 1000", {peer.node, peer.epoch}, [&](store::Row const& row) -> Result<void> {
        also.push_back(row.integer(0));
        return {};
    }));
    Json late = Json::list();
    for (auto const& [old, text] : peer.late.members()) late.push_back(old);
    SANJAL_TRY(auto const keys, own_keys(house, tx));
    Json fresh = Json::list();
    for (std::size_t i = static_cast<std::size_t>(std::max<std::int64_t>(0, peer.seen_keys)); i < keys.size(); ++i) fresh.push_back(Json::list({keys[i].position, keys[i].compact}));
    SANJAL_TRY(auto paths, paths_for(house, tx, peer, size));
    SANJAL_TRY(auto cosigned, cosignature(house, peer));
    Json head = Json::object({{"from", house.ledger().node()}, {"to", peer.node}, {"made", format_instant(house.clock().now())}, {"epoch", house.ledger().epoch()}, {"note", note}});
    head.set("paths", std::move(paths)).set("keys", std::move(fresh)).set("late", std::move(late));
    head.set("have", Json::object({{"epoch", peer.epoch}, {"upto", peer.received}, {"also", std::move(also)}}));
    head.set("seen", Json::object({{"epoch", peer.epoch}, {"size", peer.known_size}, {"keys", static_cast<std::int64_t>(peer.keys.size())}}));
    if (!cosigned.is_null()) head.set("cosigned", std::move(cosigned));
    return head;
}

// A device's entry is signed by a key that the other side must be shown the introduction of.
Result<void> add_signer(app::House& house, store::Transaction& tx, std::int64_t position, std::int64_t size, std::set<std::int64_t>& known, Json& keys) {
    SANJAL_TRY(auto const entry, house.ledger().read(tx, position));
    if (entry.signer == house.ledger().node()) return {};
    SANJAL_TRY(auto const introduced, tx.integer("select introduced from ledger_signer where kid = $1", {entry.key}));
    if (!introduced || *introduced >= size || !known.insert(*introduced).second) return {};
    // Which key, and that it is a device's; not whose.
    SANJAL_TRY(auto sent, entry_with_path(house, tx, *introduced, size, [](std::string_view name, std::string_view) { return name == "use"; }));
    keys.push_back(std::move(sent));
    return {};
}

int minute_of_day(app::House& house) {
    auto const now = house.clock().now();
    auto const pack = house.packs().in_force();
    auto const local = now + std::chrono::minutes(pack->offset_minutes(now));
    return static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(local - std::chrono::floor<std::chrono::days>(local)).count());
}

Result<Made> make_disclosure(app::House& house, store::Transaction& tx, Peer const& peer, Row const& row, std::int64_t size, Json message) {
    SANJAL_TRY(auto const state, record::load(tx, row.record));
    if (state.value("stopped") != nullptr) return Made{Made::How::Void, {}};
    SANJAL_TRY(auto const agreement, policy::load_agreement(tx, text_in(state, "agreement")));
    SANJAL_TRY(auto const showing, may_still_go(house, tx, state, agreement, peer, Asked::Sent));
    if (!showing.allowed) {
        auto const* number = state.value("number");
        SANJAL_DO(append_one(house, tx, house.operator_id(), "disclosure.stopped", row.record,
                             {{"stopped", format_instant(house.clock().now()), "operational"}, {"why_stopped", showing.refusal.code, "operational"}, {"number", number != nullptr ? *number : Json(0), "operational"}}));
        return Made{Made::How::Void, {}};
    }
    if (!policy::is_within_hours(agreement.terms, minute_of_day(house))) return Made{Made::How::Later, {}};
    SANJAL_TRY(auto const chosen, chosen_of(state));
    Json content = Json::list();
    Json keys = Json::list();
    std::set<std::int64_t> known;
    for (auto const& one : chosen) {
        if (one.position >= size) return Made{Made::How::Later, {}};
        SANJAL_DO(add_signer(house, tx, one.position, size, known, keys));
        SANJAL_TRY(auto sent, entry_with_path(house, tx, one.position, size, [&](std::string_view name, std::string_view sensitivity) {
            return one.fields.count(std::string(name)) > 0 && policy::may_go(agreement.terms, one.type, name.substr(0, name.find('/')), sensitivity);
        }));
        content.push_back(std::move(sent));
    }
    message.set("content", std::move(content)).set("keys", std::move(keys));
    return Made{Made::How::Sent, std::move(message)};
}

}  // namespace

Result<std::optional<std::string>> ours_of(store::Transaction& tx, std::string const& peer, std::string_view theirs, std::string_view kind) {
    return tx.text("select ours from network_link where peer = $1 and theirs = $2 and kind = $3", {peer, std::string(theirs), std::string(kind)});
}

Result<std::optional<std::string>> theirs_of(store::Transaction& tx, std::string const& peer, std::string_view ours, std::string_view kind) {
    return tx.text("select theirs from network_link where peer = $1 and ours = $2 and kind = $3", {peer, std::string(ours), std::string(kind)});
}

Result<void> link(store::Transaction& tx, std::string const& peer, std::string_view theirs, std::string_view ours, std::string_view kind) {
    return tx.put("insert into network_link (peer, theirs, ours, kind) values ($1, $2, $3, $4) on conflict (peer, theirs, kind) do nothing", {peer, std::string(theirs), std::string(ours), std::string(kind)});
}

Result<void> follow(app::House& house, store::Transaction& tx) {
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    SANJAL_TRY(auto followed, tx.integer("select followed from network_self where one = 1"));
    SANJAL_TRY(auto const known, tx.integer("select count(*) from network_peer"));
    std::int64_t const epoch = house.ledger().epoch();
    if (!followed || known.value_or(0) == 0) return {};  // nobody is there yet to whom anything could be told
    SANJAL_TRY(auto const before, tx.integer("select followed_epoch from network_self where one = 1"));
    if (before.value_or(epoch) < epoch) SANJAL_DO(renumber(house, tx));
    std::int64_t next = std::min(*followed, static_cast<std::int64_t>(frontier.size()));
    std::vector<ledger::Entry> fresh;
    SANJAL_DO(house.ledger().each(tx, next, [&](ledger::Entry&& entry) -> Result<void> {
        next = entry.position + 1;
        fresh.push_back(std::move(entry));
        return {};
    }));
    for (auto const& entry : fresh) SANJAL_DO(follow_entry(house, tx, entry));
    return tx.put("update network_self set followed = $1, followed_epoch = $2 where one = 1", {next, epoch});
}

Result<Made> make_message(app::House& house, store::Transaction& tx, Peer const& peer, Row const& row, std::int64_t size) {
    if (row.voided) return Made{Made::How::Void, {}};
    if (row.position >= size) return Made{Made::How::Later, {}};
    std::string const noun = row.kind.substr(0, row.kind.find('.'));
    SANJAL_TRY(auto const entry, house.ledger().read(tx, row.position));
    auto const shown = shown_of(entry.head.verb);
    SANJAL_TRY(auto main, entry_with_path(house, tx, row.position, size, [&](std::string_view name, std::string_view) { return shown.count(name) > 0; }));
    Json message = Json::object({{"n", row.number}, {"do", row.kind}, {"entry", std::move(main)}});
    SANJAL_TRY(auto const theirs, theirs_of(tx, peer.node, row.record, noun));
    if (theirs) message.set("yours", *theirs);
    if (row.kind != "disclosure.made") return Made{Made::How::Sent, std::move(message)};
    return make_disclosure(house, tx, peer, row, size, std::move(message));
}

Result<bool> has_something_to_say(store::Transaction& tx, Peer const& peer) {
    if (peer.told < peer.received || peer.seen_size == 0) return true;
    SANJAL_TRY(auto const waiting, tx.integer("select count(*) from network_outbox where peer = $1 and acked = 0", {peer.node}));
    return waiting.value_or(0) > 0;
}

Result<Outgoing> compose(app::House& house, store::Transaction& tx, std::string const& node, std::int64_t from) {
    SANJAL_TRY(auto peer, find_peer(tx, node));
    if (!peer) return fail(Fault::NotFound, "peer.none", "This node knows no peer of that name. Exchange cards first.");
    if (!peer->confirmed) return fail(Fault::Conflict, "peer.not_confirmed", "The words of the two cards have not been compared yet. Read them to each other first.");
    if (!peer->stopped.empty()) return fail(Fault::Conflict, "peer.stopped", "The exchange with this node is stopped.", peer->stopped);
    SANJAL_DO(follow(house, tx));
    SANJAL_TRY(auto const note, house.ledger().checkpoint(tx));
    SANJAL_TRY(auto const parsed, crypto::parse_note(note));
    SANJAL_TRY(auto const checkpoint, crypto::parse_checkpoint(parsed.text));
    auto const size = static_cast<std::int64_t>(checkpoint.size);
    std::vector<Row> rows;
    SANJAL_DO(tx.each("select number, kind, about, record, position, voided from network_outbox where peer = $1 and epoch = $2 and acked = 0 and number >= $3 order by number limit 1001",
                      {node, house.ledger().epoch(), from}, [&](store::Row const& row) -> Result<void> {
                          rows.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)), row.integer(4), row.integer(5) != 0});
                          return {};
                      }));
    Outgoing out;
    std::vector<Json> messages;
    std::size_t bytes = 0;
    for (auto const& row : rows) {
        SANJAL_TRY(auto made, make_message(house, tx, *peer, row, size));
        if (made.how == Made::How::Later) continue;
        if (made.how == Made::How::Sent && write_json(made.message).size() > message_bytes_max) {
            SANJAL_DO(set_aside(house, tx, node, "message.too_large", row.number));
            made.how = Made::How::Void;
        }
        if (made.how == Made::How::Void) {
            made.message = Json::object({{"n", row.number}, {"do", "void"}});
            if (!row.voided) SANJAL_DO(tx.put("update network_outbox set voided = 1 where peer = $1 and epoch = $2 and number = $3", {node, house.ledger().epoch(), row.number}));
        }
        bytes += write_json(made.message).size();
        if (messages.size() == 1000 || (!messages.empty() && bytes > bundle_messages_bytes)) {
            out.more = true;
            out.next = row.number;
            break;
        }
        messages.push_back(std::move(made.message));
    }
    SANJAL_TRY(auto head, head_for(house, tx, *peer, note, size));
    SANJAL_DO(tx.put("insert into network_shown (peer, size) values ($1, $2) on conflict (peer, size) do nothing", {node, size}));
    SANJAL_DO(tx.put("delete from network_shown where peer = $1 and size < $2 and size not in (select size from network_shown where peer = $1 order by size desc limit 32)", {node, peer->seen_size}));
    SANJAL_TRY(auto const transport, house.keys().signing_key("transport"));
    SANJAL_TRY(auto const to, crypto::parse_age_recipient(peer->bundle));
    out.messages = static_cast<std::int64_t>(messages.size());
    out.bundle = write_bundle(transport, to, std::move(head), messages, house.random());
    peer->last_out = milliseconds_of(house.clock().now());
    SANJAL_DO(save_peer(tx, *peer));
    return out;
}

}  // namespace sanjal::sync
