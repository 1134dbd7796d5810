#include "casework/oversight.h"

#include <map>

#include "casework/working.h"

namespace sanjal::casework {
namespace {

// What the unit reaches, own or handed to it: a clock of a case with its task, the case open or closed, the import complete.
struct Reached {
    Clock clock;
    Task task;
};

Result<std::vector<Reached>> reached_by(store::Transaction& tx, std::string const& unit, Instant since) {
    std::vector<Reached> all;
    SANJAL_DO(tx.each("select c.part, c.rule, c.step, c.root, c.started, c.due, c.stopped, c.reason, c.pack, coalesce(t.procedure, ''), coalesce(t.roles, ''), coalesce(t.owner, '') from casework_clock c"
                      " left join casework_task t on t.part = c.part and t.step = c.step join record r on r.id = c.part left join record b on b.id = r.batch"
                      " where exists (select 1 from record_reach h where h.record = c.part and h.holder = $1) and (c.stopped is null or c.stopped >= $2)"
                      " and (r.batch = '' or b.state = 'complete')",
                      {unit, milliseconds_of(since)}, [&](store::Row const& row) -> Result<void> {
                          Reached one{Clock::from(row), {}};
                          one.task.procedure = row.text(9);
                          for (std::string_view roles = row.text(10); !roles.empty();) {
                              auto const end = roles.find(' ');
                              if (end != 0) one.task.roles.emplace_back(roles.substr(0, end));
                              roles.remove_prefix(end == std::string_view::npos ? roles.size() : end + 1);
                          }
                          one.task.owner = row.text(11);
                          all.push_back(std::move(one));
                          return {};
                      }));
    return all;
}

void count(Tally& tally, Clock const& clock, Json const* rule, Instant now) {
    auto const state = state_of(clock, rule, now);
    if (state == "running") ++tally.running;
    if (state == "late") ++tally.late;
    if (state != "stopped" || !clock.due || is_at_once(rule)) return;
    if (rules::is_late(instant_of(*clock.due), instant_of(*clock.stopped))) ++tally.missed;
    else ++tally.kept;
}

}  // namespace

Result<std::vector<Tally>> tally(store::Transaction& tx, record::Packs const& packs, std::string const& unit, Instant since, Instant now) {
    SANJAL_TRY(auto const people, People::load(tx));
    SANJAL_TRY(auto const all, reached_by(tx, unit, since));
    std::map<std::string, Reaching> reach;  // of a part that is asked for
    std::map<std::string, Tally> tallies;
    for (auto const& one : all) {
        auto found = reach.find(one.clock.part);
        if (found == reach.end()) {
            SANJAL_TRY(auto holders, reaching(tx, one.clock.part, people));
            found = reach.emplace(one.clock.part, std::move(holders)).first;
        }
        if (working(people, found->second, one.task).count(unit) == 0) continue;
        auto const pack = packs.find(one.clock.pack);
        auto& counted = tallies[one.clock.rule];
        if (counted.rule.empty()) {
            counted.rule = one.clock.rule;
            counted.step = one.clock.step;
            counted.procedure = one.task.procedure;
            counted.pack = one.clock.pack;
        }
        count(counted, one.clock, pack != nullptr ? pack->clock(one.clock.rule) : nullptr, now);
    }
    std::vector<Tally> list;
    for (auto& [rule, counted] : tallies) {
        if (counted.running + counted.late + counted.kept + counted.missed > 0) list.push_back(std::move(counted));
    }
    return list;
}

}  // namespace sanjal::casework
