#pragma once
// The ledger: everything that anyone asserted, in order, signed, in an RFC 6962 tree with signed checkpoints.
// It knows entries, signers and bytes; it does not know what a case is (record/ does).
//
// One Ledger stands on one store and its writer.  append() and accept() are called only inside the writer, by way of
// write(); reading is for any thread.  What is acknowledged is durable, in the tree and in the views: one transaction.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/entry.h"
#include "ledger/keys.h"
#include "store/store.h"
#include "store/writer.h"

namespace sanjal::ledger {

struct NewEntry {
    std::string verb;
    std::string record;
    std::vector<Field> fields;
    std::optional<std::vector<std::string>> after;  // empty optional: everything the node knows of the record
    std::optional<Json> jwk;                        // on key entries only: stays open for ever
};

struct Submission {
    std::string id;     // UUIDv7
    std::string actor;  // UUIDv7
    std::string pack;
    std::vector<NewEntry> entries;
};

// Where the tree stood at the last commit; kept beside the database so that a database that is behind it is noticed.
class HeadFile {
public:
    virtual ~HeadFile() = default;
    virtual Result<std::string> read() = 0;                       // the newest whole note, or empty
    virtual Result<void> write(std::string const& note) = 0;      // durable on return
};

// `DIR/head`: two slots of 1,024 bytes written in turn, so that a torn write leaves the other one whole.
std::unique_ptr<HeadFile> open_head_file(std::string path);

struct LedgerParts {
    store::Store& store;
    store::Writer& writer;
    Keys& keys;
    HeadFile& head;
    ClockSource& clock;
    Randomness& random;
};

// Signed by a device, on its way in.
struct DeviceEntry {
    Entry entry;
    std::string signed_part;
    std::string head_encoded;
    std::vector<std::string> encoded;  // disclosures, in the order of entry.fields
};

// A row of the access log: who read what, for which purpose.
struct Access {
    std::string actor;
    std::string record;   // or "list", "search"
    std::string purpose;
    std::string action;   // read, list, search, export, sealed
};

class Ledger final : public store::GroupHooks {
public:
    explicit Ledger(LedgerParts parts);

    // First day: makes the node's keys and its first entries.  `name`, `country` and the rest stand in node.opened.
    Result<void> found(std::vector<Field> node_fields, std::string const& pack);
    // Opens an existing ledger: refuses a database that is behind its head file or does not agree with it.
    Result<void> open();
    // Opens a copy that was restored from a backup: a new epoch begins with an entry that names the head restored, so that
    // what was signed after the backup and what is signed from now on can never be taken for one history.
    Result<void> open_restored();

    // Runs `work` in the store's writer; `done` is called once it is durable, in the tree and in the head file.
    using Work = std::function<Result<void>(store::Transaction&)>;
    void submit(Work work, store::Writer::Done done, store::Priority priority = store::Priority::Interactive);
    Result<void> write(Work work, store::Priority priority = store::Priority::Interactive);

    // Only inside write().  This id was drawn just now: no entry speaks of it, so nothing need be read about it.
    static void begins(store::Transaction& tx, std::string const& record);
    // Only inside write().  Signs with the node's key, appends, seals.  Gives the entries as they will be folded.
    Result<std::vector<Entry>> append(store::Transaction& tx, Submission const& submission);
    // An entry that a device of this actor signed, as it came: parsed and verified, not appended.  Its fields have no class
    // yet, its position is -1.  Errors begin with "entry.", "sd_jwt." or such and say nothing of its values.
    Result<DeviceEntry> inspect(store::Transaction& tx, std::string_view compact, std::string const& actor);
    // Only inside write().  Appends the entries of one whole submission unchanged; each field's class must be set.
    Result<std::vector<Entry>> accept(store::Transaction& tx, std::vector<DeviceEntry> entries);

    // Any thread, any transaction.
    Result<Entry> read(store::Transaction& tx, std::int64_t position);
    Result<std::optional<std::int64_t>> position_of(store::Transaction& tx, std::string_view entry_id);
    Result<std::vector<std::int64_t>> positions_of_record(store::Transaction& tx, std::string_view record);
    // From position on, in order.
    Result<void> each(store::Transaction& tx, std::int64_t from, std::function<Result<void>(Entry&&)> const& visit);
    // The SD-JWT with those of its disclosures whose name `wanted` accepts.
    Result<std::string> compact(store::Transaction& tx, std::int64_t position, std::function<bool(std::string_view name, std::string_view sensitivity)> const& wanted);
    Result<std::vector<std::string>> tips(store::Transaction& tx, std::string_view record);  // heads, sorted
    Result<bool> knows(store::Transaction& tx, std::string_view record, std::string_view entry_id);

    Result<std::string> checkpoint(store::Transaction& tx);  // the newest signed note
    Result<crypto::Frontier> frontier(store::Transaction& tx);
    Result<std::vector<Bytes>> inclusion_path(store::Transaction& tx, std::int64_t position, std::int64_t size);
    Result<Bytes> root_at(store::Transaction& tx, std::int64_t size);
    Result<std::vector<Bytes>> consistency_path(store::Transaction& tx, std::int64_t old_size, std::int64_t size);

    // Only inside write().  Destroys the keys and disclosures of those fields of the record, appends record.erased with
    // reason, approvals and `settled` (what clocks had settled), and gives that entry.  Fields named *; class wins.
    struct Erasure {
        std::string record;
        std::vector<std::string> fields;  // names; empty: every field
        std::string reason;
        std::vector<std::string> approvals;
        Json settled;
        std::string actor;
        std::string pack;
        std::string submission;
    };
    Result<Entry> erase(store::Transaction& tx, Erasure const& erasure);
    // After the erasing write is durable: destroys the slots that no live row names any more.
    Result<void> destroy_erased();

    // New keys for entries and checkpoints: introduced and the old ones retired by one submission.  Everything that was signed
    // before stays right.  Not inside the writer; nobody else may serve this ledger meanwhile.
    Result<void> rotate_keys(std::string const& actor, std::string const& pack);

    // The key of a blob, sealed as the field that names it: it is lost with that field.  Only inside write().
    struct BlobKey {
        std::string blob;
        std::string record;
        std::string field;        // "file/<blob>"
        std::string sensitivity;
        std::int64_t position = 0;
    };
    Result<void> keep_blob_key(store::Transaction& tx, BlobKey const& about, crypto::Secret const& key);
    Result<std::optional<BlobKey>> find_blob(store::Transaction& tx, std::string_view blob);
    Result<crypto::Secret> blob_key(store::Transaction& tx, std::string_view blob);
    // Blobs whose field was erased and whose file may still lie there.
    Result<std::vector<std::string>> blobs_gone(store::Transaction& tx);

    // Signs the manifest that closes an export.
    Result<std::string> sign_manifest(Json const& payload);
    // For whoever handed entries in, of typ receipt+jwt.
    Result<std::string> sign_receipt(Json const& payload);

    // Access log.  note_access is for any thread; rows become durable within a second (flush_access) or at once (`now`).
    void note_access(Access access);
    Result<void> flush_access(bool make_entry);

    [[nodiscard]] std::string const& node() const { return node_; }
    [[nodiscard]] std::string origin() const;  // node/epoch
    [[nodiscard]] std::int64_t epoch() const { return epoch_; }
    ClockSource& clock() { return parts_.clock; }
    Randomness& random() { return parts_.random; }
    Keys& keys() { return parts_.keys; }
    store::Store& store() { return parts_.store; }

    // GroupHooks
    Result<void> begin(store::Transaction& tx) override;
    Result<void> before_commit(store::Transaction& tx) override;
    Result<void> committed() override;
    void abandoned() override;

    // Called after each durable group with the new size (event stream, reactors).  Set before serving.
    std::function<void(std::int64_t size)> on_growth;

private:
    struct State {  // what the head row says, while a group runs
        crypto::Frontier frontier;
        std::int64_t sequence = 0;
        std::int64_t slots = 0;
    };
    Work guarded(Work work);
    Result<Entry> put(store::Transaction& tx, std::string const& signed_part, std::string const& id, std::string const& issuer,
                      std::string const& kid, std::int64_t iat, Head head, std::vector<Field> fields,
                      std::vector<std::string> const& encoded, std::string const& head_encoded);
    Result<void> rewrap_blobs(store::Transaction& tx, std::string const& record, std::string const& sensitivity, std::function<bool(std::string_view)> const& is_erased);
    Result<std::int64_t> slot_for(store::Transaction& tx, std::string const& record, std::string const& sensitivity);
    Result<void> retire_slot(store::Transaction& tx, std::string const& record, std::string const& sensitivity);
    Result<Bytes> node_hash(store::Transaction& tx, unsigned level, std::int64_t index);
    Result<void> open_keys(std::int64_t& size, crypto::Frontier& frontier);
    Result<void> check_head(std::int64_t size, crypto::Frontier const& frontier);

    LedgerParts parts_;
    std::string node_;
    std::int64_t epoch_ = 1;
    std::optional<crypto::SigningKey> entry_key_;
    std::string entry_kid_;
    std::optional<crypto::SigningKey> checkpoint_key_;
    State state_;
    std::int64_t size_at_begin_ = 0;
    std::string pending_note_;
    std::mutex access_mutex_;
    std::vector<Access> accesses_;
};

// The schema of one open record key: how disclosures lie in their sealed row.  AAD binds entry and class.
std::string sealing_context(std::string_view entry_id, std::string_view sensitivity);

}  // namespace sanjal::ledger
