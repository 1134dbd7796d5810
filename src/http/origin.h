#pragma once
// Whether a request was meant for this node, and whether a write comes from its own pages (ASVS 3.5.1, 3.5.8).  Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sanjal::http {

struct Sender {
    std::string_view host;                             // Host
    std::optional<std::string_view> origin;            // Origin
    std::optional<std::string_view> fetch_site;        // Sec-Fetch-Site
    bool writes = false;
};

// A well-formed authority: name, IPv4 or [IPv6], and an optional port.
bool is_authority(std::string_view text);
// "NODE.example:8443" -> "node.example"; "[::1]:80" -> "[::1]".
std::string host_name(std::string_view authority);

// `hosts` as in ServerConfig.  Fault::Forbidden "request.foreign_origin" or Fault::Invalid "request.host".  A program that is
// no browser sends neither Origin nor Sec-Fetch-Site, and has no cookie that another page could misuse.
Result<void> check_sender(Sender const& sender, std::vector<std::string> const& hosts);

}  // namespace sanjal::http
