#include "http/post.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sanjal::http {
namespace {

constexpr long connect_ms = 5'000;
constexpr long whole_ms = 10'000;

struct Net4 {
    std::uint32_t base;
    int bits;
};
// IANA's registry of special-purpose IPv4 addresses (RFC 6890 and after), with multicast and what is reserved.
constexpr Net4 special4[] = {{0x00000000, 8}, {0x0A000000, 8}, {0x64400000, 10}, {0x7F000000, 8}, {0xA9FE0000, 16}, {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24},
                             {0xC0586300, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4}, {0xF0000000, 4}};

bool is_public4(std::uint32_t address) {
    return std::none_of(std::begin(special4), std::end(special4), [&](Net4 const& net) { return (address ^ net.base) >> (32 - net.bits) == 0; });
}

std::uint32_t quad(std::uint8_t const* at) { return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3]; }

// Global unicast is 2000::/3; within it what carries an IPv4 address or is for documents is not asked.
bool is_public6(std::array<std::uint8_t, 16> const& b) {
    bool const mapped = std::all_of(b.begin(), b.begin() + 10, [](auto byte) { return byte == 0; }) && b[10] == 0xFF && b[11] == 0xFF;
    if (mapped) return is_public4(quad(b.data() + 12));
    if ((b[0] & 0xE0U) != 0x20U) return false;
    bool const six_to_four = b[0] == 0x20 && b[1] == 0x02;
    bool const ietf = b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02;  // 2001::/23, Teredo too
    bool const documents = b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8;
    return !six_to_four && !ietf && !documents && b[0] != 0x3F;
}

// Whom one connection may go to; what was refused is remembered, to say so.
struct Gate {
    std::vector<std::string> const& allowed;
    bool secure = true;
    bool refused = false;
};

curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* to) {
    auto& gate = *static_cast<Gate*>(data);
    std::array<char, INET6_ADDRSTRLEN> text{};
    std::string host;
    int port = 0;
    if (to->family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &to->addr, sizeof address);
        inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
        host = text.data();
        port = ntohs(address.sin_port);
    } else if (to->family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &to->addr, sizeof address);
        inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
        host = text.data();
        port = ntohs(address.sin6_port);
    }
    std::string const named = (to->family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    bool const by_owner = std::find(gate.allowed.begin(), gate.allowed.end(), named) != gate.allowed.end();
    if (host.empty() || (!by_owner && (!gate.secure || !is_public_address(host)))) {
        gate.refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t throw_away(char*, std::size_t size, std::size_t count, void* taken) {
    auto& bytes = *static_cast<std::size_t*>(taken);
    bytes += size * count;
    return bytes > (64U << 10U) ? 0 : size * count;  // nobody fills our memory or our time
}

class CurlOutbound final : public app::Outbound {
public:
    explicit CurlOutbound(OutsideConfig config) : config_(std::move(config)) {
        static bool const ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        SANJAL_CHECK(ready);
    }

    Result<int> post(app::Post const& post) override {
        std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const curl(curl_easy_init(), &curl_easy_cleanup);
        if (curl == nullptr) return fail(Fault::Internal, "outside.none", "There is no memory for a connection outside.");
        curl_slist* list = curl_slist_append(nullptr, "Expect:");
        for (auto const& [name, value] : post.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
        std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> const headers(list, &curl_slist_free_all);
        Gate gate{config_.allowed, post.url.starts_with("https://"), false};
        std::size_t taken = 0;
        auto* const c = curl.get();
        curl_easy_setopt(c, CURLOPT_URL, post.url.c_str());
        curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(c, CURLOPT_PROXY, "");
        curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
        curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, whole_ms);
        curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &gate);
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, post.body.data());
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, throw_away);
        curl_easy_setopt(c, CURLOPT_WRITEDATA, &taken);
        auto const done = curl_easy_perform(c);
        if (gate.refused) return fail(Fault::Forbidden, "outside.private", "This address is not of the open internet, or the line would not be encrypted. Whoever keeps the node can allow it.");
        long status = 0;
        curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        if (status > 0) return static_cast<int>(status);
        if (done == CURLE_OPERATION_TIMEDOUT) return fail(Fault::Io, "outside.slow", "The receiver did not answer in time.");
        if (done == CURLE_PEER_FAILED_VERIFICATION || done == CURLE_SSL_CONNECT_ERROR) return fail(Fault::Io, "outside.certificate", "The receiver's certificate is not one that this computer trusts.");
        if (done == CURLE_COULDNT_RESOLVE_HOST) return fail(Fault::Io, "outside.no_such_name", "There is no computer of that name.");
        return fail(Fault::Io, "outside.no_answer", "The receiver cannot be reached.");
    }

private:
    OutsideConfig config_;
};

}  // namespace

bool is_public_address(std::string const& address) {
    in_addr four{};
    if (inet_pton(AF_INET, address.c_str(), &four) == 1) return is_public4(ntohl(four.s_addr));
    std::array<std::uint8_t, 16> six{};
    return inet_pton(AF_INET6, address.c_str(), six.data()) == 1 && is_public6(six);
}

std::unique_ptr<app::Outbound> make_outbound(OutsideConfig const& config) { return std::make_unique<CurlOutbound>(config); }

}  // namespace sanjal::http
