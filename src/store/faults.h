#pragma once
// Lets a test decide that the Nth operation on a file fails: with an errno, once or for good, or by a callback in which the
// process dies.  Shared by the SQLite files (store/sqlite/files.h) and the blob files (store/blobs.h).
// In a running node there is none, and nothing goes through here.

#include <cstdint>
#include <functional>
#include <mutex>

namespace sanjal::store {

enum class FileOperation { Open, Write, Sync, Truncate, Rename, Remove };

class FileFaults {
public:
    enum class Lasting { Once, ForGood };

    // From now on counting from 1: operation number `nth` fails with `error` (EIO, ENOSPC, ...).  ForGood: every later one, too.
    // A write that fails has first written half of its bytes.
    void fail(std::int64_t nth, int error, Lasting lasting);
    // The operation number `nth` calls this instead of being done.
    void call(std::int64_t nth, std::function<void()> die);
    void heal();  // no more faults; counting begins anew

    [[nodiscard]] std::int64_t operations() const;  // since the last fail, call or heal
    [[nodiscard]] std::int64_t failed() const;      // how many were made to fail since then

    // Called by the seams before the operation: 0, or the errno with which it must fail.
    int before(FileOperation operation);

private:
    mutable std::mutex mutex_;
    std::int64_t count_ = 0;
    std::int64_t failed_ = 0;
    std::int64_t nth_ = 0;
    int error_ = 0;
    Lasting lasting_ = Lasting::Once;
    std::function<void()> die_;
};

}  // namespace sanjal::store
