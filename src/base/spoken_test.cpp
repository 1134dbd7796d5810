#include <doctest/doctest.h>

#include "base/spoken.h"

namespace sanjal {

TEST_CASE("Bytes are said as the words of arXiv 0901.4016") {
    CHECK(spoken(std::string_view("\x7f\x00\x00\x01", 4)) == "lusab-babad");
    CHECK(spoken(std::string_view("\x3f\x54\xdc\xc1", 4)) == "gutih-tugad");
    CHECK(spoken("") == "");
}

TEST_CASE("Words are the same however somebody types them") {
    CHECK(spoken_as_typed("  Lusab  BABAD ") == "lusab-babad");
    CHECK(spoken_as_typed("lusab-babad\n") == "lusab-babad");
    CHECK(spoken_as_typed("1. lusab, 2. babad") == "lusab-babad");
    CHECK(spoken_as_typed("lusab-babaz") != "lusab-babad");
}

}  // namespace sanjal
