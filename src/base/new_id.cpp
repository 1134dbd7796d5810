#include "base/id.h"
#include "base/random.h"

namespace sanjal {

std::string new_uuid(Instant now, Randomness& random) {
    Bytes raw = random.bytes(16);
    auto const ms = static_cast<std::uint64_t>(milliseconds_of(now));
    for (unsigned i = 0; i < 6; ++i) raw[i] = static_cast<char>(ms >> (40U - 8U * i));
    raw[6] = static_cast<char>((static_cast<unsigned char>(raw[6]) & 0x0FU) | 0x70U);
    raw[8] = static_cast<char>((static_cast<unsigned char>(raw[8]) & 0x3FU) | 0x80U);
    std::string const hex = to_hex(raw);
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' + hex.substr(20);
}

}  // namespace sanjal
