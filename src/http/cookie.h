#pragma once
// The one cookie that we set: the session's token, which scripts cannot read and other sites cannot send (ASVS 3.3).

#include <string>
#include <string_view>

namespace sanjal::http {

// The value of `name` in a Cookie header; empty where it is missing, is there twice, or is not our alphabet (base64url).
std::string read_cookie(std::string_view header, std::string_view name);

// A Set-Cookie value; an empty `value` takes the cookie away.
std::string write_cookie(std::string_view name, std::string_view value);

}  // namespace sanjal::http
