// Burmese by syllables: onset (consonant and medials) and rime (vowel signs and final), tones left out.
#include "match/units.h"

namespace sanjal::match {

namespace {

constexpr char32_t asat = 0x103A;
constexpr char32_t stack = 0x1039;

bool is_consonant(char32_t c) { return (c >= 0x1000 && c <= 0x1021) || c == 0x103F; }
bool is_independent(char32_t c) { return c >= 0x1023 && c <= 0x102A; }
bool is_medial(char32_t c) { return c >= 0x103B && c <= 0x103E; }
bool is_tone(char32_t c) { return c == 0x1037 || c == 0x1038; }

// A consonant that closes a syllable: it bears the asat, or stands upon the next one.
bool is_final(std::u32string_view run, std::size_t i) {
    if (!is_consonant(run[i])) return false;
    for (std::size_t j = i + 1; j < run.size() && j <= i + 2; ++j) {
        if (run[j] == asat || run[j] == stack) return true;
        if (!is_tone(run[j])) return false;
    }
    return false;
}

}  // namespace

std::vector<std::u32string> burmese_syllables(std::u32string_view run) {
    std::vector<std::u32string> out;
    for (std::size_t i = 0; i < run.size(); ++i) {
        bool const after_stack = i > 0 && run[i - 1] == stack;
        bool const begins = after_stack || ((is_consonant(run[i]) || is_independent(run[i])) && !(is_final(run, i) && !out.empty() && !after_stack));
        if (begins || out.empty()) out.emplace_back();
        out.back().push_back(run[i]);
    }
    return out;
}

Units burmese_units(std::u32string_view letters) {
    Units units;
    for (auto const& syllable : burmese_syllables(letters)) {
        std::u32string onset = U"Mo";
        std::u32string rime = U"Mr";
        for (std::size_t i = 0; i < syllable.size(); ++i) {
            char32_t const c = syllable[i];
            bool const is_onset = (is_consonant(c) && i == 0) || is_independent(c) || is_medial(c);
            if (is_onset) onset.push_back(c);
            else if (c == 0x102B) rime.push_back(0x102C);
            else if (!is_tone(c) && c != stack) rime.push_back(c);
            else if (c == stack) rime.push_back(asat);
        }
        units.push_back(std::move(onset));
        units.push_back(std::move(rime));
    }
    return units;
}

}  // namespace sanjal::match
