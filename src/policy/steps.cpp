#include "policy/steps.h"

#include <algorithm>

namespace sanjal::policy {
namespace {

bool holds(Json const* one_or_more, std::string_view word) {
    if (one_or_more == nullptr) return false;
    if (one_or_more->is_text()) return one_or_more->text() == word;
    if (one_or_more->is_object()) return one_or_more->text_at("use") == word;  // a clock under a condition
    auto const all = one_or_more->is_list() ? one_or_more->items() : Json::List();
    return std::any_of(all.begin(), all.end(), [&](Json const& one) { return holds(&one, word); });
}

// What an event names: the step itself, its form or its clock.
bool is_named_by(ledger::Entry const& entry, std::string_view name, Json const& step) {
    if (auto const said = entry.text("step"); !said.empty()) return said == name;
    if (auto const form = entry.text("form"); !form.empty()) return step.text_at("form") == form;
    return holds(step.find("clock"), entry.text("rule"));
}

}  // namespace

bool is_given_one_person(std::string_view type, Relations const& relations) {
    return type == "case" && std::all_of(relations.begin(), relations.end(), [](std::string const& one) { return one == "referred" || one == "assigned"; });
}

bool may_see_step(Actor const& actor, std::string_view type, Relations const& relations, std::vector<std::string> const& roles) {
    return !is_given_one_person(type, relations) || std::find(roles.begin(), roles.end(), actor.role) != roles.end();
}

bool may_see_event(Actor const& actor, std::string_view type, Relations const& relations, ledger::Entry const& entry, pack::Pack const& pack) {
    bool const is_event = entry.head.verb.starts_with("task.") || entry.head.verb == "form.submitted";
    if (!is_event || !is_given_one_person(type, relations)) return true;
    auto const* procedures = pack.document.find("procedures");
    for (auto const& [name, procedure] : procedures != nullptr ? procedures->members() : Json::Object()) {
        auto const* steps = procedure.text_at("stands_on", "part") == type ? procedure.find("steps") : nullptr;
        for (auto const& [step, definition] : steps != nullptr ? steps->members() : Json::Object()) {
            if (holds(definition.find("who"), actor.role) && is_named_by(entry, step, definition)) return true;
        }
    }
    return false;
}

}  // namespace sanjal::policy
