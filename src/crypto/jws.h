#pragma once
// A signed JSON object: compact JWS (RFC 7515) with EdDSA (RFC 8037), for the manifest that closes an export.  Only this
// one algorithm and exactly the header members alg, typ, kid.  Not for entries: sd_jwt.h.

#include <string>
#include <string_view>

#include "base/json.h"
#include "crypto/key.h"

namespace sanjal::crypto {

inline constexpr std::size_t jws_bytes_max = 64U << 20U;

struct Jws {
    std::string typ;
    std::string kid;
    Json payload;               // an object
    std::string signing_input;  // header.payload as they came
    Bytes signature;
};

std::string sign_jws(std::string_view typ, std::string_view kid, Json const& payload, SigningKey const& key);
// Strict; refuses another typ than the one expected.  Says nothing about the signature.
Result<Jws> parse_jws(std::string_view compact, std::string_view typ);
Result<void> verify_jws(Jws const& jws, PublicKey const& key);

}  // namespace sanjal::crypto
