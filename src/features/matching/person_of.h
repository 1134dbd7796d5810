#pragma once
// A person's record as matching sees it: what the views hold, and nothing that is kept out of them (sealed, medical and
// counselling fields have no value there).  Of claims the newest counts, as it does for the law; what was erased, and answers
// like "unknown", say nothing.  Pure, any thread.

#include <functional>
#include <string_view>
#include <vector>

#include "match/person.h"
#include "match/score.h"
#include "policy/decide.h"
#include "record/state.h"

namespace sanjal::matching {

struct Statement {
    Json const* value = nullptr;
    std::int64_t told = 0;  // milliseconds since 1970: an age is of that day
};
using Said = std::function<std::vector<Statement>(std::string_view field)>;

match::Person person_of(Said const& said);
match::Person person_of(record::State const& state);

// What is left of a comparison for somebody with this mask: nothing of a field that they may not read.
match::Score within(match::Score const& score, policy::Mask const& mask);

// The fields of a person that matching reads, and under which of its own fields.
struct Read {
    std::string_view field;
    std::string_view sensitivity;
    match::Field as;
};
std::vector<Read> const& fields_read();

}  // namespace sanjal::matching
