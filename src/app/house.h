#pragma once
// What every slice stands on, opened once: the node's ledger, packs and stores.  Not the process (that is node/): a story
// test opens several houses in one process, each with its own clock and randomness.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/jobs.h"
#include "app/reads.h"
#include "base/executor.h"
#include "ledger/ledger.h"
#include "policy/decide.h"
#include "record/fold.h"
#include "record/packs.h"
#include "store/blobs.h"
#include "store/store.h"
#include "store/writer.h"

namespace sanjal::app {

// How often people may come; the rest is in http/limits.h and node/rates.cpp.
struct RateLimits {
    std::int64_t writes_per_minute = 1200;  // of one account; 0: no limit
    bool loopback_too = false;              // a proxy on this computer that is not asked who comes through it
    std::int64_t sessions_max = 8;          // of one account; the one that was unused longest ends
    ReadLimits reads = {};
    std::int64_t prove_again_ms = 5 * 60 * 1000;  // for how long a password that was typed is enough for what is dangerous
};

struct HouseConfig {
    std::string directory;
    std::string passphrase;
    // For tests: how hard the passphrase is to guess, and a store whose files can fail.
    std::uint32_t kdf_memory_kib = 128 * 1024;
    store::FileFaults* faults = nullptr;
    std::int64_t session_idle_ms = 15 * 60 * 1000;
    RateLimits limits = {};
    bool restored = false;  // a copy from a backup: begins a new epoch
};

struct FoundConfig {
    std::string name;      // of the organisation
    std::string country;   // IN, BD, ...
    std::string store;     // empty: sqlite in the directory; or postgres:<conninfo>
    Json pack;             // the compiled pack document
    std::string recovery = {};  // words that open the node's keys beside the passphrase, on a sheet in a safe; empty: none
};

class House {
public:
    // Makes a new node in an empty (or absent) directory: keys, ledger, pack.  Nothing is left behind on failure.
    static Result<std::unique_ptr<House>> found(HouseConfig const& config, FoundConfig const& first, ClockSource& clock, Randomness& random, Executor& executor);
    // A new passphrase for the node's keys, by the old one or by the words of the recovery sheet.  Whole or not at all; older backups
    // keep the old one.
    enum class By { Passphrase, Recovery };
    static Result<void> change_passphrase(HouseConfig const& config, By by, std::string const& fresh, Randomness& random);
    static Result<std::unique_ptr<House>> open(HouseConfig const& config, ClockSource& clock, Randomness& random, Executor& executor);
    ~House();

    [[nodiscard]] std::string const& directory() const { return directory_; }
    [[nodiscard]] std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
    store::Store& store() { return *store_; }
    store::Store& key_store() { return *key_store_; }
    ledger::Ledger& ledger() { return *ledger_; }
    ledger::Keys& keys() { return *keys_; }
    store::Blobs& blobs() { return *blobs_; }
    record::Packs& packs() { return packs_; }
    Jobs& jobs() { return jobs_; }
    Reads& reads() { return reads_; }
    ClockSource& clock() { return clock_; }
    Randomness& random() { return random_; }
    [[nodiscard]] std::uint32_t kdf_memory_kib() const { return kdf_memory_kib_; }
    [[nodiscard]] RateLimits const& limits() const { return limits_; }
    [[nodiscard]] std::int64_t session_idle_ms() const { return session_idle_ms_; }
    [[nodiscard]] Json const& description() const { return description_; }  // node.json
    // The pseudonym under which whoever holds the passphrase acts from the command line.
    [[nodiscard]] std::string operator_id() const { return std::string(description_.text_at("operator")); }

    // Inside the writer: appends, folds, numbers new cases, derives reach, tasks and clocks.  All or nothing.
    Result<std::vector<ledger::Entry>> commit(store::Transaction& tx, ledger::Submission submission);
    // The same for one whole submission that a device signed and that was judged.
    Result<std::vector<ledger::Entry>> accept(store::Transaction& tx, std::vector<ledger::DeviceEntry> entries);
    Result<void> fold(store::Transaction& tx, std::vector<ledger::Entry> const& entries);
    // Erases fields of a record for good: the entry in the writer, then keys and files are destroyed, and a line goes into
    // DIR/erased, the list that a restore applies to what an old backup brings back.
    Result<ledger::Entry> erase(ledger::Ledger::Erasure erasure);
    // Drops every view and makes it anew from the entries, in one transaction.
    Result<std::int64_t> rebuild(std::function<void(std::int64_t done, std::int64_t of)> const& progress);

    // Makes every view anew as rebuild does, holds it against the one that is there, and puts nothing in its place.  Gives each
    // view that differs, with how many rows it has and should have: a row is missing, too many, or not what the entries say.
    // Holds the writer meanwhile, and needs as much room on disk as the views.
    Result<std::vector<std::string>> views_unlike_entries(std::function<void(std::int64_t done, std::int64_t of)> const& progress);

    // Where browsers reach this node: told by whoever serves it, read by slices.  Any thread.
    void announce(Json doors);
    [[nodiscard]] Json announced() const;

    [[nodiscard]] std::string new_id();
    // Inside the writer: the id of a record that begins now.
    [[nodiscard]] std::string new_record(store::Transaction& tx);

    // What a slice keeps in memory for as long as the house is open: one T of each kind, made at the first asking.  Any thread.
    template <class T>
    T& kept() {
        std::lock_guard const lock(kept_mutex_);
        return kept_.of<T>();
    }

    // Takes away the files of blobs that were erased, and those that were sent and never attached to anything.
    Result<void> sweep_blobs();

private:
    House(HouseConfig const& config, ClockSource& clock, Randomness& random);
    Result<void> assemble(Json const& description, crypto::Secret master, store::FileFaults* faults, Executor& executor);
    Result<void> remember_erased(ledger::Ledger::Erasure const& erasure, std::string const& entry);
    Result<void> erase_again();
    Result<std::int64_t> make_views(store::Transaction& tx, std::function<void(std::int64_t, std::int64_t)> const& progress);
    Result<void> number_cases(store::Transaction& tx, std::string const& actor, std::vector<ledger::Entry>& entries);

    std::string directory_;
    ClockSource& clock_;
    Randomness& random_;
    std::uint32_t kdf_memory_kib_;
    std::int64_t session_idle_ms_;
    RateLimits limits_;
    Json description_;
    mutable std::mutex doors_mutex_;
    Json doors_ = Json::object();
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<store::Store> key_store_;
    std::unique_ptr<ledger::Keys> keys_;
    std::optional<store::Blobs> blobs_;
    std::unique_ptr<ledger::HeadFile> head_;
    std::unique_ptr<ledger::Ledger> ledger_;
    std::unique_ptr<store::Writer> writer_;  // last: goes first, finishing what was promised
    record::Packs packs_;
    std::mutex kept_mutex_;
    store::Memory kept_;
    Reads reads_{limits_.reads};
    Jobs jobs_;  // ends before everything that it works on
};

}  // namespace sanjal::app
