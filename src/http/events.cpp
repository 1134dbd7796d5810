#include "http/events.h"

#include <utility>

#include "http/connection.h"

namespace sanjal::http {
namespace {

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of(std::string_view("\r\n\0", 3))); }

}  // namespace

std::string write_event(std::string_view event, std::string_view data, std::string_view id) {
    std::string made;
    if (!id.empty()) made.append("id: ").append(first_line(id)).append("\n");
    if (!event.empty()) made.append("event: ").append(first_line(event)).append("\n");
    for (;;) {
        auto const end = data.find_first_of("\r\n");
        made.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) break;
        bool const pair = data.substr(end, 2) == "\r\n";
        data.remove_prefix(end + (pair ? 2 : 1));
    }
    made += '\n';
    return made;
}

bool Events::send(std::string_view event, std::string_view data, std::string_view id) {
    auto text = write_event(event, data, id);
    bool fits = true;
    {
        std::lock_guard const lock(mutex_);
        if (!open_) return false;
        fits = backlog_.size() + text.size() <= backlog_bytes_;
        if (fits) {
            bool const was_empty = backlog_.empty();
            backlog_ += text;
            if (!was_empty) return true;  // already on its way
        } else {
            open_ = false;  // too slow: it asks again from its last id
        }
    }
    wake();
    return fits;
}

bool Events::is_open() const {
    std::lock_guard const lock(mutex_);
    return open_;
}

void Events::close() {
    {
        std::lock_guard const lock(mutex_);
        if (!open_) return;
        open_ = false;
    }
    wake();
}

std::string Events::take() {
    std::lock_guard const lock(mutex_);
    return std::exchange(backlog_, {});
}

void Events::gone() {
    std::lock_guard const lock(mutex_);
    open_ = false;
    backlog_.clear();
}

void Events::wake() {
    auto const loop = loop_.lock();
    if (loop == nullptr) return;
    loop->post([connection = connection_] {
        if (auto const alive = connection.lock()) alive->flush_events();
    });
}

}  // namespace sanjal::http
