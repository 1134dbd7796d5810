#pragma once
// A body on its way from the I/O thread to the worker that wants it: bounded, so that a fast sender fills no memory, and
// cut off with an Error when the sender goes away.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "app/request.h"

namespace sanjal::http {

class Upload final : public app::BodySource {
public:
    // `drained` is called from the reading thread when a full queue has room again.
    Upload(std::size_t ahead_bytes, std::function<void()> drained) : ahead_bytes_(ahead_bytes), drained_(std::move(drained)) {}

    // I/O thread.  False: full; push no more before `drained`.
    bool push(std::string piece);
    void end();
    void cut(Error error);  // after the end it changes nothing

    Result<std::size_t> read(char* buffer, std::size_t size) override;

private:
    std::size_t const ahead_bytes_;
    std::function<void()> const drained_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::string> pieces_;
    std::size_t offset_ = 0;  // into the first piece
    std::size_t waiting_ = 0;
    bool full_ = false;
    bool ended_ = false;
    std::optional<Error> cut_;
};

}  // namespace sanjal::http
