#pragma once
// Every text of a pack that somebody reads, by the path under which it is translated (docs/formats/pack.md, "Strings").  Not the
// words of papers that all packs share (pack/documents.h) nor what the node says by itself (pack/words.h): those are added here.

#include <map>
#include <string>

#include "base/json.h"

namespace sanjal::pack {

// path -> English.  A text without a letter (a dash between two fields) needs no translation.
std::map<std::string, std::string> texts_of(Json const& document);

// What a language lacks, in the order of the paths.
std::map<std::string, std::string> missing_texts(Json const& document, std::string_view language);

}  // namespace sanjal::pack
