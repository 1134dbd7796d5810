#pragma once
// Burmese text in the Zawgyi font's encoding: the same code points as Unicode with other meanings, still typed on old phones.
// Found out by orders of characters that correct Unicode never has.  A guess: text that both could have written stays as it is.
// Source: The Unicode Standard 16.3 (order of Myanmar signs); conversion by ICU's Zawgyi-my rules (CLDR).  Pure, any thread.

#include <string>
#include <string_view>

namespace sanjal::text {

bool looks_like_zawgyi(std::u32string_view text);
std::u32string zawgyi_to_unicode(std::u32string_view text);

}  // namespace sanjal::text
