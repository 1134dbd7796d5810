#include "app/alerts.h"

#include <set>

#include "app/changes.h"
#include "casework/notice.h"
#include "casework/retention.h"
#include "pack/words.h"
#include "policy/matches.h"
#include "rules/form.h"

namespace sanjal::app {
namespace {

constexpr std::size_t erasures_shown_max = 20;

// What somebody is told, by what he is to the work: who does it, who heads the unit, whoever else the pack names.
std::string_view word_for(casework::Notice const& notice) {
    if (!notice.is_late) return "warning";
    if (notice.who == "owner") return "late";
    return notice.who == "unit_head" ? "late_unit" : "late_other";
}

Json begun(casework::Notice const& notice) {
    return Json::object({{"alert", notice.is_late ? "late" : "warning"}, {"rule", notice.clock.rule}, {"told", notice.who}, {"since", format_instant(instant_of(notice.at))},
                         {"made", format_instant(instant_of(notice.made))}});
}

Result<void> add_work(House& house, store::Transaction& tx, casework::Notice const& notice, std::string_view language, Json& alert) {
    auto const& clock = notice.clock;
    SANJAL_TRY(auto const task, casework::find_task(tx, clock.part, clock.step));
    auto const pack = task ? house.packs().find(task->pack) : nullptr;
    auto const* procedure = pack != nullptr ? pack->procedure(task->procedure) : nullptr;
    auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
    auto const* step = steps != nullptr ? steps->find(clock.step) : nullptr;
    alert.set("record", clock.part).set("case", clock.root).set("step", clock.step);
    if (step != nullptr) alert.set("title", rules::label(pack->document, language, task->procedure + "." + clock.step + ".title", step->text_at("title", clock.step)));
    if (clock.due) alert.set("due", format_instant(instant_of(*clock.due)));
    SANJAL_TRY(auto const number, tx.text("select number from record where id = $1 and number is not null", {clock.root}));
    if (number) alert.set("number", *number);
    return {};
}

// What is told to somebody who does not reach the record: only that a limit is over in a unit that his own supervises.
Result<bool> supervises(store::Transaction& tx, policy::Actor const& actor, std::string const& unit, pack::Pack const& pack) {
    if (!policy::oversight(actor.role, pack).clocks) return false;
    SANJAL_TRY(auto const state, record::find(tx, unit));
    auto const* by = state ? state->value("supervised_by") : nullptr;
    return by != nullptr && by->is_text() && by->text() == actor.unit;
}

Result<void> add_notices(House& house, store::Transaction& tx, policy::Actor const& actor, std::string_view language, pack::Pack const& pack, Json& list) {
    Instant const now = house.clock().now();
    std::set<std::string> units;  // of each that one's own supervises a rule is said once, whomever it is about
    SANJAL_TRY(auto const notices, casework::notices_to(tx, {{actor.unit, actor.id, actor.role}, actor.is_head}));
    for (auto const& notice : notices) {
        SANJAL_TRY(auto const type, tx.text("select type from record where id = $1", {notice.clock.part}));
        if (!type) continue;
        SANJAL_TRY(bool const reaches, may_know(tx, actor, notice.clock.part, *type, pack, now));
        Json alert = begun(notice);
        std::string_view word = word_for(notice);
        if (reaches) {
            SANJAL_DO(add_work(house, tx, notice, language, alert));
        } else {
            SANJAL_TRY(bool const over, supervises(tx, actor, notice.unit, pack));
            if (!over || !units.insert(notice.unit + " " + notice.clock.rule).second) continue;
            alert.set("unit", notice.unit);
            word = "late_supervised";
        }
        list.push_back(std::move(alert.set("says", pack::alert_says(pack.document, language, word))));
    }
    return {};
}

// What is kept too long, to the two kinds of people who decide about it (P31).
Result<void> add_erasures(House& house, store::Transaction& tx, policy::Actor const& actor, std::string_view language, pack::Pack const& pack, Json& list) {
    if (!actor.is_nodal && !actor.is_head) return {};
    SANJAL_TRY(auto const all, casework::kept_too_long(tx, actor.unit, house.clock().now()));
    std::set<std::string> said;
    for (auto const& kept : all) {
        if (said.size() >= erasures_shown_max || !said.insert(kept.root).second) continue;
        SANJAL_TRY(bool const reaches, may_know(tx, actor, kept.root, "case", pack, house.clock().now()));
        if (!reaches) continue;
        list.push_back(Json::object({{"alert", "erasure"}, {"record", kept.root}, {"since", format_instant(instant_of(kept.until))}, {"says", pack::alert_says(pack.document, language, "erasure")}}));
    }
    return {};
}

}  // namespace

Result<Json> alerts_for(House& house, store::Transaction& tx, policy::Actor const& actor, std::string_view language) {
    auto const pack = house.packs().in_force();
    Json list = Json::list();
    if (pack == nullptr) return list;
    SANJAL_TRY(auto const opened, policy::all_alerts(tx, actor, *pack, house.clock().now()));
    for (auto const& one : opened.items()) {
        Json alert = one;
        list.push_back(std::move(alert.set("says", pack::alert_says(pack->document, language, one.text_at("alert")))));
    }
    SANJAL_DO(add_notices(house, tx, actor, language, *pack, list));
    SANJAL_DO(add_erasures(house, tx, actor, language, *pack, list));
    return list;
}

Result<bool> make_some_notices(House& house) {
    Instant const now = house.clock().now();
    bool due = false;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(due, casework::has_notices_due(tx, now));
        return {};
    }));
    if (!due) return false;
    SANJAL_TRY(bool const ours, house.store().try_lock_forever("notices"));
    if (!ours) return false;
    bool more = false;
    SANJAL_DO(house.ledger().write(
        [&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(more, casework::make_notices(tx, house.packs(), now));
            return {};
        },
        store::Priority::Low));
    return more;
}

}  // namespace sanjal::app
