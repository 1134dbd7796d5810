#pragma once
// Work that goes on after its request was answered: an import of thousands of rows.  One at a time, on a thread of its own that
// is made for the first; what it has done so far can be asked for.  Not a queue that outlives the process: a job leaves its
// end in the ledger, and one that was cut short shows as such there.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/executor.h"
#include "base/json.h"

namespace sanjal::app {

class Jobs {
public:
    // `should_stop` turns true when the house closes; the job then ends soon, leaving nothing half done behind.
    using Job = std::function<void(std::function<bool()> const& should_stop)>;

    Jobs() = default;
    ~Jobs();  // tells the running job to stop, and waits for it
    Jobs(Jobs const&) = delete;
    Jobs& operator=(Jobs const&) = delete;

    // Busy "job.busy" where another one runs.  Any thread, as all that follows.
    Result<void> start(std::string const& name, Job job);
    void report(std::string const& name, Json progress);
    // Of the job that runs now; nothing for any other.
    [[nodiscard]] std::optional<Json> progress(std::string const& name) const;

private:
    mutable std::mutex mutex_;
    std::string running_;
    Json progress_;
    std::atomic<bool> closing_ = false;
    std::unique_ptr<ThreadExecutor> thread_;
};

}  // namespace sanjal::app
