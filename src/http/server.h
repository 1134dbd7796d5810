#pragma once
// The node's HTTP server: HTTP/1.1 (and 1.0) from a socket to an app::Request and back.  It knows limits, framing, cookies
// and security headers, and no route, session or record: those are the Dispatcher's.  Its threads never wait for a handler,
// a disk or a slow client.  Boost stays in connection.cpp, message.cpp and server.cpp.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/request.h"
#include "app/response.h"
#include "base/executor.h"
#include "base/result.h"
#include "http/limits.h"
#include "http/metrics.h"
#include "http/page.h"

namespace sanjal::http {

// How the body of a request is taken in; asked once its head is read.
struct BodyPlan {
    std::uint64_t bytes_max = 1U << 20U;
    bool streamed = false;  // as Request::source, of any content type; else whole, and only as JSON
};

// A certificate, with those that lead from it to its root, and its key; both PEM.
struct Credentials {
    std::string certificate;
    std::string key;
};
// From two PEM files.
Result<Credentials> read_credentials(std::string const& certificate_file, std::string const& key_file);

class Dispatcher {
public:
    virtual ~Dispatcher() = default;
    // On an I/O thread: must not wait.  `done` is called once, from any thread, also after the server stopped.  With a
    // source, it is called after the source was read or given up; what is left of the body is thrown away.
    virtual void dispatch(app::Request request, std::function<void(app::Response)> done) = 0;
    // I/O thread; quick.
    [[nodiscard]] virtual BodyPlan plan(app::Method, std::string_view /*path*/) const { return {}; }
    // The methods of a path, for OPTIONS and for methods that nobody has ("GET", ...); empty where there is none.
    [[nodiscard]] virtual std::vector<std::string_view> methods(std::string_view /*path*/) const { return {"GET", "POST", "PATCH", "DELETE"}; }
};

struct ServerConfig {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;               // 0: any free one; see Server::port
    unsigned threads = 2;
    std::string cookie_name = "__Host-sanjal";
    // Names under which this node may be called ("node.example.org", no port).  Empty: any; IP addresses are always right.
    // Naming them is what stops DNS rebinding.
    std::vector<std::string> hosts = {};
    // None: plain HTTP, for loopback or behind a proxy on this computer that speaks TLS.
    std::optional<Credentials> credentials = {};
    // Where TLS is spoken: what is shown to a browser that comes without it, so that a phone can learn whom to trust.  Every other
    // address answers with one sentence.
    Pages bare_pages = {};
    std::string content_security_policy = default_content_security_policy;
    Limits limits = {};
    Pages pages = {};
    // Time for deadlines; a test may move it by hand.  Any thread.
    std::function<std::chrono::steady_clock::time_point()> now = [] { return std::chrono::steady_clock::now(); };
};

class Server {
public:
    // `workers` runs the readers of downloads.  All three outlive the server.
    Server(ServerConfig config, Dispatcher& dispatcher, Executor& workers);
    ~Server();  // stops
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    Result<void> start();
    // Other credentials for who comes from now on; they are looked at first, and the old ones stay where these are not right.
    Result<void> renew(Credentials const& credentials);
    // Takes no new connection, lets what is under way be answered (Limits::grace), then closes.  Returns when all is closed.
    // Not from an I/O thread.  It cannot be started again.
    void stop();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] MetricsSnapshot metrics() const;
    // Closes what is past its deadline.  The server does this itself every half second; a test with its own `now` calls it.
    void sweep();

private:
    struct Body;
    std::unique_ptr<Body> body_;
};

}  // namespace sanjal::http
