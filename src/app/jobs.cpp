#include "app/jobs.h"

namespace sanjal::app {

Jobs::~Jobs() {
    closing_ = true;
    thread_.reset();
}

Result<void> Jobs::start(std::string const& name, Job job) {
    std::lock_guard const lock(mutex_);
    if (!running_.empty()) return fail(Fault::Busy, "job.busy", "Another long piece of work is running at this node. Try again when it is done.");
    if (!thread_) thread_ = std::make_unique<ThreadExecutor>(1);
    running_ = name;
    progress_ = Json::object();
    thread_->post([this, job = std::move(job)] {
        job([this] { return closing_.load(); });
        std::lock_guard const ended(mutex_);
        running_.clear();
    });
    return {};
}

void Jobs::report(std::string const& name, Json progress) {
    std::lock_guard const lock(mutex_);
    if (running_ == name) progress_ = std::move(progress);
}

std::optional<Json> Jobs::progress(std::string const& name) const {
    std::lock_guard const lock(mutex_);
    return running_ == name ? std::optional(progress_) : std::nullopt;
}

}  // namespace sanjal::app
