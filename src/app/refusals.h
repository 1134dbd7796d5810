#pragma once
// What the node says no with, in the reader's language.  The program writes every such sentence in English, beside its code; here is
// what stands for it in the languages that people read (src/app/refusals/LANGUAGE.json).  Whatever the rules in force say (gates,
// tasks, forms) is in the reader's language already and is not touched.
//
// A table is flat: the English sentence, exactly, and its words.  Where something is put in while running, English and words hold
// {1}, {2} ... for it.  A sentence that no table holds stays English.  Any thread.

#include <optional>
#include <string>
#include <string_view>

#include "app/response.h"

namespace sanjal::app {

// The first language of an Accept-Language that has a table; "en" where English comes first, or none has.  RFC 9110 12.5.4, in
// the order in which they stand.
std::string_view language_asked(std::string_view accept_language);

// nullopt: this language has no words for it.
std::optional<std::string> in_words(std::string_view english, std::string_view language);

// Its member `detail`, if it has words; the English then stands beside it as `detail_en`.
void say_in(Json& of, std::string_view language);
// Of a problem document (RFC 9457), `detail` and every errors[].detail.  Any other answer stays as it is.
void say_in(Response& response, std::string_view language);

}  // namespace sanjal::app
