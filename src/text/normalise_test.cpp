#include "text/normalise.h"

#include <doctest/doctest.h>

#include "text/collate.h"
#include "text/script.h"
#include "text/zawgyi.h"

using namespace sanjal::text;

TEST_CASE("Bytes that are not UTF-8 become separators and never fail") {
    CHECK(decode("a\xFFz") == std::u32string{U'a', 0xFFFD, U'z'});
    CHECK(decode("\xED\xA0\x80").size() == 3);  // a lone surrogate
    CHECK(fold("Ri\xFFna") == U"ri na");
    CHECK(decode("\xC0\xAF").size() == 2);      // an overlong stroke
}

TEST_CASE("What is folded is blind to case, accents, width, joiners, marks of direction and controls") {
    CHECK(fold("S\xC3\xB3nia") == U"sonia");
    CHECK(fold("\xEF\xBC\xB2\xEF\xBD\x89na") == U"rina");             // full width
    CHECK(fold("Ri\xE2\x80\xAEna\xE2\x80\x8D") == U"rina");           // right-to-left override, joiner
    CHECK(fold(std::string("a\x01" "b")) == U"a b");
    CHECK(fold("\xE0\xA7\xA7\xE0\xA7\xAB") == U"15");                 // Bengali digits
    CHECK(fold("\xE0\xA7\x9C") == fold("\xE0\xA6\xA1\xE0\xA6\xBC"));  // rra and da with nukta
}

TEST_CASE("A name of ten thousand characters is cut and no other is") {
    CHECK(fold(std::string(10000, 'a')).size() == name_characters_max);
    CHECK(fold(std::string(200, 'a')).size() == 200);
}

TEST_CASE("Digits of any script are read as 0 to 9 and nothing else changes") {
    CHECK(latin_digits("\xE0\xA5\xA7\xE0\xA5\xAB Rina") == "15 Rina");
    CHECK(latin_digits("\xE1\x81\x81\xE1\x81\x85") == "15");
}

TEST_CASE("A search key of a search key is itself") {
    for (char const* text : {"Rina  DAS.", "\xE0\xA6\xB0\xE0\xA7\x80\xE0\xA6\xA8\xE0\xA6\xBE", "", "\xF0\x9F\x98\x80"}) CHECK(search_key(search_key(text)) == search_key(text));
    CHECK(search_key("Rina  DAS.") == "rina das");
    CHECK(search_key("\xE0\xA7\xB0") == search_key("\xE0\xA6\xB0"));  // Assamese and Bengali ra
}

TEST_CASE("Zawgyi is found out and read as Unicode, and Unicode is left alone") {
    std::u32string const unicode = U"\u1019\u1031\u102C\u1004\u103A";        // Maung
    std::u32string const zawgyi = U"\u1031\u1019\u102C\u1004\u1039";
    CHECK_FALSE(looks_like_zawgyi(unicode));
    CHECK(looks_like_zawgyi(zawgyi));
    CHECK(zawgyi_to_unicode(zawgyi) == unicode);
    CHECK(fold(encode(zawgyi)) == fold(encode(unicode)));
}

TEST_CASE("An emoji belongs to no name") {
    CHECK(script_of(0x1F600) == Script::None);
    CHECK(script_of(U'9') == Script::Digit);
    CHECK(script_of(0x0995) == Script::Bengali);
}

TEST_CASE("A list sorts as the language sorts") { CHECK(sort_key("\xC3\x84pfel", "en") < sort_key("Birne", "en")); }
