#pragma once
// A pack: the law and the words of a place or a programme, as data.  Folders of YAML are read, joined in the order of what
// they need, checked, and compiled to one JSON document that rules/ reads.  The document is kept for ever by its hash.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "rules/clock.h"

namespace sanjal::pack {

// Days that are no working days, beside those of the pack ("2026-03-04"), by the calendar's name.
using Holidays = std::map<std::string, std::set<std::string>, std::less<>>;

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
    [[nodiscard]] rules::Calendar const& calendar() const { return calendars_.find(own_)->second; }
    // The calendar that a clock names; the pack's own where it names none.
    [[nodiscard]] rules::Calendar const& calendar(std::string_view name) const;
    // The same pack, its calendars with these days and no others beside its own: what a node's officer listed.
    void observe(Holidays const& listed);
    [[nodiscard]] int offset_minutes(Instant instant) const { return calendar().offset_at(instant); }

private:
    [[nodiscard]] Json const* at(std::string_view section, std::string_view name) const {
        auto const* all = document.find(section);
        return all != nullptr ? all->find(name) : nullptr;
    }
    std::string reference_;
    std::string own_;  // the calendar where none is named
    std::map<std::string, rules::Calendar, std::less<>> written_;    // as the pack has them
    std::map<std::string, rules::Calendar, std::less<>> calendars_;  // with what was listed at this node
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
