#pragma once
// Sentences that a node says by itself, in English; packs translate them under "alert.WORD".  Not the words of papers
// (pack/documents.h) and not those of the screens, which are the client's own.

#include <map>
#include <string>

#include "base/json.h"

namespace sanjal::pack {

std::map<std::string, std::string, std::less<>> const& alert_words();

// In that language, where the pack speaks it; `word` is one of alert_words().
std::string alert_says(Json const& pack, std::string_view language, std::string_view word);

}  // namespace sanjal::pack
