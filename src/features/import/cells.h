#pragma once
// Words of a cell: trimming, comparing, splitting.  Pure; for format.cpp and its neighbours.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sanjal::import {

// Without spaces at its ends, the no-break space too.
std::string_view trimmed(std::string_view text);
// "Column A" for a column that has no header.
std::string place_name(std::size_t column);
// A text as a list of its lines; anything else as a list of itself.
Json::List split_lines(Json const& value);
// "(unknown)", "(refused)", "(not asked)" as answers; null where the cell is none of them.
Json answer_of(std::string_view cell);
std::string answer_text(Json const& none);

}  // namespace sanjal::import
