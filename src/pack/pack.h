#pragma once
// A pack: the law and the words of a place or a programme, as data.  Folders of YAML are read, joined in the order of what
// they need, checked, and compiled to one JSON document that rules/ reads.  The document is kept for ever by its hash.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "rules/clock.h"

namespace sanjal::pack {

class Pack {
public:
    // Of a compiled document; refuses one whose hash is not that of its content.
    static Result<Pack> from_json(Json document);

    Json document;
    [[nodiscard]] std::string const& reference() const { return reference_; }  // name@version#sha256

    [[nodiscard]] Json const* type(std::string_view name) const { return at("types", name); }
    [[nodiscard]] Json const* field(std::string_view type, std::string_view field) const;
    [[nodiscard]] Json const* form(std::string_view name) const { return at("forms", name); }
    [[nodiscard]] Json const* procedure(std::string_view name) const { return at("procedures", name); }
    [[nodiscard]] Json const* printed(std::string_view name) const { return at("documents", name); }
    [[nodiscard]] Json const* clock(std::string_view id) const { return at("clocks", id); }
    [[nodiscard]] Json const* retention(std::string_view sensitivity) const { return at("retention", sensitivity); }
    [[nodiscard]] rules::Calendar const& calendar() const { return calendar_; }
    // The calendar that a clock names; the pack's own where it names none.
    [[nodiscard]] rules::Calendar const& calendar(std::string_view name) const;
    [[nodiscard]] int offset_minutes(Instant instant) const { return calendar_.offset_at(instant); }

private:
    [[nodiscard]] Json const* at(std::string_view section, std::string_view name) const {
        auto const* all = document.find(section);
        return all != nullptr ? all->find(name) : nullptr;
    }
    std::string reference_;
    rules::Calendar calendar_;
    std::map<std::string, rules::Calendar, std::less<>> calendars_;
};

struct Finding {
    std::string where;  // file:line
    std::string message;
};

struct Loaded {
    Json document;                  // compiled
    std::vector<Finding> findings;  // empty: sound
};

// The pack in `folder` and, from the folders beside it, the packs that it needs.
Result<Loaded> load_pack(std::string const& folder);

}  // namespace sanjal::pack
