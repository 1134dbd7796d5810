#include "text/zawgyi.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <memory>

namespace sanjal::text {

namespace {

bool is_consonant(char32_t c) { return (c >= 0x1000 && c <= 0x1021) || c == 0x103F || c == 0x104E; }
bool is_medial(char32_t c) { return c >= 0x103B && c <= 0x103E; }

}  // namespace

bool looks_like_zawgyi(std::u32string_view text) {
    int for_zawgyi = 0;
    int for_unicode = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t const c = text[i];
        if (c < 0x1000 || c > 0x109F) continue;
        char32_t const before = i > 0 ? text[i - 1] : U' ';
        char32_t const after = i + 1 < text.size() ? text[i + 1] : U' ';
        // The vowel e stands before its consonant in Zawgyi and after it in Unicode.
        if (c == 0x1031) {
            if (is_consonant(before) || is_medial(before)) for_unicode += is_consonant(after) ? 0 : 2;
            else for_zawgyi += 2;
        }
        // Shapes that Zawgyi gave code points of other languages' letters.
        if ((c >= 0x1060 && c <= 0x1097) && c != 0x1075 && c != 0x1081 && c != 0x1082 && c != 0x1087) ++for_zawgyi;
        // Medial ra stands before its consonant in Zawgyi (there U+103B), which Unicode's U+103B never does.
        if (c == 0x103B && !is_consonant(before) && is_consonant(after)) for_zawgyi += 2;
        // Asat is U+1039 in Zawgyi, at the end of a syllable; in Unicode that stacks the next consonant.
        if (c == 0x1039) (is_consonant(after) ? for_unicode : for_zawgyi) += 2;
        if (c == 0x103A) (is_consonant(before) || before == 0x1037 || before == 0x102C || before == 0x102B ? for_unicode : for_zawgyi) += 1;
        if (c == 0x103E && is_consonant(before)) ++for_unicode;
    }
    return for_zawgyi > for_unicode;
}

std::u32string zawgyi_to_unicode(std::u32string_view text) {
    thread_local std::unique_ptr<icu::Transliterator> const convert = [] {
        UErrorCode status = U_ZERO_ERROR;
        return std::unique_ptr<icu::Transliterator>(icu::Transliterator::createInstance("Zawgyi-my", UTRANS_FORWARD, status));
    }();
    icu::UnicodeString value;
    for (char32_t const c : text) value.append(static_cast<UChar32>(c));
    if (convert) convert->transliterate(value);
    std::u32string out;
    for (std::int32_t i = 0; i < value.length();) {
        UChar32 const c = value.char32At(i);
        i += U16_LENGTH(c);
        out.push_back(static_cast<char32_t>(c));
    }
    return out;
}

}  // namespace sanjal::text
