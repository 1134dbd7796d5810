#include "crypto/key.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "crypto/hash.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

using internal::raw;

static_assert(crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_BYTES == signature_size);
static_assert(crypto_box_SECRETKEYBYTES == 32 && crypto_box_PUBLICKEYBYTES == 32);

Json okp(std::string_view curve, std::string_view bytes) {
    return Json::object({{"kty", "OKP"}, {"crv", Json(curve)}, {"x", to_base64url(bytes)}});
}

// RFC 7638: the required members (RFC 8037 section 2), sorted, without spaces.  No character here needs escaping.
std::string okp_thumbprint(std::string_view curve, std::string_view bytes) {
    std::string text = R"({"crv":")";
    text.append(curve).append(R"(","kty":"OKP","x":")").append(to_base64url(bytes)).append("\"}");
    return to_base64url(sha256(text));
}

Result<Bytes> okp_bytes(Json const& jwk, std::string_view curve) {
    if (!jwk.is_object() || jwk.members().size() != 3 || jwk.text_at("kty") != "OKP" || jwk.text_at("crv") != curve ||
        !internal::is_hash_text(jwk.text_at("x"))) {
        return fail(Fault::Invalid, "key.jwk", "This is not a JWK with exactly kty, crv and x of the kind of key that belongs here.");
    }
    return from_base64url(jwk.text_at("x"));
}

// Below 2^255 - 19, little-endian: otherwise one key would have two texts and two thumbprints.
bool is_canonical_field_element(std::string_view bytes) {
    if ((static_cast<unsigned char>(bytes[31]) & 0x80U) != 0) return false;
    bool const high = static_cast<unsigned char>(bytes[31]) == 0x7FU &&
                      std::all_of(bytes.begin() + 1, bytes.begin() + 31, [](char c) { return static_cast<unsigned char>(c) == 0xFFU; });
    return !high || static_cast<unsigned char>(bytes[0]) < 0xEDU;
}

}  // namespace

Result<PublicKey> PublicKey::from_bytes(std::string_view bytes) {
    internal::ready();
    if (bytes.size() != 32 || crypto_core_ed25519_is_valid_point(raw(bytes)) != 1) {
        return fail(Fault::Invalid, "key.not_a_point", "This is not an Ed25519 public key: 32 bytes that are a point in canonical form.");
    }
    PublicKey key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
}

Result<SigningKey> SigningKey::from_seed(std::string_view seed) {
    internal::ready();
    if (seed.size() != 32) return fail(Fault::Invalid, "key.length", "The seed of a signing key has 32 bytes; this has another length.");
    SecretBytes secret(crypto_sign_SECRETKEYBYTES);
    PublicKey key;
    SANJAL_CHECK(crypto_sign_seed_keypair(raw(key.bytes_.data()), raw(secret.data()), raw(seed)) == 0);
    return SigningKey(std::move(secret), key);
}

SigningKey SigningKey::generate(Randomness& random) {
    Secret const seed = Secret::generate(random);
    auto key = from_seed(seed.view());
    SANJAL_CHECK(key.has_value());
    return std::move(*key);
}

Bytes SigningKey::sign(std::string_view message) const {
    Bytes signature(signature_size, '\0');
    SANJAL_CHECK(secret_.size() == crypto_sign_SECRETKEYBYTES);
    SANJAL_CHECK(crypto_sign_detached(raw(signature), nullptr, raw(message), message.size(), raw(secret_.view())) == 0);
    return signature;
}

bool verify(PublicKey const& key, std::string_view message, std::string_view signature) {
    internal::ready();
    return signature.size() == signature_size &&
           crypto_sign_verify_detached(raw(signature), raw(message), message.size(), raw(key.bytes())) == 0;
}

Json to_jwk(PublicKey const& key) { return okp("Ed25519", key.bytes()); }
std::string thumbprint(PublicKey const& key) { return okp_thumbprint("Ed25519", key.bytes()); }

Result<PublicKey> from_jwk(Json const& jwk) {
    SANJAL_TRY(auto const bytes, okp_bytes(jwk, "Ed25519"));
    return PublicKey::from_bytes(bytes);
}

Result<BoxPublicKey> BoxPublicKey::from_bytes(std::string_view bytes) {
    internal::ready();
    auto const refuse = [] {
        return fail(Fault::Invalid, "key.not_a_point", "This is not an X25519 public key: 32 bytes in canonical form and not of small order.");
    };
    if (bytes.size() != 32 || !is_canonical_field_element(bytes)) return refuse();
    // Any clamped scalar takes a point of small order to zero, which libsodium reports, and no other point.
    unsigned char const scalar[32] = {8};
    unsigned char product[32];
    if (crypto_scalarmult(product, scalar, raw(bytes)) != 0) return refuse();
    BoxPublicKey key;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
}

Result<BoxKey> BoxKey::from_secret(std::string_view secret) {
    internal::ready();
    if (secret.size() != 32) return fail(Fault::Invalid, "key.length", "The secret of a box key has 32 bytes; this has another length.");
    BoxPublicKey key;
    SANJAL_CHECK(crypto_scalarmult_base(raw(key.bytes_.data()), raw(secret)) == 0);
    return BoxKey(SecretBytes(secret), key);
}

BoxKey BoxKey::generate(Randomness& random) {
    Secret const secret = Secret::generate(random);
    auto key = from_secret(secret.view());
    SANJAL_CHECK(key.has_value());
    return std::move(*key);
}

Json to_jwk(BoxPublicKey const& key) { return okp("X25519", key.bytes()); }
std::string thumbprint(BoxPublicKey const& key) { return okp_thumbprint("X25519", key.bytes()); }

Result<BoxPublicKey> box_from_jwk(Json const& jwk) {
    SANJAL_TRY(auto const bytes, okp_bytes(jwk, "X25519"));
    return BoxPublicKey::from_bytes(bytes);
}

// As crypto_box_seal, step for step, but with the ephemeral key from our own Randomness so that a story repeats itself.
Bytes box_seal(BoxPublicKey const& to, std::string_view plain, Randomness& random) {
    BoxKey const ephemeral = BoxKey::generate(random);
    Bytes both(ephemeral.public_key().bytes());
    both += to.bytes();
    unsigned char nonce[crypto_box_NONCEBYTES];
    SANJAL_CHECK(crypto_generichash(nonce, sizeof nonce, raw(std::string_view(both)), both.size(), nullptr, 0) == 0);
    Bytes out(crypto_box_SEALBYTES + plain.size(), '\0');
    std::copy_n(both.begin(), 32, out.begin());
    SANJAL_CHECK(crypto_box_easy(raw(out) + 32, raw(plain), plain.size(), nonce, raw(to.bytes()), raw(ephemeral.secret())) == 0);
    return out;
}

Result<Bytes> box_open(BoxKey const& key, std::string_view sealed) {
    internal::ready();
    Bytes plain(sealed.size() >= crypto_box_SEALBYTES ? sealed.size() - crypto_box_SEALBYTES : 0, '\0');
    if (sealed.size() < crypto_box_SEALBYTES ||
        crypto_box_seal_open(raw(plain), raw(sealed), sealed.size(), raw(key.public_key().bytes()), raw(key.secret())) != 0) {
        return fail(Fault::Invalid, "box.not_ours", "This box does not open with this key: it was sealed to another, or it was altered.");
    }
    return plain;
}

}  // namespace sanjal::crypto
