#include "store/writer.h"

#include <optional>

namespace sanjal::store {
namespace {
constexpr std::size_t group_max = 256;
}

Writer::~Writer() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !running_; });
}

void Writer::submit(Work work, Done done, Priority priority) {
    {
        std::lock_guard const lock(mutex_);
        (priority == Priority::Interactive ? interactive_ : background_).push_back({std::move(work), std::move(done)});
        if (running_) return;
        running_ = true;
    }
    executor_.post([this] { run_group(); });
}

Result<void> Writer::write(Work work, Priority priority) {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Result<void>> answer;
    submit(std::move(work),
           [&](Result<void> result) {
               std::lock_guard const lock(mutex);
               answer = std::move(result);
               wake.notify_one();
           },
           priority);
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return answer.has_value(); });
    return std::move(*answer);
}

Writer::Counts Writer::counts() const {
    std::lock_guard const lock(mutex_);
    return counts_;
}

Result<void> Writer::run_items(std::deque<Item>& items, std::deque<Result<void>>& results) {
    if (!connection_) {
        SANJAL_TRY(connection_, store_.connect_writer());
    }
    auto& tx = connection_->transaction();
    SANJAL_DO(connection_->begin());
    if (hooks_ != nullptr) SANJAL_DO(hooks_->begin(tx));
    for (auto& item : items) {
        SANJAL_DO(connection_->savepoint());
        auto result = item.work(tx);
        if (result) result = connection_->release();
        if (!result) {
            // A disk that fails under one of them fails the group: nothing that follows could be trusted.
            Fault const fault = result.error().fault;
            if (fault == Fault::Io || fault == Fault::Full || fault == Fault::Corrupt) return result;
            SANJAL_DO(connection_->rollback_to());
        }
        results.push_back(std::move(result));
    }
    if (hooks_ != nullptr) SANJAL_DO(hooks_->before_commit(tx));
    SANJAL_DO(connection_->commit());
    if (hooks_ != nullptr) SANJAL_DO(hooks_->committed());
    return {};
}

void Writer::run_group() {
    std::deque<Item> items;
    {
        std::lock_guard const lock(mutex_);
        auto& queue = interactive_.empty() ? background_ : interactive_;
        while (!queue.empty() && items.size() < group_max) {
            items.push_back(std::move(queue.front()));
            queue.pop_front();
        }
    }
    std::deque<Result<void>> results;
    auto const committed = run_items(items, results);
    if (!committed) {
        if (connection_) connection_->rollback();
        connection_.reset();  // the next group opens a fresh one: a connection that failed is not trusted again
        if (hooks_ != nullptr) hooks_->abandoned();
    }
    {
        std::lock_guard const lock(mutex_);
        ++counts_.groups;
        counts_.works += items.size();
        if (!committed) ++counts_.failed_groups;
        for (auto const& result : results) counts_.refused += committed && !result ? 1U : 0U;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].done(committed ? results[i] : (i < results.size() && !results[i] ? results[i] : committed));
    }
    items.clear();
    bool more = false;
    {
        std::lock_guard const lock(mutex_);
        more = !interactive_.empty() || !background_.empty();
        running_ = more;
        if (!more) idle_.notify_all();
    }
    if (more) executor_.post([this] { run_group(); });
}

}  // namespace sanjal::store
