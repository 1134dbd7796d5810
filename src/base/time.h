#pragma once
// Instants and their text.  An Instant is milliseconds since 1970-01-01T00:00:00Z without leap seconds.
// The wall clock is a claim, never an order; it comes through ClockSource so that a story can run in virtual time.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sanjal {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

inline std::int64_t milliseconds_of(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant instant_of(std::int64_t milliseconds) { return Instant(std::chrono::milliseconds(milliseconds)); }

// RFC 3339 with a compulsory offset ("2026-11-21T16:05+05:30", seconds and fractions optional, "Z" allowed).
// 30 February, 24:00 and a leap second are refused.  offset_minutes receives the offset as written.
Result<Instant> parse_instant(std::string_view text, int* offset_minutes = nullptr);
// "2026-11-21T10:35:00Z", with ".123" where the milliseconds are not zero.
std::string format_instant(Instant instant, int offset_minutes = 0);

class ClockSource {
public:
    virtual ~ClockSource() = default;
    [[nodiscard]] virtual Instant now() const = 0;  // any thread
};

class SystemClock final : public ClockSource {
public:
    [[nodiscard]] Instant now() const override;
};

// Stands still until it is moved.
class SteppedClock final : public ClockSource {
public:
    explicit SteppedClock(Instant start) : now_(start) {}
    [[nodiscard]] Instant now() const override { return now_; }
    void move_to(Instant instant) { now_ = instant; }
    void pass(std::chrono::milliseconds time) { now_ += time; }

private:
    Instant now_;
};

}  // namespace sanjal
