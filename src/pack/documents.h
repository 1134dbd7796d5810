#pragma once
// Whether a pack's printable documents are sound (docs/formats/pack.md, "Documents"), and what they are made of.  Not how they
// look (print/) and not what stands in them (features/printing).

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pack/check.h"

namespace sanjal::pack {

// Words that every paper needs, in English; packs translate them under "print.WORD".
std::map<std::string, std::string, std::less<>> const& paper_words();

// Of a document with all its sections.
std::vector<Flaw> check_documents(Json const& pack);
// What is allowed and worth knowing: a document whose own readers may not read one of its fields.
std::vector<Flaw> note_documents(Json const& pack);

// The English behind "NAME.section2.row1.label"; nullptr where the path leads nowhere.
Json const* document_text(Json const& pack, std::string_view path);

}  // namespace sanjal::pack
