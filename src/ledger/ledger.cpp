#include "ledger/ledger.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <unordered_map>

#include "base/id.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/seal.h"
#include "crypto/sd_jwt.h"

namespace sanjal::ledger {
namespace {

constexpr unsigned tile_height = 8;

std::string joined(std::vector<std::string> const& encoded) {
    std::string all;
    for (auto const& one : encoded) {
        all += one;
        all += '~';
    }
    return all;
}

std::vector<std::string> split(std::string_view all) {
    std::vector<std::string> parts;
    while (!all.empty()) {
        auto const end = all.find('~');
        if (end == std::string_view::npos) break;
        parts.emplace_back(all.substr(0, end));
        all.remove_prefix(end + 1);
    }
    return parts;
}

// What a group of the writer knows of the records that it writes about.  Their rows are changed under the lock of the head
// row alone, and by nobody but this file and erase.cpp.
struct Known {
    std::unordered_map<std::string, std::vector<std::string>> tips;              // by record; sorted
    std::unordered_map<std::string, std::map<std::string, std::int64_t>> slots;  // by record and class
};

constexpr std::size_t known_max = 4096;  // records; an import's group stays small all the same

Known* known(store::Transaction& tx) {
    auto* const memory = tx.memory();
    if (memory == nullptr) return nullptr;
    auto& all = memory->of<Known>();
    if (all.tips.size() > known_max || all.slots.size() > known_max) all = {};
    return &all;
}

}  // namespace

void Ledger::begins(store::Transaction& tx, std::string const& record) {
    if (auto* const all = known(tx)) {
        all->tips[record] = {};
        all->slots[record] = {};
    }
}

std::string sealing_context(std::string_view entry_id, std::string_view sensitivity) {
    return "sanjal/disclosure/" + std::string(entry_id) + "/" + std::string(sensitivity);
}

Ledger::Ledger(LedgerParts parts) : parts_(parts) {}

std::string Ledger::origin() const { return node_ + "/" + std::to_string(epoch_); }

// --- first day and opening -------------------------------------------------------------------------------------------

Result<void> Ledger::found(std::vector<Field> node_fields, std::string const& pack) {
    SANJAL_TRY(auto entry_key, parts_.keys.make_signing_key("entry"));
    SANJAL_TRY(auto checkpoint_key, parts_.keys.make_signing_key("checkpoint"));
    SANJAL_TRY(auto cosign_key, parts_.keys.make_signing_key("cosign"));
    SANJAL_TRY(auto transport_key, parts_.keys.make_signing_key("transport"));
    node_ = crypto::thumbprint(entry_key.public_key());
    entry_kid_ = node_;
    epoch_ = 1;
    SANJAL_DO(parts_.store.change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.put("insert into ledger_head (one, node, epoch, size, frontier, sequence, slots, note) values (1, $1, 1, 0, $2, 0, 0, '')",
                         {node_, store::Blob{crypto::Frontier().serialise()}}));
        return tx.put("insert into ledger_signer (kid, issuer, use, key, actor, introduced, retired) values ($1, $2, 'entry', $3, '', 0, null)",
                      {node_, node_, store::Blob{Bytes(entry_key.public_key().bytes())}});
    }));

    Submission first;
    first.id = new_uuid(parts_.clock.now(), parts_.random);
    first.actor = new_uuid(parts_.clock.now(), parts_.random);
    first.pack = pack;
    std::string const node_record = new_uuid(parts_.clock.now(), parts_.random);
    struct Introduced {
        char const* use;
        crypto::PublicKey key;
    };
    for (auto const& [use, key] : {Introduced{"entry", entry_key.public_key()}, Introduced{"checkpoint", checkpoint_key.public_key()},
                                   Introduced{"cosign", cosign_key.public_key()}, Introduced{"transport", transport_key.public_key()}}) {
        NewEntry entry;
        entry.verb = "key.introduced";
        entry.record = node_record;
        entry.fields = {{"use", use, "operational"}};
        entry.jwk = crypto::to_jwk(key);
        first.entries.push_back(std::move(entry));
    }
    NewEntry opened;
    opened.verb = "node.opened";
    opened.record = node_record;
    opened.fields = std::move(node_fields);
    first.entries.push_back(std::move(opened));

    entry_key_ = std::move(entry_key);
    checkpoint_key_ = std::move(checkpoint_key);
    return write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(append(tx, first));
        return {};
    });
}

Result<void> Ledger::open_keys(std::int64_t& size, crypto::Frontier& frontier) {
    SANJAL_DO(parts_.store.read([&](store::Transaction& tx) {
        return tx.each("select node, epoch, size, frontier from ledger_head where one = 1", {}, [&](store::Row const& row) -> Result<void> {
            node_ = row.text(0);
            epoch_ = row.integer(1);
            size = row.integer(2);
            SANJAL_TRY(frontier, crypto::Frontier::parse(row.bytes(3)));
            return {};
        });
    }));
    if (node_.empty()) return fail(Fault::Corrupt, "ledger.none", "There is no ledger in this database. Create one with `sanjal init`, or restore a backup.");
    SANJAL_TRY(auto entry_key, parts_.keys.signing_key("entry"));
    SANJAL_TRY(auto checkpoint_key, parts_.keys.signing_key("checkpoint"));
    // A crash may have come between the entry that retired a key and the change in keys.db.
    for (auto& [name, key] : {std::pair<char const*, crypto::SigningKey&>("entry", entry_key), std::pair<char const*, crypto::SigningKey&>("checkpoint", checkpoint_key)}) {
        bool retired = false;
        std::string const kid = crypto::thumbprint(key.public_key());
        SANJAL_DO(parts_.store.read([&](store::Transaction& tx) {
            return tx.each("select 1 from ledger_signer where kid = $1 and retired is not null", {kid}, [&](store::Row const&) -> Result<void> {
                retired = true;
                return {};
            });
        }));
        if (!retired) continue;
        SANJAL_DO(parts_.keys.promote_signing_key(name));
        SANJAL_TRY(key, parts_.keys.signing_key(name));
    }
    entry_key_ = std::move(entry_key);
    checkpoint_key_ = std::move(checkpoint_key);
    entry_kid_ = crypto::thumbprint(entry_key_->public_key());
    bool ours = false;
    SANJAL_DO(parts_.store.read([&](store::Transaction& tx) {
        return tx.each("select 1 from ledger_signer where kid = $1 and issuer = $2 and use = 'entry' and retired is null", {entry_kid_, node_},
                       [&](store::Row const&) -> Result<void> {
                           ours = true;
                           return {};
                       });
    }));
    if (!ours) {
        return fail(Fault::Conflict, "ledger.foreign", "This database belongs to another node: keys.db does not hold its keys. Put the matching keys.db beside it.");
    }
    return {};
}

Result<void> Ledger::rotate_keys(std::string const& actor, std::string const& pack) {
    SANJAL_TRY(auto entry_key, parts_.keys.make_next_signing_key("entry"));
    SANJAL_TRY(auto checkpoint_key, parts_.keys.make_next_signing_key("checkpoint"));
    Submission submission;
    submission.id = new_uuid(parts_.clock.now(), parts_.random);
    submission.actor = actor;
    submission.pack = pack;
    std::string const record = new_uuid(parts_.clock.now(), parts_.random);
    for (auto const& [use, fresh, old] : {std::tuple("entry", &entry_key, &*entry_key_), std::tuple("checkpoint", &checkpoint_key, &*checkpoint_key_)}) {
        submission.entries.push_back({"key.introduced", record, {{"use", use, "operational"}}, std::nullopt, crypto::to_jwk(fresh->public_key())});
        submission.entries.push_back({"key.retired", record, {{"kid", crypto::thumbprint(old->public_key()), "operational"}}, std::nullopt, std::nullopt});
    }
    // The old entry key retires with the last entry that it signs, so its retirement comes last.
    std::rotate(submission.entries.begin() + 1, submission.entries.begin() + 2, submission.entries.end());
    bool swapped = false;
    auto const rotated = write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(append(tx, submission));
        std::swap(*checkpoint_key_, checkpoint_key);
        swapped = true;  // the group that retires the old key is closed by the new one
        return {};
    });
    if (!rotated) {
        if (swapped) std::swap(*checkpoint_key_, checkpoint_key);
        return rotated;
    }
    entry_key_ = std::move(entry_key);
    entry_kid_ = crypto::thumbprint(entry_key_->public_key());
    SANJAL_DO(parts_.keys.promote_signing_key("entry"));
    return parts_.keys.promote_signing_key("checkpoint");
}

Result<void> Ledger::check_head(std::int64_t size, crypto::Frontier const& frontier) {
    SANJAL_TRY(std::string const remembered, parts_.head.read());
    if (remembered.empty()) {
        return fail(Fault::Corrupt, "ledger.no_head", "The head file is missing or damaged. If this directory was copied on purpose, use `sanjal restore`.", "head");
    }
    SANJAL_TRY(auto const parsed, crypto::parse_note(remembered));
    SANJAL_TRY(auto const checkpoint, crypto::parse_checkpoint(parsed.text));
    // The head file may still hold a note of the key that was retired in the last group before a crash.
    bool signed_by_us = static_cast<bool>(crypto::verify_note(parsed, origin(), checkpoint_key_->public_key()));
    if (!signed_by_us) {
        SANJAL_DO(parts_.store.read([&](store::Transaction& tx) {
            return tx.each("select key from ledger_signer where issuer = $1 and use = 'checkpoint'", {node_}, [&](store::Row const& row) -> Result<void> {
                SANJAL_TRY(auto const key, crypto::PublicKey::from_bytes(row.bytes(0)));
                signed_by_us = signed_by_us || static_cast<bool>(crypto::verify_note(parsed, origin(), key));
                return {};
            });
        }));
    }
    if (!signed_by_us) {
        return fail(Fault::Conflict, "ledger.foreign_head", "The head file was signed by another node or another epoch.", "head");
    }
    auto const head_size = static_cast<std::int64_t>(checkpoint.size);
    if (head_size > size) {
        return fail(Fault::Conflict, "ledger.behind_head",
                    "The database has " + std::to_string(size) + " entries, but this node had already signed for " + std::to_string(head_size) +
                        ". Entries are missing: an older copy was put in place. Use the newest copy, or `sanjal restore` to begin a new epoch.",
                    "ledger.db");
    }
    if (head_size == size) {
        if (frontier.root() != checkpoint.root) return fail(Fault::Conflict, "ledger.other_history", "The database holds another history than this node signed for.", "ledger.db");
    } else if (head_size > 0) {
        // A crash came between the commit and the head file: what it remembers must be a prefix of what is there.
        Bytes root_now = frontier.root();
        SANJAL_DO(parts_.store.read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const path, consistency_path(tx, head_size, size));
            if (!crypto::verify_consistency(checkpoint.size, static_cast<std::uint64_t>(size), checkpoint.root, root_now, path)) {
                return fail(Fault::Conflict, "ledger.other_history", "The database holds another history than this node signed for.", "ledger.db");
            }
            return {};
        }));
    }
    return {};
}

Result<void> Ledger::open() {
    std::int64_t size = 0;
    crypto::Frontier frontier;
    SANJAL_DO(open_keys(size, frontier));
    SANJAL_DO(check_head(size, frontier));
    return destroy_erased();
}

Result<void> Ledger::open_restored() {
    std::int64_t size = 0;
    crypto::Frontier frontier;
    SANJAL_DO(open_keys(size, frontier));
    std::string const old_origin = origin();
    SANJAL_DO(write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const note, checkpoint(tx));
        ++epoch_;
        SANJAL_DO(tx.run("update ledger_head set epoch = $1 where one = 1", {epoch_}));
        Submission submission;
        submission.id = new_uuid(parts_.clock.now(), parts_.random);
        submission.actor = submission.id;
        NewEntry entry;
        entry.verb = "epoch.begun";
        entry.record = new_uuid(parts_.clock.now(), parts_.random);
        entry.fields = {{"epoch", epoch_, "public"}, {"restored", note, "public"}, {"size", size, "public"}};
        submission.entries.push_back(std::move(entry));
        SANJAL_DO(append(tx, submission));
        return {};
    }));
    return destroy_erased();
}

// --- writing ---------------------------------------------------------------------------------------------------------

Ledger::Work Ledger::guarded(Work work) {
    return [this, work = std::move(work)](store::Transaction& tx) -> Result<void> {
        State const before = state_;
        auto result = work(tx);
        if (!result) state_ = before;  // the writer rolls the rows back, this the counters
        return result;
    };
}

void Ledger::submit(Work work, store::Writer::Done done, store::Priority priority) {
    parts_.writer.submit(guarded(std::move(work)), std::move(done), priority);
}

Result<void> Ledger::write(Work work, store::Priority priority) { return parts_.writer.write(guarded(std::move(work)), priority); }

Result<void> Ledger::begin(store::Transaction& tx) {
    // `update` takes the row lock on PostgreSQL and the write lock on SQLite alike.
    SANJAL_DO(tx.put("update ledger_head set one = 1 where one = 1", {}));
    bool found = false;
    SANJAL_DO(tx.each("select frontier, sequence, slots from ledger_head where one = 1", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(state_.frontier, crypto::Frontier::parse(row.bytes(0)));
        state_.sequence = row.integer(1);
        state_.slots = row.integer(2);
        found = true;
        return {};
    }));
    size_at_begin_ = static_cast<std::int64_t>(state_.frontier.size());
    pending_note_.clear();
    return {};
}

Result<void> Ledger::before_commit(store::Transaction& tx) {
    auto const size = static_cast<std::int64_t>(state_.frontier.size());
    if (size == size_at_begin_) return {};
    for (unsigned level = tile_height; (size >> level) > 0; level += tile_height) {
        for (std::int64_t index = size_at_begin_ >> level; index < (size >> level); ++index) {
            SANJAL_TRY(Bytes const hash, node_hash(tx, level, index));
            SANJAL_DO(tx.put("insert into ledger_tile (level, idx, hash) values ($1, $2, $3)", {static_cast<std::int64_t>(level), index, store::Blob{hash}}));
        }
    }
    SANJAL_CHECK(checkpoint_key_.has_value());
    crypto::Checkpoint const checkpoint{origin(), state_.frontier.size(), state_.frontier.root(), {}};
    pending_note_ = crypto::sign_note(crypto::write_checkpoint(checkpoint), origin(), *checkpoint_key_);
    return tx.put("update ledger_head set size = $1, frontier = $2, sequence = $3, slots = $4, note = $5 where one = 1",
                  {size, store::Blob{state_.frontier.serialise()}, state_.sequence, state_.slots, pending_note_});
}

Result<void> Ledger::committed() {
    if (pending_note_.empty()) return {};
    SANJAL_DO(parts_.head.write(pending_note_));
    if (on_growth) on_growth(static_cast<std::int64_t>(state_.frontier.size()));
    return {};
}

void Ledger::abandoned() {
    pending_note_.clear();
    log::write(log::Level::Warning, "ledger.group_abandoned");
}

Result<std::int64_t> Ledger::slot_for(store::Transaction& tx, std::string const& record, std::string const& sensitivity) {
    auto* const all = known(tx);
    SANJAL_CHECK(all != nullptr);
    auto found = all->slots.find(record);
    if (found == all->slots.end()) {
        std::map<std::string, std::int64_t> slots;
        SANJAL_DO(tx.each("select class, slot from ledger_key where record = $1", {record}, [&](store::Row const& row) -> Result<void> {
            slots.emplace(row.text(0), row.integer(1));
            return {};
        }));
        found = all->slots.emplace(record, std::move(slots)).first;
    }
    if (auto const it = found->second.find(sensitivity); it != found->second.end()) return it->second;
    std::int64_t const slot = ++state_.slots;
    SANJAL_DO(parts_.keys.fill_slots(slot));
    SANJAL_DO(tx.put("insert into ledger_key (record, class, slot) values ($1, $2, $3)", {record, sensitivity, slot}));
    found->second.emplace(sensitivity, slot);
    return slot;
}

Result<void> Ledger::retire_slot(store::Transaction& tx, std::string const& record, std::string const& sensitivity) {
    if (auto* const all = known(tx)) all->slots.erase(record);
    return tx.put("delete from ledger_key where record = $1 and class = $2", {record, sensitivity});
}

Result<Entry> Ledger::put(store::Transaction& tx, std::string const& signed_part, std::string const& id, std::string const& issuer,
                          std::string const& kid, std::int64_t iat, Head head, std::vector<Field> fields,
                          std::vector<std::string> const& encoded, std::string const& head_encoded) {
    Entry entry;
    entry.position = static_cast<std::int64_t>(state_.frontier.size());
    entry.id = id;
    entry.signer = issuer;
    entry.key = kid;
    entry.signed_at = iat;
    entry.received = parts_.clock.now();
    entry.head = std::move(head);
    entry.fields = std::move(fields);

    SANJAL_DO(tx.put("insert into ledger_entry (position, id, submission, record, received, signed) values ($1, $2, $3, $4, $5, $6)",
                     {entry.position, entry.id, entry.head.submission, entry.head.record, milliseconds_of(entry.received), store::Blob{signed_part}}));
    std::vector<std::pair<std::string, std::vector<std::string>>> by_class{{std::string(head_class), {head_encoded}}};
    for (std::size_t i = 0; i < entry.fields.size(); ++i) {
        auto const& sensitivity = entry.fields[i].sensitivity;
        SANJAL_CHECK(!sensitivity.empty());
        auto found = std::find_if(by_class.begin(), by_class.end(), [&](auto const& one) { return one.first == sensitivity; });
        if (found == by_class.end()) found = by_class.insert(by_class.end(), {sensitivity, {}});
        found->second.push_back(encoded[i]);
    }
    for (auto const& [sensitivity, disclosures] : by_class) {
        SANJAL_TRY(auto const slot, slot_for(tx, entry.head.record, sensitivity));
        SANJAL_TRY(auto const key, parts_.keys.slot(slot));
        SANJAL_DO(tx.put("insert into ledger_disclosure (position, class, slot, sealed) values ($1, $2, $3, $4)",
                         {entry.position, sensitivity, slot,
                          store::Blob{crypto::seal(*key, joined(disclosures), sealing_context(entry.id, sensitivity), parts_.random)}}));
    }
    for (auto const& seen : entry.head.after) {
        SANJAL_DO(tx.put("delete from ledger_tip where record = $1 and entry = $2", {entry.head.record, seen}));
    }
    SANJAL_DO(tx.put("insert into ledger_tip (record, entry) values ($1, $2)", {entry.head.record, entry.id}));
    if (auto* const all = known(tx)) {
        if (auto const it = all->tips.find(entry.head.record); it != all->tips.end()) {
            std::erase_if(it->second, [&](std::string const& one) { return std::find(entry.head.after.begin(), entry.head.after.end(), one) != entry.head.after.end(); });
            it->second.insert(std::lower_bound(it->second.begin(), it->second.end(), entry.id), entry.id);
        }
    }
    state_.frontier.append(crypto::leaf_hash(signed_part));
    // As it will be read back: what is folded now must be folded alike on rebuild.
    std::sort(entry.fields.begin(), entry.fields.end(), [](auto const& x, auto const& y) { return x.name < y.name; });
    return entry;
}

Result<std::vector<Entry>> Ledger::append(store::Transaction& tx, Submission const& submission) {
    SANJAL_CHECK(entry_key_.has_value());
    SANJAL_CHECK(!submission.entries.empty());
    std::vector<Entry> appended;
    for (auto const& wanted : submission.entries) {
        Head head;
        head.verb = wanted.verb;
        head.record = wanted.record;
        head.actor = submission.actor;
        if (wanted.after) {
            head.after = *wanted.after;
        } else {
            SANJAL_TRY(head.after, tips(tx, wanted.record));
        }
        head.pack = submission.pack;
        head.submission = submission.id;
        head.of = static_cast<std::int64_t>(submission.entries.size());
        head.sequence = ++state_.sequence;

        std::vector<std::pair<std::string, Json>> statements;
        statements.reserve(wanted.fields.size() + 1);
        statements.emplace_back("head", to_json(head));
        for (auto const& field : wanted.fields) statements.emplace_back(field.name, field.value);
        crypto::Claims const claims{node_, milliseconds_of(parts_.clock.now()) / 1000, entry_kid_, wanted.jwk};
        SANJAL_TRY(crypto::Issued const issued, crypto::issue(claims, statements, *entry_key_, parts_.random));
        SANJAL_CHECK(issued.disclosures.size() == statements.size());

        std::vector<std::string> encoded;
        for (std::size_t i = 1; i < issued.disclosures.size(); ++i) encoded.push_back(issued.disclosures[i].encoded);
        std::int64_t const position = static_cast<std::int64_t>(state_.frontier.size());
        if (wanted.jwk && wanted.verb == "key.introduced" && position > 0) {
            SANJAL_TRY(auto const key, crypto::from_jwk(*wanted.jwk));
            Json const* use = nullptr;
            Json const* actor = nullptr;
            for (auto const& field : wanted.fields) {
                if (field.name == "use") use = &field.value;
                if (field.name == "actor") actor = &field.value;
            }
            SANJAL_CHECK(use != nullptr && use->is_text());
            std::string const kid = crypto::thumbprint(key);
            SANJAL_DO(tx.put("insert into ledger_signer (kid, issuer, use, key, actor, introduced, retired) values ($1, $2, $3, $4, $5, $6, null)",
                             {kid, use->text() == "device" ? kid : node_, use->text(), store::Blob{Bytes(key.bytes())},
                              actor != nullptr && actor->is_text() ? actor->text() : std::string(), position}));
        }
        if (wanted.verb == "key.retired") {
            for (auto const& field : wanted.fields) {
                if (field.name != "kid" || !field.value.is_text()) continue;
                SANJAL_DO(tx.run("update ledger_signer set retired = $1 where kid = $2 and retired is null", {position, field.value.text()}));
            }
        }
        SANJAL_TRY(auto entry, put(tx, issued.signed_part, issued.id, node_, entry_kid_, claims.iat, std::move(head), wanted.fields, encoded,
                                   issued.disclosures[0].encoded));
        appended.push_back(std::move(entry));
    }
    return appended;
}

Result<DeviceEntry> Ledger::inspect(store::Transaction& tx, std::string_view compact, std::string const& actor) {
    SANJAL_TRY(auto parsed, crypto::parse(compact));
    std::optional<Bytes> key;
    SANJAL_DO(tx.each("select key, actor from ledger_signer where kid = $1 and issuer = $2 and use = 'device' and retired is null",
                      {parsed.claims.kid, parsed.claims.iss}, [&](store::Row const& row) -> Result<void> {
                          if (row.text(1) == actor) key = Bytes(row.bytes(0));
                          return {};
                      }));
    if (!key) return fail(Fault::Forbidden, "entry.unknown_key", "This entry was signed by a device that this node has not been introduced to. Introduce the device first; the entry is kept there.");
    SANJAL_TRY(auto const public_key, crypto::PublicKey::from_bytes(*key));
    if (!crypto::verify(parsed, public_key)) return fail(Fault::Invalid, "entry.signature", "The signature of this entry is not right: it was changed after it was signed.");
    if (parsed.claims.jwk) return fail(Fault::Forbidden, "entry.key_by_device", "A device cannot introduce keys.");

    DeviceEntry arrived;
    arrived.entry.position = -1;
    arrived.entry.id = parsed.id;
    arrived.entry.signer = parsed.claims.iss;
    arrived.entry.key = parsed.claims.kid;
    arrived.entry.signed_at = parsed.claims.iat;
    for (auto& disclosure : parsed.disclosures) {
        if (disclosure.name == "head") {
            SANJAL_TRY(arrived.entry.head, head_from_json(disclosure.value));
            arrived.head_encoded = disclosure.encoded;
        } else {
            arrived.entry.fields.push_back({disclosure.name, std::move(disclosure.value), {}});
            arrived.encoded.push_back(disclosure.encoded);
        }
    }
    if (arrived.head_encoded.empty()) return fail(Fault::Invalid, "entry.no_head", "This entry says nothing of itself: its head is not shown.");
    if (arrived.entry.head.actor != actor) return fail(Fault::Forbidden, "entry.other_actor", "This entry was written by somebody else than the one who sends it.");
    arrived.signed_part = std::move(parsed.signed_part);
    return arrived;
}

Result<std::vector<Entry>> Ledger::accept(store::Transaction& tx, std::vector<DeviceEntry> entries) {
    std::vector<Entry> accepted;
    for (auto& one : entries) {
        auto const& head = one.entry.head;
        SANJAL_CHECK(head.submission == entries.front().entry.head.submission && head.of == static_cast<std::int64_t>(entries.size()));
        SANJAL_TRY(auto entry, put(tx, one.signed_part, one.entry.id, one.entry.signer, one.entry.key, one.entry.signed_at, head, one.entry.fields,
                                   one.encoded, one.head_encoded));
        accepted.push_back(std::move(entry));
    }
    return accepted;
}

Result<std::string> Ledger::sign_manifest(Json const& payload) {
    SANJAL_CHECK(entry_key_.has_value());
    return crypto::sign_jws("manifest+jwt", entry_kid_, payload, *entry_key_);
}

Result<std::string> Ledger::sign_receipt(Json const& payload) {
    SANJAL_CHECK(entry_key_.has_value());
    return crypto::sign_jws("receipt+jwt", entry_kid_, payload, *entry_key_);
}

// --- reading ---------------------------------------------------------------------------------------------------------

namespace {

// Opens the sealed disclosures of one entry; those whose key is destroyed are simply not there.
Result<void> open_disclosures(store::Transaction& tx, Keys& keys, std::int64_t position, std::string const& id,
                              std::function<Result<void>(std::string const& sensitivity, std::string const& encoded)> const& visit) {
    struct Sealed {
        std::string sensitivity;
        std::int64_t slot;
        Bytes bytes;
    };
    std::vector<Sealed> all;
    SANJAL_DO(tx.each("select class, slot, sealed from ledger_disclosure where position = $1 order by class", {position},
                      [&](store::Row const& row) -> Result<void> {
                          all.push_back({std::string(row.text(0)), row.integer(1), Bytes(row.bytes(2))});
                          return {};
                      }));
    for (auto const& one : all) {
        auto key = keys.slot(one.slot);
        if (!key && key.error().code == "ledger.erased") continue;
        if (!key) return fail(std::move(key).error());
        auto plain = crypto::open(**key, one.bytes, sealing_context(id, one.sensitivity));
        if (!plain) return fail(Fault::Corrupt, "ledger.damaged", "The sealed fields of an entry are damaged. Run `sanjal verify`; restore a backup.", "entry " + std::to_string(position));
        for (auto const& encoded : split(*plain)) SANJAL_DO(visit(one.sensitivity, encoded));
    }
    return {};
}

struct Stored {
    std::int64_t position = 0;
    std::string id;
    std::int64_t received = 0;
    std::string signed_part;
};

Result<Entry> decode(store::Transaction& tx, Keys& keys, Stored const& stored) {
    SANJAL_TRY(auto const parsed, crypto::parse(stored.signed_part + "~"));
    Entry entry;
    entry.position = stored.position;
    entry.id = stored.id;
    entry.signer = parsed.claims.iss;
    entry.key = parsed.claims.kid;
    entry.signed_at = parsed.claims.iat;
    entry.received = instant_of(stored.received);
    bool headed = false;
    SANJAL_DO(open_disclosures(tx, keys, stored.position, stored.id, [&](std::string const& sensitivity, std::string const& encoded) -> Result<void> {
        SANJAL_TRY(auto disclosure, parse_disclosure(encoded));
        if (sensitivity == head_class) {
            SANJAL_TRY(entry.head, head_from_json(disclosure.value));
            headed = true;
        } else {
            entry.fields.push_back({std::move(disclosure.name), std::move(disclosure.value), sensitivity});
        }
        return {};
    }));
    if (!headed) return fail(Fault::Corrupt, "ledger.no_head_disclosure", "An entry has lost its head. Run `sanjal verify`; restore a backup.", "entry " + std::to_string(stored.position));
    std::sort(entry.fields.begin(), entry.fields.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return entry;
}

constexpr char const* select_entry = "select position, id, received, signed from ledger_entry where position = $1";

}  // namespace

Result<Entry> Ledger::read(store::Transaction& tx, std::int64_t position) {
    std::optional<Stored> stored;
    SANJAL_DO(tx.each(select_entry, {position}, [&](store::Row const& row) -> Result<void> {
        stored = Stored{row.integer(0), std::string(row.text(1)), row.integer(2), std::string(row.bytes(3))};
        return {};
    }));
    if (!stored) return fail(Fault::NotFound, "ledger.no_entry", "There is no such entry.");
    return decode(tx, parts_.keys, *stored);
}

Result<std::optional<std::int64_t>> Ledger::position_of(store::Transaction& tx, std::string_view entry_id) {
    std::optional<std::int64_t> position;
    SANJAL_DO(tx.each("select position from ledger_entry where id = $1", {std::string(entry_id)}, [&](store::Row const& row) -> Result<void> {
        position = row.integer(0);
        return {};
    }));
    return position;
}

Result<std::vector<std::int64_t>> Ledger::positions_of_record(store::Transaction& tx, std::string_view record) {
    std::vector<std::int64_t> positions;
    SANJAL_DO(tx.each("select position from ledger_entry where record = $1 order by position", {std::string(record)}, [&](store::Row const& row) -> Result<void> {
        positions.push_back(row.integer(0));
        return {};
    }));
    return positions;
}

Result<void> Ledger::each(store::Transaction& tx, std::int64_t from, std::function<Result<void>(Entry&&)> const& visit) {
    constexpr std::int64_t page = 512;
    while (true) {
        std::vector<Stored> stored;
        SANJAL_DO(tx.each("select position, id, received, signed from ledger_entry where position >= $1 order by position limit 512", {from},
                          [&](store::Row const& row) -> Result<void> {
                              stored.push_back({row.integer(0), std::string(row.text(1)), row.integer(2), std::string(row.bytes(3))});
                              return {};
                          }));
        for (auto const& one : stored) {
            SANJAL_TRY(auto entry, decode(tx, parts_.keys, one));
            SANJAL_DO(visit(std::move(entry)));
        }
        if (static_cast<std::int64_t>(stored.size()) < page) return {};
        from = stored.back().position + 1;
    }
}

Result<std::string> Ledger::compact(store::Transaction& tx, std::int64_t position,
                                    std::function<bool(std::string_view, std::string_view)> const& wanted) {
    std::string id;
    std::string text;
    SANJAL_DO(tx.each(select_entry, {position}, [&](store::Row const& row) -> Result<void> {
        id = row.text(1);
        text = std::string(row.bytes(3)) + "~";
        return {};
    }));
    if (id.empty()) return fail(Fault::NotFound, "ledger.no_entry", "There is no such entry.");
    std::vector<std::string> shown;
    SANJAL_DO(open_disclosures(tx, parts_.keys, position, id, [&](std::string const& sensitivity, std::string const& encoded) -> Result<void> {
        SANJAL_TRY(auto const disclosure, parse_disclosure(encoded));
        if (sensitivity == head_class) {
            shown.insert(shown.begin(), encoded);
        } else if (wanted(disclosure.name, sensitivity)) {
            shown.push_back(encoded);
        }
        return {};
    }));
    return text + joined(shown);
}

Result<std::vector<std::string>> Ledger::tips(store::Transaction& tx, std::string_view record) {
    auto* const remembered = known(tx);
    if (remembered != nullptr) {
        if (auto const it = remembered->tips.find(std::string(record)); it != remembered->tips.end()) return it->second;
    }
    std::vector<std::string> all;
    SANJAL_DO(tx.each("select entry from ledger_tip where record = $1 order by entry", {std::string(record)}, [&](store::Row const& row) -> Result<void> {
        all.emplace_back(row.text(0));
        return {};
    }));
    if (remembered != nullptr) remembered->tips[std::string(record)] = all;
    return all;
}

Result<bool> Ledger::knows(store::Transaction& tx, std::string_view record, std::string_view entry_id) {
    bool known = false;
    SANJAL_DO(tx.each("select 1 from ledger_entry where id = $1 and record = $2", {std::string(entry_id), std::string(record)}, [&](store::Row const&) -> Result<void> {
        known = true;
        return {};
    }));
    return known;
}

Result<std::string> Ledger::checkpoint(store::Transaction& tx) {
    std::string note;
    SANJAL_DO(tx.each("select note from ledger_head where one = 1", {}, [&](store::Row const& row) -> Result<void> {
        note = row.text(0);
        return {};
    }));
    return note;
}

Result<crypto::Frontier> Ledger::frontier(store::Transaction& tx) {
    crypto::Frontier frontier;
    SANJAL_DO(tx.each("select frontier from ledger_head where one = 1", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(frontier, crypto::Frontier::parse(row.bytes(0)));
        return {};
    }));
    return frontier;
}

Result<Bytes> Ledger::node_hash(store::Transaction& tx, unsigned level, std::int64_t index) {
    if (level >= tile_height && level % tile_height == 0) {
        std::optional<Bytes> stored;
        SANJAL_DO(tx.each("select hash from ledger_tile where level = $1 and idx = $2", {static_cast<std::int64_t>(level), index}, [&](store::Row const& row) -> Result<void> {
            stored = Bytes(row.bytes(0));
            return {};
        }));
        if (stored) return *stored;
    }
    // Below the next stored level: gather that level's nodes in one read and hash upwards.
    unsigned const below = level == 0 ? 0 : (level - 1) / tile_height * tile_height;
    std::int64_t const first = index << (level - below);
    std::int64_t const count = std::int64_t{1} << (level - below);
    std::vector<Bytes> hashes;
    if (below == 0) {
        SANJAL_DO(tx.each("select signed from ledger_entry where position >= $1 and position < $2 order by position", {first, first + count},
                          [&](store::Row const& row) -> Result<void> {
                              hashes.push_back(crypto::leaf_hash(row.bytes(0)));
                              return {};
                          }));
    } else {
        SANJAL_DO(tx.each("select hash from ledger_tile where level = $1 and idx >= $2 and idx < $3 order by idx", {static_cast<std::int64_t>(below), first, first + count},
                          [&](store::Row const& row) -> Result<void> {
                              hashes.emplace_back(row.bytes(0));
                              return {};
                          }));
    }
    if (static_cast<std::int64_t>(hashes.size()) != count) return fail(Fault::Corrupt, "ledger.tree", "The tree is damaged: a part of it is missing. Run `sanjal verify`.");
    while (hashes.size() > 1) {
        for (std::size_t i = 0; i < hashes.size() / 2; ++i) hashes[i] = crypto::node_hash(hashes[2 * i], hashes[2 * i + 1]);
        hashes.resize(hashes.size() / 2);
    }
    return hashes.front();
}

Result<std::vector<Bytes>> Ledger::inclusion_path(store::Transaction& tx, std::int64_t position, std::int64_t size) {
    return crypto::inclusion_path(static_cast<std::uint64_t>(position), static_cast<std::uint64_t>(size),
                                  [&](unsigned level, std::uint64_t index) { return node_hash(tx, level, static_cast<std::int64_t>(index)); });
}

Result<Bytes> Ledger::root_at(store::Transaction& tx, std::int64_t size) {
    return crypto::root_at(static_cast<std::uint64_t>(size), [&](unsigned level, std::uint64_t index) { return node_hash(tx, level, static_cast<std::int64_t>(index)); });
}

Result<std::vector<Bytes>> Ledger::consistency_path(store::Transaction& tx, std::int64_t old_size, std::int64_t size) {
    return crypto::consistency_path(static_cast<std::uint64_t>(old_size), static_cast<std::uint64_t>(size),
                                    [&](unsigned level, std::uint64_t index) { return node_hash(tx, level, static_cast<std::int64_t>(index)); });
}

}  // namespace sanjal::ledger
