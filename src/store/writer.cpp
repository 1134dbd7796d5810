#include "store/writer.h"

#include <condition_variable>
#include <deque>
#include <vector>

#include "base/log.h"
#include "store/write_side.h"

namespace sanjal::store {
namespace {

struct Item {
    Work work;
    Writer::Done done;
};

struct Answer {
    Writer::Done done;
    Result<void> result;
};

}  // namespace

struct Writer::State : std::enable_shared_from_this<Writer::State> {
    State(Store& its_store, Executor& its_executor, WriterLimits its_limits)
        : store(its_store), executor(its_executor), limits(its_limits) {}

    Store& store;
    Executor& executor;
    WriterLimits const limits;
    GroupHooks nothing;
    GroupHooks* hooks = &nothing;

    std::mutex mutex;
    std::condition_variable changed;  // a group ended
    std::deque<Item> interactive;
    std::deque<Item> low;
    bool closing = false;
    bool posted = false;              // a task is on its way in the executor
    std::thread::id leader{};         // who runs a group now

    [[nodiscard]] bool empty() const { return interactive.empty() && low.empty(); }
    void post();
    void lead(std::unique_lock<std::mutex>& lock);
    std::optional<Item> next(Priority priority);
    std::vector<Answer> run_group();
    Result<void> run_works(WriteSide& side, Transaction& transaction, std::vector<Answer>& answers);
};

// Called with the mutex held.
void Writer::State::post() {
    if (posted || empty() || closing) return;
    posted = true;
    executor.post([weak = weak_from_this()] {
        auto const state = weak.lock();
        if (!state) return;
        std::unique_lock lock(state->mutex);
        state->posted = false;
        if (state->leader == std::thread::id{} && !state->empty()) state->lead(lock);
    });
}

// One group and its answers; the mutex is held on the way in and out, and by nobody in between.
void Writer::State::lead(std::unique_lock<std::mutex>& lock) {
    leader = std::this_thread::get_id();
    lock.unlock();
    auto answers = run_group();
    for (auto& answer : answers) answer.done(std::move(answer.result));
    answers.clear();  // what the closures hold goes before the destructor may return
    lock.lock();
    leader = {};
    changed.notify_all();
    post();
}

std::optional<Item> Writer::State::next(Priority priority) {
    std::lock_guard const lock(mutex);
    auto& queue = priority == Priority::Low ? low : interactive;
    if (queue.empty()) return std::nullopt;
    Item item = std::move(queue.front());
    queue.pop_front();
    return item;
}

// Every answer is a success or the Error of that work; the Error returned is the group's and undoes it.
Result<void> Writer::State::run_works(WriteSide& side, Transaction& transaction, std::vector<Answer>& answers) {
    auto const started = std::chrono::steady_clock::now();
    auto const full = [&] {
        if (answers.size() >= limits.works_max) return true;
        return limits.time_max.count() > 0 && std::chrono::steady_clock::now() - started >= limits.time_max;
    };
    auto const run = [&](Item item) -> Result<void> {
        answers.push_back({std::move(item.done), {}});
        auto& result = answers.back().result;
        SANJAL_DO(side.savepoint());
        result = item.work(transaction);
        if (result) result = side.release();
        if (result) return {};
        auto const undone = side.rollback_to();
        // Where the database itself gave up, its first Error says why; the second only that nothing works any more.
        if (!undone && result.error().code.starts_with("store.")) return fail(result.error());
        return undone;
    };
    std::size_t lows = 0;
    do {
        auto item = next(Priority::Interactive);
        bool const is_low = !item;
        if (is_low && lows < limits.low_max) item = next(Priority::Low);
        if (!item) return {};
        if (is_low) ++lows;
        SANJAL_DO(run(std::move(*item)));
    } while (!full());
    // However busy it is, a long job goes on by one work a group.
    if (lows == 0) {
        if (auto item = next(Priority::Low)) return run(std::move(*item));
    }
    return {};
}

std::vector<Answer> Writer::State::run_group() {
    std::vector<Answer> answers;
    WriteSide side(store);
    auto const attempt = [&]() -> Result<void> {
        SANJAL_TRY(auto* const transaction, side.begin());
        SANJAL_DO(hooks->begin(*transaction));
        SANJAL_DO(run_works(side, *transaction, answers));
        SANJAL_DO(hooks->before_commit(*transaction));
        SANJAL_DO(side.commit());
        return hooks->committed();
    };
    auto const outcome = attempt();
    if (outcome) return answers;
    side.rollback();
    log::write(log::Level::Alarm, "store.group_failed",
               {{"code", log::Safe::id(outcome.error().code)}, {"works", static_cast<std::int64_t>(answers.size())}});
    hooks->abandoned();
    // A group that could not even begin answers those who waited for it: they are told now, and may try again.
    if (answers.empty()) {
        while (answers.size() < limits.works_max) {
            auto item = next(Priority::Interactive);
            if (!item) item = next(Priority::Low);
            if (!item) break;
            answers.push_back({std::move(item->done), {}});
        }
    }
    // A work that failed by itself keeps its own Error: it says what to change.
    for (auto& answer : answers) {
        if (answer.result) answer.result = fail(outcome.error());
    }
    return answers;
}

Writer::Writer(Store& store, Executor& executor, WriterLimits limits) : state_(std::make_shared<State>(store, executor, limits)) {}

Writer::~Writer() {
    std::unique_lock lock(state_->mutex);
    SANJAL_CHECK(state_->leader != std::this_thread::get_id());
    state_->closing = true;
    while (true) {
        if (state_->leader != std::thread::id{}) {
            state_->changed.wait(lock);
        } else if (!state_->empty()) {
            state_->lead(lock);
        } else {
            return;
        }
    }
}

void Writer::set_hooks(GroupHooks* hooks) {
    std::lock_guard const lock(state_->mutex);
    state_->hooks = hooks != nullptr ? hooks : &state_->nothing;
}

void Writer::submit(Work work, Done done, Priority priority) {
    std::lock_guard const lock(state_->mutex);
    (priority == Priority::Low ? state_->low : state_->interactive).push_back({std::move(work), std::move(done)});
    // While a group runs its leader will post for those who came meanwhile, and many of them join it.
    if (state_->leader == std::thread::id{}) state_->post();
}

Result<void> Writer::write(Work work, Priority priority) {
    std::optional<Result<void>> answer;
    std::unique_lock lock(state_->mutex);
    SANJAL_CHECK(state_->leader != std::this_thread::get_id());
    auto const done = [&answer, state = state_.get()](Result<void> result) {
        std::lock_guard const inner(state->mutex);
        answer = std::move(result);
    };
    (priority == Priority::Low ? state_->low : state_->interactive).push_back({std::move(work), done});
    while (!answer) {
        if (state_->leader == std::thread::id{}) {
            state_->lead(lock);
        } else {
            state_->changed.wait(lock);
        }
    }
    return std::move(*answer);
}

std::size_t Writer::waiting() const {
    std::lock_guard const lock(state_->mutex);
    return state_->interactive.size() + state_->low.size();
}

}  // namespace sanjal::store
