#pragma once
// A plain text with one numbered list in it, as a table: what a meeting resolved, for example.  The list stands under a line that
// says the words `under` ("resolved to", in any letters); each number begins a row, and lines after it go on with it until an
// empty one.  Columns: heading (the first line of the text), item (the number) and text.
//
// A number without a text, and one that is there twice, are rows that cannot be read.  What comes after the list is not read, and
// is noted.  Numbers are written 1. or 1) or (1), in digits of the West, of Bengal or Devanagari.

#include <memory>
#include <string>
#include <string_view>

#include "table/row.h"

namespace sanjal::table {

inline constexpr std::size_t list_bytes_max = 4U << 20U;

// The whole text is read at once.  Invalid "import.list" where no line says those words or no number follows it, "import.too_large".
Result<std::unique_ptr<Reader>> open_numbered_list(ReadSome const& read, std::string_view under);

}  // namespace sanjal::table
