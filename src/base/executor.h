#pragma once
// Where work runs: threads in a node, one thread and a queue in a story.  The store's writer, jobs and reactors are tasks
// posted here, so that a whole network of nodes can run in one thread with a seed.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sanjal {

using Work = std::function<void()>;

class Executor {
public:
    virtual ~Executor() = default;
    virtual void post(Work work) = 0;  // any thread
};

// A fixed number of threads; the destructor finishes what was posted.
class ThreadExecutor final : public Executor {
public:
    explicit ThreadExecutor(unsigned threads);
    ~ThreadExecutor() override;
    void post(Work work) override;

private:
    void run();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

// Runs nothing by itself: a story calls run_one until it answers false.
class SteppedExecutor final : public Executor {
public:
    void post(Work work) override { queue_.push_back(std::move(work)); }
    bool run_one();

private:
    std::deque<Work> queue_;
};

}  // namespace sanjal
