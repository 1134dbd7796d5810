#pragma once
// From checked answers to entries: what a form or a direct change makes of them, under the actor's rights.

#include <map>
#include <string>
#include <vector>

#include "app/context.h"

namespace sanjal::app {

struct Submitted {
    std::string submission;
    Json records;  // alias -> id, or a list of ids
    Json doubts = Json::list();  // what was taken and should be looked at again: [{pointer, code, detail}]
};

// POST /forms/{form}/submissions.  All or nothing; every fault of the answers is said at once (`faults`).
Result<Submitted> submit_form(Context& context, std::string const& form, Json const& body, std::vector<FieldFault>& faults);

// What a relation or a unit names must be there and within reach; what hangs on a case takes the right to write there.
Result<void> check_target(Context& context, Json const& definition, Json const& value, std::string const& pointer, std::vector<FieldFault>& faults);

// Fields of one record: made (no `record`) or changed.  `after`: the heads that the author saw, from If-Match.
struct Change {
    std::string record;  // empty: a new one
    std::string type;
    Json fields;         // object
    std::optional<std::vector<std::string>> after;
};
Result<std::string> change_record(Context& context, Change const& change, std::vector<FieldFault>& faults);

}  // namespace sanjal::app
