#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/sqlite/errors.h"

namespace sanjal::store {

Result<std::unique_ptr<Store>> open_sqlite(std::string path, StoreConfig const& config) {
    SqliteFile file{std::move(path), config.key, {}};
    std::unique_ptr<FaultyFiles> faulty;
    if (config.faults != nullptr) {
        SANJAL_TRY(faulty, FaultyFiles::install(*config.faults));
        file.vfs = faulty->vfs_name();
    }
    auto store = std::make_unique<SqliteStore>(std::move(file), std::move(faulty), config.readers_idle_max);
    SANJAL_DO(store->connect());
    return store;
}

SqliteStore::SqliteStore(SqliteFile file, std::unique_ptr<FaultyFiles> faulty, unsigned readers_idle_max)
    : file_(std::move(file)), faulty_(std::move(faulty)), readers_idle_max_(readers_idle_max) {}

SqliteStore::~SqliteStore() {
    for (auto const& [name, descriptor] : locks_) ::close(descriptor);
}

Result<void> SqliteStore::connect() {
    SANJAL_TRY(writer_, Connection::open(file_, Access::Write));
    transaction_.emplace(*writer_);
    return {};
}

// --- writing ---------------------------------------------------------------------------------------------------------

Result<Transaction*> SqliteStore::begin() {
    // After a failed write or sync nobody knows what the system still holds of it; a fresh connection reads what is there.
    if (!writer_ || writer_->spoilt()) {
        transaction_.reset();
        writer_.reset();
        SANJAL_DO(connect());
    }
    SANJAL_DO(writer_->each("begin immediate", {}, nullptr));
    return &*transaction_;
}

Result<void> SqliteStore::rollback_to() {
    SANJAL_DO(writer_->each("rollback to work", {}, nullptr));
    return writer_->each("release work", {}, nullptr);
}

Result<void> SqliteStore::commit() {
    auto result = writer_->each("commit", {}, nullptr);
    if (!result) rollback();
    return result;
}

void SqliteStore::rollback() {
    if (writer_->in_transaction()) static_cast<void>(writer_->each("rollback", {}, nullptr));
}

void SqliteStore::schema_changed() {
    std::lock_guard const lock(mutex_);
    idle_.clear();
}

// --- reading ---------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Connection>> SqliteStore::take_reader() {
    {
        std::lock_guard const lock(mutex_);
        if (!idle_.empty()) {
            auto reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
    }
    return Connection::open(file_, Access::Read);
}

Result<void> SqliteStore::read(Work const& work) {
    SANJAL_TRY(auto reader, take_reader());
    SANJAL_DO(reader->each("begin", {}, nullptr));
    SqliteTransaction transaction(*reader);
    auto result = work(transaction);
    auto const ended = reader->each("rollback", {}, nullptr);
    if (ended && !reader->spoilt()) {
        std::lock_guard const lock(mutex_);
        if (idle_.size() < readers_idle_max_) idle_.push_back(std::move(reader));
    }
    return result;
}

// --- housekeeping ----------------------------------------------------------------------------------------------------

Result<void> SqliteStore::forget() {
    SANJAL_TRY(auto cleaner, Connection::open(file_, Access::Write));
    bool busy = true;
    // The log is emptied only while nobody reads from it; each try waits for readers as long as any statement would.
    for (int tries = 0; tries < 3 && busy; ++tries) {
        auto const done = cleaner->script("pragma wal_checkpoint(truncate);");
        if (!done && done.error().fault != Fault::Busy) return done;
        int const log = ::open((file_.path + "-wal").c_str(), O_RDONLY | O_CLOEXEC);
        busy = log >= 0 && ::lseek(log, 0, SEEK_END) > 0;
        if (log >= 0) ::close(log);
    }
    if (!busy) return {};
    return fail(Fault::Busy, "store.busy", "A long read keeps the database's log from being emptied. What was erased is erased; run this again later to clear the log, too.");
}

Result<void> SqliteStore::check() {
    SANJAL_TRY(auto reader, Connection::open(file_, Access::Read));
    return reader->check();
}

Result<bool> SqliteStore::try_lock_forever(std::string_view name) {
    std::lock_guard const lock(mutex_);
    if (locks_.find(name) != locks_.end()) return true;
    std::string const path = file_.path + ".lock-" + std::string(name);
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(Fault::Io, "store.io", "A lock file beside the database cannot be made. Check the directory's permissions and free space.", path);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return false;
    }
    locks_.emplace(std::string(name), file);
    return true;
}

}  // namespace sanjal::store
