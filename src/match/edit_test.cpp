#include "match/edit.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

using namespace sanjal::match;

namespace {

// The same by the table that everyone knows.
int by_table(std::string const& a, std::string const& b) {
    std::vector<std::vector<int>> t(a.size() + 1, std::vector<int>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                t[i][j] = static_cast<int>(i + j);
                continue;
            }
            t[i][j] = std::min({t[i - 1][j] + 1, t[i][j - 1] + 1, t[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) t[i][j] = std::min(t[i][j], t[i - 2][j - 2] + 1);
        }
    }
    return t[a.size()][b.size()];
}

}  // namespace

TEST_CASE("Strokes apart are counted as the table counts them") {
    CHECK(strokes_apart("", "") == 0);
    CHECK(strokes_apart("", "rina") == 4);
    CHECK(strokes_apart("rina", "rnia") == 1);
    CHECK(strokes_apart("19960229", "19960292") == 1);
    CHECK(strokes_apart(std::string(90, 'a'), std::string(70, 'a')) == 0);
    CHECK(rc::check([] {
        auto const word = rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc")));
        std::string const a = *word;
        std::string const b = *word;
        if (a.size() > edit_length_max || b.size() > edit_length_max) return;
        RC_ASSERT(strokes_apart(a, b) == by_table(a, b));
        RC_ASSERT(strokes_apart(a, b) == strokes_apart(b, a));
    }));
}
