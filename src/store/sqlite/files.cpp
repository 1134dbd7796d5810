#include "store/sqlite/files.h"

#include <sqlite3.h>

#include <atomic>
#include <cerrno>

namespace sanjal::store {

namespace {

thread_local int injected = 0;  // the errno of the last fault, for xGetLastError

// SQLite allocates szOsFile bytes: this, and the system's file right behind it.
struct File {
    sqlite3_file base;
    FileFaults* faults;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

int before(FileFaults& faults, FileOperation operation) {
    injected = faults.before(operation);
    return injected;
}

int before(sqlite3_file* file, FileOperation operation) { return before(*reinterpret_cast<File*>(file)->faults, operation); }

int file_close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int file_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    injected = 0;
    return real(file)->pMethods->xRead(real(file), out, size, offset);
}

int file_write(sqlite3_file* file, void const* bytes, int size, sqlite3_int64 offset) {
    if (int const error = before(file, FileOperation::Write); error != 0) {
        real(file)->pMethods->xWrite(real(file), bytes, size / 2, offset);
        injected = error;
        return error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (before(file, FileOperation::Truncate) != 0) return SQLITE_IOERR_TRUNCATE;
    return real(file)->pMethods->xTruncate(real(file), size);
}

int file_sync(sqlite3_file* file, int flags) {
    if (before(file, FileOperation::Sync) != 0) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int file_lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int file_unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int file_check_lock(sqlite3_file* file, int* out) { return real(file)->pMethods->xCheckReservedLock(real(file), out); }
int file_control(sqlite3_file* file, int what, void* with) { return real(file)->pMethods->xFileControl(real(file), what, with); }
int file_sector(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int file_device(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int file_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
int file_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void file_shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int file_shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

sqlite3_io_methods const methods = {2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock,
                                    file_check_lock, file_control, file_sector, file_device, file_shm_map, file_shm_lock,
                                    file_shm_barrier, file_shm_unmap, nullptr, nullptr};

struct Shared {
    sqlite3_vfs* real;
    FileFaults* faults;
};

Shared& shared(sqlite3_vfs* vfs) { return *static_cast<Shared*>(vfs->pAppData); }

int vfs_open(sqlite3_vfs* vfs, char const* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    if (before(*shared(vfs).faults, FileOperation::Open) != 0) return SQLITE_CANTOPEN;
    auto* const ours = reinterpret_cast<File*>(file);
    ours->faults = shared(vfs).faults;
    int const code = shared(vfs).real->xOpen(shared(vfs).real, name, ours->real(), flags, flags_out);
    if (ours->real()->pMethods != nullptr) file->pMethods = &methods;
    return code;
}

int vfs_remove(sqlite3_vfs* vfs, char const* name, int sync_directory) {
    if (before(*shared(vfs).faults, FileOperation::Remove) != 0) return SQLITE_IOERR_DELETE;
    return shared(vfs).real->xDelete(shared(vfs).real, name, sync_directory);
}

int vfs_access(sqlite3_vfs* vfs, char const* name, int flags, int* out) { return shared(vfs).real->xAccess(shared(vfs).real, name, flags, out); }
int vfs_full_name(sqlite3_vfs* vfs, char const* name, int size, char* out) {
    return shared(vfs).real->xFullPathname(shared(vfs).real, name, size, out);
}
int vfs_random(sqlite3_vfs* vfs, int size, char* out) { return shared(vfs).real->xRandomness(shared(vfs).real, size, out); }
int vfs_sleep(sqlite3_vfs* vfs, int microseconds) { return shared(vfs).real->xSleep(shared(vfs).real, microseconds); }
int vfs_time(sqlite3_vfs* vfs, double* out) { return shared(vfs).real->xCurrentTime(shared(vfs).real, out); }
int vfs_time_64(sqlite3_vfs* vfs, sqlite3_int64* out) { return shared(vfs).real->xCurrentTimeInt64(shared(vfs).real, out); }
int vfs_last_error(sqlite3_vfs* vfs, int size, char* out) {
    return injected != 0 ? injected : shared(vfs).real->xGetLastError(shared(vfs).real, size, out);
}

}  // namespace

struct FaultyFiles::Vfs {
    sqlite3_vfs base{};
    Shared shared{};
    std::string name;
    std::string encrypted_name;
};

FaultyFiles::FaultyFiles(std::unique_ptr<Vfs> vfs) : vfs_(std::move(vfs)) {}

Result<std::unique_ptr<FaultyFiles>> FaultyFiles::install(FileFaults& faults) {
    static std::atomic<int> serial{0};
    auto vfs = std::make_unique<Vfs>();
    vfs->shared = {sqlite3_vfs_find("unix"), &faults};
    if (vfs->shared.real == nullptr) return fail(Fault::Internal, "store.vfs", "SQLite has no file system layer for this system.");
    vfs->name = "sanjal-faults-" + std::to_string(++serial);
    vfs->encrypted_name = "multipleciphers-" + vfs->name;
    auto& base = vfs->base;
    base.iVersion = 2;
    base.szOsFile = static_cast<int>(sizeof(File)) + vfs->shared.real->szOsFile;
    base.mxPathname = vfs->shared.real->mxPathname;
    base.zName = vfs->name.c_str();
    base.pAppData = &vfs->shared;
    base.xOpen = vfs_open;
    base.xDelete = vfs_remove;
    base.xAccess = vfs_access;
    base.xFullPathname = vfs_full_name;
    base.xRandomness = vfs_random;
    base.xSleep = vfs_sleep;
    base.xCurrentTime = vfs_time;
    base.xGetLastError = vfs_last_error;
    base.xCurrentTimeInt64 = vfs_time_64;
    if (sqlite3_vfs_register(&base, 0) != SQLITE_OK || sqlite3mc_vfs_create(base.zName, 0) != SQLITE_OK) {
        return fail(Fault::Internal, "store.vfs", "SQLite did not accept the layer that makes files fail.");
    }
    return std::unique_ptr<FaultyFiles>(new FaultyFiles(std::move(vfs)));
}

FaultyFiles::~FaultyFiles() {
    sqlite3mc_vfs_destroy(vfs_->encrypted_name.c_str());
    sqlite3_vfs_unregister(&vfs_->base);
}

std::string const& FaultyFiles::vfs_name() const { return vfs_->encrypted_name; }

}  // namespace sanjal::store
