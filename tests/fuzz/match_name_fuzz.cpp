// links: sanjal_match
// Any bytes as names: taking apart ends, two names score the same both ways, and nothing beats an exact copy.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "match/name_score.h"
#include "match/person.h"
#include "text/normalise.h"
#include "text/zawgyi.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size > 4096) return 0;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    std::string_view const left = text.substr(0, size / 2);
    std::string_view const right = text.substr(size / 2);
    auto const a = sanjal::match::parse_name(left);
    auto const b = sanjal::match::parse_name(right);
    float const there = sanjal::match::name_bits(a, b);
    float const back = sanjal::match::name_bits(b, a);
    if (!std::isfinite(there) || std::fabs(there - back) > 1e-3F) std::abort();
    if (!a.parts.empty() && sanjal::match::name_bits(a, a) + 1e-3F < there) std::abort();
    auto const key = sanjal::text::search_key(text);
    // Broken Zawgyi may still look like it after it was read as Unicode; everything else is settled at once.
    bool const zawgyi = sanjal::text::looks_like_zawgyi(sanjal::text::decode(text)) || sanjal::text::looks_like_zawgyi(sanjal::text::decode(key));
    if (!zawgyi && sanjal::text::search_key(key) != key) std::abort();
    auto const birth = sanjal::match::parse_birth(text, 20000);
    if (birth.is_known() && birth.from > birth.to) std::abort();
    return 0;
}
