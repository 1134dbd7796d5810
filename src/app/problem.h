#pragma once
// What went wrong, as a problem document (RFC 9457): what, where, what to do.  Never a name or a field's value.

#include <string>
#include <string_view>
#include <vector>

#include "app/response.h"
#include "base/result.h"

namespace sanjal::app {

// One thing that is wrong with one value of the request.
struct FieldFault {
    std::string pointer;  // JSON pointer into the body (RFC 6901)
    std::string code;
    std::string detail;
};

// A rule that says no: not a failure, shown to the user with the text of law or SOP that it comes from.
struct Refusal {
    std::string code;
    std::string message;
    Json source = {};                      // as packs write it; null where there is none
    std::vector<FieldFault> errors = {};
    Fault fault = Fault::Invalid;
};

// 422 for values, 400 for bytes that are no JSON (Fault::Invalid with a code "json..."); the rest by Fault alone.
int status_of(Error const& error);
Response problem(Error const& error);
Response problem(Error const& error, std::vector<FieldFault> const& faults, Json const& source = {});
Response problem(Refusal const& refusal);
// For what only HTTP knows: 405, 408, 415, 431 ...
Response problem(int status, std::string_view code, std::string_view detail);

}  // namespace sanjal::app
