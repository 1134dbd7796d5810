#pragma once
// From a pack's form or document, and what may be read of some records, to a paper without places: pure.  Without records it is
// blank.  A field that is not there and one that may not be read leave the same empty box (P16); a sealed one is six dots.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "features/printing/tongue.h"
#include "print/model.h"

namespace sanjal::printing {

// One record as its reader may see it: {id, type, fields, number?, heads}.
using Seen = std::shared_ptr<Json const>;

// What a paper is about: a record by its type ("case", "person", "part", "consent"), and the others of a type, each with what is
// about it.
struct About {
    std::map<std::string, Seen, std::less<>> records;
    std::map<std::string, std::vector<About>, std::less<>> many;
    [[nodiscard]] bool is_blank() const { return records.empty(); }
};

// Who prints, for the head and foot.
struct Desk {
    std::string node;    // the organisation; empty: a paper of no node
    std::string as_of;   // the newest entry that the paper shows, in words
};

print::Paper compose_form(Tongue const& tongue, std::string_view form, About const& about, Desk const& desk);
print::Paper compose_document(Tongue const& tongue, std::string_view document, About const& about, Desk const& desk);

// Twelve letters and digits: a hash of the paper, of the pack and of the entries that it stands on.
std::string code_of(print::Paper const& paper, pack::Pack const& pack, std::vector<std::string> const& stands_on);

}  // namespace sanjal::printing
