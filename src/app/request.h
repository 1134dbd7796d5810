#pragma once
// A request as a handler sees it: plain values, already bounded, decoded once, with the route's variables taken out.
// Only the headers that a handler may need are here; whole header lists, ports and sockets stay in http/.

#include <any>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sanjal::app {

enum class Method { Get, Post, Patch, Delete };
std::string_view name_of(Method method);

// The body of an upload while it is still arriving.  Reading waits for the network: only on a worker thread (a route's
// `prepare`), never inside the writer.
class BodySource {
public:
    virtual ~BodySource() = default;
    // Up to `size` bytes; 0 at the end.  Fault::Io where the sender went away or was too slow, Fault::TooLarge over the
    // limit; after an Error nothing of the upload may be kept.
    virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
};

struct Request {
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    Method method = Method::Get;
    std::string path;    // decoded
    Pairs params;        // {id} of the route
    Pairs queries;       // decoded
    Pairs headers;       // names in lower case: accept, accept-encoding, accept-language, content-type, idempotency-key, if-match,
                         // if-none-match, last-event-id, range, x-csrf-token, x-purpose; each at most once
    std::string token;   // the session's, from its cookie; empty where there is none
    std::string body;    // whole and bounded; empty where the route takes a stream
    std::string peer;    // address, for limits; never logged beside what was asked
    std::shared_ptr<BodySource> source = {};  // of a route with Body::Streamed
    mutable std::string body_digest = {};     // of a streamed body, set by `prepare`: SHA-256, by which a repeated request is known and which the receipt names
    mutable std::any prepared = {};           // what the route's `prepare` hands to its handler

    [[nodiscard]] std::string_view param(std::string_view name) const { return find(params, name).value_or(std::string_view()); }
    [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const { return find(queries, name); }
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const { return find(headers, name); }

private:
    static std::optional<std::string_view> find(Pairs const& pairs, std::string_view name) {
        for (auto const& [key, value] : pairs) {
            if (key == name) return value;
        }
        return std::nullopt;
    }
};

}  // namespace sanjal::app
