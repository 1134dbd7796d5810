#pragma once
// Which writing system a character belongs to, as far as names need it.  Not a full script property: what no front end of
// match/ reads is Other.  Source: Unicode blocks.  Pure, any thread.

#include <cstdint>
#include <string_view>

namespace sanjal::text {

enum class Script : std::uint8_t {
    None,  // space, punctuation, emoji: belongs to no name
    Digit, Latin, Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Sinhala,
    Burmese, Tibetan, Meitei, Arabic, Hebrew, Cyrillic, Greek, Han, Kana, Hangul, Thai, Lao, Khmer, Other
};
constexpr int script_count = static_cast<int>(Script::Other) + 1;

Script script_of(char32_t c);
// ISO 15924 code ("Deva"); "Zyyy" for None, Digit and Other.
std::string_view script_code(Script script);
// The nine scripts of India that share the layout of ISCII: a letter's place in its block says what it is.
constexpr bool is_iscii(Script script) { return script >= Script::Devanagari && script <= Script::Malayalam; }
constexpr bool is_brahmic(Script script) { return is_iscii(script) || script == Script::Sinhala || script == Script::Meitei; }
// Written without spaces between the parts of a name.
constexpr bool is_unspaced(Script script) {
    return script == Script::Burmese || script == Script::Tibetan || script == Script::Han || script == Script::Kana || script == Script::Hangul ||
           script == Script::Thai || script == Script::Lao || script == Script::Khmer;
}

}  // namespace sanjal::text
