#include "crypto/oprf.h"

#include <sodium.h>

#include <cstdlib>
#include <string>

#include "crypto/internal.h"

namespace sanjal::crypto::oprf {

using internal::raw;

// The one door to the bytes of Element and Scalar.
struct Access {
    static Element element() { return Element(); }
    static unsigned char* of(Element& element) { return raw(element.bytes_.data()); }
    static Scalar scalar(SecretBytes bytes) { return Scalar(std::move(bytes)); }
};

namespace {

constexpr std::size_t hash_size = 64;

// I2OSP(n, 2).
std::string two_bytes(std::size_t n) { return {static_cast<char>(n >> 8U & 0xFFU), static_cast<char>(n & 0xFFU)}; }

std::string with_length(std::string_view bytes) { return two_bytes(bytes.size()).append(bytes); }

std::string context(Mode mode) { return std::string("OPRFV1-") + static_cast<char>(mode) + "-ristretto255-SHA512"; }

Bytes sha512(std::string_view bytes) {
    Bytes out(hash_size, '\0');
    crypto_hash_sha512(raw(out), raw(bytes), bytes.size());
    return out;
}

// expand_message_xmd of RFC 9380 section 5.3.1 for SHA-512 and 64 bytes: one block of output is enough.
Bytes expand(std::string_view message, std::string_view tag) {
    auto const tag_with_length = std::string(tag) + static_cast<char>(tag.size());
    auto const first = sha512(std::string(128, '\0').append(message).append(two_bytes(hash_size)) + '\0' + tag_with_length);
    return sha512(first + '\1' + tag_with_length);
}

// hash_to_ristretto255 of RFC 9380 appendix B.
Element hash_to_group(std::string_view input, Mode mode) {
    auto const uniform = expand(input, "HashToGroup-" + context(mode));
    auto out = Access::element();
    crypto_core_ristretto255_from_hash(Access::of(out), raw(uniform));
    return out;
}

SecretBytes hash_to_scalar(std::string_view input, std::string_view tag) {
    auto uniform = expand(input, tag);
    SecretBytes out(scalar_size);
    crypto_core_ristretto255_scalar_reduce(raw(out.data()), raw(uniform));
    sodium_memzero(uniform.data(), uniform.size());
    return out;
}

bool is_identity(std::string_view bytes) { return sodium_is_zero(raw(bytes), bytes.size()) == 1; }

// libsodium says -1 only where the result is the identity, or the element is not one: neither can be with a key that is not
// zero and a point that was checked.
Element times(std::string_view scalar, Element const& element) {
    auto out = Access::element();
    if (crypto_scalarmult_ristretto255(Access::of(out), raw(scalar), raw(element.bytes())) != 0) std::abort();
    return out;
}

// The sum of points as bytes, which may pass through the identity (32 zeros) on its way.
class Sum {
public:
    void add(unsigned char const* point) {
        if (crypto_core_ristretto255_add(raw(bytes_.data()), raw(std::string_view(bytes_.data(), bytes_.size())), point) != 0) std::abort();
    }
    // Adds scalar * element.  A scalar of zero adds nothing.
    void add(std::string_view scalar, std::string_view element) {
        std::array<unsigned char, element_size> product{};
        if (crypto_scalarmult_ristretto255(product.data(), raw(scalar), raw(element)) == 0) add(product.data());
    }
    void add_base(std::string_view scalar) {
        std::array<unsigned char, element_size> product{};
        if (crypto_scalarmult_ristretto255_base(product.data(), raw(scalar)) == 0) add(product.data());
    }
    [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

private:
    std::array<char, element_size> bytes_{};
};

// ComputeComposites of section 2.2.1.
struct Composites {
    Sum m, z;
};

// Z is made from `evaluated` where there is no key, and from the key where there is one (ComputeCompositesFast).
Composites composites(std::string_view public_key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated,
                      Scalar const* key) {
    auto const seed = sha512(with_length(public_key) + with_length("Seed-" + context(Mode::Voprf)));
    auto const tag = "HashToScalar-" + context(Mode::Voprf);
    Composites out;
    for (std::size_t i = 0; i < blinded.size(); ++i) {
        auto const weight = hash_to_scalar(with_length(seed) + two_bytes(i) + with_length(blinded[i].bytes()) +
                                               with_length(evaluated[i].bytes()) + "Composite",
                                           tag);
        out.m.add(weight.view(), blinded[i].bytes());
        if (key == nullptr) out.z.add(weight.view(), evaluated[i].bytes());
    }
    if (key != nullptr) out.z.add(key->bytes(), out.m.bytes());
    return out;
}

SecretBytes challenge(std::string_view public_key, Composites const& sums, std::string_view t2, std::string_view t3) {
    return hash_to_scalar(with_length(public_key) + with_length(sums.m.bytes()) + with_length(sums.z.bytes()) + with_length(t2) +
                              with_length(t3) + "Challenge",
                          "HashToScalar-" + context(Mode::Voprf));
}

bool fits(std::vector<Element> const& blinded, std::vector<Element> const& evaluated) {
    return !blinded.empty() && blinded.size() == evaluated.size() && blinded.size() <= largest_batch;
}

bool is_canonical(std::string_view scalar) {
    std::array<unsigned char, 64> wide{};
    std::copy(scalar.begin(), scalar.end(), reinterpret_cast<char*>(wide.data()));
    std::array<unsigned char, scalar_size> reduced{};
    crypto_core_ristretto255_scalar_reduce(reduced.data(), wide.data());
    return sodium_memcmp(reduced.data(), raw(scalar), scalar_size) == 0;
}

}  // namespace

Result<Element> Element::from_bytes(std::string_view bytes) {
    internal::ready();
    if (bytes.size() != element_size || is_identity(bytes) || crypto_core_ristretto255_is_valid_point(raw(bytes)) != 1)
        return fail(Fault::Invalid, "crypto.element", "This is not a point of the group ristretto255.");
    Element out;
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
}

Result<Scalar> Scalar::from_bytes(std::string_view bytes) {
    internal::ready();
    if (bytes.size() != scalar_size || is_identity(bytes) || !is_canonical(bytes))
        return fail(Fault::Invalid, "crypto.scalar", "This is not a number below the order of the group ristretto255.");
    return Scalar(SecretBytes(bytes));
}

Scalar Scalar::generate(Randomness& random) {
    internal::ready();
    for (;;) {
        auto uniform = random.bytes(64);
        SecretBytes out(scalar_size);
        crypto_core_ristretto255_scalar_reduce(raw(out.data()), raw(uniform));
        sodium_memzero(uniform.data(), uniform.size());
        if (!is_identity(out.view())) return Scalar(std::move(out));
    }
}

Result<Scalar> derive_key(std::string_view seed, std::string_view info, Mode mode) {
    internal::ready();
    if (seed.size() != 32 || info.size() > largest_input)
        return fail(Fault::Invalid, "crypto.key_seed", "A key is derived from 32 bytes and at most 65535 bytes of context.");
    for (int counter = 0; counter < 256; ++counter) {
        auto key = hash_to_scalar(std::string(seed) + with_length(info) + static_cast<char>(counter), "DeriveKeyPair" + context(mode));
        if (!is_identity(key.view())) return Access::scalar(std::move(key));
    }
    return fail(Fault::Internal, "crypto.derive_key", "No key could be derived from this seed.");
}

Element public_key(Scalar const& key) {
    internal::ready();
    auto out = Access::element();
    if (crypto_scalarmult_ristretto255_base(Access::of(out), raw(key.bytes())) != 0) std::abort();  // only for zero, which a Scalar is not
    return out;
}

Result<Element> blind(std::string_view input, Scalar const& blind, Mode mode) {
    internal::ready();
    if (input.size() > largest_input) return fail(Fault::TooLarge, "crypto.oprf_input", "An input has at most 65535 bytes.");
    auto const point = hash_to_group(input, mode);
    if (is_identity(point.bytes())) return fail(Fault::Invalid, "crypto.oprf_input", "This input cannot be blinded.");
    return times(blind.bytes(), point);
}

Element evaluate(Scalar const& key, Element const& element) { return times(key.bytes(), element); }

Element unblind(Scalar const& blind, Element const& evaluated) {
    SecretBytes inverse(scalar_size);
    if (crypto_core_ristretto255_scalar_invert(raw(inverse.data()), raw(blind.bytes())) != 0) std::abort();  // only for zero
    return times(inverse.view(), evaluated);
}

Bytes output(std::string_view input, Element const& unblinded) {
    return sha512(with_length(input) + with_length(unblinded.bytes()) + "Finalize");
}

Result<Bytes> evaluate_alone(Scalar const& key, std::string_view input, Mode mode) {
    internal::ready();
    if (input.size() > largest_input) return fail(Fault::TooLarge, "crypto.oprf_input", "An input has at most 65535 bytes.");
    auto const point = hash_to_group(input, mode);
    if (is_identity(point.bytes())) return fail(Fault::Invalid, "crypto.oprf_input", "This input cannot be evaluated.");
    return output(input, times(key.bytes(), point));
}

Bytes prove_with(Scalar const& key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, Scalar const& nonce) {
    auto const own = public_key(key);
    auto const sums = composites(own.bytes(), blinded, evaluated, &key);
    Sum t2, t3;
    t2.add_base(nonce.bytes());
    t3.add(nonce.bytes(), sums.m.bytes());
    auto const c = challenge(own.bytes(), sums, t2.bytes(), t3.bytes());
    SecretBytes s(scalar_size);
    crypto_core_ristretto255_scalar_mul(raw(s.data()), raw(c.view()), raw(key.bytes()));
    crypto_core_ristretto255_scalar_sub(raw(s.data()), raw(nonce.bytes()), raw(s.view()));
    return Bytes(c.view()).append(s.view());
}

Result<Bytes> prove(Scalar const& key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, Randomness& random) {
    if (!fits(blinded, evaluated))
        return fail(Fault::Invalid, "crypto.oprf_batch", "A proof is for 1 to 65535 elements and as many answers.");
    return prove_with(key, blinded, evaluated, Scalar::generate(random));
}

bool proves(Element const& public_key, std::vector<Element> const& blinded, std::vector<Element> const& evaluated, std::string_view proof) {
    internal::ready();
    if (!fits(blinded, evaluated) || proof.size() != proof_size) return false;
    auto const c = proof.substr(0, scalar_size);
    auto const s = proof.substr(scalar_size);
    if (!is_canonical(c) || !is_canonical(s)) return false;
    auto const sums = composites(public_key.bytes(), blinded, evaluated, nullptr);
    Sum t2, t3;
    t2.add_base(s);
    t2.add(c, public_key.bytes());
    t3.add(s, sums.m.bytes());
    t3.add(c, sums.z.bytes());
    return equal_in_constant_time(challenge(public_key.bytes(), sums, t2.bytes(), t3.bytes()).view(), c);
}

}  // namespace sanjal::crypto::oprf
