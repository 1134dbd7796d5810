#pragma once
// The smallest parts of a native spelling that stand for a sound: a consonant, a vowel sign, the vowel that is not written,
// a syllable's onset or rime.  Not sounds yet: what Latin letters a unit is written with, and how likely, is learned
// (sound_table.h).  One front end per family of scripts; what has none is taken letter by letter.
//
// A unit is a short string: a letter for the kind, then the characters.  Kinds: the script's code letter and
//   consonant "D.k", vowel sign "D:v", independent vowel "D=v", unwritten vowel "D@" with its place (i first, m inside,
//   c before a bare consonant, x after a cluster, f last); onset "Mo..", rime "Mr.." (Burmese), "To..", "Tr.." (Tibetan);
//   initial "mi", final "mf" (Mandarin), "ci", "cf" (Cantonese); jamo "Ki", "Kv", "Kf"; else "L" and the letter.
// Pure, any thread.  Source: The Unicode Standard, chapters 9, 12, 13, 16, 18.

#include <string>
#include <string_view>
#include <vector>

#include "text/script.h"

namespace sanjal::match {

// One part of a name as written: a word, or one syllable where words are not spaced.
struct Word {
    text::Script script = text::Script::None;
    std::u32string letters;  // folded
};

using Units = std::vector<std::u32string>;

// The units of one word.  `second`: the other way to read it where there is one (Cantonese for Han), else empty.
Units units_of(Word const& word);
Units second_units_of(Word const& word);

// A run of one unspaced script cut into syllables; of any other script the run itself.
std::vector<std::u32string> syllables_of(text::Script script, std::u32string_view run);

// The front ends, each for its own script.
Units brahmic_units(text::Script script, std::u32string_view letters);
Units burmese_units(std::u32string_view syllable);
Units tibetan_units(std::u32string_view syllable);
Units mandarin_units(std::u32string_view letters);
Units cantonese_units(std::u32string_view letters);
Units hangul_units(std::u32string_view letters);
Units letter_units(text::Script script, std::u32string_view letters);
std::vector<std::u32string> burmese_syllables(std::u32string_view run);

std::string_view mandarin_of(char32_t c);   // pinyin without tone, v for u with two dots; empty where unknown
std::string_view cantonese_of(char32_t c);  // Jyutping without tone

}  // namespace sanjal::match
