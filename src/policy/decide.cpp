#include "policy/decide.h"

#include <algorithm>

#include "pack/words.h"

namespace sanjal::policy {
namespace {

bool names(Json const* list, std::string_view word) {
    return list != nullptr && list->is_list() && std::any_of(list->items().begin(), list->items().end(), [&](Json const& item) { return item.is_text() && item.text() == word; });
}

// A class goes to the classes, "person.age" to the single fields.
void add(Mask& mask, Json const* list) {
    if (list == nullptr || !list->is_list()) return;
    for (auto const& item : list->items()) {
        if (item.is_text()) (item.text().find('.') == std::string::npos ? mask.classes : mask.fields).insert(item.text());
    }
}

Json const* role_of(pack::Pack const& pack, std::string_view role) {
    auto const* roles = pack.document.find("roles");
    return roles != nullptr ? roles->find(role) : nullptr;
}

// A relation has one rule, or a list of them.
Json::List rules_of(Json const& role, std::string_view relation) {
    auto const* given = role.find(relation);
    if (given == nullptr) return {};
    return given->is_list() ? given->items() : Json::List{*given};
}

Decision refuse(std::string code, std::string message, std::set<std::string> choices = {}) {
    Decision decision;
    decision.refusal = {std::move(code), std::move(message), Json::object({{"rule", "practice P1; roles of the pack"}, {"confidence", "proposal"}}), std::move(choices)};
    return decision;
}

bool is_writing(Action action) { return action == Action::Write || action == Action::Create || action == Action::Erase; }

// The relations whose rules are looked at.
Relations standing_for(Question const& question) {
    // Whoever writes a record down for the first time is its own unit.
    Relations relations = question.action == Action::Create ? Relations{"own"} : question.relations;
    if (relations.count("own") > 0 || relations.count("referred") > 0) relations.insert("unit");
    relations.erase("supervised");  // numbers alone: see oversight()
    relations.erase("everyone");    // the type says what that opens, and no role
    if (question.action != Action::Read) relations.erase("break_glass");
    return relations;
}

}  // namespace

bool Mask::allows(std::string_view type, std::string_view field, std::string_view sensitivity) const {
    if (sensitivity == "public") return true;
    std::string const full = std::string(type) + "." + std::string(field);
    if (sensitivity == "sealed") return opens.count(full) > 0;
    return classes.count(std::string(sensitivity)) > 0 || fields.count(full) > 0;
}

Decision decide(Question const& question, pack::Pack const& pack) {
    if (question.blocked) return refuse("policy.must_not_know", "This is not yours to see.");
    auto const* role = role_of(pack, question.actor.role);
    if (role == nullptr) return refuse("policy.no_role", "Your role is not known to the pack in force.");

    Decision decision;
    std::set<std::string> choices;
    bool const writing = is_writing(question.action);
    for (auto const& relation : standing_for(question)) {
        for (auto const& rule : rules_of(*role, relation)) {
            if (rule.find("types") != nullptr && !names(rule.find("types"), question.type)) continue;
            auto const* purposes = rule.find("purposes");
            if (!writing && purposes != nullptr && !names(purposes, question.purpose)) {
                for (auto const& purpose : purposes->is_list() ? purposes->items() : Json::List()) choices.insert(purpose.is_text() ? purpose.text() : std::string());
                continue;
            }
            add(decision.mask, rule.find(writing ? "write" : "read"));
            if (!writing) {
                for (auto const& opened : rule.find("opens") != nullptr ? rule.find("opens")->items() : Json::List()) decision.mask.opens.insert(opened.text());
            } else if (relation == "own") {
                // Who registers may write down what is sealed; to read it again takes a named holder.
                decision.mask.classes.insert("sealed");
            }
        }
    }
    // No role names this relation: what the pack opens to everybody at the node is read by every role, and written by its owners.
    if (!writing && question.relations.count("everyone") > 0) decision.mask.classes.insert("operational");
    if (decision.mask.is_empty()) {
        if (!choices.empty()) return refuse("policy.purpose_missing", "Say first what you open this for: X-Purpose, or ?purpose=, with one of the choices.", std::move(choices));
        return refuse("policy.not_yours", "Your role does not allow this here.");
    }
    if (question.action == Action::Erase && !question.actor.is_nodal) return refuse("policy.erase", "Only the nodal officer erases, with a second person's yes.");
    decision.allowed = true;
    return decision;
}

Oversight oversight(std::string_view role, pack::Pack const& pack) {
    Oversight seen;
    auto const* rules = role_of(pack, role);
    for (auto const& rule : rules != nullptr ? rules_of(*rules, "supervised") : Json::List()) {
        seen.counts = seen.counts || rule.bool_at("counts");
        seen.clocks = seen.clocks || rule.bool_at("clocks");
    }
    return seen;
}

Emergency emergency(std::string_view role, pack::Pack const& pack) {
    auto const* rules = role_of(pack, role);
    auto const* rule = rules != nullptr ? rules->find("break_glass") : nullptr;
    if (rule == nullptr) return {};
    return {true, rule->integer_at("minutes", 60)};
}

bool is_purpose(std::string_view word, pack::Pack const& pack) {
    auto const* roles = pack.document.find("roles");
    if (roles == nullptr) return false;
    for (auto const& [role, relations] : roles->members()) {
        for (auto const& [relation, given] : relations.members()) {
            for (auto const& rule : rules_of(relations, relation)) {
                if (names(rule.find("purposes"), word)) return true;
            }
        }
    }
    return false;
}

bool is_holder(std::string_view role, std::string_view type_and_field, pack::Pack const& pack) {
    auto const* relations = role_of(pack, role);
    if (relations == nullptr || !relations->is_object()) return false;
    for (auto const& [relation, given] : relations->members()) {
        for (auto const& rule : rules_of(*relations, relation)) {
            if (names(rule.find("opens"), type_and_field)) return true;
        }
    }
    return false;
}

Result<Standing> standing(store::Transaction& tx, Actor const& actor, std::string_view record, Instant now) {
    Standing result;
    auto const learn = [&](store::Row const& row) -> Result<void> {
        result.relations.insert(std::string(row.text(0)));
        return {};
    };
    // An import that is not complete, or was undone, is within nobody's reach.
    SANJAL_DO(tx.each("select h.relation from record_reach h join record r on r.id = h.record left join record b on b.id = r.batch"
                      " where h.record = $1 and h.holder in ($2, $3, '*') and (r.batch = '' or b.state = 'complete')",
                      {std::string(record), actor.unit, actor.id}, learn));
    SANJAL_DO(tx.each("select relation from record_grant where record = $1 and holder = $2 and since <= $3 and until > $3", {std::string(record), actor.id, milliseconds_of(now)}, learn));
    SANJAL_DO(tx.each("select 1 from record_block where record = $1 and holder in ($2, $3)", {std::string(record), actor.unit, actor.id},
                      [&](store::Row const&) -> Result<void> {
                          result.blocked = true;
                          return {};
                      }));
    return result;
}

Result<Mask> require(store::Transaction& tx, Asking const& asking, Action action, std::string_view record, record::State const& state, pack::Pack const& pack) {
    SANJAL_TRY(auto const stands, standing(tx, asking.actor, record, asking.now));
    if (stands.relations.empty() || stands.blocked) {
        return fail(Fault::NotFound, "record.none", "There is no such record, or it is not yours to see.");
    }
    auto decision = decide({asking.actor, action, state.type(), stands.relations, stands.blocked, asking.purpose}, pack);
    if (decision.allowed) return std::move(decision.mask);
    std::string choices;
    for (auto const& choice : decision.refusal.choices) choices += (choices.empty() ? "" : " ") + choice;
    return fail(Fault::Forbidden, decision.refusal.code, decision.refusal.message, choices);
}

namespace {

Result<void> add_noticed(store::Transaction& tx, Actor const& actor, std::int64_t since, Json& list) {
    return tx.each("select id, data from record where type = 'actor' and updated > $1 and id <> $2 order by updated desc, id limit 200", {since, actor.id}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        for (auto const* event : state.events("access.noticed")) {
            if (event->integer_at("t") <= since) continue;
            auto const said = pack::alert_words().find(event->text_at("what"));
            if (said == pack::alert_words().end()) continue;  // of a later edition
            Json alert = Json::object({{"alert", said->first}, {"by", row.text(0)}, {"since", format_instant(instant_of(event->integer_at("t")))}, {"says", said->second}});
            if (auto const of = event->text_at("of"); !of.empty()) alert.set("record", of);
            list.push_back(std::move(alert));
        }
        return {};
    });
}

}  // namespace

Result<Json> alerts(store::Transaction& tx, Actor const& actor, Instant now) {
    constexpr std::int64_t shown_ms = std::int64_t{14} * 24 * 60 * 60 * 1000;
    Json list = Json::list();
    SANJAL_DO(tx.each("select distinct g.record, g.holder, g.since, g.until from record_grant g where g.relation = 'break_glass' and g.since > $1"
                      " and ((exists (select 1 from record_reach h where h.record = g.record and h.holder = $2 and h.relation = 'own')"
                      " and not exists (select 1 from record_block b where b.record = g.record and b.holder in ($2, $3)))" +
                          std::string(actor.is_head ? " or g.unit = $2" : "") + ") order by g.since desc, g.record limit 100",
                      {milliseconds_of(now) - shown_ms, actor.unit, actor.id}, [&](store::Row const& row) -> Result<void> {
                          list.push_back(Json::object({{"alert", "break_glass"}, {"record", row.text(0)}, {"by", row.text(1)}, {"since", format_instant(instant_of(row.integer(2)))},
                                                       {"until", format_instant(instant_of(row.integer(3)))},
                                                       {"says", "Somebody opened this record in an emergency. Why stands in its history."}}));
                          return {};
                      }));
    if (actor.is_nodal) SANJAL_DO(add_noticed(tx, actor, milliseconds_of(now) - shown_ms, list));
    return list;
}

}  // namespace sanjal::policy
