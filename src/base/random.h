#pragma once
// Where random bytes come from.  SystemRandom is the kernel's generator, for everything real; SeededRandom repeats itself
// from a seed, for stories and property tests, and must never make a key that protects anything.

#include <cstdint>
#include <mutex>
#include <string>

#include "base/bytes.h"

namespace sanjal {

class Randomness {
public:
    virtual ~Randomness() = default;
    virtual void fill(char* out, std::size_t size) = 0;  // any thread; never fails (the process stops instead)
    Bytes bytes(std::size_t size) {
        Bytes out(size, '\0');
        fill(out.data(), size);
        return out;
    }
};

class SystemRandom final : public Randomness {
public:
    void fill(char* out, std::size_t size) override;
};

class SeededRandom final : public Randomness {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(char* out, std::size_t size) override;

private:
    std::mutex mutex_;
    std::uint64_t state_;
};

}  // namespace sanjal
