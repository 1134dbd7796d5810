#include "crypto/seal.h"

#include <algorithm>
#include <vector>

#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {

TEST_CASE("A sealed value opens with its key in its place alone, and with no bit changed") {
    SeededRandom random(1);
    auto const key = Secret::generate(random);
    auto const other = Secret::generate(random);
    for (std::size_t size : {0U, 1U, 200U}) {
        auto const plain = random.bytes(size);
        auto const sealed = seal(key, plain, "record/field", random);
        CHECK(sealed.size() == size + 40);
        CHECK(open(key, sealed, "record/field").value() == plain);
        CHECK_FALSE(open(other, sealed, "record/field").has_value());
        CHECK_FALSE(open(key, sealed, "record/other").has_value());
        for (std::size_t bit = 0; bit < sealed.size() * 8; bit += 3) {
            auto changed = sealed;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
            REQUIRE_FALSE(open(key, changed, "record/field").has_value());
        }
        for (std::size_t length = 0; length < sealed.size(); ++length) REQUIRE_FALSE(open(key, sealed.substr(0, length), "record/field").has_value());
    }
    CHECK(seal(key, "same", "", random) != seal(key, "same", "", random));
}

TEST_CASE("A wrapped key comes back for its purpose alone") {
    SeededRandom random(2);
    auto const with = Secret::generate(random);
    auto const key = Secret::generate(random);
    auto const wrapped = wrap_key(with, key, "record 1/medical", random);
    CHECK(wrapped.size() == 72);
    CHECK(unwrap_key(with, wrapped, "record 1/medical").value().view() == key.view());
    CHECK_FALSE(unwrap_key(with, wrapped, "record 2/medical").has_value());
    CHECK_FALSE(unwrap_key(key, wrapped, "record 1/medical").has_value());
    CHECK_FALSE(unwrap_key(with, seal(with, "not a key", "sanjal/key/v1/x", random), "x").has_value());
}

TEST_CASE("A stream of any length comes back, and every cut, swap, doubling or change is found out") {
    SeededRandom random(3);
    auto const key = Secret::generate(random);
    constexpr std::size_t whole = stream_chunk_size + stream_overhead;
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, stream_chunk_size - 1, stream_chunk_size, stream_chunk_size + 1, 3 * stream_chunk_size}) {
        auto const plain = random.bytes(size);
        auto const sealed = seal_stream(key, plain, random);
        CHECK(sealed.size() == stream_header_size + size + stream_overhead * std::max<std::size_t>(1, (size + stream_chunk_size - 1) / stream_chunk_size));
        CHECK(open_stream(key, sealed).value() == plain);
        CHECK_FALSE(open_stream(Secret::generate(random), sealed).has_value());
        for (std::size_t cut = 0; cut < sealed.size(); cut += sealed.size() < 100 ? 1 : 4999) REQUIRE_FALSE(open_stream(key, sealed.substr(0, cut)).has_value());
        for (std::size_t cut = stream_header_size; cut < sealed.size(); cut += whole) CHECK_FALSE(open_stream(key, sealed.substr(0, cut)).has_value());
        for (std::size_t at = 0; at < sealed.size(); at += sealed.size() < 100 ? 1 : 9973) {
            auto changed = sealed;
            changed[at] = static_cast<char>(changed[at] ^ 4);
            REQUIRE_FALSE(open_stream(key, changed).has_value());
        }
        CHECK_FALSE(open_stream(key, sealed + 'x').has_value());
        CHECK_FALSE(open_stream(key, sealed + sealed.substr(stream_header_size)).has_value());
        if (size == 3 * stream_chunk_size) {
            auto const chunk = [&](std::size_t i) { return sealed.substr(stream_header_size + i * whole, whole); };
            auto const header = sealed.substr(0, stream_header_size);
            CHECK_FALSE(open_stream(key, header + chunk(1) + chunk(0) + chunk(2)).has_value());
            CHECK_FALSE(open_stream(key, header + chunk(0) + chunk(2)).has_value());
            CHECK_FALSE(open_stream(key, header + chunk(0) + chunk(0) + chunk(1) + chunk(2)).has_value());
        }
    }
}

TEST_CASE("An opener that has seen one bad piece opens no more, and finish tells of the missing end") {
    SeededRandom random(4);
    auto const key = Secret::generate(random);
    StreamSealer sealer(key, random);
    auto const first = sealer.push(Bytes(stream_chunk_size, 'a'), Last::No);
    auto const last = sealer.push("end", Last::Yes);
    auto opener = StreamOpener::start(key, sealer.header()).value();
    CHECK(opener.pull(first).value().size() == stream_chunk_size);
    CHECK(opener.finish().error().code == "seal.cut_short");
    CHECK_FALSE(opener.pull("rubbish that is long enough").has_value());
    CHECK_FALSE(opener.pull(last).has_value());
    CHECK_FALSE(opener.finish().has_value());
    auto again = StreamOpener::start(key, sealer.header()).value();
    CHECK(again.pull(first).has_value());
    CHECK(again.pull(last).value() == "end");
    CHECK(again.finish().has_value());
}

TEST_CASE("Secrets move and are wiped, their places are used again, and a wiped text is empty") {
    SeededRandom random(5);
    auto key = Secret::generate(random);
    auto const bytes = Bytes(key.view());
    auto moved = std::move(key);
    CHECK(moved.view() == bytes);
    CHECK(moved.clone().view() == bytes);
    CHECK_FALSE(Secret::from_bytes("short").has_value());
    char const* place = nullptr;
    {
        SecretBytes secret(std::string_view("0123456789"));
        place = secret.view().data();
    }
    SecretBytes const next(std::size_t{10});
    CHECK(next.view().data() == place);
    CHECK(next.view() == Bytes(10, '\0'));
    SecretBytes const large(Bytes(1000, 'x'));
    CHECK(large.view() == Bytes(1000, 'x'));
    std::vector<Secret> many;
    for (int i = 0; i < 2000; ++i) many.push_back(Secret::generate(random));
    many.erase(many.begin(), many.begin() + 1000);
    CHECK(many.front().view() != many.back().view());
    std::string text = "a passphrase";
    wipe(text);
    CHECK(text.empty());
}

}  // namespace sanjal::crypto
