#include "text/script.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sanjal::text {

namespace {

struct Range {
    char32_t from, to;
    Script script;
};

constexpr Range ranges[] = {
    {0x0041, 0x024F, Script::Latin},      {0x0250, 0x02AF, Script::Latin},     {0x0370, 0x03FF, Script::Greek},      {0x0400, 0x052F, Script::Cyrillic},
    {0x0590, 0x05FF, Script::Hebrew},     {0x0600, 0x06FF, Script::Arabic},    {0x0750, 0x077F, Script::Arabic},     {0x08A0, 0x08FF, Script::Arabic},
    {0x0900, 0x097F, Script::Devanagari}, {0x0980, 0x09FF, Script::Bengali},   {0x0A00, 0x0A7F, Script::Gurmukhi},   {0x0A80, 0x0AFF, Script::Gujarati},
    {0x0B00, 0x0B7F, Script::Oriya},      {0x0B80, 0x0BFF, Script::Tamil},     {0x0C00, 0x0C7F, Script::Telugu},     {0x0C80, 0x0CFF, Script::Kannada},
    {0x0D00, 0x0D7F, Script::Malayalam},  {0x0D80, 0x0DFF, Script::Sinhala},   {0x0E00, 0x0E7F, Script::Thai},       {0x0E80, 0x0EFF, Script::Lao},
    {0x0F00, 0x0FFF, Script::Tibetan},    {0x1000, 0x109F, Script::Burmese},   {0x1100, 0x11FF, Script::Hangul},     {0x1780, 0x17FF, Script::Khmer},
    {0x1E00, 0x1EFF, Script::Latin},      {0x3005, 0x3007, Script::Han},       {0x3041, 0x30FF, Script::Kana},       {0x3400, 0x4DBF, Script::Han},
    {0x4E00, 0x9FFF, Script::Han},        {0xA9E0, 0xA9FF, Script::Burmese},   {0xAA60, 0xAA7F, Script::Burmese},    {0xAAE0, 0xAAF6, Script::Meitei},
    {0xABC0, 0xABFF, Script::Meitei},     {0xAC00, 0xD7A3, Script::Hangul},    {0xF900, 0xFAFF, Script::Han},        {0x20000, 0x323AF, Script::Han},
};

constexpr std::string_view codes[script_count] = {"Zyyy", "Zyyy", "Latn", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh",
                                                  "Mymr", "Tibt", "Mtei", "Arab", "Hebr", "Cyrl", "Grek", "Hani", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Zyyy"};

}  // namespace

Script script_of(char32_t c) {
    if (c < 0x80) {
        if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z')) return Script::Latin;
        return c >= U'0' && c <= U'9' ? Script::Digit : Script::None;
    }
    auto const point = static_cast<UChar32>(c);
    auto const type = u_charType(point);
    if (type == U_DECIMAL_DIGIT_NUMBER) return Script::Digit;
    bool const letter = u_isalpha(point) != 0 || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK || type == U_ENCLOSING_MARK;
    if (!letter) return Script::None;
    auto const found = std::upper_bound(std::begin(ranges), std::end(ranges), c, [](char32_t value, Range const& range) { return value < range.from; });
    if (found != std::begin(ranges) && c <= std::prev(found)->to) return std::prev(found)->script;
    return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK ? Script::None : Script::Other;
}

std::string_view script_code(Script script) { return codes[static_cast<std::size_t>(script)]; }

}  // namespace sanjal::text
