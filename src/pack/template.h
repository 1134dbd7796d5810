#pragma once
// The text of a printed document: words, and the names of fields in braces.  "Found at {case.place_found}."  A brace that is meant
// is written twice.  No conditions, no loops: what a document can say is in its sections.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sanjal::pack {

struct Piece {
    std::string text;   // words; or
    std::string alias;  // case, person, part, or another type
    std::string field;  // a field of it, or "number"
};

// An Error has the byte offset in `where`.
Result<std::vector<Piece>> parse_template(std::string_view text);

// "case.found_at" -> alias and field; an Error where it is not two words with a dot.
Result<Piece> parse_path(std::string_view path);

}  // namespace sanjal::pack
