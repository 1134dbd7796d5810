// The same vectors as tests/wasm/run_vectors.mjs: a phone and a court never disagree.  `gives` may leave out members (words
// of messages); what it names must be there and equal, and lists must have the same length.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "rules/call.h"

using namespace sanjal;

namespace {

bool matches(Json const& wanted, Json const& given) {
    if (wanted.is_object()) {
        return given.is_object() && std::all_of(wanted.members().begin(), wanted.members().end(), [&](auto const& member) {
            auto const* found = given.find(member.first);
            return found != nullptr && matches(member.second, *found);
        });
    }
    if (wanted.is_list()) {
        if (!given.is_list() || given.items().size() != wanted.items().size()) return false;
        for (std::size_t i = 0; i < wanted.items().size(); ++i) {
            if (!matches(wanted.items()[i], given.items()[i])) return false;
        }
        return true;
    }
    return wanted == given;
}

}  // namespace

TEST_CASE("every vector of tests/vectors/rules gives what it says") {
    std::size_t count = 0;
    for (auto const& file : std::filesystem::directory_iterator("tests/vectors/rules")) {
        if (file.path().extension() != ".json") continue;
        std::ifstream in(file.path(), std::ios::binary);
        std::string const text((std::istreambuf_iterator<char>(in)), {});
        auto const vectors = parse_json(text, {16U << 20U, 64});
        REQUIRE(vectors);
        for (auto const& vector : vectors->items()) {
            std::string const answer = rules::call(write_json(*vector.find("call")));
            INFO(file.path().filename().string(), ": ", vector.text_at("say"), "\n", write_json(*vector.find("call")).substr(0, 400), "\n", answer);
            auto const given = parse_json(answer, {16U << 20U, 64});
            REQUIRE(given);
            CHECK(matches(*vector.find("gives"), *given));
            ++count;
        }
    }
    CHECK(count > 900);
}

TEST_CASE("whatever is asked, an answer comes") {
    for (char const* request : {"", "x", "[]", "{}", "{\"do\":5}", "{\"do\":\"value\"}", "{\"do\":\"clock\"}", "{\"do\":\"submission\"}", "{\"do\":\"form\"}", "{\"do\":\"condition\",\"condition\":5}",
                                "{\"do\":\"years\"}", "{\"do\":\"doubt\"}",
                                "{\"do\":\"clock\",\"rule\":{\"within\":\"1 year\"},\"calendar\":{\"zone\":[{\"offset_minutes\":0}],\"week\":[\"mon\"]},"
                                "\"started\":\"9999-12-31T00:00:00Z\",\"now\":\"0001-01-01T00:00:00Z\"}"}) {
        auto const given = parse_json(rules::call(request));
        CHECK(given.has_value());
    }
}
