#pragma once
// The head of an HTTP/1.x request: stricter than RFC 9112 asks, because two readers who understand a head differently are
// how requests are smuggled.  Pure; the bytes then go through Beast's parser too, and both must agree (message.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/request.h"
#include "base/result.h"

namespace sanjal::http {

struct Head {
    std::string method;  // "GET"
    std::string target;
    int version = 11;    // 10 or 11
    app::Request::Pairs headers;  // names in lower case, values without outer blanks, in their order
    std::optional<std::uint64_t> length;  // Content-Length
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;

    // The first of that name; `count` says how many there are.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

// Where the head ends: the offset after its empty line; nullopt: not yet.  Blank lines before it count as part of it.
std::optional<std::size_t> end_of_head(std::string_view bytes);

// Fails on bytes that no head can have (control characters, a bare CR or LF), so that nobody waits for the end of nonsense.
Result<void> check_characters(std::string_view bytes);

// Error codes end in the status to answer: "http.400", "http.431", "http.501", "http.505", "http.417".
Result<Head> parse_head(std::string_view bytes, std::size_t headers_max = 100, std::size_t target_bytes_max = 8192);

// "http.431" -> 431.
int status_in(Error const& error);

}  // namespace sanjal::http
