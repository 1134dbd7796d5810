#include <doctest/doctest.h>

#include "http/cookie.h"
#include "http/events.h"
#include "http/head.h"
#include "http/limits.h"
#include "http/origin.h"
#include "http/page.h"
#include "http/response_head.h"
#include "http/target.h"

namespace sanjal::http {
namespace {

TEST_CASE("A plain head is read with its framing") {
    auto const head = parse_head("PATCH /a/b?c HTTP/1.1\r\nHost: node\r\nContent-Length: 12\r\nX-CSRF-Token:\t abc \r\nExpect: 100-Continue\r\n\r\n");
    REQUIRE(head.has_value());
    CHECK(head->method == "PATCH");
    CHECK(head->target == "/a/b?c");
    CHECK(head->length == 12U);
    CHECK_FALSE(head->chunked);
    CHECK(head->keep_alive);
    CHECK(head->expects_continue);
    CHECK(head->header("x-csrf-token") == "abc");
    CHECK_FALSE(parse_head("GET / HTTP/1.1\r\nHost: n\r\nConnection: Keep-Alive, CLOSE\r\n\r\n")->keep_alive);
    CHECK_FALSE(parse_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
    CHECK(parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
    CHECK(parse_head("\r\nGET / HTTP/1.1\r\nHost: n\r\n\r\n").has_value());
}

TEST_CASE("What two readers could understand differently is refused with its status") {
    struct Row {
        std::string_view head;
        int status;
    };
    Row const table[] = {
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 1, 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: +1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 0x1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: \r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nContent-Length: 99999999999999999999\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: \x0b" "chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nA: b\r\n c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nHost: m\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n/..\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n@m\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET /  HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET\t/ HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"get / HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: n\r\n\r\n", 505},
        {"GET / HTTP/1.11\r\nHost: n\r\n\r\n", 400},
        {"GET /\r\nHost: n\r\n\r\n", 400},
        {"GET http://n/ HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET n HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET /\xc3\xa4 HTTP/1.1\r\nHost: n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nA\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\n: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nA(b: c\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: n\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\rA: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nExpect: lunch\r\n\r\n", 417},
        {"GET / HTTP/1.1\r\nHost: n\r\nX-CSRF-Token: a\r\nx-csrf-token: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: n\r\nCookie: a=b\r\nCookie: a=c\r\n\r\n", 400},
    };
    for (auto const& row : table) {
        CAPTURE(row.head);
        auto const head = parse_head(row.head);
        REQUIRE_FALSE(head.has_value());
        CHECK(status_in(head.error()) == row.status);
    }
    auto many = std::string("GET / HTTP/1.1\r\nHost: n\r\n");
    for (int i = 0; i < 100; ++i) many += "A" + std::to_string(i) + ": b\r\n";
    CHECK(status_in(parse_head(many + "\r\n").error()) == 431);
    CHECK(status_in(parse_head("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: n\r\n\r\n").error()) == 414);
    auto const with_nul = std::string("GET / HTTP/1.1\r\nHost: n\r\nA: b") + '\0' + "c\r\n\r\n";
    CHECK(status_in(parse_head(with_nul).error()) == 400);
}

TEST_CASE("A target is decoded once, and refused where its meaning depends on who decodes it") {
    auto const target = parse_target("/api/v1/records/%E0%A6%85?q=a+b%26c&empty&x=%31=2&&q=z");
    REQUIRE(target.has_value());
    CHECK(target->path == "/api/v1/records/\xE0\xA6\x85");
    CHECK(target->queries == app::Request::Pairs{{"q", "a b&c"}, {"empty", ""}, {"x", "1=2"}, {"q", "z"}});
    CHECK(parse_target("/a+b")->path == "/a+b");
    CHECK(parse_target("/%2541")->path == "/%41");  // once, not twice
    for (std::string_view const wrong : {"", "a", "/%", "/%4", "/%zz", "/%00", "/%0a", "/a%2fb", "/a%5cb", "/a\\b", "/../a", "/a/..", "/./a", "/a/%2e%2E/b", "/%c3", "/%ff",
                                         "/a?b=%", "/a?b=%00", "/a?b=%ff", "/a#b", "/a?%1b"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_target(wrong).has_value());
    }
}

TEST_CASE("The session's cookie is read only where it is there once and in our alphabet") {
    CHECK(read_cookie("a=b; __Host-s=tok_en-1; c=d", "__Host-s") == "tok_en-1");
    CHECK(read_cookie("__Host-s=x ", "__Host-s") == "x");
    CHECK(read_cookie("X__Host-s=x", "__Host-s").empty());
    CHECK(read_cookie("__Host-s=x; __Host-s=y", "__Host-s").empty());
    CHECK(read_cookie("__Host-s=x; __Host-s=", "__Host-s").empty());
    CHECK(read_cookie("__Host-s=\"x\"", "__Host-s").empty());
    CHECK(read_cookie("__Host-s=" + std::string(300, 'a'), "__Host-s").empty());
    CHECK(read_cookie("", "__Host-s").empty());
    CHECK(read_cookie(";;=;a", "__Host-s").empty());
    CHECK(write_cookie("__Host-s", "x") == "__Host-s=x; Path=/; Secure; HttpOnly; SameSite=Strict");
    CHECK(write_cookie("__Host-s", "") == "__Host-s=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST_CASE("A write is taken from our own page or from a program, never from another page") {
    struct Row {
        std::string_view host;
        std::optional<std::string_view> origin, site;
        bool ok;
    };
    Row const table[] = {
        {"node:8443", std::nullopt, std::nullopt, true},
        {"node:8443", "https://node:8443", "same-origin", true},
        {"NODE:8443", "https://node:8443", std::nullopt, true},
        {"node", "https://node:443", std::nullopt, true},
        {"node", "http://node", std::nullopt, true},
        {"[::1]:80", "http://[::1]", std::nullopt, true},
        {"node", std::nullopt, "none", true},
        {"node:8443", "https://node", std::nullopt, false},
        {"node", "https://node:8443", std::nullopt, false},
        {"node", "https://evil", std::nullopt, false},
        {"node", "https://node.evil", std::nullopt, false},
        {"node", "null", std::nullopt, false},
        {"node", "", std::nullopt, false},
        {"node", "ftp://node", std::nullopt, false},
        {"node", "https://node/", std::nullopt, false},
        {"node", "https://node", "cross-site", false},
        {"node", "https://node", "same-site", false},
        {"node", std::nullopt, "cross-site", false},
    };
    for (auto const& row : table) {
        CAPTURE(row.host);
        CAPTURE(row.origin.value_or("-"));
        CHECK(check_sender({row.host, row.origin, row.site, true}, {}).has_value() == row.ok);
        CHECK(check_sender({row.host, row.origin, row.site, false}, {}).has_value());  // reading changes nothing
    }
}

TEST_CASE("A node goes only by its own names, and by any address") {
    std::vector<std::string> const hosts = {"node.example"};
    for (std::string_view const good : {"node.example", "NODE.example:8443", "10.0.0.7:80", "[fe80::1]:80", ""}) {
        CHECK(check_sender({good, {}, {}, false}, hosts).has_value());
    }
    for (std::string_view const bad : {"evil.example", "node.example.evil", "10.0.0.7.evil"}) {
        CHECK_FALSE(check_sender({bad, {}, {}, false}, hosts).has_value());
    }
    for (std::string_view const bad : {"", ":80", "a:", "a:99999", "a:8x", "[::1", "[g::]", "a b", "a/b", "[]", "a:1:2", "-a"}) CHECK_FALSE(is_authority(bad));
    for (std::string_view const good : {"a", "a.b:1", "[::1]", "[::1]:65535", "127.0.0.1:8080", "xn--p1ai"}) CHECK(is_authority(good));
}

TEST_CASE("A bucket gives its burst, then its rate, and each address has its own") {
    RateLimiter limiter(10, 5, 4);
    auto const start = RateLimiter::Time{} + std::chrono::hours(1);
    for (int i = 0; i < 5; ++i) CHECK(limiter.take("a", start));
    CHECK_FALSE(limiter.take("a", start));
    CHECK(limiter.take("b", start));
    CHECK_FALSE(limiter.take("a", start + std::chrono::milliseconds(50)));
    CHECK(limiter.take("a", start + std::chrono::milliseconds(110)));
    // Many addresses push out the quietest, not the memory's limit.
    for (int i = 0; i < 1000; ++i) CHECK(limiter.take("x" + std::to_string(i), start + std::chrono::milliseconds(120 + i)));
    RateLimiter none(0, 0);
    for (int i = 0; i < 1000; ++i) CHECK(none.take("a", start));
}

TEST_CASE("Connections are counted in all and per address, loopback only in all") {
    Limits limits;
    limits.connections_max = 4;
    limits.connections_per_address_max = 2;
    ConnectionLimiter limiter(limits);
    CHECK(limiter.enter("10.0.0.1"));
    CHECK(limiter.enter("10.0.0.1"));
    CHECK_FALSE(limiter.enter("10.0.0.1"));
    CHECK(limiter.enter("127.0.0.1"));
    CHECK(limiter.enter("127.0.0.1"));
    CHECK_FALSE(limiter.enter("127.0.0.1"));
    limiter.leave("10.0.0.1");
    CHECK(limiter.enter("10.0.0.1"));
}

TEST_CASE("Pages are found by path, known again by their tag, and the client's own addresses show the entry page") {
    Pages const pages({{"/index.html", "", "<p>", false}, {"/assets/a-1.js", "", "x", true}});
    app::Request request;
    request.path = "/assets/a-1.js";
    auto const script = pages.find(request);
    REQUIRE(script.has_value());
    CHECK(script->content_type == "text/javascript; charset=utf-8");
    CHECK(script->headers[0].second == "public, max-age=31536000, immutable");
    request.headers = {{"if-none-match", "W/" + script->headers[1].second}};
    CHECK(pages.find(request)->status == 304);
    CHECK(pages.find(request)->body.empty());
    request.headers = {{"if-none-match", "\"other\""}};
    CHECK(pages.find(request)->status == 200);
    request.path = "/cases/0190";
    CHECK(pages.find(request)->body == "<p>");
    for (char const* path : {"/api/v1/nothing", "/missing.js", "/assets/a-2.js", "*"}) {
        request.path = path;
        CHECK_FALSE(pages.find(request).has_value());
    }
    request.path = "/index.html";
    request.method = app::Method::Post;
    CHECK_FALSE(pages.find(request).has_value());
}

TEST_CASE("An event cannot smuggle another one into its stream") {
    CHECK(write_event("changed", "{}", "7") == "id: 7\nevent: changed\ndata: {}\n\n");
    CHECK(write_event("a\ndata: x", "1\n2\r\n3\r4", "9\n\nevent: y") == "id: 9\nevent: a\ndata: 1\ndata: 2\ndata: 3\ndata: 4\n\n");
    CHECK(write_event("", "", "") == "data: \n\n");
}

TEST_CASE("A handler's header cannot begin another header") {
    app::Response response = app::text(200, "x");
    response.headers = {{"X-Good", "yes"}, {"X-Bad", "a\r\nSet-Cookie: b=c"}, {"X-Bad\r\nY", "a"}, {"Cache-Control", "private"}};
    auto const head = write_response_head(response, {1, false, false, false}, make_fixed_headers("default-src 'none'", true), "__Host-s");
    CHECK(head.find("X-Good: yes\r\n") != std::string::npos);
    CHECK(head.find("Set-Cookie") == std::string::npos);
    CHECK(head.find("X-Bad") == std::string::npos);
    CHECK(head.find("no-store") == std::string::npos);
    CHECK(head.find("Cache-Control: private\r\n") != std::string::npos);
    CHECK(head.find("Strict-Transport-Security: ") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace sanjal::http
