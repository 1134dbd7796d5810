#pragma once
// A raw HTTP client on a loopback socket: it sends what it is told, byte for byte, and waits at most ten seconds for an
// answer.  For tests only.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace sanjal::http {

struct Got {
    int status = 0;  // 0: the connection ended instead
    std::string head;
    std::string body;
    [[nodiscard]] std::string header(std::string_view name) const {
        auto const at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) return {};
        auto const from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

class Client {
public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval const patience{10, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        int const on = 1;
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    ~Client() { ::close(socket_); }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    [[nodiscard]] bool is_connected() const { return connected_; }
    [[nodiscard]] int descriptor() const { return socket_; }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    [[nodiscard]] std::size_t received() const { return received_; }
    void finish() { ::shutdown(socket_, SHUT_WR); }
    bool more() {
        char buffer[65536];
        auto const got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        input_.append(buffer, static_cast<std::size_t>(got));
        received_ += static_cast<std::size_t>(got);
        return true;
    }
    // Everything up to and including `mark`; what there is where the connection ends before.
    std::string until(std::string_view mark) {
        std::size_t at = 0;
        while ((at = input_.find(mark)) == std::string::npos) {
            if (!more()) return std::exchange(input_, {});
        }
        auto made = input_.substr(0, at + mark.size());
        input_.erase(0, made.size());
        return made;
    }
    std::string take(std::size_t size) {
        while (input_.size() < size && more()) {
        }
        auto made = input_.substr(0, size);
        input_.erase(0, made.size());
        return made;
    }
    // One whole answer; `head_only` for HEAD.
    Got receive(bool head_only = false) {
        Got got;
        got.head = until("\r\n\r\n");
        if (!got.head.ends_with("\r\n\r\n") || !got.head.starts_with("HTTP/1.1 ")) return got;
        got.status = static_cast<int>(std::strtoul(got.head.c_str() + 9, nullptr, 10));
        if (head_only || got.status == 204 || got.status == 304 || got.status < 200) return got;
        if (got.header("Transfer-Encoding") == "chunked") {
            for (;;) {
                auto const size = std::strtoul(until("\r\n").c_str(), nullptr, 16);
                auto const piece = take(size + 2);
                if (piece.size() != size + 2) got.status = 0;
                if (size == 0 || piece.size() != size + 2) return got;
                got.body.append(piece, 0, size);
            }
        }
        if (auto const length = got.header("Content-Length"); !length.empty()) {
            auto const size = std::strtoul(length.c_str(), nullptr, 10);
            got.body = take(size);
            if (got.body.size() != size) got.status = 0;
        } else {
            while (more()) {
            }
            got.body = std::exchange(input_, {});
        }
        return got;
    }
    Got ask(std::string_view bytes) {
        send(bytes);
        return receive();
    }
    // True where the server has closed: nothing more comes.
    bool is_closed() {
        while (more()) {
        }
        return true;
    }

private:
    int socket_;
    bool connected_ = false;
    std::size_t received_ = 0;
    std::string input_;
};

}  // namespace sanjal::http
