#pragma once
// What a field can hold, and whether a value is one.  Values are JSON; every kind has one normal form, so that the same
// answer gives the same bytes on a phone, in a court and here.
//
//   text, person_name, phone   "as it was said"
//   time     "2026-11-21T16:05:00+05:30"          date   "2013", "2013-05" or "2013-05-04"
//   age      {"years":12,"how":"exact|about|over|under"}; written as 12, "12", "about 12", "over 18" or in normal form
//   choice   a code of the list; choices  a list of codes, each once
//   place    "IN-AS" or {"code":"IN-AS","text":"..."}      number  12      money {"amount":100,"currency":"INR"}
//   yes_no   "yes" or "no"        relation, unit   a record's id      file, signature, voice   a file's id
//
// "Unknown", "refused" and "not asked" are answers: {"none":"unknown|refused|not_asked"}.  An erased value: {"erased":true}.

#include <string_view>

#include "base/json.h"

namespace sanjal::rules {

inline constexpr std::size_t text_bytes_max = 20000;

bool is_none(Json const& value);
bool is_erased(Json const& value);

// The normal form, or why it is none.  `definition` is the field's in the compiled pack; `codes` its object of code lists.
Result<Json> check_value(Json const& definition, Json const& codes, Json const& value);

// Years as an interval: "about 12" is 10 to 14, "over 18" from 19 on, "under 14" up to 13.
struct Interval {
    std::int64_t from;
    std::int64_t to;
};
Result<Interval> years_of(Json const& age);

}  // namespace sanjal::rules
