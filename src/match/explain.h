#pragma once
// The reasons for a score in words, field by field, in a reader's language: en, hi, bn, as, ne.  Says what agrees, what is close
// and what differs, and never a number (P10).  The words are in strings/LANGUAGE.inc by code; a language that is not there is
// read as English.  Pure, any thread.

#include <string>
#include <string_view>
#include <vector>

#include "match/name_score.h"
#include "match/score.h"

namespace sanjal::match {

// One reason: its code ("name.same") for programs and its words for people.
struct Reason {
    std::string code;
    std::string words;
    bool speaks_for = false;
};

std::vector<Reason> reasons(Score const& score, std::string_view language);
std::string explain(Score const& score, std::string_view language);  // strength and all reasons on one line
std::string explain_names(NameEvidence const& evidence, std::string_view language);
// The words for one code; the code itself where there are none.
std::string_view words_for(std::string_view code, std::string_view language);
std::vector<std::string_view> codes_of(std::string_view language);

}  // namespace sanjal::match
