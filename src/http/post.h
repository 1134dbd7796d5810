#pragma once
// POST to an address outside, by libcurl: HTTPS with the system's certificates, no redirection, no proxy from the environment.
// What an attacker could reach through us is refused where the connection is made, after the name was resolved, so that a
// name that changes its address gains nothing: loopback, private, link-local and every other address that is not of the
// open internet, unless the owner of the node allowed that very host and port.

#include <memory>
#include <string>
#include <vector>

#include "app/outbound.h"

namespace sanjal::http {

struct OutsideConfig {
    // "127.0.0.1:8123", "[::1]:8123": addresses that may be called though they are private, then also without TLS.
    std::vector<std::string> allowed = {};
};

// False for what is not of the open internet.  `address` as inet_ntop writes it.
bool is_public_address(std::string const& address);

std::unique_ptr<app::Outbound> make_outbound(OutsideConfig const& config);

}  // namespace sanjal::http
