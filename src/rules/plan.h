#pragma once
// Which records a checked submission makes or changes: their ids, and the links between them that the form's `makes` says.
// Pure; it writes nothing and knows no rights.  A running node (app/submit), a rehearsal of a pack's tests (casework/rehearsal)
// and a device without a line (as WebAssembly) go by it.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/form.h"

namespace sanjal::rules {

struct Planned {
    std::string alias;
    std::string pointer;  // where its answers stand: /answers/person/1
    std::string record;   // id
    std::string type;
    bool is_new = false;
    std::vector<std::pair<std::string, Json>> fields;  // answers in their normal form
    std::vector<std::pair<std::string, Json>> links;   // of a new record: to others of this submission, and constants
};

struct Plan {
    std::vector<Planned> records;                           // those that are made, and those that an answer changes
    std::map<std::string, std::vector<std::string>> ids;    // by alias; those that are there already as well
    std::vector<std::string> bearers;                       // of form.submitted: what procedures stand on, else the first record of all
    std::optional<std::string> happened;                    // when the step was done, where the form asks
};

// `existing`: ids of records that are there already, by alias.  `checked` has no faults.
Plan plan_submission(Json const& pack, std::string_view form, Checked const& checked, std::map<std::string, std::string> const& existing,
                     std::function<std::string()> const& new_id);

// What the sender is told: alias -> id, or a list of ids where the alias is many.
Json ids_by_alias(Json const& pack, std::string_view form, Plan const& plan, std::map<std::string, std::string> const& existing);

}  // namespace sanjal::rules
