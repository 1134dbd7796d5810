#pragma once
// How much of what one client may ask, and the token buckets that hold it.  The defaults are generous: they are against
// floods and slow loris, not against a busy office.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace sanjal::http {

struct Limits {
    std::size_t head_bytes_max = 16U << 10U;
    std::size_t headers_max = 100;
    std::size_t target_bytes_max = 8U << 10U;
    std::size_t connections_max = 1024;
    std::size_t connections_per_address_max = 256;
    std::size_t uploads_max = 8;           // bodies streamed at the same time: each keeps a worker waiting
    std::size_t upload_ahead_bytes = 256U << 10U;  // of one, read before its handler wants it
    std::size_t event_backlog_bytes = 256U << 10U; // of one stream; a client that reads more slowly is cut off
    // Per address; 0: no limit.  Loopback is exempt: a proxy, a test or the operator.
    double requests_per_second = 200;
    double requests_burst = 1000;
    bool limit_loopback = false;

    std::chrono::milliseconds idle{60'000};      // between two requests
    std::chrono::milliseconds head{10'000};      // from a head's first byte to its last
    std::chrono::milliseconds body{30'000};      // a whole JSON body
    std::chrono::milliseconds stall{20'000};     // of a streamed body or an answer: without a single byte
    std::chrono::milliseconds event_beat{15'000};  // a comment on a silent event stream
    std::chrono::milliseconds linger{2'000};     // for a client that still sends what nobody wants
    std::chrono::milliseconds grace{5'000};      // when stopping
};

// A token bucket per address.  Any thread.  Forgets addresses that are quiet, and the quietest first where there are many.
class RateLimiter {
public:
    using Time = std::chrono::steady_clock::time_point;
    RateLimiter(double per_second, double burst, std::size_t addresses_max = 10'000)
        : per_second_(per_second), burst_(burst), addresses_max_(addresses_max) {}
    // Takes one token; false where there is none.
    bool take(std::string const& address, Time now);

private:
    struct Bucket {
        double tokens;
        Time at;
    };
    void forget(Time now);

    double per_second_;
    double burst_;
    std::size_t addresses_max_;
    std::mutex mutex_;
    std::map<std::string, Bucket> buckets_;
};

// How many connections there are, in all and per address.  Any thread.
class ConnectionLimiter {
public:
    explicit ConnectionLimiter(Limits const& limits) : limits_(limits) {}
    bool enter(std::string const& address);  // false: one too many
    void leave(std::string const& address);

private:
    Limits const& limits_;
    std::mutex mutex_;
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> by_address_;
};

// "127.0.0.0/8", "::1" and the former written as IPv6.
bool is_loopback(std::string const& address);

}  // namespace sanjal::http
