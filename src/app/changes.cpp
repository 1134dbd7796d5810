#include "app/changes.h"

#include <map>

namespace sanjal::app {

Result<bool> may_know(store::Transaction& tx, policy::Actor const& actor, std::string const& record, std::string_view type, pack::Pack const& pack, Instant now) {
    SANJAL_TRY(auto const stands, policy::standing(tx, actor, record, now));
    if (stands.relations.empty() || stands.blocked) return false;
    auto const decision = policy::decide({actor, policy::Action::Read, type, stands.relations, false, {}}, pack);
    return decision.allowed || !decision.refusal.choices.empty();
}

Json to_json(Changed const& changed) {
    Json cases = Json::list();
    for (auto const& one : changed.cases) cases.push_back(one);
    return Json::object({{"position", changed.position}, {"record", changed.record}, {"type", changed.type}, {"kind", changed.kind}, {"cases", std::move(cases)},
                         {"received", format_instant(instant_of(changed.received))}});
}

Result<Changes> changes_for(House& house, store::Transaction& tx, policy::Actor const& actor, std::int64_t since) {
    Changes changes;
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    auto const size = static_cast<std::int64_t>(frontier.size());
    auto const pack = house.packs().in_force();
    changes.next = size;
    changes.begun_anew = since > size;
    if (since >= size || pack == nullptr) return changes;
    std::int64_t const until = std::min(size, since + changes_looked_at_max);
    Instant const now = house.clock().now();
    std::vector<Changed> found;
    SANJAL_DO(tx.each("select e.position, e.record, e.received, r.type from ledger_entry e join record r on r.id = e.record where e.position >= $1 and e.position < $2"
                      " and (exists (select 1 from record_reach h where h.record = e.record and h.holder in ($3, $4, '*'))"
                      " or exists (select 1 from record_grant g where g.record = e.record and g.holder = $4)) order by e.position",
                      {since, until, actor.unit, actor.id}, [&](store::Row const& row) -> Result<void> {
                          found.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(3)), {}, {}, row.integer(2)});
                          return {};
                      }));
    std::map<std::string, bool> known;
    auto const knows = [&](std::string const& record, std::string_view type) -> Result<bool> {
        if (auto const there = known.find(record); there != known.end()) return there->second;
        SANJAL_TRY(known[record], may_know(tx, actor, record, type, *pack, now));
        return known[record];
    };
    changes.next = until;
    for (auto& one : found) {
        SANJAL_TRY(bool const may, knows(one.record, one.type));
        if (!may) continue;
        if (changes.all.size() == changes_max) {
            changes.next = one.position;
            break;
        }
        SANJAL_TRY(auto const entry, house.ledger().read(tx, one.position));
        one.kind = entry.head.verb;
        SANJAL_TRY(auto const roots, record::roots_of(tx, one.record));
        for (auto const& root : roots) {
            SANJAL_TRY(auto const state, record::find(tx, root));
            if (!state) continue;
            SANJAL_TRY(bool const reaches, knows(root, state->type()));
            if (reaches && state->type() == "case") one.cases.push_back(root);
        }
        changes.all.push_back(std::move(one));
    }
    changes.more = changes.next < size;
    return changes;
}

}  // namespace sanjal::app
