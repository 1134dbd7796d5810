#include "http/metrics.h"

#include <algorithm>

namespace sanjal::http {

void Metrics::answered(int status) {
    by_class_[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))].fetch_add(1, std::memory_order_relaxed);
}

void Metrics::took(std::chrono::steady_clock::duration time) {
    constexpr auto relaxed = std::memory_order_relaxed;
    auto const us = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(time).count());
    auto const bound = std::lower_bound(latency_bounds_us.begin(), latency_bounds_us.end(), us);
    latency_[static_cast<std::size_t>(bound - latency_bounds_us.begin())].fetch_add(1, relaxed);
    latency_sum_us_.fetch_add(static_cast<std::uint64_t>(us), relaxed);
}

MetricsSnapshot Metrics::snapshot() const {
    MetricsSnapshot made;
    for (std::size_t i = 0; i < made.by_class.size(); ++i) made.by_class[i] = by_class_[i].load();
    for (std::size_t i = 0; i < made.latency.size(); ++i) made.latency[i] = latency_[i].load();
    for (auto const count : made.by_class) made.requests += count;
    made.latency_sum_us = latency_sum_us_.load();
    made.malformed = malformed.load();
    made.connections = connections.load();
    made.connections_open = connections_open.load();
    made.connections_refused = connections_refused.load();
    made.timed_out = timed_out.load();
    made.rate_limited = rate_limited.load();
    made.event_streams_open = event_streams_open.load();
    made.bytes_in = bytes_in.load();
    made.bytes_out = bytes_out.load();
    return made;
}

}  // namespace sanjal::http
