// The bigger store: PostgreSQL by libpq.  Writes that need no answer are sent ahead in pipeline mode and read back at the
// next statement that does; a connection that broke is thrown away and the next group opens a fresh one.
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>

#include "store/store.h"

namespace sanjal::store {
namespace {

Error from_sqlstate(std::string_view state, std::string_view message) {
    if (state == "53100") return {Fault::Full, "store.disk_full", "The disk is full. Nothing was changed; make room and try again.", {}};
    if (state == "XX001" || state == "XX002") return {Fault::Corrupt, "store.damaged", "The database is damaged: bytes in it are not those that were written. Restore a backup.", {}};
    if (state.substr(0, 2) == "23") return {Fault::Conflict, "store.constraint", "This stands there already.", {}};
    if (state == "40001" || state == "40P01" || state == "55P03") return {Fault::Busy, "store.busy", "Another program is using the database. Try again.", {}};
    if (state.empty() || state.substr(0, 2) == "08" || state.substr(0, 2) == "57" || state.substr(0, 2) == "58" || state.substr(0, 2) == "53") {
        return {Fault::Io, "store.io", "The database server does not answer. Nothing was changed.", {}};
    }
    return {Fault::Internal, "store.sql", "The database refused a statement: " + std::string(message.substr(0, message.find('\n'))), {}};
}

constexpr unsigned int type_int8 = 20, type_text = 25, type_bytea = 17, type_float8 = 701;

// Answers come as text; bytea as \x...
class PostgresRow final : public Row {
public:
    PostgresRow(PGresult* result, int row) : result_(result), row_(row) {}
    bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
    std::int64_t integer(int column) const override { return std::strtoll(PQgetvalue(result_, row_, column), nullptr, 10); }
    double real(int column) const override { return std::strtod(PQgetvalue(result_, row_, column), nullptr); }
    std::string_view text(int column) const override {
        return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
    }
    std::string_view bytes(int column) const override {
        if (is_null(column)) return {};
        auto& decoded = decoded_[column];
        std::string_view hex = text(column);
        if (hex.substr(0, 2) == "\\x") hex.remove_prefix(2);
        auto bytes = from_hex(hex);
        SANJAL_CHECK(bytes.has_value());
        decoded = std::move(*bytes);
        return decoded;
    }

private:
    PGresult* result_;
    int row_;
    mutable std::map<int, Bytes> decoded_;
};

class Connection final : public Transaction {
public:
    static Result<std::unique_ptr<Connection>> open(std::string const& url) {
        std::unique_ptr<Connection> connection(new Connection);
        std::string const info = url.substr(std::strlen("postgres:"));
        connection->connection_ = PQconnectdb(info.c_str());
        if (PQstatus(connection->connection_) != CONNECTION_OK) {
            return fail(Fault::Io, "store.unreachable", "The database server cannot be reached. Check that it runs and that the connection in node.json is right.");
        }
        PQsetNoticeProcessor(connection->connection_, [](void*, char const*) {}, nullptr);
        SANJAL_DO(connection->script("set synchronous_commit = on; set client_min_messages = error; set lock_timeout = '30s'; set standard_conforming_strings = on"));
        return connection;
    }
    ~Connection() override { PQfinish(connection_); }

    Result<void> script(std::string const& sql) {
        SANJAL_DO(settle());
        PGresult* const result = PQexec(connection_, sql.c_str());
        auto status = check(result);
        PQclear(result);
        return status;
    }

    Result<std::int64_t> run(std::string_view sql, Args const& args) override {
        SANJAL_DO(settle());
        SANJAL_TRY(PGresult* const result, answer(sql, args));
        std::int64_t const changed = std::strtoll(PQcmdTuples(result), nullptr, 10);
        PQclear(result);
        return changed;
    }

    Result<void> put(std::string_view sql, Args const& args) override {
        if (pending_ == 0) {
            if (PQenterPipelineMode(connection_) != 1) return fail(broken());
        }
        SANJAL_DO(send(sql, args));
        // Bounded, so that neither side's buffer fills while both write.
        if (++pending_ >= 64) return settle();
        return {};
    }

    Result<void> each(std::string_view sql, Args const& args, std::function<Result<void>(Row const&)> const& visit) override {
        SANJAL_DO(settle());
        SANJAL_TRY(PGresult* const result, answer(sql, args));
        struct Clear {
            PGresult* result;
            ~Clear() { PQclear(result); }
        } const clear{result};
        for (int i = 0; i < PQntuples(result); ++i) SANJAL_DO(visit(PostgresRow(result, i)));
        return {};
    }

    // Reads back what was sent ahead; gives the first error.
    Result<void> settle() {
        if (pending_ == 0) return {};
        std::optional<Error> first;
        if (PQpipelineSync(connection_) != 1) first = broken();
        int syncs = 0;
        while (!first || syncs == 0) {
            PGresult* const result = PQgetResult(connection_);
            if (result == nullptr) {
                if (PQstatus(connection_) != CONNECTION_OK) {
                    if (!first) first = broken();
                    break;
                }
                continue;
            }
            auto const status = PQresultStatus(result);
            if (status == PGRES_PIPELINE_SYNC) {
                PQclear(result);
                syncs = 1;
                break;
            }
            if (status != PGRES_PIPELINE_ABORTED) {
                auto const checked = check(result);
                if (!checked && !first) first = checked.error();
            }
            PQclear(result);
        }
        pending_ = 0;
        if (PQstatus(connection_) == CONNECTION_OK && PQexitPipelineMode(connection_) != 1 && !first) first = broken();
        if (first) return fail(*first);
        return {};
    }

    [[nodiscard]] bool alive() const { return PQstatus(connection_) == CONNECTION_OK; }

private:
    Connection() = default;

    Error broken() const { return from_sqlstate("", PQerrorMessage(connection_)); }

    Result<void> check(PGresult* result) const {
        auto const status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
        char const* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        char const* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        return fail(from_sqlstate(state != nullptr ? state : "", message != nullptr ? message : ""));
    }

    struct Bound {
        std::vector<unsigned int> types;
        std::vector<std::string> held;
        std::vector<char const*> values;
        std::vector<int> lengths;
        std::vector<int> formats;
    };
    static Bound bind(Args const& args) {
        Bound bound;
        bound.held.reserve(args.size());
        for (auto const& value : args) {
            unsigned int type = type_text;
            int format = 0;
            std::string text;
            if (auto const* integer = std::get_if<std::int64_t>(&value)) {
                type = type_int8;
                text = std::to_string(*integer);
            } else if (auto const* real = std::get_if<double>(&value)) {
                type = type_float8;
                std::array<char, 40> buffer{};
                std::snprintf(buffer.data(), buffer.size(), "%.17g", *real);
                text = buffer.data();
            } else if (auto const* string = std::get_if<std::string>(&value)) {
                text = *string;
            } else if (auto const* blob = std::get_if<Blob>(&value)) {
                type = type_bytea;
                format = 1;
                text = blob->bytes;
            }
            bool const null = std::holds_alternative<std::monostate>(value);
            bound.held.push_back(std::move(text));
            bound.types.push_back(null ? 0U : type);
            bound.values.push_back(null ? nullptr : bound.held.back().c_str());
            bound.lengths.push_back(static_cast<int>(bound.held.back().size()));
            bound.formats.push_back(format);
        }
        return bound;
    }

    // A statement is prepared once for a text and the kinds of its arguments.
    std::string key_of(std::string_view sql, Bound const& bound) {
        std::string key(sql);
        for (auto const type : bound.types) key += "," + std::to_string(type);
        return key;
    }

    Result<void> send(std::string_view sql, Args const& args) {
        Bound const bound = bind(args);
        std::string const key = key_of(sql, bound);
        auto found = statements_.find(key);
        if (found == statements_.end()) {
            found = statements_.emplace(key, "s" + std::to_string(statements_.size() + 1)).first;
            if (PQsendPrepare(connection_, found->second.c_str(), std::string(sql).c_str(), static_cast<int>(bound.types.size()), bound.types.data()) != 1) {
                statements_.erase(found);
                return fail(broken());
            }
        }
        if (PQsendQueryPrepared(connection_, found->second.c_str(), static_cast<int>(bound.values.size()), bound.values.data(), bound.lengths.data(),
                                bound.formats.data(), 0) != 1) {
            return fail(broken());
        }
        return {};
    }

    // One statement and its answer, outside the pipeline.
    Result<PGresult*> answer(std::string_view sql, Args const& args) {
        Bound const bound = bind(args);
        std::string const key = key_of(sql, bound);
        auto found = statements_.find(key);
        if (found == statements_.end()) {
            std::string const name = "s" + std::to_string(statements_.size() + 1);
            PGresult* const prepared = PQprepare(connection_, name.c_str(), std::string(sql).c_str(), static_cast<int>(bound.types.size()), bound.types.data());
            auto const status = check(prepared);
            PQclear(prepared);
            if (!status) return fail(status.error());
            found = statements_.emplace(key, name).first;
        }
        PGresult* const result = PQexecPrepared(connection_, found->second.c_str(), static_cast<int>(bound.values.size()), bound.values.data(),
                                                bound.lengths.data(), bound.formats.data(), 0);
        auto const status = check(result);
        if (!status) {
            PQclear(result);
            return fail(status.error());
        }
        return result;
    }

    PGconn* connection_ = nullptr;
    int pending_ = 0;
    std::map<std::string, std::string, std::less<>> statements_;
};

class PostgresWriter final : public WriteConnection {
public:
    explicit PostgresWriter(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
    Result<void> begin() override { return connection_->put("begin", {}); }
    Result<void> savepoint() override { return connection_->put("savepoint work", {}); }
    Result<void> release() override {
        SANJAL_DO(connection_->put("release work", {}));
        return connection_->settle();  // the closure is told "accepted" only when its rows are
    }
    Result<void> rollback_to() override {
        (void)connection_->settle();  // its error is the closure's, already known
        return connection_->script("rollback to work; release work");
    }
    Result<void> commit() override {
        SANJAL_DO(connection_->settle());
        return connection_->script("commit");
    }
    void rollback() override {
        (void)connection_->settle();
        (void)connection_->script("rollback");
    }
    Transaction& transaction() override { return *connection_; }

private:
    std::unique_ptr<Connection> connection_;
};

class PostgresStore final : public Store {
public:
    explicit PostgresStore(std::string url) : url_(std::move(url)) {}

    Result<void> read(std::function<Result<void>(Transaction&)> const& work) override {
        return within("begin isolation level repeatable read read only", work);
    }
    Result<void> change(std::function<Result<void>(Transaction&)> const& work) override { return within("begin", work); }

    Result<void> migrate(std::string_view set, std::span<Migration const> migrations) override {
        std::int64_t newest = 0;
        SANJAL_DO(change([&](Transaction& tx) -> Result<void> {
            auto& connection = static_cast<Connection&>(tx);
            // Two processes that start together wait for each other here.
            SANJAL_DO(connection.script("select pg_advisory_xact_lock(7365)"));
            SANJAL_DO(connection.script("create table if not exists schema_migration (name text not null, number bigint not null, primary key (name, number))"));
            SANJAL_DO(connection.each("select coalesce(max(number), 0) from schema_migration where name = $1", {std::string(set)}, [&](Row const& row) -> Result<void> {
                newest = row.integer(0);
                return {};
            }));
            for (auto const& migration : migrations) {
                if (migration.number <= newest) continue;
                SANJAL_DO(connection.script(in_dialect(migration.sql, true)));
                SANJAL_DO(connection.put("insert into schema_migration (name, number) values ($1, $2)", {std::string(set), std::int64_t{migration.number}}));
            }
            return {};
        }));
        if (!migrations.empty() && newest > migrations.back().number) {
            return fail(Fault::Conflict, "store.newer", "This database was written by a newer version of the program. Use that version.");
        }
        return {};
    }

    Result<std::unique_ptr<WriteConnection>> connect_writer() override {
        SANJAL_TRY(auto connection, Connection::open(url_));
        return std::unique_ptr<WriteConnection>(std::make_unique<PostgresWriter>(std::move(connection)));
    }
    Result<void> forget() override { return {}; }
    Result<void> copy_to(std::string const&) override {
        return fail(Fault::Invalid, "backup.postgres", "A PostgreSQL store is backed up with pg_dump or pg_basebackup; see the manual.");
    }
    Result<void> check() override {
        return read([](Transaction& tx) { return tx.each("select 1", {}, [](Row const&) -> Result<void> { return {}; }); });
    }
    bool is_postgres() const override { return true; }

private:
    Result<void> within(char const* begin, std::function<Result<void>(Transaction&)> const& work) {
        std::unique_ptr<Connection> connection;
        {
            std::lock_guard const lock(mutex_);
            while (!pool_.empty() && !connection) {
                connection = std::move(pool_.back());
                pool_.pop_back();
                if (!connection->alive()) connection.reset();
            }
        }
        if (!connection) {
            SANJAL_TRY(connection, Connection::open(url_));
        }
        SANJAL_DO(connection->script(begin));
        auto result = work(*connection);
        if (result) result = connection->settle();
        auto const ended = connection->script(result ? "commit" : "rollback");
        if (ended) {
            std::lock_guard const lock(mutex_);
            if (pool_.size() < 8) pool_.push_back(std::move(connection));
        }
        if (result && !ended) return ended;
        return result;
    }

    std::string url_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> pool_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres(StoreConfig const& config) {
    auto store = std::make_unique<PostgresStore>(config.url);
    SANJAL_DO(store->check());
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sanjal::store
