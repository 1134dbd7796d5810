#include "features/work/show.h"

#include "casework/approval.h"
#include "policy/steps.h"
#include "rules/form.h"

namespace sanjal::work {

Json const* gate_of(pack::Pack const* pack, casework::Task const& task) {
    if (pack == nullptr || task.gate.empty()) return nullptr;
    auto const* procedure = pack->procedure(task.procedure);
    auto const* gates = procedure != nullptr ? procedure->find("gates") : nullptr;
    return gates != nullptr ? gates->find(task.gate) : nullptr;
}

Json const* step_of(pack::Pack const* pack, casework::Task const& task) {
    auto const* procedure = pack != nullptr ? pack->procedure(task.procedure) : nullptr;
    auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
    return steps != nullptr ? steps->find(task.step) : nullptr;
}

namespace {

Json time_or_null(std::optional<std::int64_t> const& at) { return at ? Json(format_instant(instant_of(*at))) : Json(); }

Json member_or_null(Json const* of, std::string_view name) {
    auto const* found = of != nullptr ? of->find(name) : nullptr;
    return found != nullptr ? *found : Json();
}

// What the pack says about a step, in the reader's language: "in_child.produce_before_cwc.title".
std::string said(pack::Pack const* pack, casework::Task const& task, Json const* step, std::string const& language, std::string_view what, std::string_view otherwise) {
    if (step == nullptr) return std::string(otherwise);
    return rules::label(pack->document, language, task.procedure + "." + task.step + "." + std::string(what), step->text_at(what, otherwise));
}

// How the step is done and how long the law gives, for a screen that must say it in one line.
void add_ways(Json& json, Json const* step, Json const* rule) {
    if (step != nullptr) {
        for (char const* name : {"stage", "form"}) {
            if (auto const value = step->text_at(name); !value.empty()) json.set(name, value);
        }
    }
    if (rule != nullptr) {
        json.set("nature", rule->text_at("nature"));
        if (auto const within = rule->text_at("within"); !within.empty()) json.set("within", within);
    }
}

// Whose signatures are there and missing; whether the reader's own is among them; why it was sent back, where it was.
Result<void> add_approval(app::Context& context, Json& json, casework::Task const& task, pack::Pack const& pack, Json const& step, std::string const& language) {
    auto const* approve = step.find("approve");
    Json approval = Json::object({{"wanted", task.wanted}, {"signed", task.signatures},
                                  {"says", rules::label(pack.document, language, task.procedure + "." + task.step + ".approve.says", approve != nullptr ? approve->text_at("says") : std::string_view())},
                                  {"source", member_or_null(approve, "source")}});
    if (task.state == "approving" || task.state == "open") {
        SANJAL_TRY(auto const bearer, record::load(context.tx(), task.part));
        auto const stands = casework::approval_of(bearer, task.step, step);
        if (stands.signed_by.count(context.actor().id) > 0) approval.set("mine", true);
        if (stands.sent_back != nullptr) {
            approval.set("sent_back", Json::object({{"reason", stands.sent_back->text_at("reason")}, {"at", format_instant(instant_of(stands.sent_back->integer_at("t")))}}));
        }
    }
    json.set("approval", std::move(approval));
    return {};
}

}  // namespace

Result<bool> may_see(app::Context& context, casework::Task const& task, std::string_view type) {
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), task.part, context.now()));
    return !stands.relations.empty() && !stands.blocked && policy::may_see_step(context.actor(), type, stands.relations, task.roles);
}

Result<Json> task_json(app::Context& context, casework::Task const& task, std::string const& language) {
    auto const pack = context.house().packs().find(task.pack);
    auto const* step = step_of(pack.get(), task);
    Json who = Json::list();
    for (auto const& role : task.roles) who.push_back(role);
    Json json = Json::object({{"id", task.id()}, {"record", task.part}, {"case", task.root}, {"step", task.step}, {"procedure", task.procedure},
                              {"title", said(pack.get(), task, step, language, "title", task.step)}, {"who", std::move(who)}, {"state", task.state}});
    if (!task.owner.empty()) json.set("owner", task.owner);
    if (task.due) json.set("due", time_or_null(task.due));
    if (!task.rule.empty()) json.set("clock", task.rule);
    if (task.ended) json.set("ended", time_or_null(task.ended));
    if (!task.reason.empty()) json.set("reason", task.reason);
    json.set("source", member_or_null(step, "source"));
    add_ways(json, step, pack != nullptr ? pack->clock(task.rule) : nullptr);
    if (auto const note = said(pack.get(), task, step, language, "note", ""); !note.empty()) json.set("note", note);
    if (task.wanted > 0 && step != nullptr) SANJAL_DO(add_approval(context, json, task, *pack, *step, language));
    if (auto const* gate = gate_of(pack.get(), task)) {
        json.set("gate", Json::object({{"gate", task.gate}, {"says", rules::label(pack->document, language, task.procedure + "." + task.gate + ".says", gate->text_at("says"))},
                                       {"source", member_or_null(gate, "source")}}));
    }
    return json;
}

Json clock_json(app::Context& context, casework::Clock const& clock, std::string const& language) {
    auto const pack = context.house().packs().find(clock.pack);
    auto const* rule = pack != nullptr ? pack->clock(clock.rule) : nullptr;
    Json json = Json::object({{"rule", clock.rule}, {"record", clock.part}, {"step", clock.step}, {"state", casework::state_of(clock, rule, context.now())},
                              {"started", time_or_null(clock.started)}});
    if (clock.due) json.set("due", time_or_null(clock.due));
    if (clock.stopped) {
        json.set("stopped", time_or_null(clock.stopped));
        if (clock.due && !casework::is_at_once(rule) && rules::is_late(instant_of(*clock.due), instant_of(*clock.stopped))) json.set("was_late", true);
    }
    json.set("nature", rule != nullptr ? rule->text_at("nature") : std::string_view());
    add_ways(json, nullptr, rule);
    auto const* late = rule != nullptr ? rule->find("when_late") : nullptr;
    if (late != nullptr) json.set("asks", rules::choices(pack->document, language, late->text_at("ask")));
    auto const* source = rule != nullptr ? rule->find("source") : nullptr;
    json.set("source", source != nullptr ? *source : Json());
    if (!clock.reason_for_delay.empty()) json.set("reason_for_delay", clock.reason_for_delay);
    return json;
}

}  // namespace sanjal::work
