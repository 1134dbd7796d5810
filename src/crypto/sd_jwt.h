#pragma once
// An entry's envelope: an SD-JWT (RFC 9901) in compact form without key binding, in the narrow profile of design.md 4.
// The signature covers salted digests; a disclosure may be left out (to share less) or destroyed (to erase) and the rest
// still verifies.  What the fields mean, and which key was good when, is the ledger's business, not ours.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "crypto/key.h"

namespace sanjal::crypto {

inline constexpr std::size_t entry_bytes_max = 1U << 20U;    // of the compact form
inline constexpr std::size_t entry_disclosures_max = 256;
inline constexpr std::int64_t entry_iat_max = 253402300799;  // the last second of the year 9999
inline constexpr int entry_value_depth_max = 24;             // how deeply a field's value may be nested

// What stands open in an entry for ever.
struct Claims {
    std::string iss;         // the signer; 1 to 128 letters, digits and -_.:/#@
    std::int64_t iat = 0;    // seconds, the signer's claim
    std::string kid;         // which key; the same alphabet
    std::optional<Json> jwk; // on key entries: an OKP key, Ed25519 or X25519, in exactly three members
};

struct Disclosure {
    std::string encoded;  // base64url of the JSON [salt, name, value], as it came
    std::string name;
    Json value;
};

struct Issued {
    std::string signed_part;
    std::vector<Disclosure> disclosures;  // one per field, in the order given
    std::string id;                       // base64url of the SHA-256 of signed_part
};

// Refuses (Fault::Invalid, TooLarge) names and values that an entry cannot carry: a name twice, the names "_sd", "_sd_alg"
// and "..." at any depth, text that is not UTF-8, too many fields, too many bytes.  Bad claims are our defect.
Result<Issued> issue(Claims const& claims, std::vector<std::pair<std::string, Json>> const& fields, SigningKey const& key,
                     Randomness& random);

using Digest = std::array<char, 43>;  // base64url of a SHA-256

struct Parsed {
    std::string signed_part;
    std::string id;
    Claims claims;
    std::vector<Digest> digests;          // of every field, absent ones and decoys too; sorted
    std::vector<Disclosure> disclosures;  // those that came, or of them those that were to be kept; in their order
    std::size_t shown = 0;                // how many came
    Bytes signature;

    [[nodiscard]] Disclosure const* find(std::string_view name) const;
};

// Strict: only the profile's members and types, every disclosure's digest present exactly once, nothing twice.
// Says nothing about the signature.  No foreign bytes make it do more than work linear in their number.
// Who only checks says by name which disclosures to keep: the others are checked alike, and not built.
using Keep = bool (*)(std::string_view name);
Result<Parsed> parse(std::string_view compact, Keep keep = nullptr);
// The same over an entry that was read before, whose memory serves again; after an Error it holds nothing that means anything.
// The id is left out: entry_id(signed_part) is to be had where it is wanted.
Result<void> parse(std::string_view compact, Keep keep, Parsed& entry);

// The signature over the bytes as they came.
Result<void> verify(Parsed const& entry, PublicKey const& key);

// signed_part~d1~d2~...~  With fewer disclosures than there were, or none, it is still a whole SD-JWT.
std::string compact(std::string_view signed_part, std::vector<Disclosure> const& disclosures);
std::string compact(std::string_view signed_part, std::vector<std::string> const& encoded);

std::string entry_id(std::string_view signed_part);
std::string disclosure_digest(std::string_view encoded);  // 43 characters

}  // namespace sanjal::crypto
