#include "app/submit.h"

#include <algorithm>

#include "casework/derive.h"
#include "rules/clock.h"
#include "rules/form.h"
#include "rules/plan.h"
#include "rules/value.h"

namespace sanjal::app {
namespace {

constexpr std::int64_t clock_slack_ms = 5 * 60 * 1000;  // a phone's clock may run ahead of the node's by so much

tl::unexpected<Error> not_right() {
    return fail(Fault::Invalid, "answers.not_right", "Some answers are not right; each is named below. Nothing was changed, and nothing you typed is lost.");
}

// Makes the entry's fields out of normal values: elements get ids, sealed ones go into boxes, the future is refused.
Result<void> add_fields(Context& context, std::string const& type, std::vector<std::pair<std::string, Json>> const& fields, policy::Mask const& mask,
                        std::string const& pointer, ledger::NewEntry& entry, std::vector<FieldFault>& faults, Json& doubts) {
    for (auto const& [name, value] : fields) {
        auto const* definition = context.pack().field(type, name);
        SANJAL_CHECK(definition != nullptr);
        std::string const sensitivity(definition->text_at("class"));
        if (!mask.allows(type, name, sensitivity) && !(sensitivity == "sealed" && mask.classes.count("sealed") > 0)) {
            faults.push_back({pointer + "/" + name, "policy.field", "Your role does not write this here."});
            continue;
        }
        if (definition->text_at("kind") == "time" && value.is_text()) {
            auto const at = parse_instant(value.text());
            if (at && milliseconds_of(*at) > milliseconds_of(context.now()) + clock_slack_ms) {
                faults.push_back({pointer + "/" + name, "time.future", "This lies in the future. If it happened, correct the day or the hour."});
                continue;
            }
        }
        if (rules::is_doubtful(*definition, value, context.now(), context.pack().calendar())) {
            doubts.push_back(Json::object({{"pointer", pointer + "/" + name}, {"code", "time.long_ago"}, {"detail", Context::long_ago}}));
        }
        if (value.is_list()) {
            for (std::size_t i = 0; i < value.items().size(); ++i) {
                SANJAL_DO(check_target(context, *definition, value.items()[i], pointer + "/" + name + "/" + std::to_string(i), faults));
            }
        } else {
            SANJAL_DO(check_target(context, *definition, value, pointer + "/" + name, faults));
        }
        std::string const path = type + "." + name;
        auto const put = [&](std::string const& full, Json const& one) -> Result<void> {
            if (sensitivity == "sealed") {
                SANJAL_TRY(auto boxed, seal_to(context.house(), context.tx(), one, context.actor().id, path, context.actor().unit));
                entry.fields.push_back({full, std::move(boxed), sensitivity});
            } else {
                entry.fields.push_back({full, one, sensitivity});
            }
            return {};
        };
        if (definition->bool_at("many") && value.is_list()) {
            for (auto const& one : value.items()) SANJAL_DO(put(name + "/" + to_base64url(context.house().random().bytes(6)), one));
        } else {
            SANJAL_DO(put(name, value));
        }
    }
    return {};
}

// Some types come about and change by what units do with them, never by a form or by hand.
Result<void> check_by_hand(Context& context, std::string const& type) {
    auto const* definition = context.pack().type(type);
    if (definition == nullptr || definition->text_at("written_by").empty()) return {};
    return fail(Fault::Invalid, "record.not_by_hand", "Records of this kind are not written by hand: offer, answer or withdraw them instead.", "/type");
}

Result<policy::Mask> may_create(Context& context, std::string const& type) {
    SANJAL_DO(check_by_hand(context, type));
    policy::Relations const none;
    auto const decision = policy::decide({context.actor(), policy::Action::Create, type, none, false}, context.pack());
    if (!decision.allowed) return fail(Fault::Forbidden, decision.refusal.code, decision.refusal.message);
    return decision.mask;
}

Result<record::State> writable(Context& context, std::string const& id, std::string const& type, policy::Mask& mask) {
    SANJAL_DO(check_by_hand(context, type));
    SANJAL_TRY(auto state, record::load(context.tx(), id));
    SANJAL_DO(context.require(policy::Action::Read, id, state));
    SANJAL_TRY(mask, context.require(policy::Action::Write, id, state));
    if (state.type() != type) return fail(Fault::Invalid, "answers.other_type", "This record is of another kind than the form asks for.");
    return state;
}

}  // namespace

// What a record points at must be there, and the actor must reach it: nobody comes to a foreign case by hanging something
// on it.  What hangs on a case changes it, so that takes the right to write there.
Result<void> check_target(Context& context, Json const& definition, Json const& value, std::string const& pointer, std::vector<FieldFault>& faults) {
    if (!value.is_text()) return {};
    auto const kind = definition.text_at("kind");
    if (kind == "unit") {
        SANJAL_TRY(auto const unit, record::find(context.tx(), value.text()));
        bool const person = definition.bool_at("people") && unit && unit->type() == "actor";
        if (!person && (!unit || unit->type() != "unit")) faults.push_back({pointer, "unit.none", "There is no such unit at this node. Choose one from the list."});
        return {};
    }
    if (kind != "relation") return {};
    if (definition.text_at("to") == "actor") {
        SANJAL_TRY(auto const person, record::find(context.tx(), value.text()));
        if (!person || person->type() != "actor") faults.push_back({pointer, "actor.none", "There is no such person at this node. Choose a colleague from the list."});
        return {};
    }
    SANJAL_TRY(auto const state, record::load(context.tx(), value.text()));
    SANJAL_DO(context.require(policy::Action::Read, value.text(), state));
    if (auto const to = definition.text_at("to"); !to.empty() && state.type() != to) {
        faults.push_back({pointer, "answers.other_type", "This record is of another kind than is asked for here."});
        return {};
    }
    if (state.type() == "case") SANJAL_DO(context.require(policy::Action::Write, value.text(), state));
    return {};
}

// A step that stands behind a closed gate is not done by handing in its form.
Result<void> check_gates(Context& context, std::string const& part, std::string const& form) {
    SANJAL_TRY(auto const tasks, casework::gated_tasks_of_part(context.tx(), part));
    for (auto const& task : tasks) {
        auto const pack = context.house().packs().find(task.pack);
        auto const* procedure = pack != nullptr ? pack->procedure(task.procedure) : nullptr;
        auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
        auto const* step = steps != nullptr ? steps->find(task.step) : nullptr;
        if (step == nullptr || step->text_at("form") != form) continue;
        auto const* gates = procedure->find("gates");
        auto const* gate = gates != nullptr ? gates->find(task.gate) : nullptr;
        return fail(Fault::Conflict, "gate.closed", gate != nullptr ? std::string(gate->text_at("says")) : std::string("A condition that must hold first does not hold."), task.gate);
    }
    return {};
}

// A part knows its case and its person: whoever names the part need not name these, where something new is to hang on them.
Result<void> add_known(Context& context, Json const* makes, Json const& answers, std::map<std::string, std::string>& existing) {
    if (makes == nullptr) return {};
    auto const is_part = [&](auto const& one) { return makes->find(one.first)->text_at("type") == "part"; };
    auto const part = std::find_if(existing.begin(), existing.end(), is_part);
    if (part == existing.end()) return {};
    SANJAL_TRY(auto const state, record::find(context.tx(), part->second));
    if (!state) return {};
    for (auto const& [alias, one] : makes->members()) {
        auto const type = one.text_at("type");
        if (existing.count(alias) > 0 || !one.bool_at("optional") || (type != "case" && type != "person")) continue;
        bool const is_wanted = std::any_of(makes->members().begin(), makes->members().end(), [&, name = alias](auto const& other) {
            return other.first != part->first && std::any_of(other.second.members().begin(), other.second.members().end(), [&](auto const& link) { return link.second.is_text() && link.second.text() == name; });
        });
        auto const* target = state->value(type);
        // Answers about the case are about the part's own; they never make another one.
        if ((is_wanted || answers.find(alias) != nullptr) && target != nullptr && target->is_text()) existing.emplace(alias, target->text());
    }
    return {};
}

Result<Submitted> submit_form(Context& context, std::string const& form, Json const& body, std::vector<FieldFault>& faults) {
    auto const* definition = context.pack().form(form);
    if (definition == nullptr) return fail(Fault::NotFound, "form.none", "There is no such form.");
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object with the answers.");
    for (auto const& [name, value] : body.members()) {
        if (name != "answers" && name != "records") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    Json const no_answers = Json::object();
    Json const* answers = body.find("answers");
    if (answers == nullptr) answers = &no_answers;

    // Records that are there already, by alias.
    std::map<std::string, std::string> existing;
    auto const* makes = definition->find("makes");
    if (auto const* given = body.find("records")) {
        if (!given->is_object()) return fail(Fault::Invalid, "request.not_an_object", "Name records by alias.", "/records");
        for (auto const& [alias, id] : given->members()) {
            if (makes == nullptr || makes->find(alias) == nullptr || !id.is_text()) return fail(Fault::Invalid, "answers.unknown_alias", "This form asks nothing about that.", "/records/" + alias);
            existing[alias] = id.text();
        }
    }
    SANJAL_DO(add_known(context, makes, *answers, existing));
    std::vector<std::string> names;
    for (auto const& [alias, id] : existing) {
        names.push_back(alias);
        policy::Mask mask;
        if (auto const state = writable(context, id, std::string(makes->find(alias)->text_at("type")), mask); !state) return fail(state.error());
    }
    auto const checked = rules::check_submission(context.pack().document, form, *answers, names);
    for (auto const& fault : checked.faults) faults.push_back({fault.pointer, fault.code, fault.message});
    if (!faults.empty()) return not_right();

    auto const plan = rules::plan_submission(context.pack().document, form, checked, existing, [&] { return context.house().new_record(context.tx()); });
    Submitted submitted;
    ledger::Submission submission = context.submission();
    for (auto const& record : plan.records) {
        ledger::NewEntry entry;
        entry.record = record.record;
        entry.verb = record.type + (record.is_new ? ".opened" : ".changed");
        policy::Mask mask;
        if (record.is_new) {
            SANJAL_TRY(mask, may_create(context, record.type));
        } else if (auto const state = writable(context, record.record, record.type, mask); !state) {
            return fail(state.error());
        }
        SANJAL_DO(add_fields(context, record.type, record.fields, mask, record.pointer, entry, faults, submitted.doubts));
        if (record.is_new) entry.fields.push_back({"unit_of_origin", context.actor().unit, "operational"});
        for (auto const& [name, value] : record.links) {
            entry.fields.push_back({name, value, std::string(context.pack().field(record.type, name)->text_at("class"))});
        }
        if (!entry.fields.empty()) submission.entries.push_back(std::move(entry));
    }
    if (!faults.empty()) return not_right();
    for (auto const& bearer : plan.bearers) {
        // On what begins with this form no step stands yet.
        bool const begins = std::any_of(plan.records.begin(), plan.records.end(), [&](auto const& one) { return one.is_new && one.record == bearer; });
        if (!begins) SANJAL_DO(check_gates(context, bearer, form));
    }
    if (plan.bearers.empty()) return fail(Fault::Invalid, "answers.empty", "There is nothing to send: no question is answered.", "/answers");
    for (auto const& bearer : plan.bearers) {
        ledger::NewEntry entry;
        entry.verb = "form.submitted";
        entry.record = bearer;
        if (plan.happened) entry.fields.push_back({"at", *plan.happened, "operational"});
        entry.fields.push_back({"form", form, "operational"});
        submission.entries.push_back(std::move(entry));
    }
    submitted.submission = submission.id;
    submitted.records = rules::ids_by_alias(context.pack().document, form, plan, existing);
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return submitted;
}

Result<std::string> change_record(Context& context, Change const& change, std::vector<FieldFault>& faults) {
    auto const* codes = context.pack().document.find("codes");
    Json const no_codes = Json::object();
    if (context.pack().type(change.type) == nullptr) return fail(Fault::Invalid, "record.type", "There is no such kind of record.", "/type");
    if (!change.fields.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send the fields as an object.", "/fields");
    policy::Mask mask;
    ledger::NewEntry entry;
    entry.record = change.record;
    if (change.record.empty()) {
        SANJAL_TRY(mask, may_create(context, change.type));
        entry.record = context.house().new_record(context.tx());
        entry.verb = change.type + ".opened";
        entry.fields.push_back({"unit_of_origin", context.actor().unit, "operational"});
    } else {
        auto const state = writable(context, change.record, change.type, mask);
        if (!state) return fail(state.error());
        entry.verb = change.type + ".changed";
        if (change.after) {
            for (auto const& head : *change.after) {
                SANJAL_TRY(bool const known, context.house().ledger().knows(context.tx(), change.record, head));
                if (!known) return fail(Fault::Precondition, "record.version", "This record never had that version. Load it again; what you typed is kept.");
            }
            entry.after = change.after;
        }
    }
    std::vector<std::pair<std::string, Json>> normal;
    Json doubts = Json::list();  // the record that is answered says them
    for (auto const& [name, value] : change.fields.members()) {
        auto const* definition = context.pack().field(change.type, name);
        if (definition == nullptr) {
            faults.push_back({"/fields/" + name, "answers.unknown_field", "There is no such field."});
            continue;
        }
        auto const check = [&](Json const& one) { return rules::check_value(*definition, codes != nullptr ? *codes : no_codes, one); };
        if (definition->bool_at("many") && value.is_list()) {
            Json list = Json::list();
            for (std::size_t i = 0; i < value.items().size(); ++i) {
                auto one = check(value.items()[i]);
                if (!one) faults.push_back({"/fields/" + name + "/" + std::to_string(i), one.error().code, one.error().message});
                else list.push_back(std::move(*one));
            }
            normal.emplace_back(name, std::move(list));
        } else {
            auto one = check(value);
            if (!one) faults.push_back({"/fields/" + name, one.error().code, one.error().message});
            else normal.emplace_back(name, std::move(*one));
        }
    }
    SANJAL_DO(add_fields(context, change.type, normal, mask, "/fields", entry, faults, doubts));
    if (!faults.empty()) return not_right();
    if (normal.empty() && !change.record.empty()) return fail(Fault::Invalid, "answers.empty", "There is nothing to change.", "/fields");
    ledger::Submission submission = context.submission();
    std::string const id = entry.record;
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return id;
}

}  // namespace sanjal::app
