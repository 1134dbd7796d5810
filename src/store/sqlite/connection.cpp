#include "store/sqlite/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/sqlite/errors.h"

namespace sanjal::store {
namespace {

constexpr std::size_t statements_max = 256;

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, checked(column)); }
    [[nodiscard]] double real(int column) const override { return sqlite3_column_double(statement_, checked(column)); }
    [[nodiscard]] std::string_view text(int column) const override {
        auto const* const chars = sqlite3_column_text(statement_, checked(column));
        if (chars == nullptr) return {};
        return {reinterpret_cast<char const*>(chars), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    [[nodiscard]] std::string_view bytes(int column) const override {
        auto const* const data = sqlite3_column_blob(statement_, checked(column));
        if (data == nullptr) return {};
        return {static_cast<char const*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    [[nodiscard]] bool is_null(int column) const override { return sqlite3_column_type(statement_, checked(column)) == SQLITE_NULL; }

private:
    [[nodiscard]] int checked(int column) const {
        SANJAL_CHECK(column >= 0 && column < sqlite3_column_count(statement_));
        return column;
    }
    sqlite3_stmt* statement_;
};

// What a statement may do outside migrations.  The SQL is ours; this is the second lock on that door.
int allow(void*, int action, char const* first, char const* second, char const*, char const*) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_READ:
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_TRANSACTION:
        case SQLITE_SAVEPOINT:
        case SQLITE_RECURSIVE: return SQLITE_OK;
        case SQLITE_FUNCTION: return second != nullptr && std::strcmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
        case SQLITE_PRAGMA:  // full-text search asks for this one
            return first != nullptr && std::strcmp(first, "data_version") == 0 ? SQLITE_OK : SQLITE_DENY;
        default: return SQLITE_DENY;
    }
}

// The file exists before SQLite opens it, so that it and its log never have looser permissions.
Result<void> make_private_file(std::string const& path) {
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        int const why = errno;
        if (why == ENOSPC || why == EDQUOT) return fail(Fault::Full, "store.disk_full", "The disk is full. Make room and try again.", path);
        return fail(Fault::Io, "store.io", "The database's file cannot be opened. Check that its directory exists and that this user may write to it.", path);
    }
    ::close(file);
    return {};
}

}  // namespace

Connection::~Connection() {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement.handle);
    sqlite3_close_v2(db_);
}

void Connection::restrict(bool on) { sqlite3_set_authorizer(db_, on ? allow : nullptr, nullptr); }

Error Connection::error(int code, std::string_view sql) {
    Error error = sqlite_error(db_, code, sql);
    if (is_of_the_disk(error)) spoilt_ = true;
    return error;
}

Result<std::unique_ptr<Connection>> Connection::open(SqliteFile const& file, Access access) {
    if (access == Access::Write) SANJAL_DO(make_private_file(file.path));
    sqlite3* db = nullptr;
    int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int const code = sqlite3_open_v2(file.path.c_str(), &db, flags, file.vfs.empty() ? nullptr : file.vfs.c_str());
    if (code != SQLITE_OK) {
        auto problem = sqlite_error(db, code, {});
        sqlite3_close_v2(db);
        return fail(std::move(problem));
    }
    std::unique_ptr<Connection> connection(new Connection(db));
    sqlite3_busy_timeout(db, 5000);
    if (file.key) {
        // By the C API and never as SQL text: SQL may end up in an error or a log.
        std::string raw = "raw:" + *file.key;
        sqlite3mc_config(db, "cipher", sqlite3mc_cipher_index("aegis"));
        int const keyed = sqlite3_key(db, raw.data(), static_cast<int>(raw.size()));
        std::memset(raw.data(), 0, raw.size());
        asm volatile("" : : "r"(raw.data()) : "memory");  // keeps the line above
        if (keyed != SQLITE_OK) return fail(connection->error(keyed, {}));
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);

    auto first = connection->script("select count(*) from sqlite_schema;");
    if (!first) {
        if (first.error().code == "store.damaged") return fail(explain_unreadable(file.path, file.key.has_value()));
        return fail(first.error());
    }
    std::string settings = "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma cell_size_check = on;"
                           "pragma case_sensitive_like = on; pragma temp_store = memory; pragma journal_size_limit = 67108864;";
    settings += access == Access::Write ? "pragma cache_size = -8192;" : "pragma cache_size = -2048; pragma query_only = on;";
    SANJAL_DO(connection->script(settings));
    connection->restrict(true);
    return connection;
}

Result<void> Connection::script(std::string const& sql) {
    restrict(false);
    int const code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    Result<void> result;
    if (code != SQLITE_OK) result = fail(error(code, sql));
    restrict(true);
    return result;
}

Result<void> Connection::check() {
    restrict(false);
    bool sound = true;
    Visit const visit = [&](Row const& row) -> Result<void> {
        sound = sound && row.text(0) == "ok";
        return {};
    };
    auto result = each("pragma integrity_check(20)", {}, &visit);
    restrict(true);
    SANJAL_DO(std::move(result));
    if (sound) return {};
    return fail(Fault::Corrupt, "store.damaged", "The database's tables and indexes do not agree with one another. Stop this node and restore a backup.");
}

Result<Connection::Statement> Connection::prepare(std::string_view sql) {
    Statement statement;
    char const* rest = nullptr;
    int const code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement.handle, &rest);
    if (code != SQLITE_OK) return fail(error(code, sql));
    // One statement at a time: what comes after a semicolon would silently not be done.
    bool const whole = statement.handle != nullptr && std::string_view(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest)).find_first_not_of(" \n;") == std::string_view::npos;
    int const count = sqlite3_bind_parameter_count(statement.handle);
    bool numbered = true;
    for (int i = 1; i <= count && whole; ++i) {
        char const* const name = sqlite3_bind_parameter_name(statement.handle, i);
        int number = 0;
        if (name != nullptr && name[0] == '$') {
            for (char const* digit = name + 1; *digit >= '0' && *digit <= '9' && number < 10000; ++digit) number = number * 10 + (*digit - '0');
        }
        numbered = numbered && number > 0 && number < 10000;
        if (!numbered) break;
        if (statement.index_of.size() < static_cast<std::size_t>(number)) statement.index_of.resize(static_cast<std::size_t>(number), 0);
        statement.index_of[static_cast<std::size_t>(number) - 1] = i;
    }
    if (whole && numbered) return statement;
    sqlite3_finalize(statement.handle);
    return fail(Fault::Internal, "store.sql", "This is not one statement with values named $1, $2, ...", std::string(sql));
}

Result<Connection::Statement*> Connection::cached(std::string_view sql) {
    if (auto const found = statements_.find(sql); found != statements_.end()) return &found->second;
    if (statements_.size() >= statements_max) {
        std::erase_if(statements_, [](auto& one) {
            if (one.second.in_use) return false;
            sqlite3_finalize(one.second.handle);
            return true;
        });
    }
    SANJAL_TRY(auto statement, prepare(sql));
    return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

Result<void> Connection::bind(Statement& statement, Args const& args, std::string_view sql) {
    if (statement.index_of.size() > args.size()) {
        return fail(Fault::Internal, "store.sql", "A statement was given fewer values than it names.", std::string(sql));
    }
    for (std::size_t i = 0; i < statement.index_of.size(); ++i) {
        int const at = statement.index_of[i];
        if (at == 0) continue;
        auto* const handle = statement.handle;
        auto const& held = args[i].held();
        int code = SQLITE_OK;
        // SQLITE_STATIC: the values live until the statement is reset.
        if (auto const* integer = std::get_if<std::int64_t>(&held)) {
            code = sqlite3_bind_int64(handle, at, *integer);
        } else if (auto const* real = std::get_if<double>(&held)) {
            code = sqlite3_bind_double(handle, at, *real);
        } else if (auto const* text = std::get_if<std::string>(&held)) {
            code = sqlite3_bind_text64(handle, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
        } else if (auto const* blob = std::get_if<Blob>(&held)) {
            code = sqlite3_bind_blob64(handle, at, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
        } else {
            code = sqlite3_bind_null(handle, at);
        }
        if (code != SQLITE_OK) return fail(error(code, sql));
    }
    return {};
}

Result<void> Connection::step_all(Statement& statement, std::string_view sql, Visit const* visit) {
    while (true) {
        int const code = sqlite3_step(statement.handle);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return fail(error(code, sql));
        if (visit != nullptr) SANJAL_DO((*visit)(SqliteRow(statement.handle)));
    }
}

Result<void> Connection::each(std::string_view sql, Args const& args, Visit const* visit) {
    SANJAL_TRY(auto* statement, cached(sql));
    // A callback may run the very statement that called it: the inner one is a second copy.
    Statement second;
    bool const nested = statement->in_use;
    if (nested) {
        SANJAL_TRY(second, prepare(sql));
        statement = &second;
    }
    statement->in_use = true;
    auto result = bind(*statement, args, sql);
    if (result) result = step_all(*statement, sql, visit);
    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle);
    statement->in_use = false;
    if (nested) sqlite3_finalize(second.handle);
    return result;
}

}  // namespace sanjal::store
