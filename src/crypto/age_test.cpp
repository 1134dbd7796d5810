#include "crypto/age.h"

#include "crypto/vectors_for_test.h"

using namespace sanjal;

namespace {

crypto::BoxKey key_of(SeededRandom& random) { return crypto::BoxKey::generate(random); }

}  // namespace

TEST_CASE("what is sealed to a key opens with it, whatever its size, and with no other") {
    SeededRandom random(1);
    auto const key = key_of(random);
    auto const other = key_of(random);
    for (std::size_t const size : {0U, 1U, 65535U, 65536U, 65537U, 131072U, 200000U}) {
        CAPTURE(size);
        Bytes const plain = random.bytes(size);
        Bytes const sealed = crypto::age_seal(key.public_key(), plain, random);
        CHECK(sealed.size() == crypto::age_sealed_size(size));
        auto const opened = crypto::age_open(key, sealed);
        REQUIRE(opened);
        CHECK(*opened == plain);
        CHECK(crypto::age_open(other, sealed).error().code == "age.not_ours");
    }
}

TEST_CASE("a file that was cut short, lengthened or altered anywhere does not open") {
    SeededRandom random(2);
    auto const key = key_of(random);
    Bytes const sealed = crypto::age_seal(key.public_key(), Bytes(70000, 'x'), random);
    for (std::size_t size = 0; size < sealed.size(); size += size < 400 ? 1 : 997) CHECK_FALSE(crypto::age_open(key, std::string_view(sealed).substr(0, size)));
    for (std::size_t at = 0; at < sealed.size(); at += at < 400 ? 1 : 997) {
        Bytes altered = sealed;
        altered[at] = static_cast<char>(altered[at] ^ 1);
        CHECK_FALSE(crypto::age_open(key, altered));
    }
    CHECK_FALSE(crypto::age_open(key, sealed + "x"));
    // A chunk taken away, and two put the other way round.
    Bytes const long_one = crypto::age_seal(key.public_key(), Bytes(3 * crypto::age_chunk_size, 'x'), random);
    std::size_t const chunk = crypto::age_chunk_size + 16;
    std::size_t const first = long_one.size() - 3 * chunk;
    Bytes missing = long_one;
    missing.erase(first + chunk, chunk);
    CHECK_FALSE(crypto::age_open(key, missing));
    CHECK_FALSE(crypto::age_open(key, long_one.substr(0, first) + long_one.substr(first + chunk, chunk) + long_one.substr(first, chunk) + long_one.substr(first + 2 * chunk)));
    CHECK_FALSE(crypto::age_open(key, long_one.substr(0, long_one.size() - chunk)));
}

TEST_CASE("keys are written as age writes them, and files that age made open") {
    Json const vectors = crypto::test::vectors("age.json");
    auto const recipient = crypto::parse_age_recipient(vectors.text_at("recipient"));
    REQUIRE(recipient);
    CHECK(crypto::age_recipient(*recipient) == vectors.text_at("recipient"));
    // The identity's secret is the same text in small letters, under the other prefix; found by trying the one that we write.
    SeededRandom random(3);
    auto const own = key_of(random);
    auto const written = crypto::age_identity(own);
    CHECK(written.starts_with("AGE-SECRET-KEY-1"));
    CHECK(written.size() == vectors.text_at("identity").size());
    auto const secret = crypto::age_secret(vectors.text_at("identity"));
    REQUIRE(secret);
    CHECK(crypto::age_identity(*secret) == vectors.text_at("identity"));
    CHECK(secret->public_key() == *recipient);
    for (auto const& one : vectors.find("files")->items()) {
        auto const opened = crypto::age_open(*secret, from_base64(one.text_at("file")).value());
        REQUIRE(opened);
        CHECK(*opened == one.text_at("plain"));
    }
    auto const* long_one = vectors.find("long");
    auto const opened = crypto::age_open(*secret, from_base64(long_one->text_at("file")).value());
    REQUIRE(opened);
    CHECK(*opened == Bytes(static_cast<std::size_t>(long_one->integer_at("size")), 'x'));
}

TEST_CASE("a key with a slip of typing in it is refused") {
    std::string const good(crypto::test::vectors("age.json").text_at("recipient"));
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = bad[at] == 'q' ? 'p' : 'q';
        CHECK_FALSE(crypto::parse_age_recipient(bad));
    }
    for (char const* bad : {"", "age1", "age1q", "AGE1QQQQQQQQ"}) CHECK_FALSE(crypto::parse_age_recipient(bad));
}
