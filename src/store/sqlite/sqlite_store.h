#pragma once
// The store in one SQLite file: one connection that writes, a pool of connections that read beside it (WAL).

#include <map>
#include <mutex>

#include "store/sqlite/connection.h"
#include "store/sqlite/files.h"
#include "store/store.h"

namespace sanjal::store {

Result<std::unique_ptr<Store>> open_sqlite(std::string path, StoreConfig const& config);

class SqliteStore final : public Store {
public:
    SqliteStore(SqliteFile file, std::unique_ptr<FaultyFiles> faulty, unsigned readers_idle_max);
    ~SqliteStore() override;

    [[nodiscard]] Dialect dialect() const override { return Dialect::Sqlite; }
    Result<void> read(Work const& work) override;
    Result<void> forget() override;
    Result<void> check() override;
    Result<bool> try_lock_forever(std::string_view name) override;
    Result<void> connect();

private:
    Result<Transaction*> begin() override;
    Result<void> savepoint() override { return writer_->each("savepoint work", {}, nullptr); }
    Result<void> release() override { return writer_->each("release work", {}, nullptr); }
    Result<void> rollback_to() override;
    Result<void> commit() override;
    void rollback() override;
    Result<void> run_script(std::string const& sql) override { return writer_->script(sql); }
    void schema_changed() override;
    Result<std::unique_ptr<Connection>> take_reader();

    SqliteFile file_;
    std::unique_ptr<FaultyFiles> faulty_;  // before the connections: goes after them
    unsigned readers_idle_max_;
    std::unique_ptr<Connection> writer_;
    std::optional<SqliteTransaction> transaction_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::map<std::string, int, std::less<>> locks_;  // file descriptors
};

}  // namespace sanjal::store
