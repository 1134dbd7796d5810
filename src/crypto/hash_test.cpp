#include "crypto/hash.h"

#include <string>

#include "crypto/internal.h"
#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {

using test::hex;

TEST_CASE("SHA-256 gives the figures of FIPS 180-4, whole and in pieces") {
    CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::string const million(1000000, 'a');
    Sha256 hash;
    for (std::size_t at = 0; at < million.size(); at += 777) hash.update(std::string_view(million).substr(at, 777));
    CHECK(to_hex(hash.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    CHECK(sha256(million) == hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST_CASE("HMAC and HKDF give the figures of RFC 4231, RFC 2202 and RFC 5869") {
    CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(to_hex(hkdf_sha256(Bytes(22, '\x0b'), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    CHECK(to_hex(hkdf_sha256(Bytes(22, '\x0b'), "", "", 42)) ==
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("The quick base64url answers as the careful one, for right and for wrong texts") {
    std::string const characters = "AQgw_-9z=+/ .~\n\x80";
    std::uint32_t state = 1;
    auto const next = [&] { return state = state * 1664525U + 1013904223U, state >> 16U; };
    for (int round = 0; round < 200000; ++round) {
        std::string text(next() % 9, '\0');
        for (auto& c : text) c = characters[next() % (round % 2 == 0 ? 8 : characters.size())];
        Bytes quick;
        auto const careful = from_base64url(text);
        bool const good = internal::decode_base64url(text, quick);
        REQUIRE(good == careful.has_value());
        if (good) REQUIRE(quick == *careful);
    }
}

}  // namespace sanjal::crypto
