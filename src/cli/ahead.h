#pragma once
// Makes things ready on a second thread, a few thousand ahead of whoever takes them: reading a file goes on while what was read
// is put to use.  The first failure ends it and comes out in its place.  One taker.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sanjal::cli {

template <class Thing>
class Ahead {
public:
    using Make = std::function<Result<std::optional<Thing>>()>;  // nothing at the end
    explicit Ahead(Make make) : make_(std::move(make)), thread_([this] { run(); }) {}
    ~Ahead() {
        {
            std::lock_guard const lock(mutex_);
            stops_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Ahead(Ahead const&) = delete;
    Ahead& operator=(Ahead const&) = delete;

    Result<std::optional<Thing>> next() {
        if (at_ == batch_.things.size() && !batch_.ended) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !ready_.empty(); });
            batch_ = std::move(ready_.front());
            ready_.pop();
            at_ = 0;
            changed_.notify_all();
        }
        if (at_ < batch_.things.size()) return std::optional<Thing>(std::move(batch_.things[at_++]));
        if (batch_.error) return tl::unexpected(*batch_.error);
        return std::optional<Thing>();
    }

private:
    static constexpr std::size_t batch_size = 2048;
    static constexpr std::size_t batches_max = 4;
    struct Batch {
        std::vector<Thing> things;
        std::optional<Error> error;
        bool ended = false;
    };

    void run() {
        while (true) {
            Batch batch;
            while (batch.things.size() < batch_size && !batch.ended) {
                auto made = make_();
                if (!made) batch.error = made.error();
                batch.ended = !made || !*made;
                if (!batch.ended) batch.things.push_back(std::move(**made));
            }
            bool const ended = batch.ended;
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stops_ || ready_.size() < batches_max; });
            if (stops_) return;
            ready_.push(std::move(batch));
            changed_.notify_all();
            if (ended) return;
        }
    }

    Make make_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::queue<Batch> ready_;
    bool stops_ = false;
    Batch batch_;
    std::size_t at_ = 0;
    std::thread thread_;  // last: it begins when all else is there
};

}  // namespace sanjal::cli
