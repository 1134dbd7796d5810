// links: sanjal_http
// What a stranger sends to the HTTP server: the pure readers, the message reader in pieces, and a whole connection on a wire
// of strings.  No request may crash, and how the bytes are cut into pieces may not change what they mean.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "http/connection.h"
#include "http/cookie.h"
#include "http/origin.h"
#include "http/target.h"

using namespace sanjal;

namespace {

// The whole messages of a stream of bytes, read in pieces of `step` bytes.
std::vector<std::string> messages(std::string_view stream, std::size_t step) {
    static http::Limits const limits;
    http::MessageReader reader(limits);
    std::vector<std::string> whole;
    std::string body;
    std::string input;
    for (;;) {
        auto const used = reader.feed(input);
        if (!used) return whole;
        bool const had_head = reader.has_head();
        input.erase(0, *used);
        if (had_head) body += reader.take_body();
        if (reader.is_done()) {
            whole.push_back(reader.head().method + " " + reader.head().target + " " + body);
            body.clear();
            reader = http::MessageReader(limits);
            continue;
        }
        if (*used > 0) continue;
        if (stream.empty()) return whole;
        input += stream.substr(0, step);
        stream.remove_prefix(std::min(step, stream.size()));
    }
}

class QueueLoop final : public http::Loop {
public:
    void post(std::function<void()> work) override { queue_.push_back(std::move(work)); }
    void run() {
        while (!queue_.empty()) {
            auto const work = std::move(queue_.front());
            queue_.pop_front();
            work();
        }
    }

private:
    std::deque<std::function<void()>> queue_;
};

// Gives the input in pieces, takes every answer.
class StringWire final : public http::Wire {
public:
    StringWire(QueueLoop& loop, std::string_view input, std::size_t step, std::string& output) : loop_(loop), input_(input), step_(step), output_(output) {}
    void open(std::shared_ptr<http::WireUser> user) override {
        loop_.post([user] { user->on_open(true); });
    }
    void read(std::shared_ptr<http::WireUser> user, char* buffer, std::size_t size) override {
        auto const give = open_ ? std::min({step_, size, input_.size()}) : 0;
        std::copy_n(input_.data(), give, buffer);
        input_.remove_prefix(give);
        loop_.post([user, give] { user->on_read(give); });
    }
    void write(std::shared_ptr<http::WireUser> user, std::string_view first, std::string_view second) override {
        SANJAL_CHECK(open_);
        output_.append(first).append(second);
        loop_.post([user] { user->on_written(true); });
    }
    void finish() override {}
    void close() override { open_ = false; }

private:
    QueueLoop& loop_;
    std::string_view input_;
    std::size_t step_;
    std::string& output_;
    bool open_ = true;
};

class Echo final : public http::Dispatcher {
public:
    void dispatch(app::Request request, std::function<void(app::Response)> done) override {
        SANJAL_CHECK(request.path.starts_with('/') && is_utf8(request.path) && request.body.size() <= 1000);
        done(app::text(200, request.path + request.body + request.token));
    }
    [[nodiscard]] http::BodyPlan plan(app::Method, std::string_view) const override { return {1000, false}; }
};

std::string connection(std::string_view input, std::size_t step) {
    static Echo echo;
    static SteppedExecutor workers;
    static http::Shared shared = [] {
        http::ServerConfig config;
        config.now = [] { return std::chrono::steady_clock::time_point(); };
        return http::Shared(std::move(config), echo, workers);
    }();
    std::string output;
    auto const loop = std::make_shared<QueueLoop>();
    auto const made = std::make_shared<http::Connection>(loop, shared, std::make_unique<StringWire>(*loop, input, step, output), "127.0.0.1");
    SANJAL_CHECK(shared.connections.enter("127.0.0.1"));
    made->start();
    loop->run();
    made->close();
    loop->run();
    SANJAL_CHECK(loop->connections.empty());
    // The class of the first answer: "HTTP/1.1 4".  Whether a client is told to go on depends on what it had sent by then.
    std::string_view first = output;
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    if (first.starts_with(go_on)) first.remove_prefix(go_on.size());
    return std::string(first.substr(0, 10));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
    std::size_t const step = 1 + data[0] % 64U;

    if (auto const target = http::parse_target(input)) {
        SANJAL_CHECK(target->path.starts_with('/') && is_utf8(target->path));
        SANJAL_CHECK(("/" + target->path + "/").find("/../") == std::string::npos);
    }
    auto const cookie = http::read_cookie(input, "__Host-sanjal");
    SANJAL_CHECK(cookie.find_first_of("\r\n;=\" ") == std::string::npos);
    if (http::is_authority(input)) {
        SANJAL_CHECK(!http::host_name(input).empty());
        std::string const origin = "https://" + std::string(input);
        SANJAL_CHECK(http::check_sender({input, origin, std::nullopt, true}, {}).has_value());
    }
    // However it is cut: the same messages.
    SANJAL_CHECK(messages(input, input.size() + 1) == messages(input, step));
    SANJAL_CHECK(connection(input, 1U << 20U) == connection(input, step));
    return 0;
}
