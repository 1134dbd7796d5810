#pragma once
// One connection to one SQLite file, with its prepared statements.  One thread at a time.

#include <sqlite3.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace sanjal::store {

struct SqliteFile {
    std::string path;
    std::optional<Bytes> key;
    std::string vfs;  // empty: the ordinary one
};

enum class Access { Write, Read };

class Connection {
public:
    static Result<std::unique_ptr<Connection>> open(SqliteFile const& file, Access access);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // `visit` may be empty; it may use this connection.
    Result<void> each(std::string_view sql, Args const& args, Visit const* visit);
    Result<void> script(std::string const& sql);  // statements without values, whatever they are (migrations, pragmas)
    Result<void> check();  // every page and every index
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(db_); }
    [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
    // A failure of the disk was seen: the owner opens another connection instead of this one.
    [[nodiscard]] bool spoilt() const { return spoilt_; }

private:
    struct Statement {
        sqlite3_stmt* handle = nullptr;
        std::vector<int> index_of;  // of $1, $2, ...: SQLite's number of the parameter, 0 where the statement has no such
        bool in_use = false;
    };
    explicit Connection(sqlite3* db) : db_(db) {}
    Result<Statement> prepare(std::string_view sql);
    Result<Statement*> cached(std::string_view sql);
    Result<void> bind(Statement& statement, Args const& args, std::string_view sql);
    Result<void> step_all(Statement& statement, std::string_view sql, Visit const* visit);
    Error error(int code, std::string_view sql);
    void restrict(bool on);

    sqlite3* db_;
    std::map<std::string, Statement, std::less<>> statements_;
    bool spoilt_ = false;
};

class SqliteTransaction final : public Transaction {
public:
    explicit SqliteTransaction(Connection& connection) : connection_(connection) {}
    Result<std::int64_t> run(std::string_view sql, Args const& args) override {
        SANJAL_DO(connection_.each(sql, args, nullptr));
        return connection_.changes();
    }
    Result<void> put(std::string_view sql, Args const& args) override { return connection_.each(sql, args, nullptr); }
    Result<void> each(std::string_view sql, Args const& args, Visit const& visit) override { return connection_.each(sql, args, &visit); }

private:
    Connection& connection_;
};

}  // namespace sanjal::store
