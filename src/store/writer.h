#pragma once
// The one writer of a store: works wait in a queue, and whatever waits is done as one group with one commit, so that many
// share one fsync.  Each work has a savepoint of its own: an Error undoes that work and no other.
// Not a scheduler: a work runs to its end, so a long job hands over many short ones with Priority::Low.

#include <chrono>
#include <functional>
#include <memory>

#include "base/executor.h"
#include "store/store.h"

namespace sanjal::store {

enum class Priority { Interactive, Low };

// What the ledger does around every group.  Called by the thread that runs the group.
class GroupHooks {
public:
    virtual ~GroupHooks() = default;
    virtual Result<void> begin(Transaction&) { return {}; }          // first in the group; an Error fails the group
    virtual Result<void> before_commit(Transaction&) { return {}; }  // after the last work; an Error undoes the group
    // Durable in the database, and nobody has been told.  An Error is what everybody in the group is told instead.
    virtual Result<void> committed() { return {}; }
    virtual void abandoned() {}  // the group was undone, or it is not known whether it was stored
};

struct WriterLimits {
    std::size_t works_max = 256;               // in one group
    std::size_t low_max = 16;                  // of these with Priority::Low
    std::chrono::milliseconds time_max{20};    // after which no further work joins; zero: no limit (stories)
};

class Writer {
public:
    using Work = store::Work;
    using Done = std::function<void(Result<void>)>;

    Writer(Store& store, Executor& executor, WriterLimits limits = {});
    ~Writer();  // does what still waits, then goes; nobody may submit any more
    Writer(Writer const&) = delete;
    Writer& operator=(Writer const&) = delete;

    void set_hooks(GroupHooks* hooks);  // before the first work

    // Any thread, also from within a work or a Done.  `done` is called once: with success after the group is durable and
    // hooks->committed() has agreed, else with the Error of the work or of the group.
    void submit(Work work, Done done, Priority priority = Priority::Interactive);

    // The same and waits.  While nobody runs a group the waiting thread does it itself, so this also works on an executor
    // that has one thread, or is stepped.  Never from within a work or a Done: that stops the process.
    Result<void> write(Work work, Priority priority = Priority::Interactive);

    [[nodiscard]] std::size_t waiting() const;  // works in the queue, for the operator's figures

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sanjal::store
