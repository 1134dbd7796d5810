#pragma once
// SHA-256 and what is built on it (HMAC, HKDF), and HMAC-SHA-1 for the one protocol that still needs it (TOTP, RFC 6238).
// Not for passwords: password.h.  Every function may be called from any thread.

#include <memory>
#include <string_view>

#include "base/bytes.h"

namespace sanjal::crypto {

inline constexpr std::size_t hash_size = 32;

Bytes sha256(std::string_view bytes);  // 32 bytes

// The same in pieces, for files.  One thread at a time; finish() once.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(std::string_view bytes);
    Bytes finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

Bytes hmac_sha256(std::string_view key, std::string_view message);
Bytes hmac_sha1(std::string_view key, std::string_view message);

// RFC 5869, extract and expand; size at most 255 * 32.
Bytes hkdf_sha256(std::string_view key_material, std::string_view salt, std::string_view info, std::size_t size);

}  // namespace sanjal::crypto
