#pragma once
// Whether a compiled pack is sound: every word is one of the grammar (docs/formats/pack.md), every thread leads somewhere, every
// step can be reached and can end, every rule has a source.  It says everything that is wrong at once, each in one sentence.

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace sanjal::pack {

struct Flaw {
    std::string pointer;  // in the document: "procedures/in_child/steps/rescue_record"
    std::string message;
};

// Of a document with all its sections.
std::vector<Flaw> check(Json const& document);

}  // namespace sanjal::pack
