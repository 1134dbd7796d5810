#pragma once
// What a person fills in one go.  A form's questions are bound to fields of types; submitting it makes or changes several
// records at once.  This checks the answers against the pack and says everything that is wrong in one go; it makes no id
// and writes nothing.
//
// Answers: {alias: {field: value}}, or a list of these for an alias with `many`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sanjal::rules {

struct AnswerFault {
    std::string pointer;  // JSON pointer: /answers/person/0/age
    std::string code;
    std::string message;
};

struct CheckedRecord {
    std::string alias;
    std::size_t index = 0;  // among the alias's records
    std::string type;
    std::vector<std::pair<std::string, Json>> fields;  // normal forms, in the order of the type
    std::string for_each;   // the alias of which each record gets one of these (a part for each person), or empty
    Json definition;        // the alias's entry under `makes`
};

struct Checked {
    std::vector<CheckedRecord> records;
    std::vector<AnswerFault> faults;  // empty: it may be submitted
};

// `existing` names aliases whose record is there already (it is changed, and what is `enough` may stand there already).
Checked check_submission(Json const& pack, std::string_view form, Json const& answers, std::vector<std::string> const& existing);

// The shape of GET /forms/{form}; nullopt where there is no such form.
std::optional<Json> describe_form(Json const& pack, std::string_view form, std::string_view language);

// A label: the language's string at that path, else the English one that stands in the pack.
std::string label(Json const& pack, std::string_view language, std::string const& path, std::string_view otherwise);

// The answers of a list of codes: [{code, label}], in that language.
Json choices(Json const& pack, std::string_view language, std::string_view codes);

}  // namespace sanjal::rules
