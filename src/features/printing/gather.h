#pragma once
// What may be read around one record, for a paper: its case, its people and what hangs on them.  Every field comes through
// Context::show, with boxes closed; what is out of reach is not there.  Only records of the types that the paper names are
// opened.  Lives for one request.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/context.h"
#include "features/printing/compose.h"

namespace sanjal::printing {

using Types = std::set<std::string, std::less<>>;

// The types that a form or a document speaks of.
Types types_of_form(pack::Pack const& pack, std::string_view form);
Types types_of_document(pack::Pack const& pack, std::string_view document);

class Gatherer {
public:
    explicit Gatherer(app::Context& context) : context_(context) {}

    // NotFound or Forbidden where the record itself may not be read.
    Result<void> stand_on(std::string const& record);

    [[nodiscard]] bool has_case() const { return !root_.empty(); }
    // The case with its people, and each survivor with theirs.  Asked of a part or a person: only of that one.
    Result<About> of_case(Types const& types);
    Result<std::vector<About>> of_parts(Types const& types);

private:
    struct Part {
        std::string part;
        std::string person;
        std::int64_t position = 0;  // in the ledger
    };
    struct Hanging {
        std::string record;
        std::string type;
        std::string target;
    };
    Result<void> find_parts();
    Result<std::vector<std::string>> readable_roots(std::string const& record);
    Result<void> find_hanging();
    Result<Seen> seen(std::string const& record);
    Result<void> add(About& about, std::string_view type, std::string const& record, Types const& types);
    Result<void> add_hanging(About& about, std::set<std::string> const& targets, Types const& types, bool with_others);

    app::Context& context_;
    std::string root_;
    std::string alone_;       // a record that belongs to no case that can be read, or one of a type of its own
    std::string alone_type_;
    std::string only_;        // the part or the person that was asked of
    std::vector<Part> parts_;
    std::vector<Hanging> hanging_;
    std::map<std::string, Seen> seen_;
};

// The entries that a paper stands on, "record head head ...", and when the newest of them was received.
struct Standing {
    std::vector<std::string> records;
    std::vector<std::string> lines;
    std::optional<Instant> newest;
};
Result<Standing> standing_of(app::Context& context, About const& about);

}  // namespace sanjal::printing
