#pragma once
// A name as it was written, taken apart for comparing: words or syllables with their units and their likeliest Latin letters,
// titles set apart, initials known, and the relative that a "daughter of" names.  What stands in brackets is no name.
// Not a judgement of who is meant.  Never fails: what holds no letter gives a name without parts.  Pure, any thread.

#include <string>
#include <string_view>
#include <vector>

#include "match/sound_table.h"
#include "match/title.h"
#include "match/units.h"

namespace sanjal::match {

constexpr std::size_t parts_max = 10;  // further words of one name are left out

struct Part {
    text::Script script = text::Script::None;
    std::u32string letters;         // folded, as written
    std::vector<UnitId> units;      // by sound_table.h
    std::vector<UnitId> second;     // Cantonese beside Mandarin
    std::string latin;              // as written, or the likeliest romanisation; a-z
    std::string latin_second;
    Title const* title = nullptr;   // it is, or may be, a title
    bool is_initial = false;        // one Latin letter
    std::uint32_t sounds = 0;       // which classes of letters are in it, to leave unlike words aside at once
};

// A word as it stands in a name, before it is made a Part.
struct RawWord {
    text::Script script = text::Script::None;
    std::u32string letters;
    Title const* title = nullptr;   // here, at its place, it is one
};

struct Name {
    std::vector<Part> parts;
    std::vector<Part> relative;     // after a relation word
    Relation relation = Relation::None;
    Sex sex = Sex::Unknown;         // hinted at by a title
    bool is_dead = false;
    [[nodiscard]] bool is_unspaced() const { return !parts.empty() && text::is_unspaced(parts[0].script); }
};

// The words of the name alone, relatives left out: all that an index needs to look words up.
std::vector<RawWord> split_name(std::string_view utf8);

Name parse_name(std::string_view utf8, SoundTable const& table = SoundTable::shipped());

// Latin letters in groups that often stand for one sound.
Units latin_units_of(std::u32string_view letters);

// Which classes of letters are in it; letters that spellings take for one another are one class, vowels are all one.
std::uint32_t sounds_of(std::string_view latin);

// One word by itself, as parse_name takes it.
Part make_part(text::Script script, std::u32string_view letters, SoundTable const& table);

}  // namespace sanjal::match
