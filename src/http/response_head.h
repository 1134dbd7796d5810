#pragma once
// The bytes of an answer's head.  Pure, but for the Date.

#include <cstdint>
#include <optional>
#include <string>

#include "app/response.h"

namespace sanjal::http {

struct Framing {
    std::optional<std::uint64_t> length = {};
    bool chunked = false;
    bool close = false;
    bool says_keep_alive = false;  // to an HTTP/1.0 client that asked for it
};

// The headers of every answer, made once: what browsers may do with it (security.md 3.5).
std::string make_fixed_headers(std::string const& content_security_policy, bool tls);
// A handler's header that could begin another one (CR, LF, NUL, no proper name) is left out and logged.
std::string write_response_head(app::Response const& response, Framing const& framing, std::string const& fixed_headers,
                                std::string const& cookie_name);
std::string_view reason_of(int status);

}  // namespace sanjal::http
