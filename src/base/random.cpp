#include "base/random.h"

#if !defined(__wasm__)
#include <sys/random.h>
#endif

namespace sanjal {

#if !defined(__wasm__)
void SystemRandom::fill(char* out, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        auto const got = getrandom(out + done, size - done, 0);
        SANJAL_CHECK(got >= 0);
        done += static_cast<std::size_t>(got);
    }
}
#endif

void SeededRandom::fill(char* out, std::size_t size) {
    std::lock_guard const lock(mutex_);
    for (std::size_t i = 0; i < size; ++i) {  // splitmix64, a byte at a time
        state_ += 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        out[i] = static_cast<char>(z ^ (z >> 31U));
    }
}

}  // namespace sanjal
