#pragma once
// What every part of the checker needs: a document, the flaws found so far, and how to look something up in one and add to
// the other.  Not for anybody outside src/pack.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "pack/check.h"

namespace sanjal::pack {

using Words = std::set<std::string_view>;
using Aliases = std::map<std::string, std::string>;  // alias -> type

Json::List list_of(Json const* json);
std::string text_of(Json const& json);
// Classes of fields whose values are kept out of the views, so that no rule can read them.
bool is_kept_from_rules(std::string_view sensitivity);

class Finder {
protected:
    Finder(Json const& document, std::vector<Flaw>& flaws) : document_(document), flaws_(flaws) {}

    void find(std::string pointer, std::string message) { flaws_.push_back({std::move(pointer), std::move(message)}); }

    [[nodiscard]] Json::Object const& section(std::string_view name) const;
    [[nodiscard]] Json const* one(std::string_view name, std::string_view which) const;
    [[nodiscard]] Json const* field(std::string_view type, std::string_view name) const;
    [[nodiscard]] bool has_code(std::string_view list, std::string_view code) const;

    void only(std::string const& pointer, Json const& json, Words const& words, char const* what);
    void check_source(std::string const& pointer, Json const& rule);
    // `place` of what holds in one country only: two capital letters of ISO 3166-1.
    void check_place(std::string const& pointer, Json const& rule);
    // Paths of conditions; `aliases` maps each alias to its type.
    void check_condition(std::string const& pointer, Json const& json, Aliases const& aliases);
    Json const* check_path(std::string const& pointer, std::string const& path, Aliases const& aliases);
    // The same of what the node itself must be able to read: a procedure, a gate, a clock.
    void check_rule(std::string const& pointer, Json const& condition, Aliases const& aliases);
    Json const* check_rule_path(std::string const& pointer, std::string const& path, Aliases const& aliases);

    // What a rule may speak of that stands on a record of this type: the case, the part and its person, and what hangs there.
    [[nodiscard]] Aliases standing_on(std::string_view type) const;

    Json const& document_;
    std::vector<Flaw>& flaws_;
};

// The parts of the checker that have a file of their own.
void check_procedures(Json const& document, std::vector<Flaw>& flaws);
void check_clocks(Json const& document, std::vector<Flaw>& flaws);
void check_retention(Json const& document, std::vector<Flaw>& flaws);
void check_agreements(Json const& document, std::vector<Flaw>& flaws);
void check_reports(Json const& document, std::vector<Flaw>& flaws);

}  // namespace sanjal::pack
