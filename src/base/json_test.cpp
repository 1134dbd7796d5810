#include "base/json.h"

#include <doctest/doctest.h>

#include <limits>

using namespace sanjal;

TEST_CASE("every 64-bit integer is read and written as it was") {
    for (std::int64_t const number : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{4294967295}, std::int64_t{4294967296}, std::int64_t{1764000000000},
                                      std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        auto const json = parse_json(std::to_string(number));
        REQUIRE(json);
        REQUIRE(json->is_integer());
        CHECK(json->integer() == number);
        CHECK(write_json(*json) == std::to_string(number));
    }
    CHECK(!parse_json("9223372036854775808"));
}

TEST_CASE("what is not one whole JSON value is refused, and says where") {
    for (std::string_view const wrong : {"", "{", "{}x", "[1,]", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "01", "nul", "{\"a\" 1}", "1e999", "\"\xff\"", "\"\xed\xa0\x80\""}) {
        auto const json = parse_json(wrong);
        CHECK_MESSAGE(!json, wrong);
        if (!json) CHECK(json.error().where.find("byte") == 0);
    }
    CHECK(!parse_json(std::string_view("{}\0x", 4)));
    CHECK(!parse_json(std::string(100, '[') + std::string(100, ']')));
    CHECK(parse_json("[]", {2, 32}));
    CHECK(!parse_json("[1]", {2, 32}));
}

TEST_CASE("the same value is written to the same bytes when its members are sorted") {
    auto const a = parse_json(R"({"b":[1,{"d":2,"c":"রীনা"}],"a":null})");
    auto const b = parse_json(R"({"a":null,"b":[1,{"c":"রীনা","d":2}]})");
    REQUIRE(a);
    REQUIRE(b);
    CHECK(*a == *b);
    CHECK(write_json_sorted(*a) == write_json_sorted(*b));
    CHECK(write_json(*a) != write_json(*b));
}
