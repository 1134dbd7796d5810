#include "store/sqlite/files.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sanjal::store {

bool FileFaults::strikes() {
    std::int64_t const now = operations.fetch_add(1);
    std::int64_t const at = fail_at.load();
    if (at < 0 || now < at || (now > at && !for_good.load())) return false;
    if (how == How::Die && die) die();
    return true;
}

namespace {

struct FaultyFile {
    sqlite3_file base;
    FileFaults* faults;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultyFile* of(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file); }

int failure(FileFaults const& faults, int otherwise) { return faults.how == FileFaults::How::Full ? SQLITE_FULL : otherwise; }

sqlite3_io_methods const methods = {
    2,
    [](sqlite3_file* f) { return of(f)->real()->pMethods->xClose(of(f)->real()); },
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return of(f)->real()->pMethods->xRead(of(f)->real(), to, n, at); },
    [](sqlite3_file* f, void const* from, int n, sqlite3_int64 at) {
        if (of(f)->faults->strikes()) {
            // A write that fails half way, as a real disk does.
            if (n > 1) (void)of(f)->real()->pMethods->xWrite(of(f)->real(), from, n / 2, at);
            return failure(*of(f)->faults, SQLITE_IOERR_WRITE);
        }
        return of(f)->real()->pMethods->xWrite(of(f)->real(), from, n, at);
    },
    [](sqlite3_file* f, sqlite3_int64 size) {
        return of(f)->faults->strikes() ? failure(*of(f)->faults, SQLITE_IOERR_TRUNCATE) : of(f)->real()->pMethods->xTruncate(of(f)->real(), size);
    },
    [](sqlite3_file* f, int flags) {
        return of(f)->faults->strikes() ? failure(*of(f)->faults, SQLITE_IOERR_FSYNC) : of(f)->real()->pMethods->xSync(of(f)->real(), flags);
    },
    [](sqlite3_file* f, sqlite3_int64* size) { return of(f)->real()->pMethods->xFileSize(of(f)->real(), size); },
    [](sqlite3_file* f, int level) { return of(f)->real()->pMethods->xLock(of(f)->real(), level); },
    [](sqlite3_file* f, int level) { return of(f)->real()->pMethods->xUnlock(of(f)->real(), level); },
    [](sqlite3_file* f, int* held) { return of(f)->real()->pMethods->xCheckReservedLock(of(f)->real(), held); },
    [](sqlite3_file* f, int op, void* argument) { return of(f)->real()->pMethods->xFileControl(of(f)->real(), op, argument); },
    [](sqlite3_file* f) { return of(f)->real()->pMethods->xSectorSize(of(f)->real()); },
    [](sqlite3_file* f) { return of(f)->real()->pMethods->xDeviceCharacteristics(of(f)->real()); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) { return of(f)->real()->pMethods->xShmMap(of(f)->real(), page, size, extend, out); },
    [](sqlite3_file* f, int offset, int n, int flags) { return of(f)->real()->pMethods->xShmLock(of(f)->real(), offset, n, flags); },
    [](sqlite3_file* f) { of(f)->real()->pMethods->xShmBarrier(of(f)->real()); },
    [](sqlite3_file* f, int remove) { return of(f)->real()->pMethods->xShmUnmap(of(f)->real(), remove); },
    nullptr,
    nullptr};

struct Registered {
    sqlite3_vfs vfs;
    std::string name;
    sqlite3_vfs* real;
    FileFaults* faults;
};

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const registered = static_cast<Registered*>(vfs->pAppData);
    auto* const faulty = of(file);
    faulty->base.pMethods = nullptr;
    faulty->faults = registered->faults;
    if (faulty->faults->strikes()) return failure(*faulty->faults, SQLITE_CANTOPEN);
    int const code = registered->real->xOpen(registered->real, name, faulty->real(), flags, out_flags);
    if (faulty->real()->pMethods != nullptr) faulty->base.pMethods = &methods;
    return code;
}

}  // namespace

char const* register_faulty_files(FileFaults& faults) {
    static std::mutex mutex;
    static std::map<FileFaults*, std::unique_ptr<Registered>> all;
    std::lock_guard const lock(mutex);
    auto& registered = all[&faults];
    if (registered) return registered->name.c_str();
    registered = std::make_unique<Registered>();
    // Over the default files, as SQLite3 Multiple Ciphers wraps them: what is counted is what reaches the disk.
    registered->real = sqlite3_vfs_find("unix");
    registered->vfs = *registered->real;
    registered->name = "faulty-" + std::to_string(all.size());
    registered->faults = &faults;
    registered->vfs.pNext = nullptr;
    registered->vfs.zName = registered->name.c_str();
    registered->vfs.pAppData = registered.get();
    registered->vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + registered->real->szOsFile;
    registered->vfs.xOpen = open_file;
    sqlite3_vfs_register(&registered->vfs, 0);
    // The encrypting layer stands on the registered one.
    sqlite3mc_vfs_create(registered->name.c_str(), 0);
    static std::map<FileFaults*, std::string> names;
    names[&faults] = "multipleciphers-" + registered->name;
    registered->name = registered->vfs.zName;
    return names[&faults].c_str();
}

}  // namespace sanjal::store
