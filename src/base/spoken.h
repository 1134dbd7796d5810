#pragma once
// Bytes as words that can be said, heard and written by hand: five letters for sixteen bits (proquints, arXiv 0901.4016).
// There is no list of words and nothing to translate.  Not a way to hide anything: the words are the bytes.

#include <string>
#include <string_view>

namespace sanjal {

// Of each two bytes one word, with hyphens between: "lusab-babad".  An odd last byte is left out.
std::string spoken(std::string_view bytes);
// As somebody typed them: any case, blanks or hyphens between.  What comes out can be compared.
std::string spoken_as_typed(std::string_view typed);

}  // namespace sanjal
