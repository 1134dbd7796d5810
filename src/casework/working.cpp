#include "casework/working.h"

#include <algorithm>

namespace sanjal::casework {

Result<People> People::load(store::Transaction& tx) {
    People people;
    SANJAL_DO(tx.each("select id, data from record where type in ('actor', 'unit')", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const text = [&](char const* name) {
            auto const* value = state.value(name);
            return value != nullptr && value->is_text() ? value->text() : std::string();
        };
        std::string const id(row.text(0));
        if (state.type() == "unit") {
            people.supervisor[id] = text("supervised_by");
        } else {
            people.unit_of[id] = text("unit");
            people.roles[text("unit")].insert(text("role"));
        }
        return {};
    }));
    return people;
}

Result<Reaching> reaching(store::Transaction& tx, std::string const& part, People const& people) {
    Reaching all;
    SANJAL_DO(tx.each("select holder, relation from record_reach where record = $1 and holder <> '*'", {part}, [&](store::Row const& row) -> Result<void> {
        std::string const holder(row.text(0));
        if (people.unit_of.count(holder) > 0) return {};
        all.units.insert(holder);
        if (row.text(1) == "own") all.own.insert(holder);
        return {};
    }));
    return all;
}

bool can_do(People const& people, std::string const& unit, std::vector<std::string> const& roles) {
    auto const there = people.roles.find(unit);
    return there != people.roles.end() && std::any_of(roles.begin(), roles.end(), [&](std::string const& role) { return there->second.count(role) > 0; });
}

std::set<std::string> working(People const& people, Reaching const& reach, Task const& task) {
    if (auto const owner = people.unit_of.find(task.owner); owner != people.unit_of.end()) return {owner->second};
    std::set<std::string> units;
    for (auto const& unit : reach.units) {
        if (can_do(people, unit, task.roles)) units.insert(unit);
    }
    return units.empty() ? reach.own : units;
}

}  // namespace sanjal::casework
