#include "store/sqlite/errors.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace sanjal::store {

Error sqlite_error(sqlite3* db, int code, std::string_view sql) {
    int const extended = db != nullptr && sqlite3_errcode(db) == (code & 0xff) ? sqlite3_extended_errcode(db) : code;
    int const system = db != nullptr ? sqlite3_system_errno(db) : 0;
    bool const no_room = system == ENOSPC || system == EDQUOT || extended == SQLITE_IOERR_SHMSIZE;
    std::string where(sql);
    Error const full{Fault::Full, "store.disk_full", "The disk is full. Nothing was changed; make room and try again.", where};
    switch (code & 0xff) {
        case SQLITE_FULL: return full;
        case SQLITE_IOERR:
            if (no_room) return full;
            return {Fault::Io, "store.io", "Reading or writing the database's file failed. Check the disk, and the system's log.", where};
        case SQLITE_CANTOPEN:
            if (no_room) return full;
            return {Fault::Io, "store.io", "The database's file cannot be opened. Check that its directory exists and that this user may write to it.", where};
        case SQLITE_PERM:
        case SQLITE_READONLY:
            if (extended == SQLITE_READONLY && !sql.empty()) {
                return {Fault::Internal, "store.read_only", "A reader tried to change something. Nothing was changed.", where};
            }
            return {Fault::Io, "store.io", "The database's file may not be written. Check its owner, its permissions and whether the disk is mounted read-only.", where};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Fault::Corrupt, "store.damaged", "The database's file is damaged: stored bytes are not what was written. Stop this node and restore a backup.", where};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Fault::Busy, "store.busy", "Another program holds the database. Try again, or stop the other one.", where};
        case SQLITE_CONSTRAINT:
            return {Fault::Conflict, "store.constraint", "A rule of the table forbids this row: " + std::string(sqlite3_errmsg(db)) + ".", where};
        case SQLITE_TOOBIG: return {Fault::TooLarge, "store.too_large", "A value is larger than the database takes.", where};
        case SQLITE_AUTH: return {Fault::Internal, "store.not_allowed", "This kind of statement is not allowed outside a migration.", where};
        default: break;
    }
    return {Fault::Internal, "store.sql", "The database refused a statement: " + std::string(db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code)) + ".", where};
}

bool is_of_the_disk(Error const& error) {
    return error.fault == Fault::Io || error.fault == Fault::Full || error.fault == Fault::Corrupt;
}

Error explain_unreadable(std::string const& path, bool have_key) {
    std::ifstream file(path, std::ios::binary);
    char header[100] = {};
    file.read(header, sizeof header);
    Error const foreign{Fault::Corrupt, "store.no_database", "This file is not a database of this program. Put the right file there, or restore a backup.", path};
    if (file.gcount() != static_cast<std::streamsize>(sizeof header)) return foreign;
    if (std::memcmp(header, "SQLite format 3", 16) == 0) {
        if (have_key) return {Fault::Corrupt, "store.no_database", "This database is not encrypted, and this program's are. It is another program's file.", path};
        return {Fault::Corrupt, "store.damaged", "The beginning of the database's file is damaged. Restore a backup.", path};
    }
    // The encryption leaves bytes 16 to 23 as SQLite defines them: page size, versions, reserved bytes and three constants.
    auto const byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(header[i])); };
    unsigned const page = byte(16) * 256U + byte(17);
    bool const ours = (page == 1 || (page >= 512 && (page & (page - 1)) == 0)) && byte(18) >= 1 && byte(18) <= 2 && byte(19) >= 1 &&
                      byte(19) <= 2 && byte(21) == 64 && byte(22) == 32 && byte(23) == 32;
    if (!ours) return foreign;
    return {Fault::Unsigned, "store.wrong_key", "The key does not open this database: it belongs to another one, or the beginning of the file is damaged. Nothing was changed.", path};
}

}  // namespace sanjal::store
