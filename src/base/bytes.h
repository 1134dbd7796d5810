#pragma once
// Byte strings and their two texts: base64url without padding (RFC 4648 section 5), strict, and lower-case hex.
// A byte string is a std::string; text that must be UTF-8 is checked by is_utf8 where it comes in.

#include <string>
#include <string_view>

#include "base/result.h"

namespace sanjal {

using Bytes = std::string;

std::string to_base64url(std::string_view bytes);
// Refuses padding, characters outside the alphabet, impossible lengths and unused bits that are not zero.
Result<Bytes> from_base64url(std::string_view text);

// With padding and the ordinary alphabet, as C2SP notes write it.  Strict in the same way.
std::string to_base64(std::string_view bytes);
Result<Bytes> from_base64(std::string_view text);

std::string to_hex(std::string_view bytes);
Result<Bytes> from_hex(std::string_view text);  // lower case only

// Well-formed UTF-8 (no overlong forms, no surrogates, nothing over U+10FFFF).  U+0000 counts as not well-formed here:
// no field needs it and PostgreSQL cannot keep it.
bool is_utf8(std::string_view text);

// Equal in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace sanjal
