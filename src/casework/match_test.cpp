#include "casework/match.h"

#include <doctest/doctest.h>

namespace sanjal::casework {

TEST_CASE("two officers together must read both sides of a comparison") {
    CHECK(read_both("both", "one"));
    CHECK(read_both("one", "other"));
    CHECK(read_both("other", "both"));
    CHECK_FALSE(read_both("one", "one"));
    CHECK_FALSE(read_both("one", ""));
    CHECK_FALSE(read_both("", ""));
}

TEST_CASE("what was decided is asked again only when more speaks for it") {
    Match match;
    match.strength = "fair";
    match.why = {"birth.same", "name.close"};
    CHECK_FALSE(is_new_evidence(match, "fair", {"birth.same", "name.close"}));
    CHECK_FALSE(is_new_evidence(match, "weak", {"name.close"}));
    CHECK_FALSE(is_new_evidence(match, "fair", {"birth.same", "father.apart", "name.close"}));
    CHECK(is_new_evidence(match, "fair", {"birth.same", "father.same", "name.close"}));
    CHECK(is_new_evidence(match, "strong", {"birth.same", "name.close"}));
}

}  // namespace sanjal::casework
