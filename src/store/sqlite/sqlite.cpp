// The embedded store: SQLite3 Multiple Ciphers, write-ahead log, synchronous=FULL, one writer, readers from a small pool.
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "store/sqlite/files.h"
#include "store/store.h"

namespace sanjal::store {
namespace {

Error from_sqlite(sqlite3* database, int code) {
    int const primary = code & 0xFF;
    int const system = database != nullptr ? sqlite3_system_errno(database) : 0;
    if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))) {
        return {Fault::Full, "store.disk_full", "The disk is full. Nothing was changed; make room and try again.", {}};
    }
    switch (primary) {
        case SQLITE_NOTADB: return {Fault::Corrupt, "store.wrong_key", "The database cannot be opened with this key, or is not one.", {}};
        case SQLITE_CORRUPT: return {Fault::Corrupt, "store.damaged", "The database file is damaged: bytes in it are not those that were written. Restore a backup.", {}};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {Fault::Busy, "store.busy", "Another program is using the database. Try again.", {}};
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_IOERR: return {Fault::Io, "store.io", "The database could not be read or written (" + std::string(sqlite3_errstr(primary)) + ").", {}};
        case SQLITE_CONSTRAINT: return {Fault::Conflict, "store.constraint", "This stands there already.", {}};
        default:
            return {Fault::Internal, "store.sql", std::string("The database refused a statement: ") + (database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code)), {}};
    }
}

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
    bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    double real(int column) const override { return sqlite3_column_double(statement_, column); }
    std::string_view text(int column) const override { return view(sqlite3_column_text(statement_, column), column); }
    std::string_view bytes(int column) const override { return view(sqlite3_column_blob(statement_, column), column); }

private:
    std::string_view view(void const* data, int column) const {
        return data == nullptr ? std::string_view() : std::string_view(static_cast<char const*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }
    sqlite3_stmt* statement_;
};

// One connection with its prepared statements.
class Connection final : public Transaction {
public:
    static Result<std::unique_ptr<Connection>> open(StoreConfig const& config, bool writing) {
        std::unique_ptr<Connection> connection(new Connection);
        std::string const path = config.url.substr(std::strlen("sqlite:"));
        int const flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writing ? SQLITE_OPEN_CREATE : 0);
        int code = sqlite3_open_v2(path.c_str(), &connection->database_, flags, config.faults != nullptr ? register_faulty_files(*config.faults) : nullptr);
        if (code != SQLITE_OK) return fail(from_sqlite(connection->database_, code));
        sqlite3* const database = connection->database_;
        sqlite3_extended_result_codes(database, 1);
        if (config.key) {
            SANJAL_CHECK(config.key->size() == 32);
            SANJAL_DO(connection->script("pragma cipher = 'aegis'"));
            std::string const raw = "raw:" + to_hex(*config.key);  // by the C API, never in SQL text
            code = sqlite3_key(database, raw.data(), static_cast<int>(raw.size()));
            if (code != SQLITE_OK) return fail(from_sqlite(database, code));
        }
        sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        sqlite3_busy_timeout(database, 10000);
        // The first statement that reads the file finds a wrong key or a damaged header.
        SANJAL_DO(connection->script("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on;"
                                     "pragma cell_size_check = on; pragma temp_store = memory; pragma cache_size = -8000; pragma wal_autocheckpoint = 4000"));
        if (!writing) SANJAL_DO(connection->script("pragma query_only = on"));
        return connection;
    }
    ~Connection() override {
        for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
        sqlite3_close(database_);
    }

    Result<void> script(std::string const& sql) {
        int const code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return fail(from_sqlite(database_, code));
        return {};
    }

    Result<std::int64_t> run(std::string_view sql, Args const& args) override {
        SANJAL_DO(each(sql, args, [](Row const&) -> Result<void> { return {}; }));
        return static_cast<std::int64_t>(sqlite3_changes64(database_));
    }
    Result<void> put(std::string_view sql, Args const& args) override {
        return each(sql, args, [](Row const&) -> Result<void> { return {}; });
    }
    Result<void> each(std::string_view sql, Args const& args, std::function<Result<void>(Row const&)> const& visit) override {
        SANJAL_TRY(sqlite3_stmt * statement, prepared(sql));
        struct Reset {
            sqlite3_stmt* statement;
            ~Reset() {
                sqlite3_reset(statement);
                sqlite3_clear_bindings(statement);
            }
        } const reset{statement};
        for (std::size_t i = 0; i < args.size(); ++i) bind(statement, i, args[i]);
        SqliteRow const row(statement);
        while (true) {
            int const code = sqlite3_step(statement);
            if (code == SQLITE_DONE) return {};
            if (code != SQLITE_ROW) return fail(from_sqlite(database_, code));
            SANJAL_DO(visit(row));
        }
    }

    sqlite3* database() { return database_; }

private:
    Connection() = default;

    Result<sqlite3_stmt*> prepared(std::string_view sql) {
        auto const found = statements_.find(sql);
        if (found != statements_.end()) {
            // A statement that is still being stepped (a visitor that uses its own transaction) would be torn from under it.
            SANJAL_CHECK(sqlite3_stmt_busy(found->second) == 0);
            return found->second;
        }
        sqlite3_stmt* statement = nullptr;
        int const code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) return fail(from_sqlite(database_, code));
        statements_.emplace(std::string(sql), statement);
        return statement;
    }

    static void bind(sqlite3_stmt* statement, std::size_t index, Value const& value) {
        std::string const name = "$" + std::to_string(index + 1);
        int const at = sqlite3_bind_parameter_index(statement, name.c_str());
        SANJAL_CHECK(at > 0);
        if (auto const* integer = std::get_if<std::int64_t>(&value)) {
            sqlite3_bind_int64(statement, at, *integer);
        } else if (auto const* real = std::get_if<double>(&value)) {
            sqlite3_bind_double(statement, at, *real);
        } else if (auto const* text = std::get_if<std::string>(&value)) {
            sqlite3_bind_text64(statement, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
        } else if (auto const* blob = std::get_if<Blob>(&value)) {
            sqlite3_bind_blob64(statement, at, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
        } else {
            sqlite3_bind_null(statement, at);
        }
    }

    sqlite3* database_ = nullptr;
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

class SqliteWriter final : public WriteConnection {
public:
    explicit SqliteWriter(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
    Result<void> begin() override { return connection_->put("begin immediate", {}); }
    Result<void> savepoint() override { return connection_->put("savepoint work", {}); }
    Result<void> release() override { return connection_->put("release work", {}); }
    Result<void> rollback_to() override {
        SANJAL_DO(connection_->put("rollback to work", {}));
        return connection_->put("release work", {});
    }
    Result<void> commit() override { return connection_->put("commit", {}); }
    void rollback() override {
        if (sqlite3_get_autocommit(connection_->database()) == 0) (void)connection_->put("rollback", {});
    }
    Transaction& transaction() override { return *connection_; }

private:
    std::unique_ptr<Connection> connection_;
};

class SqliteStore final : public Store {
public:
    explicit SqliteStore(StoreConfig config) : config_(std::move(config)) {}

    Result<void> prepare() {
        // Creates the file with its log; readers open it only afterwards.
        SANJAL_TRY(changer_, Connection::open(config_, true));
        return {};
    }

    Result<void> read(std::function<Result<void>(Transaction&)> const& work) override {
        std::unique_ptr<Connection> connection;
        {
            std::lock_guard const lock(pool_mutex_);
            if (!pool_.empty()) {
                connection = std::move(pool_.back());
                pool_.pop_back();
            }
        }
        if (!connection) {
            SANJAL_TRY(connection, Connection::open(config_, false));
        }
        SANJAL_DO(connection->put("begin", {}));
        auto result = work(*connection);
        auto const ended = connection->put("commit", {});
        if (ended) {
            std::lock_guard const lock(pool_mutex_);
            if (pool_.size() < 16) pool_.push_back(std::move(connection));
        }
        if (result && !ended) return ended;
        return result;
    }

    Result<void> change(std::function<Result<void>(Transaction&)> const& work) override {
        std::lock_guard const lock(change_mutex_);
        SANJAL_DO(changer_->put("begin immediate", {}));
        auto result = work(*changer_);
        if (result) result = changer_->put("commit", {});
        if (!result && sqlite3_get_autocommit(changer_->database()) == 0) (void)changer_->put("rollback", {});
        return result;
    }

    Result<void> migrate(std::string_view set, std::span<Migration const> migrations) override {
        std::lock_guard const lock(change_mutex_);
        SANJAL_DO(changer_->script("create table if not exists schema_migration (name text not null, number integer not null, primary key (name, number))"));
        std::int64_t newest = 0;
        SANJAL_DO(changer_->each("select coalesce(max(number), 0) from schema_migration where name = $1", {std::string(set)}, [&](Row const& row) -> Result<void> {
            newest = row.integer(0);
            return {};
        }));
        for (auto const& migration : migrations) {
            if (migration.number <= newest) continue;
            SANJAL_DO(changer_->script("begin immediate"));
            auto result = changer_->script(in_dialect(migration.sql, false));
            if (result) result = changer_->put("insert into schema_migration (name, number) values ($1, $2)", {std::string(set), std::int64_t{migration.number}});
            if (result) result = changer_->script("commit");
            if (!result) {
                (void)changer_->script("rollback");
                return result;
            }
        }
        if (!migrations.empty() && newest > migrations.back().number) {
            return fail(Fault::Conflict, "store.newer", "This database was written by a newer version of the program. Use that version.");
        }
        return {};
    }

    Result<std::unique_ptr<WriteConnection>> connect_writer() override {
        SANJAL_TRY(auto connection, Connection::open(config_, true));
        return std::unique_ptr<WriteConnection>(std::make_unique<SqliteWriter>(std::move(connection)));
    }

    Result<void> forget() override {
        std::lock_guard const lock(change_mutex_);
        {
            std::lock_guard const pool_lock(pool_mutex_);
            pool_.clear();
        }
        return changer_->script("pragma wal_checkpoint(truncate)");
    }

    Result<void> copy_to(std::string const& path) override {
        std::lock_guard const lock(change_mutex_);
        StoreConfig target = config_;
        target.url = "sqlite:" + path;
        target.faults = nullptr;
        SANJAL_TRY(auto const copy, Connection::open(target, true));
        sqlite3_backup* backup = sqlite3_backup_init(copy->database(), "main", changer_->database(), "main");
        if (backup == nullptr) return fail(from_sqlite(copy->database(), sqlite3_errcode(copy->database())));
        int code = SQLITE_OK;
        while ((code = sqlite3_backup_step(backup, 256)) == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        }
        sqlite3_backup_finish(backup);
        if (code != SQLITE_DONE) return fail(from_sqlite(copy->database(), code));
        return copy->script("pragma wal_checkpoint(truncate)");
    }

    Result<void> check() override {
        return read([](Transaction& tx) {
            return tx.each("pragma integrity_check", {}, [](Row const& row) -> Result<void> {
                if (row.text(0) != "ok") return fail(Fault::Corrupt, "store.damaged", "The database file is damaged: bytes in it are not those that were written. Restore a backup.");
                return {};
            });
        });
    }

    bool is_postgres() const override { return false; }

private:
    StoreConfig config_;
    std::mutex change_mutex_;
    std::unique_ptr<Connection> changer_;
    std::mutex pool_mutex_;
    std::vector<std::unique_ptr<Connection>> pool_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(StoreConfig const& config) {
    auto store = std::make_unique<SqliteStore>(config);
    SANJAL_DO(store->prepare());
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sanjal::store
