#include "rules/plan.h"

#include <algorithm>

namespace sanjal::rules {
namespace {

Json const* at(Json const& root, std::initializer_list<std::string_view> names) {
    Json const* json = &root;
    for (auto const name : names) {
        json = json->find(name);
        if (json == nullptr) return nullptr;
    }
    return json;
}

// A form that asks for one that need not be, and got no answer, makes none.
bool is_left_out(CheckedRecord const& record, bool is_there) {
    return !is_there && record.fields.empty() && (record.definition.bool_at("if_answered") || record.definition.bool_at("optional"));
}

// Parts, and whatever else a procedure stands on that has a step with this form: handing it in ends the step there.
bool bears(Json const& pack, std::string_view type, std::string_view form) {
    if (type == "part") return true;
    auto const* procedures = pack.find("procedures");
    if (procedures == nullptr) return false;
    return std::any_of(procedures->members().begin(), procedures->members().end(), [&](auto const& one) {
        auto const* steps = one.second.text_at("stands_on", "part") == type ? one.second.find("steps") : nullptr;
        return steps != nullptr && std::any_of(steps->members().begin(), steps->members().end(), [&](auto const& step) { return step.second.text_at("form") == form; });
    });
}

}  // namespace

Plan plan_submission(Json const& pack, std::string_view form, Checked const& checked, std::map<std::string, std::string> const& existing,
                     std::function<std::string()> const& new_id) {
    Plan plan;
    for (auto const& [alias, id] : existing) plan.ids[alias] = {id};
    for (auto const& record : checked.records) {
        bool const is_there = existing.count(record.alias) > 0;
        if (!is_there) plan.ids[record.alias].push_back(is_left_out(record, is_there) ? std::string() : new_id());
    }
    auto const* definition = at(pack, {"forms", form});
    std::string const happened_path(definition != nullptr ? definition->text_at("happened") : std::string_view());
    for (auto const& record : checked.records) {
        bool const is_there = existing.count(record.alias) > 0;
        if (is_left_out(record, is_there)) continue;
        auto const& ids = plan.ids[record.alias];
        Planned planned;
        planned.alias = record.alias;
        planned.pointer = "/answers/" + record.alias + (record.index > 0 || ids.size() > 1 ? "/" + std::to_string(record.index) : std::string());
        planned.record = is_there ? existing.at(record.alias) : ids[record.index];
        planned.type = record.type;
        planned.is_new = !is_there;
        planned.fields = record.fields;
        for (auto const& [name, value] : record.fields) {
            if (record.alias + "." + name == happened_path && value.is_text()) plan.happened = value.text();
        }
        for (auto const& [name, value] : record.definition.members()) {
            if (is_there || !value.is_text() || at(pack, {"types", record.type, "fields", name}) == nullptr) continue;
            auto const linked = plan.ids.find(value.text());
            if (linked == plan.ids.end()) {
                planned.links.emplace_back(name, value);
                continue;
            }
            auto const& target = linked->second.size() > record.index ? linked->second[record.index] : linked->second.front();
            if (!target.empty()) planned.links.emplace_back(name, target);  // one that was left out is no target
        }
        if (bears(pack, planned.type, form)) plan.bearers.push_back(planned.record);
        plan.records.push_back(std::move(planned));
    }
    auto const* makes = definition != nullptr ? definition->find("makes") : nullptr;
    for (auto const& [alias, id] : existing) {
        auto const* alias_definition = makes != nullptr ? makes->find(alias) : nullptr;
        bool const may_bear = alias_definition != nullptr && bears(pack, alias_definition->text_at("type"), form);
        if (may_bear && std::find(plan.bearers.begin(), plan.bearers.end(), id) == plan.bearers.end()) plan.bearers.push_back(id);
    }
    if (plan.bearers.empty() && !plan.records.empty()) plan.bearers.push_back(plan.records.front().record);
    return plan;
}

Json ids_by_alias(Json const& pack, std::string_view form, Plan const& plan, std::map<std::string, std::string> const& existing) {
    Json result = Json::object();
    auto const* makes = at(pack, {"forms", form, "makes"});
    for (auto const& [alias, all] : plan.ids) {
        auto const* definition = makes != nullptr ? makes->find(alias) : nullptr;
        bool const listed = definition != nullptr && (definition->bool_at("many") || !definition->text_at("for_each").empty());
        Json list = Json::list();
        for (auto const& id : all) {
            if (!id.empty()) list.push_back(id);
        }
        if (list.items().empty()) continue;
        result.set(alias, listed && existing.count(alias) == 0 ? std::move(list) : Json(list.items().front()));
    }
    return result;
}

}  // namespace sanjal::rules
