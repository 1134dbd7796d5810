#include "casework/notice.h"

#include <algorithm>
#include <iterator>

#include "casework/working.h"

namespace sanjal::casework {
namespace {

constexpr store::Migration of_notices[] = {
    {1, "what clocks have told, and to whom",
     "create table casework_notice (holder {text} not null, role {text} not null, part {text} not null, rule {text} not null, due {int} not null, at {int} not null, who {text} not null,"
     " unit {text} not null, late {int} not null, made {int} not null, root {text} not null, primary key (holder, role, part, rule, due, at, who));"
     "create index casework_notice_root on casework_notice (root);"
     "create index casework_notice_newest on casework_notice (holder, at);"},
};

constexpr std::int64_t clocks_at_once = 100;
constexpr std::size_t shown_max = 50;
constexpr std::int64_t looked_at_max = 400;

struct Recipient {
    std::string holder;  // a unit or an actor
    std::string role;    // which of its people: a role, unit_head, or all
    std::string unit;    // whose work it is

    auto key() const { return std::tie(holder, role, unit); }
    friend bool operator<(Recipient const& a, Recipient const& b) { return a.key() < b.key(); }
};

std::set<Recipient> recipients(People const& people, Reaching const& reach, Task const& task, std::string const& who) {
    std::set<Recipient> all;
    auto const units = working(people, reach, task);
    if (who == "owner") {
        if (!task.owner.empty()) return {{task.owner, "", *units.begin()}};
        for (auto const& unit : units) {
            for (auto const& role : task.roles) all.insert({unit, role, unit});
        }
    } else if (who == "unit_head") {
        for (auto const& unit : units) all.insert({unit, "unit_head", unit});
    } else {
        for (auto const& unit : reach.units) all.insert({unit, who, units.empty() ? unit : *units.begin()});
        for (auto const& unit : units) {
            if (auto const over = people.supervisor.find(unit); over != people.supervisor.end() && !over->second.empty()) all.insert({over->second, who, unit});
        }
    }
    return all;
}

std::vector<rules::Notice> notices_of(Clock const& clock, Json const* rule) {
    if (rule == nullptr || clock.stopped || !clock.due || is_at_once(rule)) return {};
    return rules::notices_of(*rule, instant_of(*clock.due));
}

Result<void> tell(store::Transaction& tx, People const& people, Clock const& clock, Task const& task, rules::Notice const& notice, Instant now) {
    SANJAL_TRY(auto const reach, reaching(tx, clock.part, people));
    auto all = recipients(people, reach, task, notice.who);
    if (all.empty()) all.insert({"", "", ""});  // nobody is there: remembered, so that it is not asked every second
    for (auto const& one : all) {
        SANJAL_DO(tx.put("insert into casework_notice (holder, role, part, rule, due, at, who, unit, late, root, made) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                         " on conflict (holder, role, part, rule, due, at, who) do nothing",
                         {one.holder, one.role, clock.part, clock.rule, *clock.due, milliseconds_of(notice.at), notice.who, one.unit, std::int64_t{notice.is_late ? 1 : 0}, clock.root, milliseconds_of(now)}));
    }
    return {};
}

}  // namespace

std::span<store::Migration const> notice_migrations() { return of_notices; }

Notice Notice::from(store::Row const& row) {
    Notice notice;
    notice.clock = Clock::from(row);
    notice.at = row.integer(9);
    notice.made = row.integer(10);
    notice.who = row.text(11);
    notice.unit = row.text(12);
    notice.is_late = row.integer(13) != 0;
    return notice;
}

std::optional<std::int64_t> next_notice(Clock const& clock, Json const* rule, std::set<std::pair<std::string, std::int64_t>> const& told) {
    for (auto const& notice : notices_of(clock, rule)) {
        if (told.count({notice.who, milliseconds_of(notice.at)}) == 0) return milliseconds_of(notice.at);
    }
    return std::nullopt;
}

Result<Told> told_of_root(store::Transaction& tx, std::string const& root) {
    Told told;
    SANJAL_DO(tx.each("select part, rule, due, who, at from casework_notice where root = $1", {root}, [&](store::Row const& row) -> Result<void> {
        told[{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)}].emplace(row.text(3), row.integer(4));
        return {};
    }));
    return told;
}

Result<void> forget_told(store::Transaction& tx, std::string const& root) {
    return tx.put("delete from casework_notice where root = $1 and not exists (select 1 from casework_clock c where c.part = casework_notice.part"
                  " and c.rule = casework_notice.rule and c.due = casework_notice.due and c.stopped is null)", {root});
}

Result<bool> has_notices_due(store::Transaction& tx, Instant now) {
    SANJAL_TRY(auto const first, tx.integer("select next_notice from casework_clock where stopped is null and next_notice <= $1 order by next_notice limit 1", {milliseconds_of(now)}));
    return first.has_value();
}

Result<bool> make_notices(store::Transaction& tx, record::Packs const& packs, Instant now) {
    SANJAL_TRY(auto const clocks, tx.rows<Clock>("select part, rule, step, root, started, due, stopped, reason, pack from casework_clock where stopped is null and next_notice <= $1"
                                                 " order by next_notice limit " + std::to_string(clocks_at_once), {milliseconds_of(now)}));
    if (clocks.empty()) return false;
    SANJAL_TRY(auto const people, People::load(tx));
    for (auto const& clock : clocks) {
        auto const pack = packs.find(clock.pack);
        auto const* rule = pack != nullptr ? pack->clock(clock.rule) : nullptr;
        SANJAL_TRY(auto const task, find_task(tx, clock.part, clock.step));
        SANJAL_TRY(auto told, told_of_root(tx, clock.root));
        auto& of_this = told[{clock.part, clock.rule, clock.due.value_or(0)}];
        for (auto const& notice : notices_of(clock, rule)) {
            if (notice.at > now || of_this.count({notice.who, milliseconds_of(notice.at)}) > 0) continue;
            if (task) SANJAL_DO(tell(tx, people, clock, *task, notice, now));
            of_this.emplace(notice.who, milliseconds_of(notice.at));
        }
        auto const next = next_notice(clock, rule, of_this);
        SANJAL_DO(tx.put("update casework_clock set next_notice = $1 where part = $2 and rule = $3", {next ? store::Value(*next) : store::Value(), clock.part, clock.rule}));
    }
    return static_cast<std::int64_t>(clocks.size()) == clocks_at_once;
}

// Two questions, each in the order of an index: what a unit was told, and what its member was.
Result<std::vector<Notice>> notices_to(store::Transaction& tx, Listener const& listener) {
    std::string const head = listener.is_head ? "unit_head" : "";
    std::vector<Notice> all;
    for (auto const& holder : {listener.holder.unit, listener.holder.actor}) {
        SANJAL_TRY(auto some, tx.rows<Notice>("select c.part, c.rule, c.step, c.root, c.started, c.due, c.stopped, c.reason, c.pack, n.at, n.made, n.who, n.unit, n.late from casework_notice n"
                                              " join casework_clock c on c.part = n.part and c.rule = n.rule and c.due = n.due and c.stopped is null"
                                              " where n.holder = $1 and n.role in ('', $2, $3) order by n.at desc limit " + std::to_string(looked_at_max),
                                              {holder, listener.holder.role, head}));
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    std::stable_sort(all.begin(), all.end(), [](Notice const& a, Notice const& b) { return std::tie(b.at, a.clock.part, a.clock.rule) < std::tie(a.at, b.clock.part, b.clock.rule); });
    std::set<std::pair<std::string, std::string>> said;
    all.erase(std::remove_if(all.begin(), all.end(), [&](Notice const& one) { return !said.emplace(one.clock.part, one.clock.rule).second; }), all.end());
    if (all.size() > shown_max) all.resize(shown_max);
    return all;
}

}  // namespace sanjal::casework
