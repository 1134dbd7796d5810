#include "base/executor.h"

namespace sanjal {

ThreadExecutor::ThreadExecutor(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

ThreadExecutor::~ThreadExecutor() {
    {
        std::lock_guard const lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void ThreadExecutor::post(Work work) {
    {
        std::lock_guard const lock(mutex_);
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void ThreadExecutor::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        Work const work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

bool SteppedExecutor::run_one() {
    if (queue_.empty()) return false;
    Work const work = std::move(queue_.front());
    queue_.pop_front();
    work();
    return true;
}

}  // namespace sanjal
