#include "app/context.h"

#include <algorithm>

#include "rules/clock.h"

namespace sanjal::app {

void Context::note_access(std::string_view record, std::string_view action, std::string_view what_for) {
    must_log_first_ = must_log_first_ || action == "sealed" || action == "file" || action == "export" || action == "print" || action == "foreign";
    house_.ledger().note_access({actor().id, std::string(record), !purpose.empty() ? purpose : !what_for.empty() ? std::string(what_for) : "work", std::string(action)});
}

Result<policy::Mask> Context::require(policy::Action action, std::string_view record, record::State const& state) {
    auto mask = policy::require(tx_, {actor(), purpose, now()}, action, record, state, pack());
    if (!mask) {  // a no stands in the access log as well
        house_.ledger().note_access({actor().id, std::string(record), !purpose.empty() ? purpose : "work", "refused"});
    } else if (action == policy::Action::Read) {
        SANJAL_DO(house_.reads().open(tx_, {actor().id, std::string(record), state.type(), now(), pack().offset_minutes(now()), may_refuse_reads}));
    }
    return mask;
}

Result<Json> Context::open_kept(Json const& cell, std::string_view field) {
    SANJAL_TRY(auto const entry, house_.ledger().read(tx_, cell.integer_at("p", -1)));
    std::string name(field);
    if (auto const element = cell.text_at("el"); !element.empty()) name += "/" + std::string(element);
    auto const* value = entry.field(name);
    if (value == nullptr) return Json::object({{"erased", true}});
    if (value->find("sealed_to") == nullptr) return *value;
    SANJAL_TRY(auto const key, box_key(session(), token_));
    if (auto opened = open_sealed(*value, actor().id, key)) {
        note_access(entry.head.record, "sealed");
        return std::move(*opened);
    }
    return Json::object({{"sealed", true}});  // that it exists, not what it says
}

Result<Json> Context::show(std::string_view record, Sealed sealed) {
    SANJAL_TRY(auto const state, record::load(tx_, record));
    SANJAL_TRY(auto const mask, require(policy::Action::Read, record, state));
    note_access(record, "read");
    SANJAL_TRY(auto shown, policy::show(record, state, mask, pack(), [&](Json const& cell, std::string_view field) -> Result<Json> {
        if (sealed == Sealed::Closed && cell.text_at("class") == "sealed") return Json::object({{"sealed", true}});
        return open_kept(cell, field);
    }));
    Json doubts = Json::list();
    for (auto const& [name, value] : shown.find("fields")->members()) {
        auto const* definition = pack().field(state.type(), name);
        auto const* cell = state.cell(name);
        if (definition == nullptr || cell == nullptr || cell->find("v") == nullptr) continue;
        if (!rules::is_doubtful(*definition, *cell->find("v"), instant_of(cell->integer_at("t")), pack().calendar())) continue;
        doubts.push_back(Json::object({{"field", name}, {"code", "time.long_ago"}, {"detail", long_ago}}));
    }
    if (!doubts.items().empty()) shown.set("doubts", std::move(doubts));
    return shown;
}

std::string Context::language_of(Request const& request) const {
    auto const* strings = pack().document.find("strings");
    std::string_view accepted = request.header("accept-language").value_or("");
    while (!accepted.empty()) {
        auto const end = std::min(accepted.find(','), accepted.size());
        std::string_view one = accepted.substr(0, end);
        while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
        one = one.substr(0, one.find_first_of("-;"));
        if (one == "en") return "en";
        if (strings != nullptr && strings->find(one) != nullptr) return std::string(one);
        accepted.remove_prefix(std::min(end + 1, accepted.size()));
    }
    return "en";
}

ledger::Submission Context::submission() {
    ledger::Submission made;
    made.id = house_.new_id();
    made.actor = actor().id;
    made.pack = pack().reference();
    return made;
}

}  // namespace sanjal::app
