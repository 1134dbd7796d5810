#pragma once
// The seam under SQLite: files that can fail.  A shim over SQLite's own files counts writes, syncs, truncations and opens,
// and makes the Nth fail, once or for good, as a full disk or a broken one; or it calls `die` there, for a test that ends
// the process.  Only tests name it in their StoreConfig.

#include <atomic>
#include <cstdint>
#include <functional>

namespace sanjal::store {

class FileFaults {
public:
    enum class How { Error, Full, Die };
    std::atomic<std::int64_t> operations{0};  // how many there were
    std::atomic<std::int64_t> fail_at{-1};    // the Nth, from 0; -1: never
    std::atomic<bool> for_good{false};        // and every one after it
    How how = How::Error;
    std::function<void()> die;

    [[nodiscard]] bool strikes();
};

// The name of the VFS that stands over these faults; they must outlive every connection.
char const* register_faulty_files(FileFaults& faults);

}  // namespace sanjal::store
