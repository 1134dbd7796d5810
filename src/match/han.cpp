// Han characters by their Mandarin and their Cantonese reading (Unihan), each as initial and final.
#include <array>

#include "match/units.h"

namespace sanjal::match {

namespace {

#include "match/han_readings.inc"

constexpr char32_t first = 0x4E00;
constexpr char32_t last = 0x9FA5;

constexpr std::array<int, 128> values = [] {
    std::array<int, 128> out{};
    for (int i = 0; code_digits[i] != '\0'; ++i) out[static_cast<std::size_t>(code_digits[i])] = i;
    return out;
}();

std::string_view reading(char32_t c, char const* codes, char const* const* syllables) {
    if (c < first || c > last) return {};
    std::size_t const at = 2 * (c - first);
    int const base = static_cast<int>(sizeof code_digits) - 1;
    int const number = values[static_cast<std::size_t>(codes[at])] * base + values[static_cast<std::size_t>(codes[at + 1])];
    return syllables[number];
}

// "zhang" is zh and ang.
std::size_t initial_length(std::string_view syllable, bool cantonese) {
    static constexpr std::string_view of_two[] = {"zh", "ch", "sh", "ng", "gw", "kw"};
    for (auto const& two : of_two) {
        bool const here = cantonese == (two == "ng" || two == "gw" || two == "kw");
        if (here && syllable.substr(0, 2) == two) return syllable.size() > 2 ? 2 : 0;
    }
    char const c = syllable.empty() ? 'a' : syllable[0];
    bool const is_vowel = c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
    return is_vowel || syllable.size() < 2 ? 0 : 1;
}

Units parts(std::u32string_view letters, bool cantonese) {
    Units units;
    char32_t const kind = cantonese ? U'c' : U'm';
    for (char32_t const c : letters) {
        auto const syllable = cantonese ? cantonese_of(c) : mandarin_of(c);
        if (syllable.empty()) {
            units.push_back(std::u32string(U"L") + c);
            continue;
        }
        std::size_t const cut = initial_length(syllable, cantonese);
        std::u32string initial{kind, U'i'};
        std::u32string final{kind, U'f'};
        for (std::size_t i = 0; i < syllable.size(); ++i) (i < cut ? initial : final).push_back(static_cast<char32_t>(syllable[i]));
        // A final sounds otherwise after the hissing initials (zhi, zi, xi).
        if (!cantonese && final == U"mfi" && (syllable.substr(0, cut) == "zh" || syllable.substr(0, cut) == "ch" || syllable.substr(0, cut) == "sh" || syllable[0] == 'r')) final = U"mfI";
        if (!cantonese && final == U"mfi" && (syllable[0] == 'z' || syllable[0] == 'c' || syllable[0] == 's')) final = U"mfJ";
        units.push_back(std::move(initial));
        units.push_back(std::move(final));
    }
    return units;
}

}  // namespace

std::string_view mandarin_of(char32_t c) { return reading(c, mandarin_codes, mandarin_syllables); }
std::string_view cantonese_of(char32_t c) { return reading(c, cantonese_codes, cantonese_syllables); }

Units mandarin_units(std::u32string_view letters) { return parts(letters, false); }
Units cantonese_units(std::u32string_view letters) { return parts(letters, true); }

}  // namespace sanjal::match
