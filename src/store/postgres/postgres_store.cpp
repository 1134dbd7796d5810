// The bigger store: PostgreSQL by libpq.  Writes that need no answer are sent ahead in pipeline mode and read back at the
// next statement that does; a connection that broke is thrown away and the next group opens a fresh one.
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "store/postgres/postgres_store.h"

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
    static Result<std::unique_ptr<Connection>> open(std::string const& info) {
        std::unique_ptr<Connection> connection(new Connection);
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
        SANJAL_DO(done());
        PGresult* const result = PQexec(connection_, sql.c_str());
        auto status = check(result);
        PQclear(result);
        return status;
    }

    Result<std::int64_t> run(std::string_view sql, Args const& args) override {
        SANJAL_DO(ask(sql, args, true));
        SANJAL_TRY(auto const answers, settle());
        return static_cast<std::int64_t>(std::strtoll(PQcmdTuples(answers.front().get()), nullptr, 10));
    }

    Result<void> put(std::string_view sql, Args const& args) override {
        SANJAL_DO(ask(sql, args, false));
        // Bounded, so that what the server says meanwhile is, too.
        if (pending_.size() >= pending_max) return done();
        // The server works on what it has while this side makes the rest.
        if (pending_.size() % sent_at_once == 0 && PQflush(connection_) < 0) return fail(broken());
        return {};
    }

    Result<void> each(std::string_view sql, Args const& args, Visit const& visit) override {
        SANJAL_DO(ask(sql, args, true));
        SANJAL_TRY(auto const answers, settle());
        return show(answers.front().get(), visit);
    }

    // What was sent ahead and the questions go together, and are answered together.
    Result<void> each_of(std::span<Query const> queries) override {
        for (auto const& query : queries) SANJAL_DO(ask(query.sql, query.args, true));
        SANJAL_TRY(auto const answers, settle());
        for (std::size_t i = 0; i < answers.size(); ++i) SANJAL_DO(show(answers[i].get(), queries[i].visit));
        return {};
    }

    // Reads back what was sent ahead; gives the first error.
    Result<void> done() {
        SANJAL_DO(settle());
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
            if (auto const* integer = std::get_if<std::int64_t>(&value.held())) {
                type = type_int8;
                text = std::to_string(*integer);
            } else if (auto const* real = std::get_if<double>(&value.held())) {
                type = type_float8;
                std::array<char, 40> buffer{};
                std::snprintf(buffer.data(), buffer.size(), "%.17g", *real);
                text = buffer.data();
            } else if (auto const* string = std::get_if<std::string>(&value.held())) {
                text = *string;
            } else if (auto const* blob = std::get_if<Blob>(&value.held())) {
                type = type_bytea;
                format = 1;
                text = blob->bytes;
            }
            bool const null = std::holds_alternative<std::monostate>(value.held());
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

    struct Cleared {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using Answer = std::unique_ptr<PGresult, Cleared>;
    // What was sent and not read back yet.
    enum class Pending { Prepared, Done, Answered };

    // Sends one statement ahead.  `is_question`: its answer is wanted.
    Result<void> ask(std::string_view sql, Args const& args, bool is_question) {
        if (PQpipelineStatus(connection_) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_) != 1) return fail(broken());
        Bound const bound = bind(args);
        std::string key = key_of(sql, bound);
        auto found = statements_.find(key);
        if (found == statements_.end()) {
            found = statements_.emplace(key, "s" + std::to_string(++named_)).first;
            if (PQsendPrepare(connection_, found->second.c_str(), std::string(sql).c_str(), static_cast<int>(bound.types.size()), bound.types.data()) != 1) {
                statements_.erase(found);
                return fail(broken());
            }
            preparing_.push_back(std::move(key));
            pending_.push_back(Pending::Prepared);
        }
        if (PQsendQueryPrepared(connection_, found->second.c_str(), static_cast<int>(bound.values.size()), bound.values.data(), bound.lengths.data(),
                                bound.formats.data(), 0) != 1) {
            return fail(broken());
        }
        pending_.push_back(is_question ? Pending::Answered : Pending::Done);
        return {};
    }

    // One way to the server and back: the answers that are wanted, in order, or the first error.
    Result<std::vector<Answer>> settle() {
        std::vector<Answer> answers;
        if (PQpipelineStatus(connection_) == PQ_PIPELINE_OFF) return answers;
        std::optional<Error> first;
        if (PQpipelineSync(connection_) != 1) first = broken();
        for (std::size_t at = 0; PQstatus(connection_) == CONNECTION_OK;) {
            Answer result(PQgetResult(connection_));
            if (!result) continue;  // the end of one statement's answers
            auto const status = PQresultStatus(result.get());
            if (status == PGRES_PIPELINE_SYNC) break;
            auto const checked = status == PGRES_PIPELINE_ABORTED ? Result<void>() : check(result.get());
            if (!checked && !first) first = checked.error();
            if (at < pending_.size() && pending_[at] == Pending::Answered) answers.push_back(std::move(result));
            ++at;
        }
        if (PQstatus(connection_) != CONNECTION_OK && !first) first = broken();
        pending_.clear();
        if (PQstatus(connection_) == CONNECTION_OK && PQexitPipelineMode(connection_) != 1 && !first) first = broken();
        // After an error the server skipped the rest: what it had been asked to prepare may not be there.
        if (first) {
            for (auto const& key : preparing_) statements_.erase(key);
        }
        preparing_.clear();
        if (first) return fail(std::move(*first));
        return answers;
    }

    // After the pipeline: a visit may use this connection.
    static Result<void> show(PGresult* result, Visit const& visit) {
        for (int row = 0; row < PQntuples(result); ++row) SANJAL_DO(visit(PostgresRow(result, row)));
        return {};
    }

    static constexpr std::size_t pending_max = 512;
    static constexpr std::size_t sent_at_once = 16;

    PGconn* connection_ = nullptr;
    std::vector<Pending> pending_;
    std::map<std::string, std::string, std::less<>> statements_;
    std::vector<std::string> preparing_;  // keys in statements_ that the server has not confirmed
    std::size_t named_ = 0;
};

class PostgresStore final : public Store {
public:
    // The server would let go of the locks by itself, but some time after the connection is gone.
    ~PostgresStore() override {
        if (locks_) static_cast<void>(locks_->script("select pg_advisory_unlock_all()"));
    }
    PostgresStore(std::string url, unsigned readers_idle_max) : url_(std::move(url)), readers_idle_max_(readers_idle_max) {}

    [[nodiscard]] Dialect dialect() const override { return Dialect::Postgres; }

    Result<void> read(Work const& work) override {
        std::unique_ptr<Connection> connection;
        {
            std::lock_guard const lock(mutex_);
            while (!idle_.empty() && !connection) {
                connection = std::move(idle_.back());
                idle_.pop_back();
                if (!connection->alive()) connection.reset();
            }
        }
        if (!connection) {
            SANJAL_TRY(connection, Connection::open(url_));
        }
        SANJAL_DO(connection->script("begin isolation level repeatable read read only"));
        auto result = work(*connection);
        if (result) result = connection->done();
        if (connection->script("rollback")) {
            std::lock_guard const lock(mutex_);
            if (idle_.size() < readers_idle_max_) idle_.push_back(std::move(connection));
        }
        return result;
    }

    // Outside any transaction; what vacuum leaves in free pages is overwritten as they are used again.
    Result<void> forget() override {
        SANJAL_TRY(auto connection, Connection::open(url_));
        return connection->script("vacuum");
    }

    Result<void> reachable() {
        return read([](Transaction& tx) { return tx.each("select 1", {}, [](Row const&) -> Result<void> { return {}; }); });
    }

    // Reads every row of every table, and what lies outside its row, so that a page whose checksum is wrong or that cannot be
    // taken apart is found.  Indexes are held against their tables where the extension amcheck is there and may be used.
    Result<void> check() override {
        return read([](Transaction& tx) -> Result<void> {
            auto const ignore = [](Row const&) -> Result<void> { return {}; };
            SANJAL_TRY(auto const tables, tx.texts("select quote_ident(relname) from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace order by 1"));
            for (auto const& table : tables) SANJAL_DO(tx.each("select sum(length(x::text)) from " + table + " x", {}, ignore));
            SANJAL_TRY(auto const amcheck, tx.integer("select count(*) from pg_proc where proname = 'bt_index_check' and pronargs = 2"
                                                      " and has_function_privilege(oid, 'execute')"));
            if (amcheck.value_or(0) == 0) return {};
            return tx.each("select bt_index_check(c.oid, true) from pg_class c join pg_am a on a.oid = c.relam where c.relkind = 'i' and a.amname = 'btree'"
                                   " and c.relnamespace = current_schema()::regnamespace", {}, ignore);
        });
    }

    Result<bool> try_lock_forever(std::string_view name) override {
        std::lock_guard const lock(mutex_);
        if (!locks_ || !locks_->alive()) {
            held_.clear();
            SANJAL_TRY(locks_, Connection::open(url_));
        }
        std::string const key(name);
        if (std::find(held_.begin(), held_.end(), key) != held_.end()) return true;
        std::int64_t got = 0;
        SANJAL_DO(locks_->each("select case when pg_try_advisory_lock(hashtext($1)) then 1 else 0 end", {key}, [&](Row const& row) -> Result<void> {
            got = row.integer(0);
            return {};
        }));
        if (got == 1) held_.push_back(key);
        return got == 1;
    }

private:
    Result<Transaction*> begin() override {
        if (!writer_ || !writer_->alive()) {
            writer_.reset();
            SANJAL_TRY(writer_, Connection::open(url_));
            // Who writes asks by key and never for a whole table.  A plan made while a table was new and empty must not stay
            // a walk through it when it has grown.
            SANJAL_DO(writer_->script("set enable_seqscan = off; set plan_cache_mode = force_generic_plan"));
        }
        SANJAL_DO(writer_->put("begin", {}));
        return writer_.get();
    }
    Result<void> savepoint() override { return writer_->put("savepoint work", {}); }
    Result<void> release() override {
        SANJAL_DO(writer_->put("release work", {}));
        return writer_->done();  // a work is told "accepted" only when its rows are
    }
    Result<void> rollback_to() override {
        static_cast<void>(writer_->done());  // its error is the work's own, already known
        return writer_->script("rollback to work; release work");
    }
    Result<void> commit() override {
        auto result = writer_->done();
        if (result) result = writer_->script("commit");
        if (!result) rollback();
        return result;
    }
    void rollback() override {
        if (!writer_) return;
        static_cast<void>(writer_->done());
        // A connection that cannot even roll back is not used again.
        if (!writer_->script("rollback")) writer_.reset();
    }
    Result<void> run_script(std::string const& sql) override { return writer_->script(sql); }
    void schema_changed() override {
        std::lock_guard const lock(mutex_);
        idle_.clear();
    }

    std::string url_;
    unsigned readers_idle_max_;
    std::unique_ptr<Connection> writer_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::unique_ptr<Connection> locks_;
    std::vector<std::string> held_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres(std::string connection, StoreConfig const& config) {
    auto store = std::make_unique<PostgresStore>(std::move(connection), config.readers_idle_max);
    SANJAL_DO(store->reachable());
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sanjal::store
