#pragma once
// Words beside a name that are not the name: honorifics, religious and ethnic titles, "late", "daughter of".  They are kept as
// evidence (a hint at sex or at which relation follows) and weigh almost nothing in comparing names.  Not removed from what is
// shown.  Pure, any thread.  Source: `docs/matching.md`, table of titles.

#include <cstdint>
#include <string_view>

namespace sanjal::match {

enum class Sex : std::uint8_t { Unknown, Female, Male, Other };
enum class Relation : std::uint8_t { None, ChildOf, SpouseOf, CareOf };

struct Title {
    Sex sex = Sex::Unknown;
    bool is_dead = false;
    Relation relation = Relation::None;
    bool may_be_name = false;       // U, Ma, Sai: also parts of names
    std::string_view means{};       // the full word of an abbreviation that is a name: Md is Mohammad
};

// What this folded word says if it is such a word, else nullptr.
Title const* title_of(std::u32string_view word);

}  // namespace sanjal::match
