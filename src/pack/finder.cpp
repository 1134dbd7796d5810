#include "pack/finder.h"

#include <algorithm>

#include "rules/condition.h"

namespace sanjal::pack {
namespace {

Words const confidences = {"verified", "known", "proposal"};
Words const in_source = {"act", "section", "rule", "order", "scheme", "practice", "url", "page", "confidence", "note"};

}  // namespace

Json::List list_of(Json const* json) {
    if (json == nullptr || json->is_null()) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

std::string text_of(Json const& json) { return json.is_text() ? json.text() : std::string(); }

bool is_kept_from_rules(std::string_view sensitivity) { return sensitivity == "sealed" || sensitivity == "medical" || sensitivity == "counselling"; }

Json::Object const& Finder::section(std::string_view name) const {
    static Json::Object const none;
    auto const* all = document_.find(name);
    return all != nullptr && all->is_object() ? all->members() : none;
}

Json const* Finder::one(std::string_view name, std::string_view which) const {
    auto const* all = document_.find(name);
    return all != nullptr ? all->find(which) : nullptr;
}

Json const* Finder::field(std::string_view type, std::string_view name) const {
    auto const* found = one("types", type);
    auto const* fields = found != nullptr ? found->find("fields") : nullptr;
    return fields != nullptr ? fields->find(name) : nullptr;
}

bool Finder::has_code(std::string_view list, std::string_view code) const {
    auto const* found = one("codes", list);
    auto const* values = found != nullptr ? found->find("values") : nullptr;
    return values != nullptr && values->find(code) != nullptr;
}

void Finder::only(std::string const& pointer, Json const& json, Words const& words, char const* what) {
    if (!json.is_object()) return find(pointer, std::string(what) + " is written as names and values.");
    for (auto const& [name, value] : json.members()) {
        if (words.count(name) == 0) find(pointer + "/" + name, std::string(what) + " has no \"" + name + "\". Is it a slip of typing?");
    }
}

void Finder::check_place(std::string const& pointer, Json const& rule) {
    auto const* place = rule.find("place");
    if (place == nullptr) return;
    std::string const name = text_of(*place);
    if (name.size() != 2 || !std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
        find(pointer + "/place", "A place is two capital letters of ISO 3166: IN, BD, NP.");
    }
}

void Finder::check_source(std::string const& pointer, Json const& rule) {
    auto const* source = rule.find("source");
    if (source == nullptr || !source->is_object()) return find(pointer, "This rule has no source: name the Act and section, the order or the scheme.");
    only(pointer + "/source", *source, in_source, "A source");
    if (confidences.count(source->text_at("confidence")) == 0) find(pointer + "/source", "The source says verified, known or proposal, and nothing else.");
    bool const named = std::any_of(source->members().begin(), source->members().end(), [](auto const& member) { return member.first != "confidence" && member.first != "note"; });
    if (!named) find(pointer + "/source", "The source names no Act, order, scheme or practice.");
}

void Finder::check_condition(std::string const& pointer, Json const& json, Aliases const& aliases) {
    auto const condition = rules::Condition::parse(json);
    if (!condition) return find(pointer, condition.error().message);
    for (auto const& path : condition->paths()) check_path(pointer, path, aliases);
}

Json const* Finder::check_path(std::string const& pointer, std::string const& path, Aliases const& aliases) {
    auto const dot = path.find('.');
    auto const alias = aliases.find(path.substr(0, dot));
    if (dot == std::string::npos || alias == aliases.end()) {
        find(pointer, "There is no \"" + path.substr(0, dot) + "\" here.");
        return nullptr;
    }
    auto const* found = field(alias->second, path.substr(dot + 1));
    if (found == nullptr) find(pointer, "The type \"" + alias->second + "\" has no field \"" + path.substr(dot + 1) + "\".");
    return found;
}

void Finder::check_rule(std::string const& pointer, Json const& json, Aliases const& aliases) {
    auto const condition = rules::Condition::parse(json);
    if (!condition) return find(pointer, condition.error().message);
    for (auto const& path : condition->paths()) check_rule_path(pointer, path, aliases);
}

Json const* Finder::check_rule_path(std::string const& pointer, std::string const& path, Aliases const& aliases) {
    auto const* found = check_path(pointer, path, aliases);
    if (found != nullptr && is_kept_from_rules(found->text_at("class"))) {
        find(pointer, "No rule can read \"" + path + "\": what is sealed, medical or counselling is kept apart. Ask for the fact itself in an operational or legal field.");
    }
    return found;
}

Aliases Finder::standing_on(std::string_view type) const {
    Aliases all = {{"case", "case"}};
    if (type != "case") {
        all["person"] = "person";
        all["part"] = "part";
    }
    for (auto const& [name, definition] : section("types")) {
        auto const* link = field(name, "case");
        bool const hangs = link != nullptr && link->text_at("kind") == "relation" && name != "part";
        if (hangs || name == type) all[name] = name;
    }
    return all;
}

}  // namespace sanjal::pack
