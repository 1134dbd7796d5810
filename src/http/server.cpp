#include "http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "http/connection.h"

namespace sanjal::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds sweep_every{500};
constexpr std::chrono::milliseconds accept_again{100};
constexpr std::chrono::milliseconds close_within{1'000};
constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nCache-Control: no-store\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

class AsioLoop final : public Loop {
public:
    AsioLoop() : context(1), work_(asio::make_work_guard(context)), timer_(context) {}
    ~AsioLoop() override { connections.clear(); }

    void post(std::function<void()> work) override { asio::post(context, std::move(work)); }
    void run(Shared& shared) {
        tick(shared);
        thread_ = std::thread([this] { context.run(); });
    }
    void stop() {
        context.stop();
        if (thread_.joinable()) thread_.join();
        connections.clear();
    }
    // On the loop's thread.  A copy: what is swept may close, and so leave the set.
    void for_each(std::function<void(Connection&)> const& act) {
        auto const all = connections;
        for (auto const& connection : all) act(*connection);
    }

    asio::io_context context;

private:
    void tick(Shared& shared) {
        timer_.expires_after(sweep_every);
        timer_.async_wait([this, &shared](ErrorCode ec) {
            if (ec) return;
            auto const now = shared.config.now();
            for_each([now](Connection& connection) { connection.sweep(now); });
            tick(shared);
        });
    }
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer timer_;
    std::thread thread_;
};

// How far a write got, so that a slow client is told from one that reads nothing.
struct Progress {
    std::shared_ptr<WireUser> user;
    std::size_t before = 0;
    std::size_t operator()(ErrorCode ec, std::size_t total) {
        if (total > before) user->on_progress(total - before);
        before = total;
        return ec ? 0 : std::size_t{64} << 10U;
    }
};

using Tls = asio::ssl::stream<tcp::socket>;
constexpr unsigned char first_byte_of_tls = 0x16;  // a handshake record; no method of HTTP begins like that

template <class Stream>
class SocketWire : public Wire {
public:
    template <class... Arguments>
    explicit SocketWire(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

    void open(std::shared_ptr<WireUser> user) override {
        if constexpr (std::is_same_v<Stream, tcp::socket>) {
            asio::post(stream_.get_executor(), [user = std::move(user)] { user->on_open(true); });
        } else {
            stream_.async_handshake(asio::ssl::stream_base::server, [user = std::move(user)](ErrorCode ec) { user->on_open(!ec); });
        }
    }
    void read(std::shared_ptr<WireUser> user, char* buffer, std::size_t size) override {
        stream_.async_read_some(asio::buffer(buffer, size), [user = std::move(user)](ErrorCode ec, std::size_t got) { user->on_read(ec ? 0 : got); });
    }
    void write(std::shared_ptr<WireUser> user, std::string_view first, std::string_view second) override {
        std::array<asio::const_buffer, 2> const buffers = {asio::const_buffer(first.data(), first.size()), asio::const_buffer(second.data(), second.size())};
        Progress progress{user};
        asio::async_write(stream_, buffers, std::move(progress), [user = std::move(user)](ErrorCode ec, std::size_t) { user->on_written(!ec); });
    }
    void finish() override {
        ErrorCode ignored;
        stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    }
    void close() override {
        ErrorCode ignored;
        stream_.lowest_layer().close(ignored);
    }

private:
    Stream stream_;
};

// Where TLS is spoken: looks at the first byte, and leaves it there, to see whether the client speaks it too.
class DoorWire final : public Wire {
public:
    DoorWire(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) : socket_(std::move(socket)), tls_(std::move(tls)) {}

    void open(std::shared_ptr<WireUser> user) override {
        socket_.async_receive(asio::buffer(&first_, 1), tcp::socket::message_peek, [this, user = std::move(user)](ErrorCode ec, std::size_t got) mutable {
            if (ec || got == 0) return user->on_open(false);
            is_bare_ = first_ != first_byte_of_tls;
            if (is_bare_) wire_ = std::make_unique<SocketWire<tcp::socket>>(std::move(socket_));
            else wire_ = std::make_unique<SocketWire<Tls>>(std::move(socket_), *tls_);
            wire_->open(std::move(user));
        });
    }
    void read(std::shared_ptr<WireUser> user, char* buffer, std::size_t size) override { wire_->read(std::move(user), buffer, size); }
    void write(std::shared_ptr<WireUser> user, std::string_view first, std::string_view second) override { wire_->write(std::move(user), first, second); }
    void finish() override { wire_->finish(); }
    void close() override {
        ErrorCode ignored;
        if (wire_) wire_->close();
        else socket_.close(ignored);
    }
    [[nodiscard]] bool is_bare() const override { return is_bare_; }

private:
    tcp::socket socket_;  // until it is known what it speaks
    std::shared_ptr<asio::ssl::context> const tls_;
    unsigned char first_ = 0;
    bool is_bare_ = false;
    std::unique_ptr<Wire> wire_;
};

Error broken(std::string_view code, std::string message) { return Error{Fault::Io, std::string(code), std::move(message), {}}; }

bool has_ended(asio::ssl::context& tls) {
    auto const* const certificate = SSL_CTX_get0_certificate(tls.native_handle());
    return certificate == nullptr || X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

Result<std::shared_ptr<asio::ssl::context>> make_context(Credentials const& credentials) {
    auto made = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    ErrorCode ec;
    made->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE, ec);
    // A key under a passphrase of its own is refused, and nobody is asked for it at a terminal that a service does not have.
    if (!ec) made->set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, ec);
    if (!ec) made->use_certificate_chain(asio::buffer(credentials.certificate), ec);
    if (ec) return fail(broken("http.certificate", "The certificate is not PEM, or not whole."));
    made->use_private_key(asio::buffer(credentials.key), asio::ssl::context::pem, ec);
    if (ec) return fail(broken("http.key", "The key is not PEM, has a passphrase of its own, or is not the certificate's key."));
    if (has_ended(*made)) return fail(Fault::Invalid, "http.certificate_ended", "The certificate has ended. Browsers would refuse it: renew it, and start the node again.");
    return made;
}

Result<std::string> read_pem(std::string const& path, std::string_view code, std::string_view what) {
    std::ifstream in(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in.good() && !in.eof()) return fail(Fault::Io, std::string(code), std::string(what) + " cannot be read.", path);
    if (text.empty() || text.size() > (1U << 20U)) return fail(Fault::Invalid, std::string(code), std::string(what) + " is not a PEM file.", path);
    return text;
}

}  // namespace

Result<Credentials> read_credentials(std::string const& certificate_file, std::string const& key_file) {
    if (certificate_file.empty() || key_file.empty()) return fail(Fault::Invalid, "http.certificate", "TLS needs both a certificate and its key, in two PEM files.");
    Credentials read;
    SANJAL_TRY(read.certificate, read_pem(certificate_file, "http.certificate", "The certificate's file"));
    SANJAL_TRY(read.key, read_pem(key_file, "http.key", "The key's file"));
    return read;
}

struct Server::Body {
    Body(ServerConfig config, Dispatcher& dispatcher, Executor& workers) : shared(std::move(config), dispatcher, workers) {}

    void accept();
    void take(tcp::socket socket, std::shared_ptr<AsioLoop> const& loop);
    void wait_until_closed(std::chrono::milliseconds within) const;

    Shared shared;
    std::shared_ptr<asio::ssl::context> tls;  // under tls_mutex once started
    std::mutex tls_mutex;
    std::vector<std::shared_ptr<AsioLoop>> loops;
    std::optional<tcp::acceptor> acceptor;
    std::optional<asio::steady_timer> accept_timer;
    std::size_t next_loop = 0;
    std::uint16_t port = 0;
    std::mutex stop_mutex;
    bool running = false;
};

Server::Server(ServerConfig config, Dispatcher& dispatcher, Executor& workers) : body_(std::make_unique<Body>(std::move(config), dispatcher, workers)) {}
Server::~Server() { stop(); }

Result<void> Server::start() {
    auto& body = *body_;
    SANJAL_CHECK(!body.running && !body.shared.stopping);  // once
    auto const& config = body.shared.config;
    ErrorCode ec;
    auto const address = asio::ip::make_address(config.address == "localhost" ? "127.0.0.1" : config.address, ec);
    if (ec) return fail(broken("http.address", "The address to listen on is not an IP address. Use 127.0.0.1, 0.0.0.0, ::1 or ::."));
    if (config.credentials) {
        SANJAL_TRY(body.tls, make_context(*config.credentials));
    }
    auto const threads = std::max(1U, config.threads);
    for (unsigned i = 0; i < threads; ++i) body.loops.push_back(std::make_shared<AsioLoop>());
    auto& context = body.loops.front()->context;
    body.acceptor.emplace(context);
    body.accept_timer.emplace(context);
    tcp::endpoint const endpoint(address, config.port);
    body.acceptor->open(endpoint.protocol(), ec);
    if (!ec) body.acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && address.is_v6() && address.is_unspecified()) body.acceptor->set_option(asio::ip::v6_only(false), ec);
    if (!ec) body.acceptor->bind(endpoint, ec);
    if (!ec) body.acceptor->listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
        body.acceptor.reset();
        body.accept_timer.reset();
        body.loops.clear();
        if (ec == asio::error::address_in_use) return fail(Fault::Busy, "http.port_taken", "Another program listens on this port already. Stop it, or choose another port.");
        return fail(broken("http.listen", "It is not possible to listen on this address and port. Ports under 1024 need a privilege."));
    }
    body.port = body.acceptor->local_endpoint(ec).port();
    body.running = true;
    body.accept();
    for (auto const& loop : body.loops) loop->run(body.shared);
    return {};
}

Result<void> Server::renew(Credentials const& credentials) {
    SANJAL_CHECK(body_->shared.config.credentials.has_value());
    SANJAL_TRY(auto fresh, make_context(credentials));
    std::lock_guard const lock(body_->tls_mutex);
    body_->tls = std::move(fresh);  // connections that are open keep the one that they began with
    return {};
}

void Server::Body::accept() {
    auto const which = next_loop++ % loops.size();
    // Not the loop itself: its own queue would then keep it alive.
    acceptor->async_accept(loops[which]->context, [this, which](ErrorCode ec, tcp::socket socket) {
        if (shared.stopping || ec == asio::error::operation_aborted) return;
        if (ec) {
            // Out of file descriptors, most likely: a moment later some client has gone.
            accept_timer->expires_after(accept_again);
            accept_timer->async_wait([this](ErrorCode cancelled) {
                if (!cancelled && !shared.stopping) accept();
            });
            return;
        }
        take(std::move(socket), loops[which]);
        accept();
    });
}

void Server::Body::take(tcp::socket socket, std::shared_ptr<AsioLoop> const& loop) {
    ErrorCode ec;
    auto const endpoint = socket.remote_endpoint(ec);
    if (ec) return;
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    auto peer = address.to_string();
    if (!shared.connections.enter(peer)) {
        shared.metrics.connections_refused.fetch_add(1);
        if (!shared.config.credentials) {
            socket.non_blocking(true, ec);
            socket.write_some(asio::buffer(too_many.data(), too_many.size()), ec);
        }
        return;
    }
    socket.set_option(tcp::no_delay(true), ec);
    std::unique_ptr<Wire> wire;
    if (shared.config.credentials) {
        std::lock_guard const lock(tls_mutex);
        wire = std::make_unique<DoorWire>(std::move(socket), tls);
    } else {
        wire = std::make_unique<SocketWire<tcp::socket>>(std::move(socket));
    }
    auto const connection = std::make_shared<Connection>(loop, shared, std::move(wire), std::move(peer));
    loop->post([connection] { connection->start(); });
}

void Server::Body::wait_until_closed(std::chrono::milliseconds within) const {
    auto const until = std::chrono::steady_clock::now() + within;
    while (shared.metrics.connections_open.load() > 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Server::stop() {
    auto& body = *body_;
    std::lock_guard const lock(body.stop_mutex);
    if (!body.running) return;
    body.shared.stopping = true;
    body.loops.front()->post([&body] {
        ErrorCode ignored;
        body.acceptor->close(ignored);
        body.accept_timer->cancel();
    });
    for (auto const& loop : body.loops) {
        loop->post([loop = loop.get()] { loop->for_each([](Connection& connection) { connection.wind_down(); }); });
    }
    body.wait_until_closed(body.shared.config.limits.grace);
    for (auto const& loop : body.loops) {
        loop->post([loop = loop.get()] { loop->for_each([](Connection& connection) { connection.close(); }); });
    }
    body.wait_until_closed(close_within);
    for (auto const& loop : body.loops) loop->stop();
    body.acceptor.reset();
    body.accept_timer.reset();
    body.loops.clear();
    body.running = false;
}

std::uint16_t Server::port() const { return body_->port; }

MetricsSnapshot Server::metrics() const { return body_->shared.metrics.snapshot(); }

void Server::sweep() {
    std::lock_guard const lock(body_->stop_mutex);
    auto const now = body_->shared.config.now();
    for (auto const& loop : body_->loops) {
        loop->post([loop = loop.get(), now] { loop->for_each([now](Connection& connection) { connection.sweep(now); }); });
    }
}

}  // namespace sanjal::http
