#include "http/server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "app/problem.h"
#include "http/client_for_test.h"

namespace sanjal::http {
namespace {

using namespace std::chrono_literals;

// Echoes, streams and counts; slow things on workers, as a node does it.
class Toy final : public Dispatcher {
public:
    explicit Toy(Executor& workers) : workers_(workers) {}

    void dispatch(app::Request request, std::function<void(app::Response)> done) override {
        ++calls;
        if (request.path == "/ping") return done(app::json(200, Json::object({{"pong", true}})));
        if (request.path == "/lost") return;  // drops `done`
        workers_.post([this, request = std::move(request), done = std::move(done)] { done(answer(request)); });
    }
    [[nodiscard]] BodyPlan plan(app::Method, std::string_view path) const override {
        if (path == "/upload") return {200U << 20U, true};
        if (path == "/small") return {1000, false};
        return {};
    }
    [[nodiscard]] std::vector<std::string_view> methods(std::string_view path) const override {
        if (path == "/ping") return {"GET"};
        if (path == "/nothing") return {};
        return {"GET", "POST"};
    }

    std::atomic<int> calls{0};
    std::atomic<bool> may_upload{true};  // else it waits before it reads
    std::atomic<std::size_t> highest{0};
    std::mutex mutex;
    std::shared_ptr<app::EventStream> stream;

private:
    app::Response answer(app::Request const& request) {
        if (request.path == "/echo") {
            Json headers = Json::object();
            for (auto const& [name, value] : request.headers) headers.set(name, value);
            auto response = app::json(200, Json::object({{"method", app::name_of(request.method)}, {"body", request.body}, {"token", request.token},
                                                         {"q", std::string(request.query("q").value_or(""))}, {"headers", headers}, {"peer", request.peer}}));
            if (request.query("cookie")) response.session_cookie = std::string(*request.query("cookie"));
            return response;
        }
        if (request.path == "/upload") {
            while (!may_upload) std::this_thread::yield();
            std::string buffer(100'000, '\0');
            std::int64_t total = 0;
            std::uint64_t sum = 0;
            for (;;) {
                auto const got = request.source->read(buffer.data(), buffer.size());
                if (!got) return app::problem(got.error());
                if (*got == 0) break;
                for (std::size_t i = 0; i < *got; ++i) sum = sum * 31 + static_cast<unsigned char>(buffer[i]);
                total += static_cast<std::int64_t>(*got);
            }
            return app::json(200, Json::object({{"bytes", total}, {"sum", std::to_string(sum)}}));
        }
        if (request.path == "/refuse") return app::problem(Error{Fault::Forbidden, "toy.no", "No.", {}});
        if (request.path == "/download" || request.path == "/cut") {
            bool const cut = request.path == "/cut";
            std::optional<std::uint64_t> length;
            if (request.query("length")) length = std::uint64_t{32} << 20U;
            auto const reader = [left = std::size_t{32} << 20U, cut](char* buffer, std::size_t size) mutable -> Result<std::size_t> {
                if (cut && left < (std::size_t{31} << 20U)) return fail(Fault::Corrupt, "toy.cut", "Broken.");
                auto const give = std::min(size, left);
                for (std::size_t i = 0; i < give; ++i) buffer[i] = static_cast<char>('a' + (left - i) % 23);
                left -= give;
                return give;
            };
            return app::download("application/octet-stream", reader, length);
        }
        if (request.path == "/events") {
            return app::event_stream([this](std::shared_ptr<app::EventStream> opened) {
                opened->send("hello", "first", "1");
                std::lock_guard const lock(mutex);
                stream = std::move(opened);
            });
        }
        if (request.path == "/big") return app::text(200, std::string(20U << 20U, 'x'));
        return app::problem(Error{Fault::NotFound, "toy.nothing", "Nothing.", {}});
    }
    Executor& workers_;
};

struct Place {
    explicit Place(ServerConfig config = {}) : toy(workers) {
        config.threads = 2;
        config.cookie_name = "__Host-sanjal-abcdefgh";
        config.limits.grace = 2s;
        config.now = [this] { return std::chrono::steady_clock::time_point(1h) + std::chrono::milliseconds(milliseconds); };
        server = std::make_unique<Server>(std::move(config), toy, workers);
        auto const started = server->start();
        REQUIRE(started.has_value());
    }
    // Moves the hands of the clock; nobody sleeps.
    void later(std::chrono::milliseconds by) {
        milliseconds += by.count();
        server->sweep();
    }
    [[nodiscard]] bool soon(std::function<bool()> const& holds) const {
        for (int i = 0; i < 10'000; ++i) {
            if (holds()) return true;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }
    // The server knows of all that was received: it waits for the next thing, and the clock may move.
    [[nodiscard]] bool is_settled(std::initializer_list<Client const*> clients) const {
        std::size_t received = 0;
        for (auto const* client : clients) received += client->received();
        return soon([&] { return server->metrics().bytes_out == received; });
    }
    [[nodiscard]] std::uint16_t port() const { return server->port(); }

    std::atomic<std::int64_t> milliseconds{0};
    ThreadExecutor workers{4};
    Toy toy;
    std::unique_ptr<Server> server;
};

Json body_of(Got const& got) {
    auto json = parse_json(got.body);
    CHECK(json.has_value());
    return json ? *json : Json();
}

std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
constexpr std::string_view ping = "GET /ping HTTP/1.1\r\nHost: node\r\n\r\n";

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST_CASE("Three requests go over one connection, and every answer carries the security headers") {
    Place place;
    Client client(place.port());
    for (int i = 0; i < 3; ++i) {
        auto const got = client.ask(ping);
        CHECK(got.status == 200);
        CHECK(body_of(got).bool_at("pong"));
        CHECK(got.header("Cache-Control") == "no-store");
        CHECK(got.header("X-Content-Type-Options") == "nosniff");
        CHECK(got.header("Referrer-Policy") == "no-referrer");
        CHECK(got.header("Content-Security-Policy").starts_with("default-src 'none'"));
        CHECK(got.header("Cross-Origin-Opener-Policy") == "same-origin");
        CHECK(got.header("Connection").empty());
    }
    CHECK(client.ask("nonsense\r\n\r\n").header("Content-Security-Policy").starts_with("default-src 'none'"));
    auto const metrics = place.server->metrics();
    CHECK(metrics.by_class[2] == 3);
    CHECK(metrics.by_class[4] == 1);
    CHECK(metrics.requests == 4);
    CHECK(metrics.connections == 1);
}

TEST_CASE("A request arrives decoded, with its token, its query and only the headers that handlers need") {
    Place place;
    Client client(place.port());
    auto const got = client.ask(post("/echo?q=%E0%A6%85+b", "{\"a\":1}", "Cookie: x=y; __Host-sanjal-abcdefgh=tok\r\nX-CSRF-Token: c\r\nUser-Agent: me\r\n"));
    CHECK(got.status == 200);
    auto const json = body_of(got);
    CHECK(json.text_at("method") == "POST");
    CHECK(json.text_at("body") == "{\"a\":1}");
    CHECK(json.text_at("token") == "tok");
    CHECK(json.text_at("q") == "\xE0\xA6\x85 b");
    CHECK(json.text_at("peer") == "127.0.0.1");
    CHECK(json.find("headers")->text_at("x-csrf-token") == "c");
    CHECK(json.find("headers")->find("user-agent") == nullptr);
    CHECK(json.find("headers")->find("cookie") == nullptr);
    CHECK(client.ask("GET /echo?cookie=new HTTP/1.1\r\nHost: n\r\n\r\n").header("Set-Cookie") ==
          "__Host-sanjal-abcdefgh=new; Path=/; Secure; HttpOnly; SameSite=Strict");
}

TEST_CASE("Pipelined requests are answered in their order") {
    Place place;
    Client client(place.port());
    std::string all;
    for (int i = 0; i < 50; ++i) all += i % 3 == 0 ? std::string(ping) : post("/echo?q=" + std::to_string(i), std::string(static_cast<std::size_t>(i), ' '));
    client.send(all);
    for (int i = 0; i < 50; ++i) {
        auto const got = client.receive();
        REQUIRE(got.status == 200);
        if (i % 3 != 0) CHECK(body_of(got).text_at("q") == std::to_string(i));
    }
}

TEST_CASE("A chunked body is whole, and a client that expects 100 is told to go on") {
    Place place;
    Client client(place.port());
    auto got = client.ask("POST /echo HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n2\r\n,2\r\n1\r\n]\r\n0\r\n\r\n");
    CHECK(body_of(got).text_at("body") == "[1,2]");
    client.send("POST /echo HTTP/1.1\r\nHost: n\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    got = client.ask("{}");
    CHECK(body_of(got).text_at("body") == "{}");
    CHECK(client.ask(ping).status == 200);
}

TEST_CASE("HEAD, OPTIONS and methods that a path does not take are answered by the rules") {
    Place place;
    Client client(place.port());
    client.send("HEAD /ping HTTP/1.1\r\nHost: n\r\n\r\n");
    auto got = client.receive(true);
    CHECK(got.status == 200);
    CHECK(got.header("Content-Length") == "13");
    client.send("HEAD /download?length HTTP/1.1\r\nHost: n\r\n\r\n");
    got = client.receive(true);
    CHECK(got.header("Content-Length") == std::to_string(32U << 20U));
    got = client.ask("OPTIONS /ping HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(got.status == 204);
    CHECK(got.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(got.header("Access-Control-Allow-Origin").empty());
    CHECK(client.ask("OPTIONS * HTTP/1.1\r\nHost: n\r\n\r\n").status == 204);
    got = client.ask("PUT /ping HTTP/1.1\r\nHost: n\r\nContent-Length: 0\r\n\r\n");
    CHECK(got.status == 405);
    CHECK(got.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(body_of(got).text_at("code") == "request.method");
    CHECK(client.ask("TRACE /ping HTTP/1.1\r\nHost: n\r\n\r\n").status == 405);
    CHECK(client.ask("PUT /nothing HTTP/1.1\r\nHost: n\r\n\r\n").status == 404);
    CHECK(client.ask("BREW /ping HTTP/1.1\r\nHost: n\r\n\r\n").status == 501);
    CHECK(client.ask(ping).status == 200);
}

TEST_CASE("A body over its limit is refused before it is read, and the client sees why") {
    Place place;
    {
        Client client(place.port());
        client.send("POST /small HTTP/1.1\r\nHost: n\r\nContent-Length: 5000000\r\n\r\n");
        client.send(std::string(3'000'000, 'x'));
        auto const got = client.receive();
        CHECK(got.status == 413);
        CHECK(got.header("Connection") == "close");
    }
    {
        Client client(place.port());
        client.send("POST /small HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n");
        std::string const chunk = "1F4\r\n" + std::string(500, 'x') + "\r\n";
        CHECK(client.send(chunk + chunk + chunk));
        CHECK(client.receive().status == 413);
    }
    Client client(place.port());
    CHECK(client.ask(post("/small", std::string(1000, ' '))).status == 404);
    CHECK(place.toy.calls == 1);
}

TEST_CASE("Only JSON is taken where JSON is wanted") {
    Place place;
    Client client(place.port());
    auto const with = [&](std::string_view type) {
        Client one(place.port());
        return one.ask("POST /echo HTTP/1.1\r\nHost: n\r\nContent-Type: " + std::string(type) + "\r\nContent-Length: 2\r\n\r\n{}").status;
    };
    CHECK(with("application/json") == 200);
    CHECK(with("Application/JSON ; charset=utf-8") == 200);
    CHECK(with("application/merge-patch+json") == 200);
    CHECK(with("text/plain") == 415);
    CHECK(with("application/x-www-form-urlencoded") == 415);
    CHECK(with("multipart/form-data; boundary=a") == 415);
    CHECK(client.ask("POST /echo HTTP/1.1\r\nHost: n\r\nContent-Length: 0\r\n\r\n").status == 200);
}

TEST_CASE("A write from another page is refused before anybody sees it") {
    ServerConfig config;
    config.hosts = {"node"};
    Place place(config);
    Client client(place.port());
    CHECK(client.ask(post("/echo", "{}", "Origin: https://node\r\nSec-Fetch-Site: same-origin\r\n")).status == 200);
    int const before = place.toy.calls;
    for (char const* header : {"Origin: https://evil\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"}) {
        Client other(place.port());
        auto const got = other.ask(post("/echo", "{}", header));
        CHECK(got.status == 403);
        CHECK(body_of(got).text_at("code") == "request.foreign_origin");
    }
    Client other(place.port());
    CHECK(other.ask("GET /ping HTTP/1.1\r\nHost: evil\r\n\r\n").status == 421);
    CHECK(place.toy.calls == before);
}

TEST_CASE("A slow head and a slow body are given up when their time is over, and idle connections are closed") {
    Place place;
    Client head(place.port());
    std::string_view const part_of_head = "GET /ping HTT";
    head.send(part_of_head);
    Client body(place.port());
    std::string_view const part_of_body = "POST /echo HTTP/1.1\r\nHost: n\r\nContent-Length: 100\r\n\r\n{";
    body.send(part_of_body);
    Client idle(place.port());
    CHECK(idle.ask(ping).status == 200);
    REQUIRE(place.soon([&] { return place.server->metrics().bytes_in == part_of_head.size() + part_of_body.size() + ping.size(); }));
    place.later(9s);
    CHECK(place.server->metrics().timed_out == 0);
    place.later(2s);
    CHECK(head.receive().status == 408);
    CHECK(head.is_closed());
    place.later(18s);
    CHECK(body.send(" "));
    place.later(3s);
    auto const got = body.receive();
    CHECK(got.status == 408);
    CHECK(got.header("Connection") == "close");
    CHECK(body.is_closed());
    CHECK(place.server->metrics().timed_out == 2);
    CHECK(idle.ask(ping).status == 200);
    REQUIRE(place.is_settled({&head, &body, &idle}));
    place.later(61s);
    CHECK(idle.is_closed());
    CHECK(place.soon([&] { return place.server->metrics().connections_open == 0; }));
    CHECK(place.server->metrics().timed_out == 2);
}

TEST_CASE("An upload of 64 MiB streams through a bounded memory, however slowly it is read") {
    Place place;
    std::size_t const size = 64U << 20U;
    std::string const piece = [] {
        std::string made(1U << 20U, '\0');
        for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>(i * 7 % 251);
        return made;
    }();
    std::uint64_t sum = 0;
    for (std::size_t sent = 0; sent < size; sent += piece.size()) {
        for (char const c : piece) sum = sum * 31 + static_cast<unsigned char>(c);
    }
    auto const before = resident_bytes();
    std::size_t highest = before;
    place.toy.may_upload = false;
    Client client(place.port());
    client.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Type: video/mp4\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    std::thread sender([&] {
        for (std::size_t sent = 0; sent < size; sent += piece.size()) {
            CHECK(client.send(piece));
            highest = std::max(highest, resident_bytes());
        }
    });
    // Nobody reads yet: the server takes what it may hold ahead, and no more.
    std::size_t const ahead = Limits{}.upload_ahead_bytes;
    CHECK(place.soon([&] { return place.server->metrics().bytes_in >= ahead; }));
    for (int i = 0; i < 50; ++i) {
        CHECK(place.server->metrics().bytes_in < 2 * ahead);
        std::this_thread::sleep_for(1ms);
    }
    place.later(1h);  // slowness of our own is not the sender's
    place.toy.may_upload = true;
    sender.join();
    auto const got = client.receive();
    CHECK(got.status == 200);
    CHECK(body_of(got).integer_at("bytes") == static_cast<std::int64_t>(size));
    CHECK(body_of(got).text_at("sum") == std::to_string(sum));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they keep what was freed
    CHECK(highest - before < (16U << 20U));
#endif
    CHECK(client.ask(ping).status == 200);
}

TEST_CASE("An upload that ends early, stalls, or nobody wants is told to its handler and to its client") {
    Place place;
    {
        Client client(place.port());
        client.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 100\r\n\r\nabc");
        client.finish();
        CHECK(client.receive().status == 0);
    }
    {
        Client client(place.port());
        client.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 100\r\n\r\nabc");
        REQUIRE(place.soon([&] { return place.toy.calls == 2; }));
        place.later(21s);
        auto const got = client.receive();
        CHECK(got.status == 503);
        CHECK(body_of(got).text_at("code") == "request.slow");
    }
    {
        Client client(place.port());
        client.send("POST /upload HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX");
        client.send("YZ\r\n\r\n");
        CHECK(body_of(client.receive()).text_at("code") == "request.malformed");
    }
    {
        Client client(place.port());
        client.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 1000000000\r\n\r\n");
        CHECK(client.receive().status == 413);
    }
    Client client(place.port());
    CHECK(client.ask(post("/refuse", "{}")).status == 403);
    CHECK(client.ask(ping).status == 200);
}

TEST_CASE("More uploads at once than there is room for are asked to come again") {
    ServerConfig config;
    config.limits.uploads_max = 1;
    Place place(config);
    Client first(place.port());
    first.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 3\r\n\r\nab");
    REQUIRE(place.soon([&] { return place.toy.calls == 1; }));
    Client second(place.port());
    CHECK(second.ask("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 3\r\n\r\nabc").status == 503);
    CHECK(body_of(first.ask("c")).integer_at("bytes") == 3);
    Client third(place.port());
    CHECK(third.ask("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 3\r\n\r\nabc").status == 200);
}

TEST_CASE("A download streams with a length, in chunks, and to a client of 1996; a broken one is cut") {
    Place place;
    std::size_t const size = 32U << 20U;
    Client client(place.port());
    auto const with_length = client.ask("GET /download?length HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(with_length.status == 200);
    CHECK(with_length.header("Content-Length") == std::to_string(size));
    CHECK(with_length.body.size() == size);
    auto const chunked = client.ask("GET /download HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(chunked.header("Transfer-Encoding") == "chunked");
    CHECK((chunked.body == with_length.body));
    CHECK(client.ask(ping).status == 200);
    Client old(place.port());
    auto const until_end = old.ask("GET /download HTTP/1.0\r\n\r\n");
    CHECK((until_end.body == with_length.body));
    Client unlucky(place.port());
    CHECK(unlucky.ask("GET /cut HTTP/1.1\r\nHost: n\r\n\r\n").status == 0);
}

TEST_CASE("A client that stops reading its answer is cut off when nothing moves any more") {
    Place place;
    Client client(place.port());
    client.send("GET /big HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(client.until("\r\n\r\n").starts_with("HTTP/1.1 200"));
    place.later(21s);
    REQUIRE(place.soon([&] {
        place.later(21s);
        return place.server->metrics().connections_open == 0;
    }));
    CHECK(place.server->metrics().timed_out == 1);
}

TEST_CASE("Events are pushed as they come, beats keep a silent stream alive, and both sides may end it") {
    Place place;
    Client client(place.port());
    client.send("GET /events HTTP/1.1\r\nHost: n\r\nLast-Event-ID: 0\r\n\r\n");
    auto const head = client.until("\r\n\r\n");
    CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
    CHECK(client.until("\n\n").ends_with("id: 1\nevent: hello\ndata: first\n\n"));
    auto const stream = [&] {
        std::lock_guard const lock(place.toy.mutex);
        return place.toy.stream;
    };
    REQUIRE(place.soon([&] { return stream() != nullptr; }));
    CHECK(stream()->is_open());
    CHECK(place.server->metrics().event_streams_open == 1);
    std::thread other([&] {
        for (int i = 2; i < 200; ++i) CHECK(stream()->send("changed", std::to_string(i), std::to_string(i)));
    });
    for (int i = 2; i < 200; ++i) CHECK(client.until("\n\n").ends_with("data: " + std::to_string(i) + "\n\n"));
    other.join();
    REQUIRE(place.is_settled({&client}));
    place.later(16s);
    CHECK(client.until(":\n\n").ends_with("3\r\n:\n\n"));
    stream()->close();
    CHECK_FALSE(stream()->send("late", "x"));
    CHECK(client.until("0\r\n\r\n").ends_with("0\r\n\r\n"));
    CHECK(client.is_closed());
    Client second(place.port());
    {
        std::lock_guard const lock(place.toy.mutex);
        place.toy.stream.reset();
    }
    second.send("GET /events HTTP/1.1\r\nHost: n\r\n\r\n");
    REQUIRE(place.soon([&] { return stream() != nullptr; }));
    second.finish();
    CHECK(place.soon([&] { return !stream()->is_open(); }));
    CHECK(place.soon([&] { return place.server->metrics().event_streams_open == 0; }));
}

TEST_CASE("A stream that is read too slowly is cut instead of filling memory") {
    ServerConfig config;
    config.limits.event_backlog_bytes = 10'000;
    Place place(config);
    Client client(place.port());
    client.send("GET /events HTTP/1.1\r\nHost: n\r\n\r\n");
    client.until("\n\n");
    auto const stream = [&] {
        std::lock_guard const lock(place.toy.mutex);
        return place.toy.stream;
    };
    REQUIRE(place.soon([&] { return stream() != nullptr; }));
    std::string const large(5000, 'x');
    bool cut = false;
    for (int i = 0; i < 100'000 && !cut; ++i) cut = !stream()->send("large", large);
    CHECK(cut);
    CHECK_FALSE(stream()->is_open());
}

TEST_CASE("64 clients at once each get their own answers") {
    Place place;
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&, i] {
            Client client(place.port());
            for (int n = 0; n < 20; ++n) {
                auto const mark = std::to_string(i) + "-" + std::to_string(n);
                auto const got = client.ask(post("/echo?q=" + mark, "{}"));
                auto const json = parse_json(got.body);
                if (got.status == 200 && json && json->text_at("q") == mark) ++right;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(right == 64 * 20);
    CHECK(place.server->metrics().by_class[2] == 64 * 20);
    CHECK(place.server->metrics().connections == 64);
}

TEST_CASE("An address that asks too much is told to wait, and one connection too many is turned away") {
    ServerConfig config;
    config.limits.limit_loopback = true;
    config.limits.requests_per_second = 10;
    config.limits.requests_burst = 5;
    config.limits.connections_per_address_max = 2;
    Place place(config);
    Client client(place.port());
    for (int i = 0; i < 5; ++i) CHECK(client.ask(ping).status == 200);
    auto const got = client.ask(ping);
    CHECK(got.status == 429);
    CHECK_FALSE(got.header("Retry-After").empty());
    place.later(1s);
    CHECK(client.ask(ping).status == 200);
    Client second(place.port());
    CHECK(second.ask(ping).status == 200);
    Client third(place.port());
    CHECK(third.receive().status == 503);
    CHECK(place.server->metrics().connections_refused == 1);
    CHECK(place.server->metrics().rate_limited == 1);
}

TEST_CASE("A handler that forgets its answer leaves no client waiting") {
    Place place;
    Client client(place.port());
    auto const got = client.ask("GET /lost HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(got.status == 500);
    CHECK(client.ask(ping).status == 200);
}

TEST_CASE("Stopping lets what is under way be answered and closes the rest") {
    auto place = std::make_unique<Place>();
    Client idle(place->port());
    CHECK(idle.ask(ping).status == 200);
    place->toy.may_upload = false;
    Client busy(place->port());
    busy.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 3\r\n\r\nabc");
    REQUIRE(place->soon([&] { return place->toy.calls == 2; }));
    std::thread stopping([&] { place->server->stop(); });
    CHECK(idle.is_closed());
    place->toy.may_upload = true;
    auto const got = busy.receive();
    CHECK(got.status == 200);
    CHECK(got.header("Connection") == "close");
    CHECK(busy.is_closed());
    stopping.join();
    CHECK(place->server->metrics().connections_open == 0);
    CHECK_FALSE(Client(place->port()).ask(ping).status == 200);
    place.reset();
}

TEST_CASE("Stopping does not wait for ever for an upload that never ends, and answers that come later hurt nobody") {
    ServerConfig config;
    auto place = std::make_unique<Place>(config);
    Client stuck(place->port());
    stuck.send("POST /upload HTTP/1.1\r\nHost: n\r\nContent-Length: 3\r\n\r\na");
    REQUIRE(place->soon([&] { return place->toy.calls == 1; }));
    place->server->stop();
    CHECK(stuck.receive().status == 0);
    place->server.reset();
    place.reset();
}

TEST_CASE("A port that is taken and an address that is none are said in words") {
    Place place;
    ServerConfig config;
    config.port = place.port();
    Server second(config, place.toy, place.workers);
    auto const taken = second.start();
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().code == "http.port_taken");
    config.address = "nowhere";
    CHECK(Server(config, place.toy, place.workers).start().error().code == "http.address");
    config.address = "127.0.0.1";
    config.port = 0;
    config.credentials = Credentials{"no certificate", "no key"};
    CHECK(Server(config, place.toy, place.workers).start().error().code == "http.certificate");
    CHECK(read_credentials("/nonexistent.pem", "").error().code == "http.certificate");
    CHECK(read_credentials("/nonexistent.pem", "/nonexistent.key").error().code == "http.certificate");
}

TEST_CASE("Pages are served beside the interface, with their own caching and the same policy") {
    ServerConfig config;
    config.pages = Pages({{"/index.html", "", "<!doctype html>", false}});
    class Api final : public Dispatcher {
    public:
        void dispatch(app::Request, std::function<void(app::Response)> done) override { done(app::json(200, Json::object())); }
        [[nodiscard]] std::vector<std::string_view> methods(std::string_view path) const override {
            return path == "/healthz" ? std::vector<std::string_view>{"GET"} : std::vector<std::string_view>{};
        }
    } api;
    ThreadExecutor workers(1);
    Server server(config, api, workers);
    REQUIRE(server.start().has_value());
    Client client(server.port());
    auto const page = client.ask("GET /cases/1 HTTP/1.1\r\nHost: n\r\n\r\n");
    CHECK(page.body == "<!doctype html>");
    CHECK(page.header("Cache-Control") == "no-cache");
    CHECK(page.header("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos);
    CHECK(client.ask("GET /cases/1 HTTP/1.1\r\nHost: n\r\nIf-None-Match: " + page.header("ETag") + "\r\n\r\n").status == 304);
    CHECK(client.ask("GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n").body == "{}");
    server.stop();
}

TEST_CASE("a page in several encodings is given in the smallest that the browser takes, each with a tag of its own") {
    Pages const pages({{"/a.js", "", "plain and long", true, ""}, {"/a.js", "", "gzipped", true, "gzip"}, {"/a.js", "", "br", true, "br"}});
    auto const ask = [&](char const* accepted) {
        app::Request request;
        request.path = "/a.js";
        if (accepted != nullptr) request.headers = {{"accept-encoding", accepted}};
        return pages.find(request).value();
    };
    CHECK(ask(nullptr).body == "plain and long");
    CHECK(ask("").body == "plain and long");
    CHECK(ask("gzip").body == "gzipped");
    CHECK(ask("gzip, deflate, br").body == "br");
    CHECK(ask("br;q=0, gzip;q=0.5").body == "gzipped");
    CHECK(ask("br;q=0.0,gzip ; q=0").body == "plain and long");
    CHECK(ask("gzip").headers != ask("br").headers);
}

}  // namespace
}  // namespace sanjal::http
