#pragma once
// What travels between two nodes, on a line or on a stick: the same bytes (docs/formats/bundle.md).  An age v1 file sealed to the
// receiver; inside it a head that the sender's transport key signed, over a hash of the messages; then the messages; then padding.
// It knows no field of a case and decides nothing: what stands in a message, and whether it is believed, is for exchange.h.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "crypto/key.h"

namespace sanjal::sync {

inline constexpr std::size_t bundle_bytes_max = 4U << 20U;    // as it lies there; larger ones are not read
inline constexpr std::size_t message_bytes_max = 1U << 20U;
inline constexpr std::size_t messages_max = 2000;             // in one bundle
inline constexpr std::size_t bundle_plain_min = 4096;         // nothing is smaller

struct Bundle {
    Json head;                   // {"from", "to", "made", ...}: signed
    std::string kid;             // under which transport key
    std::vector<Json> messages;
    std::string signed_head;     // the JWS as it came, to be checked under that key
};

// Padmé (Nikitin et al. 2019): at most 12 % more, and log log n bits of the size are told.
std::size_t padded_size(std::size_t size);

// `head` gets what binds the messages to it.  Messages over the bounds are our defect.
Bytes write_bundle(crypto::SigningKey const& transport, crypto::BoxPublicKey const& to, Json head, std::vector<Json> const& messages, Randomness& random);

// Opened and taken apart; every bound is held and the messages are those of the head.  Whether the head's signature is the
// peer's is checked by check_signature, once it is known who `from` is.  Errors: "bundle.too_large", "bundle.not_ours",
// "bundle.malformed".
Result<Bundle> open_bundle(crypto::BoxKey const& key, std::string_view bytes);
// The inner part alone, for who has opened the seal (and for the fuzz target).
Result<Bundle> parse_bundle(std::string_view plain);
Result<void> check_signature(Bundle const& bundle, crypto::PublicKey const& key);

}  // namespace sanjal::sync
