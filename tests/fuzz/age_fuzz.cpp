// links: sanjal_crypto
// Sealed files from strangers.  Whatever opens is sealed again to the same size, and opens to the same bytes.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/age.h"

using namespace sanjal;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    // The key of tests/vectors/crypto/age.json, so that the seeds open.
    static auto const key = crypto::age_secret("AGE-SECRET-KEY-159HQH78V5A7N9G357E09AAFSHSDUF6XZUZL3PX3XVYJ5YFW3HK5SQNYFK9").value();
    static SeededRandom random(7);
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    if (auto const opened = crypto::age_open(key, input)) {
        Bytes const again = crypto::age_seal(key.public_key(), *opened, random);
        SANJAL_CHECK(again.size() == crypto::age_sealed_size(opened->size()));
        SANJAL_CHECK(crypto::age_open(key, again).value() == *opened);
    }
    if (auto const recipient = crypto::parse_age_recipient(input)) SANJAL_CHECK(crypto::age_recipient(*recipient) == input);
    if (auto const identity = crypto::age_secret(input)) SANJAL_CHECK(crypto::age_secret(crypto::age_identity(*identity)).has_value());
    return 0;
}
