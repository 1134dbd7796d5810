#include "store/faults.h"

#include <cerrno>

namespace sanjal::store {

void FileFaults::fail(std::int64_t nth, int error, Lasting lasting) {
    std::lock_guard const lock(mutex_);
    count_ = failed_ = 0;
    nth_ = nth;
    error_ = error;
    lasting_ = lasting;
    die_ = nullptr;
}

void FileFaults::call(std::int64_t nth, std::function<void()> die) {
    std::lock_guard const lock(mutex_);
    count_ = failed_ = 0;
    nth_ = nth;
    error_ = EIO;
    lasting_ = Lasting::Once;
    die_ = std::move(die);
}

void FileFaults::heal() {
    std::lock_guard const lock(mutex_);
    count_ = failed_ = nth_ = 0;
    die_ = nullptr;
}

std::int64_t FileFaults::operations() const {
    std::lock_guard const lock(mutex_);
    return count_;
}

std::int64_t FileFaults::failed() const {
    std::lock_guard const lock(mutex_);
    return failed_;
}

int FileFaults::before(FileOperation) {
    std::function<void()> die;
    {
        std::lock_guard const lock(mutex_);
        ++count_;
        bool const now = nth_ > 0 && (count_ == nth_ || (lasting_ == Lasting::ForGood && count_ > nth_));
        if (!now) return 0;
        ++failed_;
        die = die_;
    }
    if (die) die();
    return error_;
}

}  // namespace sanjal::store
