#pragma once
// For tests of this folder only: published figures from tests/vectors/crypto, and small helpers.

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.h"
#include "base/json.h"

namespace sanjal::crypto::test {

inline Json vectors(std::string const& file) {
    std::ifstream in("tests/vectors/crypto/" + file, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "tests run from the root of the repository");
    auto json = parse_json(std::string(std::istreambuf_iterator<char>(in), {}));
    REQUIRE(json.has_value());
    return std::move(*json);
}

inline Bytes hex(std::string_view text) {
    auto bytes = from_hex(text);
    REQUIRE(bytes.has_value());
    return std::move(*bytes);
}

inline std::string code_of(Error const& error) { return error.code; }

}  // namespace sanjal::crypto::test
