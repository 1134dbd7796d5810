#include "sync/bundle.h"

#include <doctest/doctest.h>

#include "crypto/age.h"

using namespace sanjal;

namespace {

struct Two {
    SeededRandom random{5};
    crypto::SigningKey transport = crypto::SigningKey::generate(random);
    crypto::BoxKey receiver = crypto::BoxKey::generate(random);

    Bytes sealed(std::vector<Json> const& messages) { return sync::write_bundle(transport, receiver.public_key(), Json::object({{"from", "a"}, {"to", "b"}}), messages, random); }
};

}  // namespace

TEST_CASE("a bundle gives back what was put in, to its receiver alone, signed by its sender") {
    Two two;
    std::vector<Json> const messages = {Json::object({{"n", 1}}), Json::object({{"n", 2}, {"text", "क"}})};
    auto const bytes = two.sealed(messages);
    auto const opened = sync::open_bundle(two.receiver, bytes);
    REQUIRE(opened);
    CHECK(opened->messages == messages);
    CHECK(opened->head.text_at("from") == "a");
    CHECK(sync::check_signature(*opened, two.transport.public_key()));
    auto const other = crypto::SigningKey::generate(two.random);
    CHECK(sync::check_signature(*opened, other.public_key()).error().code == "bundle.signature");
    CHECK(sync::open_bundle(crypto::BoxKey::generate(two.random), bytes).error().code == "bundle.not_ours");
}

TEST_CASE("from outside bundles of like size look alike, and the padding stays small") {
    Two two;
    CHECK(two.sealed({}).size() == two.sealed({Json::object({{"n", 1}, {"do", "custody.offered"}})}).size());
    for (std::size_t size : {std::size_t{0}, std::size_t{4096}, std::size_t{5000}, std::size_t{70'000}, std::size_t{1'000'000}, std::size_t{3'000'000}}) {
        auto const padded = sync::padded_size(size);
        CHECK(padded >= size);
        CHECK(padded <= std::max(sync::bundle_plain_min, size + size * 12 / 100));
        CHECK(sync::padded_size(padded) == padded);
    }
}

TEST_CASE("a bundle that was altered anywhere, or whose messages are not those of its head, is not taken") {
    Two two;
    auto const bytes = two.sealed({Json::object({{"n", 1}})});
    for (std::size_t at = 0; at < bytes.size(); at += 61) {
        auto altered = bytes;
        altered[at] = static_cast<char>(altered[at] ^ 4);
        CHECK_FALSE(sync::open_bundle(two.receiver, altered));
        CHECK_FALSE(sync::open_bundle(two.receiver, std::string_view(bytes).substr(0, at)));
    }
    auto plain = crypto::age_open(two.receiver, bytes).value();
    CHECK(sync::parse_bundle(plain));
    auto swapped = plain;
    auto const at = swapped.find("{\"n\":1}");
    REQUIRE(at != std::string::npos);
    swapped[at + 5] = '2';
    CHECK(sync::parse_bundle(swapped).error().where == "messages");
    CHECK(sync::parse_bundle(plain + std::string(1, '\0')).error().where == "padding");
    auto dirty = plain;
    dirty.back() = 'x';
    CHECK(sync::parse_bundle(dirty).error().where == "padding");
    CHECK(sync::open_bundle(two.receiver, Bytes(sync::bundle_bytes_max + 1, 'x')).error().code == "bundle.too_large");
}
