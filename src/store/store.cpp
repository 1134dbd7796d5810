#include "store/store.h"

#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/write_side.h"

namespace sanjal::store {

Result<std::optional<std::int64_t>> Transaction::integer(std::string_view sql, Args const& args) {
    std::optional<std::int64_t> value;
    bool first = true;
    SANJAL_DO(each(sql, args, [&](Row const& row) -> Result<void> {
        if (first) value = row.maybe_integer(0);
        first = false;
        return {};
    }));
    return value;
}

Result<std::optional<std::string>> Transaction::text(std::string_view sql, Args const& args) {
    std::optional<std::string> value;
    bool first = true;
    SANJAL_DO(each(sql, args, [&](Row const& row) -> Result<void> {
        if (first) value = row.maybe_text(0);
        first = false;
        return {};
    }));
    return value;
}

Result<std::optional<Bytes>> Transaction::bytes(std::string_view sql, Args const& args) {
    std::optional<Bytes> value;
    bool first = true;
    SANJAL_DO(each(sql, args, [&](Row const& row) -> Result<void> {
        if (first && !row.is_null(0)) value = Bytes(row.bytes(0));
        first = false;
        return {};
    }));
    return value;
}

Result<std::vector<std::string>> Transaction::texts(std::string_view sql, Args const& args) {
    std::vector<std::string> all;
    SANJAL_DO(each(sql, args, [&](Row const& row) -> Result<void> {
        all.emplace_back(row.text(0));
        return {};
    }));
    return all;
}

Result<void> Transaction::each_of(std::span<Query const> queries) {
    for (auto const& query : queries) SANJAL_DO(each(query.sql, query.args, query.visit));
    return {};
}

// --- the write side --------------------------------------------------------------------------------------------------

WriteSide::WriteSide(Store& store) : store_(store) {
    SANJAL_CHECK(store_.writing_.load() != std::this_thread::get_id());
    store_.write_mutex_.lock();
    store_.writing_.store(std::this_thread::get_id());
}

WriteSide::~WriteSide() {
    rollback();
    store_.writing_.store({});
    store_.write_mutex_.unlock();
}

Result<Transaction*> WriteSide::begin() {
    SANJAL_CHECK(!begun_);
    SANJAL_TRY(transaction_, store_.begin());
    transaction_->memory_.emplace();
    begun_ = true;
    return transaction_;
}

Result<void> WriteSide::rollback_to() {
    transaction_->memory_->clear();
    return store_.rollback_to();
}

Result<void> WriteSide::commit() {
    SANJAL_CHECK(begun_);
    begun_ = false;
    remember_nothing();
    return store_.commit();
}

void WriteSide::rollback() {
    if (begun_) {
        remember_nothing();
        store_.rollback();
    }
    begun_ = false;
}

Result<void> Store::change(Work const& work) {
    WriteSide side(*this);
    SANJAL_TRY(auto* const transaction, side.begin());
    SANJAL_DO(work(*transaction));
    return side.commit();
}

// --- migrations ------------------------------------------------------------------------------------------------------

namespace {

std::string expanded(std::string_view sql, Dialect dialect) {
    struct Type {
        std::string_view mark, sqlite, postgres;
    };
    // COLLATE "C": text sorts and compares by its bytes, as in SQLite, whatever the database's language.
    static constexpr Type types[] = {{"{int}", "integer", "bigint"},
                                     {"{text}", "text", "text collate \"C\""},
                                     {"{blob}", "blob", "bytea"},
                                     {"{real}", "real", "double precision"}};
    std::string out;
    while (!sql.empty()) {
        if (sql.front() == '{') {
            auto const* const type = std::find_if(std::begin(types), std::end(types), [&](Type const& one) { return sql.starts_with(one.mark); });
            SANJAL_CHECK(type != std::end(types));
            out += dialect == Dialect::Sqlite ? type->sqlite : type->postgres;
            sql.remove_prefix(type->mark.size());
        } else {
            out += sql.front();
            sql.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace

Result<void> Store::migrate(std::string_view owner, std::span<Migration const> migrations) {
    for (std::size_t i = 0; i < migrations.size(); ++i) SANJAL_CHECK(migrations[i].number == static_cast<int>(i) + 1);
    WriteSide side(*this);
    SANJAL_TRY(auto* const transaction, side.begin());
    // Two processes that start at the same time over one PostgreSQL database migrate one after the other.
    if (dialect() == Dialect::Postgres) SANJAL_DO(transaction->integer("select 1 from pg_advisory_xact_lock(7310579611)"));
    SANJAL_DO(side.run_script(expanded("create table if not exists schema_migration (owner {text} not null, number {int} not null,"
                                       " name {text} not null, primary key (owner, number))", dialect())));
    SANJAL_TRY(auto const newest, transaction->integer("select max(number) from schema_migration where owner = $1", {owner}));
    std::int64_t const stands_at = newest.value_or(0);
    auto const known = static_cast<std::int64_t>(migrations.size());
    if (stands_at > known) {
        return fail(Fault::Conflict, "store.newer",
                    "This database was used by a newer program: its tables of " + std::string(owner) + " stand at migration " +
                        std::to_string(stands_at) + ", and this program knows " + std::to_string(known) +
                        ". Start the newer program, or restore a backup from before. Nothing was changed.");
    }
    for (auto const& migration : migrations.subspan(static_cast<std::size_t>(stands_at))) {
        SANJAL_DO(side.run_script(expanded(migration.sql, dialect())));
        SANJAL_DO(transaction->run("insert into schema_migration (owner, number, name) values ($1, $2, $3)",
                                   {owner, migration.number, migration.name}));
    }
    SANJAL_DO(side.commit());
    side.schema_changed();
    return {};
}

Result<std::unique_ptr<Store>> Store::open(StoreConfig const& config) {
    constexpr std::string_view sqlite = "sqlite:";
    constexpr std::string_view postgres = "postgres:";
    std::string_view const url = config.url;
    if (config.key && config.key->size() != 32) {
        return fail(Fault::Invalid, "store.key_size", "The key of a database has 32 bytes. This one has another length.");
    }
    if (url.starts_with(sqlite) && url.size() > sqlite.size()) return open_sqlite(std::string(url.substr(sqlite.size())), config);
    if (url.starts_with(postgres)) return open_postgres(std::string(url.substr(postgres.size())), config);
    return fail(Fault::Invalid, "store.url", "A store is named \"sqlite:/path/to/file\" or \"postgres:host=... dbname=...\". This is neither.");
}

}  // namespace sanjal::store
