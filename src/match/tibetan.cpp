// Tibetan script as Dzongkha and Denjongke read it: which letter of a syllable is the root, and what of the rest is silent.
// Source: the rules of Tibetan spelling; the romanisation is learned and hand-made (sound_table.h).
#include <algorithm>

#include "match/units.h"

namespace sanjal::match {

namespace {

bool is_letter(char32_t c) { return c >= 0xF40 && c <= 0xF6C; }
bool is_subjoined(char32_t c) { return c >= 0xF90 && c <= 0xFBC; }
bool is_vowel(char32_t c) { return c >= 0xF71 && c <= 0xF80; }
bool one_of(char32_t c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }

// Letters that may stand before a root, after it, and second after it.
constexpr std::u32string_view prefixes = U"\u0F42\u0F51\u0F56\u0F58\u0F60";
constexpr std::u32string_view suffixes = U"\u0F42\u0F44\u0F51\u0F53\u0F56\u0F58\u0F60\u0F62\u0F63\u0F66";

struct Stack {
    std::u32string letters;  // head and what is under it, in places of U+0F40
    std::u32string vowels;
};

std::vector<Stack> stacks_of(std::u32string_view syllable) {
    std::vector<Stack> stacks;
    for (char32_t const c : syllable) {
        if (is_letter(c)) stacks.push_back({{c}, {}});
        else if (is_subjoined(c) && !stacks.empty()) stacks.back().letters.push_back(c - 0x50);
        else if (is_vowel(c) && !stacks.empty()) stacks.back().vowels.push_back(c);
    }
    return stacks;
}

// Which stack is the root: the one with a vowel or more than one letter; else by count and by what may stand where.
std::size_t root_of(std::vector<Stack> const& stacks) {
    for (std::size_t i = 0; i < stacks.size(); ++i) {
        if (!stacks[i].vowels.empty()) return i;
    }
    for (std::size_t i = 0; i < stacks.size() && i < 2; ++i) {
        if (stacks[i].letters.size() > 1) return i;
    }
    if (stacks.size() <= 2) return 0;
    bool const first_may = one_of(stacks[0].letters[0], prefixes);
    if (stacks.size() == 3) {
        bool const second_ends = one_of(stacks[1].letters[0], suffixes) && (stacks[2].letters[0] == 0xF66 || stacks[2].letters[0] == 0xF51);
        return first_may && !second_ends ? 1 : 0;
    }
    return first_may ? 1 : 0;
}

// The root with what changes its sound: silent heads (r, l, s) go, and y, r under it stay.
std::u32string onset_of(std::u32string letters) {
    if (letters.size() > 1 && one_of(letters[0], U"\u0F62\u0F63\u0F66") && !one_of(letters[1], U"\u0FB1\u0FB2\u0F61\u0F62\u0F63\u0F5D")) {
        bool const is_lha = letters[0] == 0xF63 && letters[1] == 0xF67;
        if (!is_lha) letters.erase(letters.begin());
    }
    return letters;
}

void add_syllable(Units& units, std::u32string_view syllable) {
    auto const stacks = stacks_of(syllable);
    if (stacks.empty()) return;
    std::size_t const root = root_of(stacks);
    std::u32string onset = onset_of(stacks[root].letters);
    if (root == 1 && stacks[0].letters[0] == 0xF51 && onset == U"\u0F56") onset = U"\u0F51\u0F56";              // db: silent or w
    if (root == 1 && stacks[0].letters[0] == 0xF51 && onset == U"\u0F56\u0F61") onset = U"\u0F51\u0F56\u0F61";  // dby: y
    std::u32string rime = stacks[root].vowels;
    // A vowel on an 'a after the root makes a pair: དཔའོ, སྤྱིའི.
    if (root + 1 < stacks.size()) {
        auto const& after = stacks[root + 1];
        if (after.letters[0] == 0xF60) rime += after.vowels;
        else if (one_of(after.letters[0], suffixes)) rime.push_back(after.letters[0]);
    }
    units.push_back(U"To" + onset);
    units.push_back(U"Tr" + rime);
}

}  // namespace

Units tibetan_units(std::u32string_view letters) {
    Units units;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= letters.size(); ++i) {
        bool const ends = i == letters.size() || !(is_letter(letters[i]) || is_subjoined(letters[i]) || is_vowel(letters[i]));
        if (!ends) continue;
        add_syllable(units, letters.substr(from, i - from));
        from = i + 1;
    }
    return units;
}

}  // namespace sanjal::match
