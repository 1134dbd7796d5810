#pragma once
// An answer, as a handler gives it: a body that is there, one that is read piece by piece, or a stream of events.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace sanjal::app {

// Gives the next piece of a body: up to `size` bytes, 0 at the end.  Called on a worker thread, one call at a time; an Error
// cuts the connection, so that nobody takes half of a file for the whole.
using BodyReader = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

// Server-sent events to one client (WHATWG HTML 9.2).  Any thread.
class EventStream {
public:
    virtual ~EventStream() = default;
    // False where the client has gone, or reads so slowly that it was cut off; it comes again with Last-Event-ID.
    virtual bool send(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
    [[nodiscard]] virtual bool is_open() const = 0;
    virtual void close() = 0;
};

struct Response {
    int status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> session_cookie;  // set it; empty: take it away

    BodyReader reader = {};                       // instead of `body`
    std::optional<std::uint64_t> length = {};     // of what `reader` gives, where that is known
    std::function<void(std::shared_ptr<EventStream>)> events = {};  // instead of `body`: called once the stream is open
};

inline Response json(int status, Json const& value) { return {status, "application/json", write_json(value), {}, std::nullopt}; }
inline Response text(int status, std::string body) { return {status, "text/plain; charset=utf-8", std::move(body), {}, std::nullopt}; }
inline Response empty(int status) { return {status, {}, {}, {}, std::nullopt}; }
inline Response download(std::string content_type, BodyReader reader, std::optional<std::uint64_t> length = {}) {
    Response response{200, std::move(content_type), {}, {}, std::nullopt};
    response.reader = std::move(reader);
    response.length = length;
    return response;
}
inline Response event_stream(std::function<void(std::shared_ptr<EventStream>)> opened) {
    Response response{200, "text/event-stream", {}, {}, std::nullopt};
    response.events = std::move(opened);
    return response;
}

}  // namespace sanjal::app
