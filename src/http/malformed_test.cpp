#include <doctest/doctest.h>

#include <set>

#include "http/client_for_test.h"
#include "http/server.h"

namespace sanjal::http {
namespace {

class Pong final : public Dispatcher {
public:
    void dispatch(app::Request request, std::function<void(app::Response)> done) override { done(app::text(200, "pong " + request.path + " " + request.body)); }
};

std::string post(std::string_view headers, std::string_view body = {}) {
    return "POST /x HTTP/1.1\r\nHost: n\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

// Requests that must be refused.  Behind each stands a smuggled one; nobody may ever answer that.
std::vector<std::string> malformed() {
    std::vector<std::string> all;
    // Framing: two lengths, or one that two readers see differently.
    for (char const* te : {"Transfer-Encoding: chunked", "transfer-encoding: chunked", "Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding: Chunked",
                           "Transfer-Encoding: chunked ", "Transfer-Encoding: identity", "Transfer-Encoding: gzip", "Transfer-Encoding: xchunked"}) {
        for (char const* cl : {"Content-Length: 5", "content-length: 5", "Content-Length: 0", "Content-Length:5 "}) {
            all.push_back(post(std::string(te) + "\r\n" + cl + "\r\n", "0\r\n\r\n"));
            all.push_back(post(std::string(cl) + "\r\n" + te + "\r\n", "0\r\n\r\n"));
        }
    }
    for (char const* te : {"chunked, chunked", "chunked, identity", "identity, chunked", "gzip, chunked", "chunked;a=b", "\"chunked\"", "chun ked", ", chunked", "chunked,", "cow", "", "\x0b" "chunked",
                           "chunked\x01", "identity"}) {
        all.push_back(post(std::string("Transfer-Encoding: ") + te + "\r\n", "0\r\n\r\n"));
    }
    for (char const* name : {"Transfer-Encoding ", "Transfer-Encoding\t", " Transfer-Encoding", "\tTransfer-Encoding", "Transfer Encoding", "Transfer-Encoding\x01", "Transfer-Encoding\x7f"}) {
        all.push_back(post(std::string(name) + ": chunked\r\n", "0\r\n\r\n"));
        all.push_back(post("A: b\r\n" + std::string(name) + ": chunked\r\n", "0\r\n\r\n"));
    }
    all.push_back(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    all.push_back(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"));
    all.push_back(post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"));
    all.push_back("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    for (char const* length : {"", " ", "-1", "+1", "0x1", "1e1", "1.0", "1,1", "1, 1", "1 1", "one", "\"1\"", "1;", "1\x01", "99999999999999999999", "18446744073709551616", "9223372036854775808", "1a", "a1",
                               "0b1", "\xef\xbc\x91", "--1", "1-", "1_000", "%31"}) {
        all.push_back(post(std::string("Content-Length: ") + length + "\r\n", "x"));
    }
    for (char const* second : {"1", "2", "0", "01"}) all.push_back(post(std::string("Content-Length: 1\r\nContent-Length: ") + second + "\r\n", "x"));
    for (char const* name : {"Content-Length ", "Content-Length\t", " Content-Length", "Content Length"}) all.push_back(post(std::string(name) + ": 1\r\n", "x"));
    // Chunks.
    for (char const* body : {"x\r\nabc\r\n0\r\n\r\n", "-1\r\nabc\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
                             "3\rabc\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nab\r\n0\r\n\r\n", "3;a\r\nabc\r\n0\r\n\r\n", "3;a=b\r\nabc\r\n0\r\n\r\n", "3;\nabc\r\n0\r\n\r\n",
                             "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n", "10000000000000000\r\nabc\r\n0\r\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3\r\n\r\nabc\r\n0\r\n\r\n",
                             ";\r\nabc\r\n0\r\n\r\n", "g\r\nabc\r\n0\r\n\r\n", "3,3\r\nabc\r\n0\r\n\r\n", "3\x01\r\nabc\r\n0\r\n\r\n", "\x33\x0b\r\nabc\r\n0\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\nA b: c\r\n\r\n", "0;a\r\n\r\n",
                             "0 \r\n\r\n", "0\r\nA\x01: b\r\n\r\n"}) {
        all.push_back(post("Transfer-Encoding: chunked\r\n", body));
    }
    // Lines.
    for (char const* line : {"A: b\r\n c", "A: b\r\n\tc", " A: b", "\tA: b", "A", ": b", "A : b", "A\t: b", "A b: c", "A: b\rc", "A: b\nc", "A: \x01", "A: \x08", "A: \x1b[2J", "A: \x7f", "\x01: b", "A(: b", "A): b",
                             "A/: b", "A[: b", "A]: b", "A{: b", "A}: b", "A\\: b", "A,: b", "A;: b", "A=: b", "A?: b", "A@: b", "A\": b", "A<: b", "A>: b", "\xc3\x84: b", "A\xff: b", "=: b\r\n x"}) {
        all.push_back("GET /x HTTP/1.1\r\nHost: n\r\n" + std::string(line) + "\r\n\r\n");
        all.push_back("GET /x HTTP/1.1\r\n" + std::string(line) + "\r\nHost: n\r\n\r\n");
    }
    all.push_back("GET /x HTTP/1.1\nHost: n\n\n");
    all.push_back("GET /x HTTP/1.1\r\nHost: n\n\r\n");
    all.push_back("GET /x HTTP/1.1\r\nHost: n\r\r\n\r\n");
    all.push_back("GET /x HTTP/1.1\r\nHost: n\r\n\n");
    for (std::size_t const at : {0U, 3U, 4U, 5U, 7U, 12U, 18U, 21U, 25U}) {
        std::string nul = "GET /x HTTP/1.1\r\nHost: n\r\nA: bcd\r\n\r\n";
        nul.insert(at, 1, '\0');
        all.push_back(nul);
    }
    // Request lines.
    for (char const* line : {"GET", "GET /x", "GET  /x HTTP/1.1", "GET /x  HTTP/1.1", " GET /x HTTP/1.1", "GET /x HTTP/1.1 ", "GET\t/x HTTP/1.1", "GET /x\tHTTP/1.1", "get /x HTTP/1.1", "GeT /x HTTP/1.1",
                             "G@T /x HTTP/1.1", "GET x HTTP/1.1", "GET * HTTP/1.1", "GET http://n/x HTTP/1.1", "GET //n@/x y HTTP/1.1", "GET ?x HTTP/1.1", "GET #x HTTP/1.1", "GET /x#y HTTP/1.1", "CONNECT n:80 HTTP/1.1",
                             "GET /x http/1.1", "GET /x HTTP/1", "GET /x HTTP/1.", "GET /x HTTP/.1", "GET /x HTTP/1.1.1", "GET /x HTTP/01.1", "GET /x HTTP/1.10", "GET /x HTTP/ 1.1", "GET /x HTTPS/1.1", "GET /x HTTP/0.9",
                             "GET /x HTTP/1.2", "GET /x HTTP/2.0", "GET /x HTTP/3.0", "GET /x HTTP/9.9", "GET /x FTP/1.1", "GET /\x80 HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\x7f HTTP/1.1",
                             "GET /% HTTP/1.1", "GET /%0 HTTP/1.1", "GET /%0g HTTP/1.1", "GET /%00 HTTP/1.1", "GET /%0d%0a HTTP/1.1", "GET /a%2fb HTTP/1.1", "GET /a%5cb HTTP/1.1", "GET /a\\b HTTP/1.1", "GET /../x HTTP/1.1",
                             "GET /x/.. HTTP/1.1", "GET /./x HTTP/1.1", "GET /%2e%2e/x HTTP/1.1", "GET /%c0%af HTTP/1.1", "GET /%ff HTTP/1.1", "GET /x?a=%zz HTTP/1.1", "GET /x?a=%00 HTTP/1.1", "GET /x?%ff HTTP/1.1",
                             "PRI * HTTP/2.0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA /x HTTP/1.1", "-", "\x16\x03\x01", "HTTP/1.1 200 OK", "{\"a\":1}", "SSH-2.0-x", "GET /x HTTP/1.1\x01"}) {
        all.push_back(std::string(line) + "\r\nHost: n\r\n\r\n");
    }
    // Hosts, and headers that may come once.
    for (char const* host : {"", " ", "a b", "a,b", "a/b", "a@b", "a:b", "a:99999", "a:1:2", "[::1", "::1", "[]", "[g]", "a?b", "a#b", "\xc3\xa4", "-a", ".a", "a%2eb", "http://a"}) {
        all.push_back("GET /x HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    }
    all.push_back("GET /x HTTP/1.1\r\n\r\n");
    all.push_back("GET /x HTTP/1.1\r\nHost: " + std::string(300, 'a') + "\r\n\r\n");
    for (char const* name : {"Host", "Cookie", "Origin", "Content-Type", "If-Match", "Idempotency-Key", "X-CSRF-Token", "Range", "Sec-Fetch-Site", "Expect", "Authorization", "Last-Event-ID"}) {
        all.push_back("GET /x HTTP/1.1\r\nHost: n\r\n" + std::string(name) + ": n\r\n" + name + ": n\r\n\r\n");
    }
    // Sizes.
    all.push_back("GET /x HTTP/1.1\r\nHost: n\r\nA: " + std::string(17'000, 'a') + "\r\n\r\n");
    all.push_back("GET /x HTTP/1.1\r\nHost: n\r\n" + std::string(17'000, 'a') + ": b\r\n\r\n");
    all.push_back("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: n\r\n\r\n");
    all.push_back("GET /x?" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: n\r\n\r\n");
    all.push_back(std::string(20'000, '\r') + "\n");
    std::string many = "GET /x HTTP/1.1\r\nHost: n\r\n";
    for (int i = 0; i < 200; ++i) many += "A: b\r\n";
    all.push_back(many + "\r\n");
    std::string blank;
    for (int i = 0; i < 9'000; ++i) blank += "\r\n";
    all.push_back(blank + "GET /x HTTP/1.1\r\nHost: n\r\n\r\n");
    all.push_back(post("Expect: lunch\r\nContent-Length: 1\r\n", "x"));
    all.push_back(post("Content-Length: 2000000\r\n", "x"));
    return all;
}

TEST_CASE("More than 300 malformed requests are each refused, nothing behind them is answered, and the next client is served") {
    Pong pong;
    ThreadExecutor workers(1);
    ServerConfig config;
    config.limits.linger = std::chrono::milliseconds(100);
    Server server(config, pong, workers);
    REQUIRE(server.start().has_value());
    auto const all = malformed();
    CHECK(std::set<std::string>(all.begin(), all.end()).size() >= 300);
    std::size_t refused = 0;
    for (auto const& bytes : all) {
        CAPTURE(bytes.substr(0, 200));
        Client client(server.port());
        client.send(bytes);
        client.send("GET /smuggled HTTP/1.1\r\nHost: n\r\n\r\n");
        client.finish();
        std::string everything;
        while (client.more()) {
        }
        everything = client.take(1U << 20U);
        CHECK(everything.starts_with("HTTP/1.1 "));
        bool const is_refusal = everything.starts_with("HTTP/1.1 4") || everything.starts_with("HTTP/1.1 5");
        CHECK(is_refusal);
        refused += is_refusal ? 1 : 0;
        // Refused by what stands in it (an address, a host): the connection may live, and what follows is a request of its own.
        if (everything.find("Connection: close") != std::string::npos) CHECK(everything.find("pong") == std::string::npos);
        CHECK(everything.find("pong /x") == std::string::npos);
    }
    CHECK(refused == all.size());
    Client client(server.port());
    CHECK(client.ask("GET /x HTTP/1.1\r\nHost: n\r\n\r\n").body == "pong /x ");
    server.stop();
    CHECK(server.metrics().connections_open == 0);
}

TEST_CASE("The next request on the same connection is served after a refusal that leaves no doubt where it ended") {
    Pong pong;
    ThreadExecutor workers(1);
    Server server(ServerConfig{}, pong, workers);
    REQUIRE(server.start().has_value());
    Client client(server.port());
    for (char const* target : {"/a%2fb", "/..", "/%zz"}) {
        CHECK(client.ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: n\r\n\r\n").status == 400);
        CHECK(client.ask("GET /x HTTP/1.1\r\nHost: n\r\n\r\n").body == "pong /x ");
    }
}

}  // namespace
}  // namespace sanjal::http
