#include "policy/decide.h"

namespace sanjal::policy {
namespace {

void add(std::set<std::string>& to, Json const* list) {
    if (list == nullptr || !list->is_list()) return;
    for (auto const& item : list->items()) {
        if (item.is_text()) to.insert(item.text());
    }
}

Decision refuse(std::string code, std::string message) {
    Decision decision;
    decision.refusal = {std::move(code), std::move(message), Json::object({{"rule", "practice P1; roles of the pack"}, {"confidence", "proposal"}})};
    return decision;
}

}  // namespace

bool Mask::allows(std::string_view type, std::string_view field, std::string_view sensitivity) const {
    if (sensitivity == "public") return true;
    if (sensitivity == "sealed") return opens.count(std::string(type) + "." + std::string(field)) > 0;
    return classes.count(std::string(sensitivity)) > 0;
}

Decision decide(Question const& question, pack::Pack const& pack) {
    if (question.blocked) return refuse("policy.must_not_know", "This is not yours to see.");
    auto const* roles = pack.document.find("roles");
    auto const* role = roles != nullptr ? roles->find(question.actor.role) : nullptr;
    if (role == nullptr) return refuse("policy.no_role", "Your role is not known to the pack in force.");

    Decision decision;
    // Whoever writes a record down for the first time is its own unit.
    Relations const own{"own"};
    Relations const& relations = question.action == Action::Create ? own : question.relations;
    bool stands = false;
    for (auto const& relation : relations) {
        auto const* rule = role->find(relation);
        if (rule == nullptr) continue;
        stands = true;
        bool const writing = question.action == Action::Write || question.action == Action::Create || question.action == Action::Erase;
        add(decision.mask.classes, rule->find(writing ? "write" : "read"));
        add(decision.mask.opens, rule->find("opens"));
        if (writing && relation == "own") {
            // Who registers may write down what is sealed; to read it again takes a named holder.
            decision.mask.classes.insert("sealed");
        }
    }
    if (!stands || (decision.mask.classes.empty() && decision.mask.opens.empty())) {
        return refuse("policy.not_yours", "Your role does not allow this here.");
    }
    if (question.action == Action::Erase && !question.actor.is_nodal) return refuse("policy.erase", "Only the nodal officer erases, with a second person's yes.");
    decision.allowed = true;
    return decision;
}

Result<Standing> standing(store::Transaction& tx, Actor const& actor, std::string_view record) {
    Standing result;
    // An import that is not complete, or was undone, is within nobody's reach.
    SANJAL_DO(tx.each("select h.relation from record_reach h join record r on r.id = h.record left join record b on b.id = r.batch"
                      " where h.record = $1 and h.holder in ($2, $3) and (r.batch = '' or b.state = 'complete')",
                      {std::string(record), actor.unit, actor.id}, [&](store::Row const& row) -> Result<void> {
                          result.relations.insert(std::string(row.text(0)));
                          return {};
                      }));
    SANJAL_DO(tx.each("select 1 from record_block where record = $1 and holder in ($2, $3)", {std::string(record), actor.unit, actor.id},
                      [&](store::Row const&) -> Result<void> {
                          result.blocked = true;
                          return {};
                      }));
    return result;
}

Result<Mask> require(store::Transaction& tx, Actor const& actor, Action action, std::string_view record, record::State const& state, pack::Pack const& pack) {
    SANJAL_TRY(auto const stands, standing(tx, actor, record));
    if (stands.relations.empty() || stands.blocked) {
        return fail(Fault::NotFound, "record.none", "There is no such record, or it is not yours to see.");
    }
    auto const decision = decide({actor, action, state.type(), stands.relations, stands.blocked}, pack);
    if (!decision.allowed) return fail(Fault::Forbidden, decision.refusal.code, decision.refusal.message);
    return decision.mask;
}

Result<Json> show(std::string_view id, record::State const& state, Mask const& mask, OpenKept const& open_kept) {
    Json fields = Json::object();
    bool withheld = false;
    auto const value_of = [&](std::string const& name, Json const& cell) -> Result<Json> {
        if (auto const* value = cell.find("v")) return *value;
        return open_kept(cell, name);
    };
    if (auto const* all = state.data().find("fields")) {
        for (auto const& [name, cells] : all->members()) {
            std::vector<Json const*> allowed;
            for (auto const& cell : cells.items()) {
                // A sealed field is shown as being there; who is not a named holder cannot open its box.
                if (cell.text_at("class") == "sealed" || mask.allows(state.type(), name, cell.text_at("class"))) {
                    allowed.push_back(&cell);
                } else {
                    withheld = true;
                }
            }
            if (allowed.empty()) continue;
            bool const elements = allowed.front()->find("el") != nullptr;
            if (elements) {
                Json list = Json::list();
                for (auto const* cell : allowed) {
                    SANJAL_TRY(auto value, value_of(name, *cell));
                    list.push_back(std::move(value));
                }
                fields.set(name, std::move(list));
            } else if (allowed.size() == 1 || allowed.front()->find("claim") != nullptr) {
                SANJAL_TRY(auto value, value_of(name, *allowed.back()));
                fields.set(name, std::move(value));
            } else {
                Json conflict = Json::list();
                for (auto const* cell : allowed) {
                    SANJAL_TRY(auto value, value_of(name, *cell));
                    conflict.push_back(Json::object({{"value", std::move(value)}, {"entry", cell->text_at("e")}, {"by", cell->text_at("b")},
                                                     {"received", format_instant(instant_of(cell->integer_at("t")))}}));
                }
                fields.set(name, Json::object({{"conflict", std::move(conflict)}}));
            }
        }
    }
    Json shown = Json::object({{"id", id}, {"type", state.type()}, {"state", state.condition()}});
    if (!state.number().empty()) shown.set("number", state.number());
    shown.set("fields", std::move(fields));
    if (withheld) shown.set("withheld", true);  // that something is, never how much (P16)
    Json heads = Json::list();
    for (auto const& head : state.heads()) heads.push_back(head);
    shown.set("heads", std::move(heads));
    return shown;
}

}  // namespace sanjal::policy
