#include "crypto/key.h"

#include <sodium.h>

#include <utility>
#include <vector>

#include "crypto/internal.h"
#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {

using test::hex;
using test::vectors;

TEST_CASE("Ed25519 signs and verifies as RFC 8032 says") {
    auto const all = vectors("rfc8032.json");
    for (auto const& vector : all.find("signatures")->items()) {
        auto const key = SigningKey::from_seed(hex(vector.text_at("seed")));
        REQUIRE(key.has_value());
        CHECK(to_hex(key->public_key().bytes()) == vector.text_at("public"));
        auto const message = hex(vector.text_at("message"));
        CHECK(to_hex(key->sign(message)) == vector.text_at("signature"));
        CHECK(verify(key->public_key(), message, hex(vector.text_at("signature"))));
        CHECK_FALSE(verify(key->public_key(), message + "x", hex(vector.text_at("signature"))));
    }
}

TEST_CASE("A JWK, its thumbprint and a signature are those of RFC 8037") {
    auto const all = vectors("rfc8032.json");
    auto const& rfc = *all.find("rfc8037");
    auto const key = from_jwk(*rfc.find("jwk"));
    REQUIRE(key.has_value());
    CHECK(to_jwk(*key) == *rfc.find("jwk"));
    CHECK(thumbprint(*key) == rfc.text_at("thumbprint"));
    CHECK(verify(*key, rfc.text_at("signing_input"), *from_base64url(rfc.text_at("signature"))));
}

TEST_CASE("A signature with a changed bit, another length, or s not reduced is refused") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    auto const signature = key.sign("message");
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
        auto changed = signature;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        REQUIRE_FALSE(verify(key.public_key(), "message", changed));
    }
    CHECK_FALSE(verify(key.public_key(), "message", signature.substr(0, 63)));
    CHECK_FALSE(verify(key.public_key(), "message", signature + '\0'));
    CHECK_FALSE(verify(key.public_key(), "message", ""));

    // s + L names the same point; accepting it would give one entry two sets of bytes.
    auto const order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    auto malleable = signature;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        unsigned const sum = static_cast<unsigned char>(malleable[32 + i]) + static_cast<unsigned char>(order[i]) + carry;
        malleable[32 + i] = static_cast<char>(sum);
        carry = sum >> 8U;
    }
    CHECK_FALSE(verify(key.public_key(), "message", malleable));
}

TEST_CASE("Points of small order, in their eight canonical and other forms, are no public keys") {
    for (auto const* point : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "0000000000000000000000000000000000000000000000000000000000000080",
             "0100000000000000000000000000000000000000000000000000000000000080",
             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
             "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
             "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
        CHECK_FALSE(PublicKey::from_bytes(hex(point)).has_value());
        CHECK_FALSE(from_jwk(Json::object({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", to_base64url(hex(point))}})).has_value());
    }
    CHECK_FALSE(PublicKey::from_bytes("short").has_value());
}

TEST_CASE("X25519 keys of small order or in a second form are refused") {
    for (auto const* point : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
             "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "0900000000000000000000000000000000000000000000000000000000000080"}) {
        CHECK_FALSE(BoxPublicKey::from_bytes(hex(point)).has_value());
    }
    CHECK(BoxPublicKey::from_bytes(hex("0900000000000000000000000000000000000000000000000000000000000000")).has_value());
}

TEST_CASE("A JWK with a member more, less, doubled in kind or of another curve is refused") {
    SeededRandom random(2);
    auto const good = to_jwk(SigningKey::generate(random).public_key());
    REQUIRE(from_jwk(good).has_value());
    auto const with = [&](char const* name, Json value) {
        auto changed = good;
        changed.set(name, std::move(value));
        return changed;
    };
    auto without_x = good;
    without_x.erase("x");
    std::vector<Json> const bad = {
        without_x, with("d", "secret"), with("kid", "a"), with("kty", "EC"), with("crv", "X25519"), with("crv", "Ed448"), with("x", 7),
        with("x", good.text_at("x").data() + std::string("=")), with("x", ""), Json(), Json("text"), Json::list({good}), Json::object()};
    for (auto const& jwk : bad) CHECK_FALSE(from_jwk(jwk).has_value());
}

TEST_CASE("A box opens for its holder alone, unaltered, and is libsodium's sealed box") {
    SeededRandom random(3);
    auto const key = BoxKey::generate(random);
    auto const other = BoxKey::generate(random);
    for (std::size_t size : {0U, 1U, 32U, 1000U}) {
        auto const plain = random.bytes(size);
        auto const sealed = box_seal(key.public_key(), plain, random);
        CHECK(sealed.size() == size + 48);
        CHECK(box_open(key, sealed).value() == plain);
        CHECK_FALSE(box_open(other, sealed).has_value());
        for (std::size_t at = 0; at < sealed.size(); at += 7) {
            auto changed = sealed;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            CHECK_FALSE(box_open(key, changed).has_value());
        }
        CHECK_FALSE(box_open(key, sealed.substr(0, sealed.size() - 1)).has_value());
    }
    CHECK_FALSE(box_open(key, "").has_value());
    Bytes theirs(48 + 5, '\0');
    REQUIRE(crypto_box_seal(internal::raw(theirs), internal::raw(std::string_view("hello")), 5, internal::raw(key.public_key().bytes())) == 0);
    CHECK(box_open(key, theirs).value() == "hello");
    CHECK(box_from_jwk(to_jwk(key.public_key())).value() == key.public_key());
    CHECK_FALSE(box_from_jwk(to_jwk(SigningKey::generate(random).public_key())).has_value());
}

TEST_CASE("A key comes back from its seed, and two seeds give two keys") {
    SeededRandom random(4);
    auto const key = SigningKey::generate(random);
    auto const again = SigningKey::from_seed(key.seed());
    REQUIRE(again.has_value());
    CHECK(again->public_key() == key.public_key());
    CHECK(again->sign("x") == key.sign("x"));
    CHECK(SigningKey::generate(random).public_key() != key.public_key());
    CHECK_FALSE(SigningKey::from_seed("short").has_value());
    auto const box = BoxKey::generate(random);
    CHECK(BoxKey::from_secret(box.secret()).value().public_key() == box.public_key());
}

}  // namespace sanjal::crypto
