#pragma once
// The seam under SQLite: a VFS that hands every open, write, sync, truncate and remove of a database's files to FileFaults
// first and then to the system's VFS.  The encryption lies above it, so it sees what would be on the disk.
// Registered only for a store that was opened with StoreConfig::faults.

#include <memory>
#include <string>

#include "base/result.h"
#include "store/faults.h"

namespace sanjal::store {

class FaultyFiles {
public:
    static Result<std::unique_ptr<FaultyFiles>> install(FileFaults& faults);
    ~FaultyFiles();  // after the last connection over it was closed
    FaultyFiles(FaultyFiles const&) = delete;
    FaultyFiles& operator=(FaultyFiles const&) = delete;

    [[nodiscard]] std::string const& vfs_name() const;  // for sqlite3_open_v2; with encryption

private:
    struct Vfs;
    explicit FaultyFiles(std::unique_ptr<Vfs> vfs);
    std::unique_ptr<Vfs> vfs_;
};

}  // namespace sanjal::store
