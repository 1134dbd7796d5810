#pragma once
// One client's server-sent events: what was sent and has not left yet, bounded.

#include <memory>
#include <mutex>
#include <string>

#include "app/response.h"
#include "http/wire.h"

namespace sanjal::http {

class Events final : public app::EventStream {
public:
    Events(std::weak_ptr<Loop> loop, std::weak_ptr<Connection> connection, std::size_t backlog_bytes)
        : loop_(std::move(loop)), connection_(std::move(connection)), backlog_bytes_(backlog_bytes) {}

    bool send(std::string_view event, std::string_view data, std::string_view id) override;
    [[nodiscard]] bool is_open() const override;
    void close() override;

    // Loop's thread: what there is to write; and that the client has gone.
    std::string take();
    void gone();

private:
    void wake();
    std::weak_ptr<Loop> const loop_;
    std::weak_ptr<Connection> const connection_;
    std::size_t const backlog_bytes_;
    mutable std::mutex mutex_;
    std::string backlog_;
    bool open_ = true;
};

// The lines of one event; a line break in `event` or `id` ends them, in `data` it begins a new "data:" line.
std::string write_event(std::string_view event, std::string_view data, std::string_view id);

}  // namespace sanjal::http
