#pragma once
// Two parties learn a keyed hash of a value and neither learns more: OPRF and VOPRF of RFC 9497, suite ristretto255-SHA512
// (modes 0x00 and 0x01), on libsodium's group.  Blind alerts between two nodes stand on it (docs/protocols).  What is hashed,
// how often one may ask and what a hit means are not said here.
//
// Who asks blinds its input and keeps the blind; who answers evaluates with its key and proves that it was the key it had
// shown; who asked takes the blind away.  Two keys one after the other make the product key that neither party holds:
// evaluated by B, unblinded, evaluated again by A with its own key, is what A's input evaluated by A and then B would be.
// Every function may be called from any thread.  Secrets are worked on in constant time.

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "crypto/secret.h"

namespace sanjal::crypto::oprf {

inline constexpr std::size_t element_size = 32;
inline constexpr std::size_t scalar_size = 32;
inline constexpr std::size_t proof_size = 2 * scalar_size;
inline constexpr std::size_t output_size = 64;        // SHA-512
inline constexpr std::size_t largest_input = 65535;   // its length is written in two bytes
inline constexpr std::size_t largest_batch = 65535;   // the same, for one proof

enum class Mode : std::uint8_t { Oprf = 0x00, Voprf = 0x01 };

// A point of the group, never the identity.
class Element {
public:
    static Result<Element> from_bytes(std::string_view bytes);  // refuses what is not canonical, and the identity
    [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
    friend auto operator<=>(Element const&, Element const&) = default;

private:
    friend struct Access;
    Element() = default;
    std::array<char, element_size> bytes_{};
};

// A number below the group's order and not zero: a key or a blind.
class Scalar {
public:
    static Result<Scalar> from_bytes(std::string_view bytes);  // refuses what is not canonical, and zero
    static Scalar generate(Randomness& random);
    [[nodiscard]] std::string_view bytes() const { return secret_.view(); }  // to wrap and keep

private:
    friend struct Access;
    explicit Scalar(SecretBytes secret) : secret_(std::move(secret)) {}
    SecretBytes secret_;
};

// DeriveKeyPair of section 3.2.1: the same seed (32 bytes) and info give the same key.
Result<Scalar> derive_key(std::string_view seed, std::string_view info, Mode mode);
Element public_key(Scalar const& key);

// Blind (3.3.1).  An Error where the input is longer than largest_input, or hashes to the identity (which nobody can find).
Result<Element> blind(std::string_view input, Scalar const& blind, Mode mode);
// BlindEvaluate without its proof: the element under the key.
Element evaluate(Scalar const& key, Element const& element);
// Takes the blind away.
Element unblind(Scalar const& blind, Element const& evaluated);
// The hash of section 3.3.1's Finalize over input and unblinded element: 64 bytes.
Bytes output(std::string_view input, Element const& unblinded);
// What a holder of the key finds without asking anybody (Evaluate of section 3.3.1).
Result<Bytes> evaluate_alone(Scalar const& key, std::string_view input, Mode mode);

// The proof that every `evaluated[i]` is `blinded[i]` under the key of this public key (2.2.1): 64 bytes for the whole batch.
// `nonce` is drawn anew for each proof: two proofs under one nonce give the key away.
Result<Bytes> prove(Scalar const& key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, Randomness& random);
Bytes prove_with(Scalar const& key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, Scalar const& nonce);
// False also for a batch of different lengths, an empty one, and one that is too long.
bool proves(Element const& public_key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, std::string_view proof);

}  // namespace sanjal::crypto::oprf
