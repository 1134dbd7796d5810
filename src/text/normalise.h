#pragma once
// Text as people type it, made comparable: Unicode NFKC with case folded, invisible characters, direction marks and controls
// out, accents of European scripts off, every script's digits as 0-9, Zawgyi as Unicode.  What is shown stays as it was
// entered: this is for comparing alone.  Bytes that are not UTF-8 never fail here, they become separators.
// Pure, any thread.  Source: Unicode UAX #15 and ICU; `domain` rules for ZWJ, nukta and digits.

#include <cstddef>
#include <string>
#include <string_view>

namespace sanjal::text {

constexpr std::size_t name_characters_max = 512;  // what is longer is cut here: no name is

// UTF-8 to characters; each bad byte, and each lone surrogate, becomes one U+FFFD.
std::u32string decode(std::string_view utf8, std::size_t characters_max = static_cast<std::size_t>(-1));
std::string encode(std::u32string_view text);

// The comparable form described above.
std::u32string fold(std::string_view utf8, std::size_t characters_max = name_characters_max);

// Every decimal digit of any script as 0-9; everything else as it is.
std::string latin_digits(std::string_view utf8);

// A key under which two spellings that differ only in case, accents, width, digits, joiners, nukta or spaces are the same.
std::string search_key(std::string_view utf8);

// The same text in Latin letters a-z, word by word, by ICU's general tables: for scripts that have no front end of their own.
std::string plain_latin(std::u32string_view text);

}  // namespace sanjal::text
