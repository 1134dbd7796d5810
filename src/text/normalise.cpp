#include "text/normalise.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>

#include "text/script.h"
#include "text/zawgyi.h"

namespace sanjal::text {

namespace {

constexpr char32_t unknown = 0xFFFD;

bool is_ascii(std::string_view text) {
    for (char const c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

// One character from the front of `text`; how many bytes it took.
std::size_t decode_one(std::string_view text, char32_t& out) {
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char const first = byte(0);
    std::size_t const length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
    out = unknown;
    if (length == 0 || length > text.size()) return 1;
    char32_t value = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return 1;
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    bool const is_overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (is_overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 1;
    out = value;
    return length;
}

// Letters of European scripts that no decomposition takes apart.
char32_t bare(char32_t c) {
    switch (c) {
        case 0xF8: return U'o';
        case 0x142: return U'l';
        case 0x111: case 0xF0: return U'd';
        case 0x131: return U'i';
        case 0x127: return U'h';
        case 0x167: return U't';
        case 0x259: case 0xE6: return U'a';
        case 0x153: return U'o';
        case 0xFE: return U't';
        case 0x14B: return U'n';
        default: return c;
    }
}

bool keeps_marks(Script script) { return script != Script::Latin && script != Script::Greek && script != Script::Cyrillic && script != Script::None; }

// Marks go from European letters; digits become 0-9; controls and what has no meaning in a name become spaces.
std::u32string strip(icu::UnicodeString const& decomposed) {
    std::u32string out;
    Script before = Script::None;
    for (std::int32_t i = 0; i < decomposed.length();) {
        UChar32 const c = decomposed.char32At(i);
        i += U16_LENGTH(c);
        if (u_charType(c) == U_NON_SPACING_MARK && !keeps_marks(before)) continue;
        if (std::int32_t const digit = u_charDigitValue(c); digit >= 0) {
            out.push_back(U'0' + static_cast<char32_t>(digit));
            before = Script::Digit;
            continue;
        }
        if (u_charType(c) == U_FORMAT_CHAR) continue;
        bool const is_control = u_iscntrl(c) != 0 || c == 0xFFFD || u_isUWhiteSpace(c) != 0;
        out.push_back(is_control ? U' ' : bare(static_cast<char32_t>(c)));
        before = script_of(static_cast<char32_t>(c));
    }
    return out;
}

icu::UnicodeString to_icu(std::u32string_view text) {
    icu::UnicodeString out;
    for (char32_t const c : text) out.append(static_cast<UChar32>(c));
    return out;
}

std::u32string from_icu(icu::UnicodeString const& text) {
    std::u32string out;
    for (std::int32_t i = 0; i < text.length();) {
        UChar32 const c = text.char32At(i);
        i += U16_LENGTH(c);
        out.push_back(static_cast<char32_t>(c));
    }
    return out;
}

std::u32string fold_unicode(std::u32string const& text) {
    UErrorCode status = U_ZERO_ERROR;
    auto const* const folding = icu::Normalizer2::getNFKCCasefoldInstance(status);
    auto const* const apart = icu::Normalizer2::getNFDInstance(status);
    if (U_FAILURE(status)) return text;
    icu::UnicodeString const folded = folding->normalize(to_icu(text), status);
    // Hangul stays whole: its parts are counted out by arithmetic later.
    icu::UnicodeString decomposed;
    for (std::int32_t i = 0; i < folded.length();) {
        UChar32 const c = folded.char32At(i);
        i += U16_LENGTH(c);
        icu::UnicodeString part;
        Script const script = script_of(static_cast<char32_t>(c));
        if ((!keeps_marks(script) || is_brahmic(script)) && apart->getDecomposition(c, part)) decomposed.append(part);
        else decomposed.append(c);
    }
    return U_FAILURE(status) ? text : strip(decomposed);
}

}  // namespace

std::u32string decode(std::string_view utf8, std::size_t characters_max) {
    std::u32string out;
    out.reserve(utf8.size() < characters_max ? utf8.size() : characters_max);
    while (!utf8.empty() && out.size() < characters_max) {
        char32_t c = 0;
        utf8.remove_prefix(decode_one(utf8, c));
        out.push_back(c);
    }
    return out;
}

std::string encode(std::u32string_view text) {
    std::string out;
    for (char32_t const c : text) {
        if (c < 0x80) {
            out.push_back(static_cast<char>(c));
        } else if (c < 0x800) {
            out.push_back(static_cast<char>(0xC0U | (c >> 6U)));
            out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
        } else if (c < 0x10000) {
            out.push_back(static_cast<char>(0xE0U | (c >> 12U)));
            out.push_back(static_cast<char>(0x80U | ((c >> 6U) & 0x3FU)));
            out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
        } else {
            out.push_back(static_cast<char>(0xF0U | (c >> 18U)));
            out.push_back(static_cast<char>(0x80U | ((c >> 12U) & 0x3FU)));
            out.push_back(static_cast<char>(0x80U | ((c >> 6U) & 0x3FU)));
            out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
        }
    }
    return out;
}

std::u32string fold(std::string_view utf8, std::size_t characters_max) {
    if (is_ascii(utf8)) {
        std::u32string out;
        for (char const c : utf8.substr(0, characters_max)) {
            auto const u = static_cast<unsigned char>(c);
            out.push_back(u >= 'A' && u <= 'Z' ? u + 32U : u < 0x20 || u == 0x7F ? U' ' : char32_t{u});
        }
        return out;
    }
    std::u32string text = decode(utf8, characters_max);
    if (looks_like_zawgyi(text)) text = zawgyi_to_unicode(text);
    return fold_unicode(text);
}

std::string latin_digits(std::string_view utf8) {
    std::u32string text = decode(utf8);
    for (char32_t& c : text) {
        if (std::int32_t const digit = u_charDigitValue(static_cast<UChar32>(c)); digit >= 0) c = U'0' + static_cast<char32_t>(digit);
    }
    return encode(text);
}

std::string search_key(std::string_view utf8) {
    std::u32string out;
    for (char32_t const c : fold(utf8, utf8.size())) {
        bool const is_nukta = c == 0x93C || c == 0x9BC || c == 0xA3C || c == 0xABC || c == 0xB3C;
        bool const is_nasal = c == 0x901 || c == 0x981;  // candrabindu is often left out
        if (is_nukta || is_nasal) continue;
        if (script_of(c) == Script::None) {
            if (!out.empty() && out.back() != U' ') out.push_back(U' ');
        } else {
            out.push_back(c == 0x9F0 ? char32_t{0x9B0} : c);  // Assamese ra
        }
    }
    while (!out.empty() && out.back() == U' ') out.pop_back();
    return encode(out);
}

std::string plain_latin(std::u32string_view text) {
    // ICU's transliterators may not be shared between threads.
    thread_local std::unique_ptr<icu::Transliterator> const latin = [] {
        UErrorCode status = U_ZERO_ERROR;
        return std::unique_ptr<icu::Transliterator>(icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
    }();
    icu::UnicodeString value = to_icu(text);
    if (latin) latin->transliterate(value);
    std::string out;
    for (char32_t const c : from_icu(value)) {
        if (c >= U'a' && c <= U'z') out.push_back(static_cast<char>(c));
        else if (c == U' ' && !out.empty() && out.back() != ' ') out.push_back(' ');
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace sanjal::text
