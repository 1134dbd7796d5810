#include "match/units.h"

namespace sanjal::match {

using text::Script;

namespace {

// Arabic script: letters that differ in shape alone, and marks that are seldom written.
char32_t plain_arabic(char32_t c) {
    switch (c) {
        case 0x622: case 0x623: case 0x625: case 0x671: return 0x627;
        case 0x649: case 0x6CC: case 0x6D2: case 0x6D0: case 0x626: return 0x64A;
        case 0x6A9: case 0x6AA: return 0x643;
        case 0x629: case 0x6C1: case 0x6C0: case 0x6D5: case 0x6C3: return 0x647;
        case 0x624: return 0x648;
        case 0x640: return 0;
        default: return (c >= 0x64B && c <= 0x65F) || c == 0x670 || c == 0x621 ? 0 : c;
    }
}

bool is_thai_before(char32_t c) { return (c >= 0xE40 && c <= 0xE44) || (c >= 0xEC0 && c <= 0xEC4); }

}  // namespace

Units letter_units(Script script, std::u32string_view letters) {
    Units units;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        char32_t c = letters[i];
        if (script == Script::Arabic) c = plain_arabic(c);
        if (c == 0) continue;
        // Thai and Lao write five vowels before the consonant that they follow.
        if (is_thai_before(c) && i + 1 < letters.size()) {
            units.push_back(std::u32string(U"L") + letters[i + 1]);
            units.push_back(std::u32string(U"L") + c);
            ++i;
            continue;
        }
        bool const is_edge = script == Script::Arabic || script == Script::Hebrew;
        // A letter for a weak consonant says something else at the beginning and at the end.
        std::u32string unit = std::u32string(U"L") + c;
        if (is_edge && units.empty()) unit += U'<';
        else if (is_edge && i + 1 == letters.size()) unit += U'>';
        units.push_back(std::move(unit));
    }
    return units;
}

Units hangul_units(std::u32string_view letters) {
    Units units;
    for (char32_t const c : letters) {
        if (c < 0xAC00 || c > 0xD7A3) {
            units.push_back(std::u32string(U"L") + c);
            continue;
        }
        char32_t const index = c - 0xAC00;
        char32_t const last = index % 28;
        units.push_back({U'K', U'i', static_cast<char32_t>(0x1100 + index / 588)});
        units.push_back({U'K', U'v', static_cast<char32_t>(0x1161 + (index % 588) / 28)});
        if (last != 0) units.push_back({U'K', U'f', static_cast<char32_t>(0x11A7 + last)});
    }
    return units;
}

Units units_of(Word const& word) {
    if (text::is_brahmic(word.script)) return brahmic_units(word.script, word.letters);
    switch (word.script) {
        case Script::Burmese: return burmese_units(word.letters);
        case Script::Tibetan: return tibetan_units(word.letters);
        case Script::Han: return mandarin_units(word.letters);
        case Script::Hangul: return hangul_units(word.letters);
        default: return letter_units(word.script, word.letters);
    }
}

Units second_units_of(Word const& word) { return word.script == Script::Han ? cantonese_units(word.letters) : Units{}; }

std::vector<std::u32string> syllables_of(Script script, std::u32string_view run) {
    std::vector<std::u32string> out;
    if (script == Script::Burmese) return burmese_syllables(run);
    if (script == Script::Han || script == Script::Hangul) {
        for (char32_t const c : run) out.emplace_back(1, c);
        return out;
    }
    out.emplace_back(run);
    return out;
}

}  // namespace sanjal::match
