#include "http/post.h"

#include <doctest/doctest.h>

using namespace sanjal;

TEST_CASE("only addresses of the open internet may be called: a table of those that may not") {
    for (char const* address : {"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1",
                                "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fc00::1",
                                "fd12:3456::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001::1", "64:ff9b::7f00:1", "3fff::1", "", "localhost", "1.2.3", "0x7f000001"}) {
        CAPTURE(std::string(address));
        CHECK(!http::is_public_address(address));
    }
    for (char const* address : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.169.0.1", "223.255.255.255", "2a00:1450:4001::1", "2600::1", "::ffff:8.8.8.8"}) {
        CAPTURE(std::string(address));
        CHECK(http::is_public_address(address));
    }
}

TEST_CASE("a call to this computer itself, or without encryption, is refused before a byte is sent, whatever the name or the way it is written") {
    auto const outbound = http::make_outbound({});
    for (char const* url : {"http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost:9/", "https://[::1]:9/", "https://2130706433:9/", "https://0x7f.1:9/", "http://8.8.8.8:9/"}) {
        CAPTURE(std::string(url));
        auto const answer = outbound->post({url, {}, "x"});
        REQUIRE(!answer);
        CHECK(answer.error().code == "outside.private");
    }
    for (char const* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"}) CHECK(!outbound->post({url, {}, "x"}));
}
