#include "http/limits.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sanjal::http {

bool RateLimiter::take(std::string const& address, Time now) {
    if (per_second_ <= 0) return true;
    std::lock_guard const lock(mutex_);
    auto found = buckets_.find(address);
    if (found == buckets_.end()) {
        if (buckets_.size() >= addresses_max_) forget(now);
        found = buckets_.emplace(address, Bucket{burst_, now}).first;
    }
    auto& bucket = found->second;
    auto const seconds = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens = std::min(burst_, bucket.tokens + std::max(0.0, seconds) * per_second_);
    bucket.at = std::max(bucket.at, now);
    if (bucket.tokens < 1.0) return false;
    bucket.tokens -= 1.0;
    return true;
}

// Buckets that are full again say nothing; where none is, the oldest half goes.
void RateLimiter::forget(Time now) {
    std::erase_if(buckets_, [&](auto const& item) {
        return item.second.tokens + std::chrono::duration<double>(now - item.second.at).count() * per_second_ >= burst_;
    });
    if (buckets_.size() < addresses_max_) return;
    std::vector<Time> times;
    times.reserve(buckets_.size());
    for (auto const& [address, bucket] : buckets_) times.push_back(bucket.at);
    auto const middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    auto const oldest = *middle;
    std::erase_if(buckets_, [&](auto const& item) { return item.second.at <= oldest; });
}

bool ConnectionLimiter::enter(std::string const& address) {
    std::lock_guard const lock(mutex_);
    if (total_ >= limits_.connections_max) return false;
    auto& count = by_address_[address];
    bool const is_free = is_loopback(address) && !limits_.limit_loopback;
    if (!is_free && count >= limits_.connections_per_address_max) return false;
    ++count;
    ++total_;
    return true;
}

void ConnectionLimiter::leave(std::string const& address) {
    std::lock_guard const lock(mutex_);
    auto const found = by_address_.find(address);
    if (found == by_address_.end()) return;
    --total_;
    if (--found->second == 0) by_address_.erase(found);
}

bool is_loopback(std::string const& address) {
    std::string_view text = address;
    if (text.starts_with("::ffff:")) text.remove_prefix(7);
    return text == "::1" || text.starts_with("127.");
}

}  // namespace sanjal::http
