#pragma once
// How many strokes of the pen lie between two rows of bytes: one written otherwise, left out, put in, or two that changed places.
// Rows longer than 64 are compared by their first 64.  Pure, nothing is allocated: any thread.
// Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003 (restricted transpositions).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sanjal::match {

constexpr std::size_t edit_length_max = 64;

inline int strokes_apart(std::string_view a, std::string_view b) {
    a = a.substr(0, edit_length_max);
    b = b.substr(0, edit_length_max);
    if (a.empty() || b.empty()) return static_cast<int>(std::max(a.size(), b.size()));
    thread_local std::array<std::uint64_t, 256> where{};  // where in `a` a byte stands; all zero between calls
    for (std::size_t i = 0; i < a.size(); ++i) where[static_cast<unsigned char>(a[i])] |= std::uint64_t{1} << i;
    std::uint64_t up = ~std::uint64_t{0}, down = 0, diagonal = 0, before = 0;
    int apart = static_cast<int>(a.size());
    unsigned const last = static_cast<unsigned>(a.size()) - 1U;
    for (char const c : b) {
        std::uint64_t const here = where[static_cast<unsigned char>(c)];
        std::uint64_t const turned = ((~diagonal & here) << 1U) & before;
        diagonal = (((here & up) + up) ^ up) | here | down | turned;
        std::uint64_t plus = down | ~(diagonal | up);
        std::uint64_t minus = diagonal & up;
        apart += static_cast<int>(plus >> last & 1U) - static_cast<int>(minus >> last & 1U);
        plus = plus << 1U | 1U;
        minus <<= 1U;
        up = minus | ~(diagonal | plus);
        down = plus & diagonal;
        before = here;
    }
    for (char const c : a) where[static_cast<unsigned char>(c)] = 0;
    return apart;
}

}  // namespace sanjal::match
