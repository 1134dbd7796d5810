#pragma once
// Looking for people by name, in any script, among those whom one reaches.

#include "app/context.h"
#include "match/score.h"

namespace sanjal::matching {

// Answers GET /records?type=person&q=; nothing where that is not what was asked.
Result<std::optional<app::Response>> find_people(app::Context& context, app::Request const& request);

// POST /matches/compare {person: {names, sex, age, ...}}: while a report is typed.  Only people whom the writer may read.
Result<app::Response> compare(app::Context& context, app::Request const& request);

// The reasons of a score in the reader's language, and how strong it is in a word: never a number (P10).
Json reasons_json(match::Score const& score, std::string const& language);

}  // namespace sanjal::matching
