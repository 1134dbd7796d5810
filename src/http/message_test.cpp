#include <doctest/doctest.h>

#include "http/message.h"

namespace sanjal::http {
namespace {

struct Outcome {
    std::string heads;
    std::string bodies;
    int error = 0;  // status, or 0
    std::string left;
    friend bool operator==(Outcome const&, Outcome const&) = default;
};

// The stream in pieces of `step` bytes, as a connection would feed it.
Outcome read_all(std::string_view stream, std::size_t step, Limits const& limits) {
    Outcome outcome;
    MessageReader reader(limits);
    std::string input;
    while (true) {
        auto const used = reader.feed(input);
        if (!used) {
            outcome.error = status_in(used.error());
            return outcome;
        }
        bool const had_head = reader.has_head();
        input.erase(0, *used);
        if (had_head) outcome.bodies += reader.take_body();
        if (reader.is_done()) {
            outcome.heads += reader.head().method + " " + reader.head().target + "\n";
            outcome.bodies += "|";
            reader = MessageReader(limits);
            continue;
        }
        if (*used > 0) continue;
        if (stream.empty()) break;
        input += stream.substr(0, step);
        stream.remove_prefix(std::min(step, stream.size()));
    }
    outcome.left = input;
    return outcome;
}

TEST_CASE("However a stream is cut into pieces, the same messages come out") {
    Limits const limits;
    std::string const stream =
        "GET /a HTTP/1.1\r\nHost: n\r\n\r\n"
        "POST /b HTTP/1.1\r\nHost: n\r\nContent-Length: 5\r\n\r\nhello"
        "POST /c HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
        "POST /d HTTP/1.1\r\nHost: n\r\nContent-Length: 0\r\n\r\n"
        "POST /e HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        "GET /f HTTP/1.1\r\nHo";
    auto const whole = read_all(stream, stream.size(), limits);
    CHECK(whole.error == 0);
    CHECK(whole.heads == "GET /a\nPOST /b\nPOST /c\nPOST /d\nPOST /e\n");
    CHECK(whole.bodies == "|hello|abc0123456789|||");
    CHECK(whole.left == "GET /f HTTP/1.1\r\nHo");
    for (std::size_t step = 1; step < 90; ++step) {
        CAPTURE(step);
        CHECK(read_all(stream, step, limits) == whole);
    }
}

TEST_CASE("A body that is not framed as its head says is refused") {
    Limits const limits;
    std::string const head = "POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::string_view const body : {"x\r\nabc", "-1\r\nabc", "3\r\nabcd\r\n", "3\nabc\r\n", "3\r\nabc\n0\r\n\r\n", "3;a=b\r\nabc\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "\r\n\r\n\r\n",
                                        "0x3\r\nabc\r\n", " 3\r\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n"}) {
        CAPTURE(body);
        for (std::size_t const step : {1, 1000}) CHECK(read_all(head + std::string(body) + "\r\n0\r\n\r\n", step, limits).error == 400);
    }
}

TEST_CASE("Nonsense is refused when it comes, not when it ends") {
    Limits const limits;
    for (std::string_view const start : {"\x16\x03\x01\x02", "GET / HTTP/1.1\n", "GET / HTTP/1.1\rX", "\x01"}) {
        for (std::size_t const step : {1, 1000}) CHECK(read_all(start, step, limits).error == 400);
    }
    CHECK(read_all("GET / HTTP/1.1\r\nA: " + std::string(20000, 'a'), 100, limits).error == 431);
    CHECK(read_all(std::string(20000, 'a'), 5000, limits).error == 431);
    auto const chunked = std::string("POST / HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    CHECK(read_all(chunked + "A: " + std::string(40000, 'a'), 1000, limits).error == 400);
}

}  // namespace
}  // namespace sanjal::http
