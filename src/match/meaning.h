#pragma once
// Words of places that are translated, not spelled: "rural municipality", "west", "upazila".  Each stands for the same Latin
// words whatever language it was written in.  Not for names of persons.  Pure, any thread.  Source: the words of the offices.

#include <string>
#include <string_view>
#include <vector>

namespace sanjal::match {

// The Latin words that this folded word means, or none.
std::vector<std::u32string> const& meanings_of(std::u32string_view word);

}  // namespace sanjal::match
