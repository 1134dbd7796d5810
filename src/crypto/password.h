#pragma once
// A password becomes a key (for the account's secrets) and a verifier (to tell whether it was right), by one Argon2id:
// 64 bytes, of which 32 are the key and the SHA-256 of the other 32 is kept.  Who steals the record has neither.
// At most two derivations run at once in the process (each takes 128 MiB); more wait.  Which passwords are good enough,
// and how often one may try, is not decided here.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"

namespace sanjal::crypto {

struct PasswordParameters {
    std::uint32_t memory_kib = 128 * 1024;
    std::uint32_t passes = 3;

    friend bool operator==(PasswordParameters const&, PasswordParameters const&) = default;
};

inline constexpr std::size_t password_bytes_max = 1024;

struct PasswordRecord {
    PasswordParameters parameters;
    Bytes salt;      // 16 bytes
    Bytes verifier;  // 32 bytes

    [[nodiscard]] std::string to_text() const;  // argon2id$m=131072,t=3$salt$verifier
    static Result<PasswordRecord> parse(std::string_view text);  // strict; to_text gives the same text back
};

struct NewPassword {
    PasswordRecord record;
    Secret key;
};

// Errors: no memory for it, a password longer than password_bytes_max, parameters out of bounds (8 KiB to 2 GiB, 1 to 16).
Result<NewPassword> make_password(std::string_view password, PasswordParameters parameters, Randomness& random);
// The key, or Fault::Unsigned where the password is not the one.
Result<Secret> check_password(std::string_view password, PasswordRecord const& record);

// To be checked where there is no such account, so that the answer takes as long; no password opens it.
PasswordRecord unopenable_record(PasswordParameters parameters);

}  // namespace sanjal::crypto
