#include "crypto/jws.h"

#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {

TEST_CASE("A signed JSON comes back and verifies, and no character of it can be changed") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    auto const payload = Json::object({{"files", Json::list({"a", "b"})}, {"bytes", 12}});
    auto const text = sign_jws("manifest+jws", thumbprint(key.public_key()), payload, key);
    auto const jws = parse_jws(text, "manifest+jws");
    REQUIRE(jws.has_value());
    CHECK(jws->payload == payload);
    CHECK(jws->kid == thumbprint(key.public_key()));
    CHECK(verify_jws(*jws, key.public_key()).has_value());
    CHECK_FALSE(verify_jws(*jws, SigningKey::generate(random).public_key()).has_value());
    CHECK_FALSE(parse_jws(text, "entry+sd-jwt").has_value());
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (char c : {'A', 'B', 'z', '.', '=', '~', '\n'}) {
            if (text[at] == c) continue;
            auto changed = text;
            changed[at] = c;
            auto const parsed = parse_jws(changed, "manifest+jws");
            REQUIRE_FALSE((parsed && verify_jws(*parsed, key.public_key())));
        }
    }
}

TEST_CASE("Another algorithm, header or form is refused") {
    SeededRandom random(2);
    auto const key = SigningKey::generate(random);
    auto const make = [&](std::string_view header, std::string_view payload) {
        auto const input = to_base64url(header) + "." + to_base64url(payload);
        return input + "." + to_base64url(key.sign(input));
    };
    REQUIRE(parse_jws(make(R"({"alg":"EdDSA","typ":"t","kid":"k"})", "{}"), "t").has_value());
    for (auto const* header : {R"({"alg":"none","typ":"t","kid":"k"})", R"({"alg":"HS256","typ":"t","kid":"k"})", R"({"alg":"EdDSA","typ":"t"})",
                               R"({"alg":"EdDSA","typ":"t","kid":""})", R"({"alg":"EdDSA","typ":"t","kid":"k","crit":["x"]})",
                               R"({"alg":"EdDSA","typ":"u","kid":"k"})", R"({"alg":"EdDSA","alg":"EdDSA","typ":"t","kid":"k"})",
                               R"({"alg":"EdDSA","typ":"t","kid":"k"} x)", R"(["EdDSA"])", R"({"alg":"EdDSA","typ":"t","kid":7})", ""}) {
        CHECK_FALSE_MESSAGE(parse_jws(make(header, "{}"), "t").has_value(), header);
    }
    for (auto const* payload : {"", "[]", "1", "{", "{}{}", R"({"a":1,"a":2})", "\xFF"}) {
        CHECK_FALSE_MESSAGE(parse_jws(make(R"({"alg":"EdDSA","typ":"t","kid":"k"})", payload), "t").has_value(), payload);
    }
    auto const good = make(R"({"alg":"EdDSA","typ":"t","kid":"k"})", "{}");
    for (auto const& text : {std::string(), std::string("."), std::string(".."), good + ".", good + "=", good.substr(0, good.size() - 1), "." + good}) {
        CHECK_FALSE(parse_jws(text, "t").has_value());
    }
}

}  // namespace sanjal::crypto
