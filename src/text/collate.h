#pragma once
// The order of a list for a reader of a language, as a key: bytes that compare as the language sorts.
// Not for searching or matching.  Pure; a collator is kept per thread and language.  Unknown languages sort by ICU's root order.

#include <string>
#include <string_view>

namespace sanjal::text {

std::string sort_key(std::string_view utf8, std::string_view language);

}  // namespace sanjal::text
