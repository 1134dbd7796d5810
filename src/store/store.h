#pragma once
// The store: tables in SQLite (embedded, encrypted) or PostgreSQL, and the one way to read and to change them.
// Not an ORM and not a query builder.  SQL is written once, in what both databases speak, with $1, $2, ... for the values.
//
// What holds on both: text compares bytewise (LIKE minds case, too), integers have 64 bits, an answer that was given is
// durable, a reader sees one consistent state and never waits for the writer.  After an Error from a Transaction the work
// that got it must return it: PostgreSQL will do nothing more until it is rolled back.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <typeindex>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sanjal::store {

class FileFaults;  // store/faults.h

// Bytes as opposed to text: for a {blob} column.
struct Blob {
    std::string bytes;
};

// One value for one $n.  Made from integers, bool (0 or 1), double, text, Blob, nullptr and an optional of these.
class Value {
public:
    using Held = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

    Value() = default;
    Value(std::nullptr_t) {}
    Value(std::nullopt_t) {}
    template <class T>
        requires std::is_integral_v<T>
    Value(T number) : held_(static_cast<std::int64_t>(number)) {}
    Value(double number) : held_(number) {}
    Value(char const* text) : held_(std::string(text)) {}
    Value(std::string_view text) : held_(std::string(text)) {}
    Value(std::string text) : held_(std::move(text)) {}
    Value(Blob blob) : held_(std::move(blob)) {}
    template <class T>
    Value(std::optional<T> const& value) {
        if (value) *this = Value(*value);
    }

    [[nodiscard]] Held const& held() const { return held_; }

private:
    Held held_;
};

using Args = std::vector<Value>;

// One row of an answer; columns count from 0.  Views live until the callback returns.  NULL reads as 0 or empty.
class Row {
public:
    virtual ~Row() = default;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual double real(int column) const = 0;
    [[nodiscard]] virtual std::string_view text(int column) const = 0;
    [[nodiscard]] virtual std::string_view bytes(int column) const = 0;
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }
    [[nodiscard]] std::optional<std::string> maybe_text(int column) const {
        return is_null(column) ? std::nullopt : std::optional(std::string(text(column)));
    }
};

using Visit = std::function<Result<void>(Row const&)>;

// One statement of several that are asked together.
struct Query {
    std::string_view sql;
    Args args;
    Visit visit;
};

// What one group of the writer has read and written already and need not read again: one T of each kind.
class Memory {
public:
    template <class T>
    T& of() {
        auto& held = all_[std::type_index(typeid(T))];
        if (!held) held = std::make_shared<T>();
        return *std::static_pointer_cast<T>(held);
    }
    void clear() { all_.clear(); }

private:
    std::unordered_map<std::type_index, std::shared_ptr<void>> all_;
};

// What can be done inside one transaction.  One thread; never kept beyond the call that gave it.
class Transaction {
public:
    virtual ~Transaction() = default;

    // Who changes rows may keep beside them what he would otherwise read again: nullptr outside the write side.  It is empty
    // when a transaction begins, and emptied whenever a work is undone, so it never knows more than the rows do.  It may be
    // relied on only for rows that nobody changes who does not hold the lock that the group took first, and whoever changes
    // such rows keeps it right.
    virtual Memory* memory() { return memory_ ? &*memory_ : nullptr; }
    // Rows inserted, changed or deleted.
    virtual Result<std::int64_t> run(std::string_view sql, Args const& args = {}) = 0;
    // As run, but the answer may come later (PostgreSQL sends many at once): an Error then surfaces at the next run or
    // each, or at the end of the work.  The fast way to write where nobody reads the count.
    virtual Result<void> put(std::string_view sql, Args const& args = {}) = 0;
    // Every row in turn; an Error from `visit` ends it and is returned.  `visit` may use the transaction.  PostgreSQL holds
    // the whole answer in memory, so a long one is read in pages ("where position > $1 order by position limit 512").
    virtual Result<void> each(std::string_view sql, Args const& args, Visit const& visit) = 0;
    // Several at once, each row to its own `visit`, in order: PostgreSQL is asked and answers once for all of them.  No
    // `visit` may use the transaction, and none of the statements may change anything.
    virtual Result<void> each_of(std::span<Query const> queries);

    // T has `static T from(Row const&)`.
    template <class T>
    Result<std::vector<T>> rows(std::string_view sql, Args const& args = {}) {
        std::vector<T> all;
        SANJAL_DO(each(sql, args, [&](Row const& row) -> Result<void> {
            all.push_back(T::from(row));
            return {};
        }));
        return all;
    }
    template <class T>
    Result<std::optional<T>> row(std::string_view sql, Args const& args = {}) {
        std::optional<T> first;
        SANJAL_DO(each(sql, args, [&](Row const& one) -> Result<void> {
            if (!first) first = T::from(one);
            return {};
        }));
        return first;
    }
    // The first column of the first row; nothing where there is no row or it is NULL.
    Result<std::optional<std::int64_t>> integer(std::string_view sql, Args const& args = {});
    Result<std::optional<std::string>> text(std::string_view sql, Args const& args = {});
    Result<std::optional<Bytes>> bytes(std::string_view sql, Args const& args = {});
    Result<std::vector<std::string>> texts(std::string_view sql, Args const& args = {});  // the first column of every row

private:
    friend class WriteSide;
    std::optional<Memory> memory_;  // while somebody writes
};

using Work = std::function<Result<void>(Transaction&)>;

// One step of a schema.  {int} {text} {blob} {real} stand for each database's column types; several statements are
// separated by semicolons.  A migration that was released is never altered.
struct Migration {
    int number;
    std::string_view name;
    std::string_view sql;
};

struct StoreConfig {
    std::string url;                   // "sqlite:/path/to/file" or "postgres:<libpq conninfo>"
    std::optional<Bytes> key = {};     // 32 bytes: the file is encrypted with it.  PostgreSQL has no use for it
    FileFaults* faults = nullptr;      // for tests: SQLite's files then go through store/sqlite/files.h
    unsigned readers_idle_max = 16;    // connections kept for the next reader
};

enum class Dialect { Sqlite, Postgres };

class Store {
public:
    static Result<std::unique_ptr<Store>> open(StoreConfig const& config);
    virtual ~Store() = default;
    Store(Store const&) = delete;
    Store& operator=(Store const&) = delete;

    [[nodiscard]] virtual Dialect dialect() const = 0;

    // Any thread, also within another read or a work: one consistent, committed state, and nothing can be changed.
    virtual Result<void> read(Work const& work) = 0;

    // One transaction of its own, durable on return; waits for whoever writes.  For setting up and for stores without a
    // Writer; a busy store is written through store/writer.h.  Never from within a work on the same store.
    Result<void> change(Work const& work);

    // Brings the tables of one owner ("ledger", a feature's name) up to its last migration.  Refuses a database that has
    // a migration this program does not know.  Before anybody reads.
    Result<void> migrate(std::string_view owner, std::span<Migration const> migrations);

    // Makes deleted rows unrecoverable from the database's own files as far as the database can: empties SQLite's log,
    // vacuums PostgreSQL.  Busy where a long read stands in the way.
    virtual Result<void> forget() = 0;

    // Reads the whole database and checks it: every page, every index.  Slow.
    virtual Result<void> check() = 0;

    // Takes the lock of that name for as long as this Store lives, across processes.  False: somebody else has it.  May be
    // called again at any time and then says whether it is still held.
    virtual Result<bool> try_lock_forever(std::string_view name) = 0;

protected:
    Store() = default;

private:
    friend class Writer;
    friend class WriteSide;
    // The write side: one transaction at a time, with savepoints.  Used through WriteSide.
    virtual Result<Transaction*> begin() = 0;
    virtual Result<void> savepoint() = 0;
    virtual Result<void> release() = 0;      // first hears what put() deferred
    virtual Result<void> rollback_to() = 0;  // and releases
    virtual Result<void> commit() = 0;       // on failure everything is rolled back
    virtual void rollback() = 0;
    virtual Result<void> run_script(std::string const& sql) = 0;  // several statements, inside begin and commit
    virtual void schema_changed() = 0;                            // forget prepared statements and readers

    std::mutex write_mutex_;
    std::atomic<std::thread::id> writing_{};
};

}  // namespace sanjal::store
