#pragma once
// The target of a request: path and query, decoded once (ASVS 1.1.1).  Pure.

#include <string>
#include <string_view>

#include "app/request.h"
#include "base/result.h"

namespace sanjal::http {

struct Target {
    std::string path;
    app::Request::Pairs queries;
};

// Origin form only ("/a/b?c=d").  Refused, as Fault::Invalid "request.target": broken percent signs, text that is not UTF-8,
// control characters, an encoded "/" or "\", and the segments "." and "..": what a path means must not depend on who decodes it.
Result<Target> parse_target(std::string_view text);

}  // namespace sanjal::http
