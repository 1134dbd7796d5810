#pragma once
// Files of the format age v1 (age-encryption.org/v1, C2SP): sealed to one X25519 recipient, readable by any `age` that holds
// the key.  The primitives are libsodium's and OpenSSL's (X25519, ChaCha20-Poly1305, HKDF and HMAC with SHA-256); here is only
// how the format puts them together.  No passphrases, no other recipients' kinds are written; of those in a file that we open,
// the stanzas that are not for X25519 are passed over, as the format asks.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/key.h"

namespace sanjal::crypto {

inline constexpr std::size_t age_header_max = 16U << 10U;
inline constexpr std::size_t age_chunk_size = 65536;

// How many bytes age_seal makes of so many plain ones.
std::size_t age_sealed_size(std::size_t plain);

Bytes age_seal(BoxPublicKey const& to, std::string_view plain, Randomness& random);

// The plain bytes, all or none: the last chunk must be there and marked, nothing may follow.  Errors begin with "age."; they do not
// say which byte was wrong.  Work and memory are linear in the file's size.
Result<Bytes> age_open(BoxKey const& key, std::string_view file);

std::string age_recipient(BoxPublicKey const& key);  // age1...
Result<BoxPublicKey> parse_age_recipient(std::string_view text);
std::string age_identity(BoxKey const& key);  // AGE-SECRET-KEY-1..., to open a bundle with `age` where Sanjal is not at hand
Result<BoxKey> age_secret(std::string_view identity);

}  // namespace sanjal::crypto
