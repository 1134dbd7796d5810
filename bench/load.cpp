// A load generator: one thread, many keep-alive connections, each with one request at a time.  Small on purpose, so that on
// two cores it takes as little as can be from the node that it measures.  Not a test: it checks the status and nothing else.
//
//   bench_load --port P --clients N --seconds S [--header 'Name: value']... (--get FILE | --post PATH --body FILE) [--expect STATUS]
//
// --get FILE: paths, one a line, asked in random order.  --post: `@N@` in the body is replaced by a number that is new for each
// request.  Prints one JSON object: requests, failed, seconds, per_second, mean_ms, p50_ms, p95_ms, p99_ms, max_ms.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    int port = 0;
    std::size_t clients = 1;
    double seconds = 10;
    std::string headers;
    std::vector<std::string> paths;
    std::string post;
    std::string body;
    int expect = 0;
};

[[noreturn]] void give_up(std::string const& why) {
    std::fprintf(stderr, "bench_load: %s\n", why.c_str());
    std::exit(2);
}

std::string read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) give_up("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

Options parse(std::vector<std::string> const& args) {
    Options options;
    for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
        std::string const& name = args[i];
        std::string const& value = args[i + 1];
        if (name == "--port") {
            options.port = std::stoi(value);
        } else if (name == "--clients") {
            options.clients = static_cast<std::size_t>(std::stoul(value));
        } else if (name == "--seconds") {
            options.seconds = std::stod(value);
        } else if (name == "--header") {
            options.headers += value + "\r\n";
        } else if (name == "--expect") {
            options.expect = std::stoi(value);
        } else if (name == "--post") {
            options.post = value;
        } else if (name == "--body") {
            options.body = read_file(value);
        } else if (name == "--get") {
            std::ifstream in(value);
            for (std::string line; std::getline(in, line);) {
                if (!line.empty()) options.paths.push_back(line);
            }
        } else {
            give_up("unknown option " + name);
        }
    }
    if (args.size() % 2 != 0 || options.port == 0 || options.clients == 0 || options.paths.empty() == options.post.empty()) {
        give_up("needs --port P --clients N and either --get FILE or --post PATH --body FILE");
    }
    if (options.expect == 0) options.expect = options.post.empty() ? 200 : 201;
    return options;
}

class Client {
public:
    Client(Options const& options, std::uint64_t number) : options_(options), random_(number), number_(number << 40U) { connect_again(); }
    ~Client() {
        if (file_ >= 0) ::close(file_);
    }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    [[nodiscard]] int file() const { return file_; }
    [[nodiscard]] bool sending() const { return sent_ < out_.size(); }

    void begin() {
        compose();
        sent_ = 0;
        in_.clear();
        body_at_ = 0;
        began_ = Clock::now();
        push();
    }
    void push() {
        while (sending()) {
            auto const put = ::send(file_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
            if (put <= 0) return lost();
            sent_ += static_cast<std::size_t>(put);
        }
    }
    // True once a whole answer is there.
    bool pull() {
        char buffer[65536];
        while (true) {
            auto const got = ::recv(file_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
            if (got <= 0) {
                lost();
                return false;
            }
            in_.append(buffer, static_cast<std::size_t>(got));
            if (whole()) return true;
        }
    }
    [[nodiscard]] double milliseconds() const { return std::chrono::duration<double, std::milli>(Clock::now() - began_).count(); }
    [[nodiscard]] bool as_expected() const { return status_ == options_.expect; }
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] std::string const& answer() const { return in_; }
    [[nodiscard]] std::size_t losses() const { return losses_; }

private:
    void connect_again() {
        if (file_ >= 0) ::close(file_);
        file_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(file_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) give_up("nobody listens at that port");
        int const yes = 1;
        ::setsockopt(file_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    void lost() {
        ++losses_;
        if (losses_ > 100) give_up("the node closes connection after connection");
        connect_again();
        begin();
    }
    void compose() {
        std::string const host = "Host: 127.0.0.1:" + std::to_string(options_.port) + "\r\n";
        if (options_.post.empty()) {
            auto const& path = options_.paths[random_() % options_.paths.size()];
            out_ = "GET " + path + " HTTP/1.1\r\n" + host + options_.headers + "\r\n";
            return;
        }
        std::string body = options_.body;
        std::string const fresh = std::to_string(++number_);
        for (std::size_t at = 0; (at = body.find("@N@", at)) != std::string::npos;) body.replace(at, 3, fresh);
        out_ = "POST " + options_.post + " HTTP/1.1\r\n" + host + options_.headers + "Content-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    bool whole() {
        if (body_at_ == 0) {
            auto const end = in_.find("\r\n\r\n");
            if (end == std::string::npos) return false;
            body_at_ = end + 4;
            std::string head = in_.substr(0, body_at_);
            std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            status_ = std::atoi(head.c_str() + 9);
            length_ = 0;
            chunked_ = head.find("transfer-encoding: chunked") != std::string::npos;
            if (auto const at = head.find("\r\ncontent-length:"); at != std::string::npos) length_ = static_cast<std::size_t>(std::atoll(head.c_str() + at + 17));
        }
        return chunked_ ? in_.size() >= 5 && in_.compare(in_.size() - 5, 5, "0\r\n\r\n") == 0 : in_.size() >= body_at_ + length_;
    }

    Options const& options_;
    std::minstd_rand random_;
    std::uint64_t number_;
    int file_ = -1;
    std::string out_;
    std::string in_;
    std::size_t sent_ = 0;
    std::size_t body_at_ = 0;
    std::size_t length_ = 0;
    bool chunked_ = false;
    int status_ = 0;
    std::size_t losses_ = 0;
    Clock::time_point began_;
};

double at(std::vector<double> const& sorted, double share) {
    return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int count, char** words) {
    Options const options = parse({words + 1, words + count});
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<pollfd> polled(options.clients);
    for (std::size_t i = 0; i < options.clients; ++i) clients.push_back(std::make_unique<Client>(options, i + 1));

    std::vector<double> times;
    std::size_t failed = 0;
    std::string first_failure;
    auto const start = Clock::now();
    auto const end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
    auto last = start;
    for (auto& client : clients) client->begin();
    while (Clock::now() < end) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            polled[i] = {clients[i]->file(), static_cast<short>(POLLIN | (clients[i]->sending() ? POLLOUT : 0)), 0};
        }
        if (::poll(polled.data(), polled.size(), 100) <= 0) continue;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if ((polled[i].revents & POLLOUT) != 0) clients[i]->push();
            if ((polled[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || !clients[i]->pull()) continue;
            if (clients[i]->as_expected()) {
                times.push_back(clients[i]->milliseconds());
            } else {
                if (failed++ == 0) first_failure = clients[i]->answer().substr(0, 600);
            }
            last = Clock::now();
            clients[i]->begin();
        }
    }
    double const seconds = std::chrono::duration<double>(last - start).count();
    std::size_t losses = 0;
    for (auto const& client : clients) losses += client->losses();
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (double const one : times) sum += one;
    std::printf("{\"clients\": %zu, \"requests\": %zu, \"failed\": %zu, \"reconnected\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"mean_ms\": %.3f,"
                " \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
                options.clients, times.size(), failed, losses, seconds, seconds > 0 ? static_cast<double>(times.size()) / seconds : 0.0,
                times.empty() ? 0.0 : sum / static_cast<double>(times.size()), at(times, 0.50), at(times, 0.95), at(times, 0.99), at(times, 1.0));
    if (failed > 0) std::fprintf(stderr, "%zu answers were not %d; the first:\n%s\n", failed, options.expect, first_failure.c_str());
    return failed > 0 ? 1 : 0;
}
