#pragma once
// What the server counted since it started.  Counters only: no address, no path, no id.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace sanjal::http {

// Upper bounds of the buckets of the latency histogram; one more bucket takes the rest.
inline constexpr std::array<std::int64_t, 12> latency_bounds_us = {250,    500,     1'000,   2'500,   5'000,     10'000,
                                                                   25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000};

struct MetricsSnapshot {
    std::array<std::uint64_t, 6> by_class{};  // [2]: answers 200 to 299; [0] is unused
    std::array<std::uint64_t, latency_bounds_us.size() + 1> latency{};  // head read to answer written; events not counted
    std::uint64_t latency_sum_us = 0;
    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;              // answered 400, 431, 501 or 505 by the server itself
    std::uint64_t connections = 0;            // ever
    std::uint64_t connections_open = 0;
    std::uint64_t connections_refused = 0;    // over a limit
    std::uint64_t timed_out = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t event_streams_open = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

class Metrics {
public:
    void answered(int status);
    void took(std::chrono::steady_clock::duration time);
    [[nodiscard]] MetricsSnapshot snapshot() const;

    using Counter = std::atomic<std::uint64_t>;
    Counter malformed{0}, connections{0}, connections_open{0}, connections_refused{0}, timed_out{0}, rate_limited{0};
    Counter event_streams_open{0}, bytes_in{0}, bytes_out{0};

private:
    std::array<Counter, 6> by_class_{};
    std::array<Counter, latency_bounds_us.size() + 1> latency_{};
    Counter latency_sum_us_{0};
};

}  // namespace sanjal::http
