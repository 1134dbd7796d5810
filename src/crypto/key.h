#pragma once
// Key pairs: Ed25519 for signing (RFC 8032), X25519 for sealing something to a holder.  One key has one purpose: entries,
// checkpoints, cosignatures and transport have keys of their own (design 4).  Where a key is kept and when it lived is the
// ledger's business, not ours.

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/random.h"
#include "crypto/secret.h"

namespace sanjal::crypto {

inline constexpr std::size_t signature_size = 64;

class PublicKey {
public:
    // Refuses what is not a point of the prime-order group in canonical form.
    static Result<PublicKey> from_bytes(std::string_view bytes);
    [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
    friend auto operator<=>(PublicKey const&, PublicKey const&) = default;

private:
    friend class SigningKey;
    PublicKey() = default;
    std::array<char, 32> bytes_{};
};

class SigningKey {
public:
    static Result<SigningKey> from_seed(std::string_view seed);  // 32 bytes (RFC 8032's private key)
    static SigningKey generate(Randomness& random);
    [[nodiscard]] Bytes sign(std::string_view message) const;  // 64 bytes; any thread
    [[nodiscard]] PublicKey const& public_key() const { return public_; }
    [[nodiscard]] std::string_view seed() const { return secret_.view().substr(0, 32); }  // to wrap and keep

private:
    SigningKey(SecretBytes secret, PublicKey const& public_key) : secret_(std::move(secret)), public_(public_key) {}
    SecretBytes secret_;  // seed, then public key
    PublicKey public_;
};

// Strict: exactly 64 bytes, s below the group's order, no point of small order, no point that is not canonical.
bool verify(PublicKey const& key, std::string_view message, std::string_view signature);

// {"kty":"OKP","crv":"Ed25519","x":...} (RFC 8037), with these three members and no other.
Json to_jwk(PublicKey const& key);
Result<PublicKey> from_jwk(Json const& jwk);
std::string thumbprint(PublicKey const& key);  // RFC 7638, base64url, 43 characters

class BoxPublicKey {
public:
    static Result<BoxPublicKey> from_bytes(std::string_view bytes);  // refuses points of small order
    [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
    friend auto operator<=>(BoxPublicKey const&, BoxPublicKey const&) = default;

private:
    friend class BoxKey;
    BoxPublicKey() = default;
    std::array<char, 32> bytes_{};
};

class BoxKey {
public:
    static Result<BoxKey> from_secret(std::string_view secret);  // 32 bytes
    static BoxKey generate(Randomness& random);
    [[nodiscard]] BoxPublicKey const& public_key() const { return public_; }
    [[nodiscard]] std::string_view secret() const { return secret_.view(); }  // to wrap and keep

private:
    BoxKey(SecretBytes secret, BoxPublicKey const& public_key) : secret_(std::move(secret)), public_(public_key) {}
    SecretBytes secret_;
    BoxPublicKey public_;
};

Json to_jwk(BoxPublicKey const& key);  // {"kty":"OKP","crv":"X25519","x":...}
Result<BoxPublicKey> box_from_jwk(Json const& jwk);
std::string thumbprint(BoxPublicKey const& key);

// The format of libsodium's crypto_box_seal: 48 bytes longer than the plain bytes.  It does not say who sealed it.
Bytes box_seal(BoxPublicKey const& to, std::string_view plain, Randomness& random);
Result<Bytes> box_open(BoxKey const& key, std::string_view sealed);

}  // namespace sanjal::crypto
