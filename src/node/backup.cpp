#include "node/backup.h"

#include <filesystem>
#include <system_error>

namespace sanjal::node {
namespace {

namespace files = std::filesystem;

Result<void> from_code(std::error_code const& code, std::string const& where) {
    if (!code) return {};
    bool const full = code == std::errc::no_space_on_device;
    return fail(full ? Fault::Full : Fault::Io, full ? "backup.disk_full" : "backup.io", "A file could not be copied: " + code.message() + ".", where);
}

Result<void> copy_if_there(files::path const& from, files::path const& to) {
    std::error_code code;
    if (!files::exists(from, code)) return {};
    if (files::is_directory(from, code)) {
        files::copy(from, to, files::copy_options::recursive, code);
    } else {
        files::copy_file(from, to, code);
    }
    return from_code(code, to.string());
}

Result<void> fresh_directory(std::string const& path) {
    std::error_code code;
    if (files::exists(path, code) && !files::is_empty(path, code)) {
        return fail(Fault::Conflict, "backup.exists", "There is something in this directory already. Name a new one.", path);
    }
    files::create_directories(path, code);
    SANJAL_DO(from_code(code, path));
    files::permissions(path, files::perms::owner_all, code);
    return {};
}

}  // namespace

Result<Json> back_up(app::House& house, std::string const& ledger_to, std::string const& keys_to) {
    if (house.store().dialect() != store::Dialect::Sqlite) {
        return fail(Fault::Invalid, "backup.postgres", "A PostgreSQL store is backed up with pg_basebackup or pg_dump; the manual says how.");
    }
    SANJAL_DO(fresh_directory(ledger_to));
    SANJAL_DO(fresh_directory(keys_to));
    files::path const from(house.directory());
    // Within a write transaction nobody else writes, so the file and its log are of one moment; keys afterwards: a key too
    // many does no harm, one too few would.
    SANJAL_DO(house.store().change([&](store::Transaction&) -> Result<void> {
        for (char const* name : {"node.json", "head", "ledger.db", "ledger.db-wal", "blobs"}) SANJAL_DO(copy_if_there(from / name, files::path(ledger_to) / name));
        return {};
    }));
    SANJAL_DO(house.key_store().change([&](store::Transaction&) -> Result<void> {
        for (char const* name : {"keys.db", "keys.db-wal", "erased", "authority.pem", "authority.key"}) SANJAL_DO(copy_if_there(from / name, files::path(keys_to) / name));
        return {};
    }));
    std::int64_t size = 0;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
        size = static_cast<std::int64_t>(frontier.size());
        return {};
    }));
    return Json::object({{"ledger", ledger_to}, {"keys", keys_to}, {"entries", size}});
}

Result<void> put_back(std::string const& directory, std::string const& ledger_from, std::string const& keys_from, std::string const& erased) {
    std::error_code code;
    if (!files::exists(files::path(ledger_from) / "ledger.db", code) || !files::exists(files::path(keys_from) / "keys.db", code)) {
        return fail(Fault::NotFound, "restore.incomplete", "A backup has two parts: the directory with ledger.db and the one with keys.db. One of them is not there.");
    }
    SANJAL_DO(fresh_directory(directory));
    for (char const* name : {"node.json", "head", "ledger.db", "ledger.db-wal", "blobs"}) SANJAL_DO(copy_if_there(files::path(ledger_from) / name, files::path(directory) / name));
    for (char const* name : {"keys.db", "keys.db-wal", "erased", "authority.pem", "authority.key"}) SANJAL_DO(copy_if_there(files::path(keys_from) / name, files::path(directory) / name));
    if (!erased.empty()) {
        files::copy_file(erased, files::path(directory) / "erased", files::copy_options::overwrite_existing, code);
        SANJAL_DO(from_code(code, erased));
    }
    for (char const* name : {"blobs", "log"}) files::create_directories(files::path(directory) / name, code);
    return {};
}

}  // namespace sanjal::node
