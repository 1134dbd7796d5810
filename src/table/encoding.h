#pragma once
// Foreign text as UTF-8, piece by piece.  UTF-16 is told by its byte-order mark.  Windows-1252 cannot be told from other code
// pages of its kind, so it is used only where somebody says so; nothing is guessed.

#include <optional>
#include <string_view>

#include "table/row.h"

namespace sanjal::table {

enum class Encoding { Detect, Utf8, Utf16Little, Utf16Big, Windows1252 };

// utf-8, utf-16le, utf-16be, windows-1252; empty: Detect.
std::optional<Encoding> encoding_of(std::string_view name);

// What is no character of the encoding comes as a byte that is no UTF-8, so that its row is refused and not guessed at.
ReadSome as_utf8(ReadSome from, Encoding encoding);

}  // namespace sanjal::table
