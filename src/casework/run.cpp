#include "casework/run.h"

#include <algorithm>

#include "casework/approval.h"

namespace sanjal::casework {
namespace {

std::vector<std::string> words(Json const* json) {
    std::vector<std::string> all;
    if (json == nullptr) return all;
    if (json->is_text()) all.push_back(json->text());
    if (json->is_list()) {
        for (auto const& item : json->items()) {
            if (item.is_text()) all.push_back(item.text());
        }
    }
    return all;
}

// The last to whom a step was given.
std::string owner_of(record::State const& state, std::string_view step) {
    std::string owner;
    for (auto const* event : state.events("task.assigned")) {
        if (event->text_at("step") == step) owner = event->text_at("to");
    }
    return owner;
}

std::string reason_for_delay(record::State const& state, std::string_view rule) {
    std::string reason;
    for (auto const* event : state.events("task.delayed")) {
        if (event->text_at("rule") == rule) reason = event->text_at("reason");
    }
    return reason;
}

// What an erasure says a clock had settled before its trigger was erased.
Json const* settled_clock(record::Cluster const& cluster, std::string const& part, std::string const& rule) {
    Json const* found = nullptr;
    for (auto const& [id, state] : cluster.records) {
        for (auto const* event : state.events("record.erased")) {
            auto const* settled = event->find("settled");
            auto const* clocks = settled != nullptr ? settled->find("clocks") : nullptr;
            if (clocks == nullptr || !clocks->is_list()) continue;
            for (auto const& clock : clocks->items()) {
                if (clock.text_at("part") == part && clock.text_at("rule") == rule) found = &clock;
            }
        }
    }
    return found;
}

// The clocks that a step names, less those that run only under a condition that is not known to hold.
std::vector<std::string> clocks_of_step(Json const& step, Subject const& subject) {
    std::vector<std::string> all;
    auto const* clock = step.find("clock");
    if (clock == nullptr) return all;
    for (auto const& one : clock->is_list() ? clock->items() : Json::List{*clock}) {
        if (one.is_text()) all.push_back(one.text());
        else if (subject.holds(one.find("when"))) all.emplace_back(one.text_at("use"));
    }
    return all;
}

// P24: a clock that the law has for some offences runs only where one of these is known to have been committed.
bool is_of_offence(Json const& rule, Subject const& subject) {
    auto const* offences = rule.find("offences");
    if (offences == nullptr) return true;
    auto const* kinds = subject.fact("case.offence_kind");
    if (kinds == nullptr || !kinds->is_list()) return false;
    auto const wanted = words(offences);
    return std::any_of(kinds->items().begin(), kinds->items().end(), [&](Json const& one) { return one.is_text() && std::find(wanted.begin(), wanted.end(), one.text()) != wanted.end(); });
}

// Law is versioned by the day that the rule names (the offence); by the day on which it starts where it names none.
bool is_in_force(Json const& rule, Subject const& subject, Json const& started, rules::Calendar const& calendar) {
    auto const path = rule.text_at("dated_by");
    auto const* day = path.empty() ? nullptr : subject.fact(path);
    return rules::holds_on(rule, day != nullptr && day->is_text() ? day : &started, calendar);
}

struct Step {
    std::string const& name;
    Json const& definition;
    std::vector<Ending> endings;
    bool again = false;  // it can be done again and again
    bool over = false;   // ... and that is over
};

void settle(Clock& clock, Json const& settled) {
    if (auto const* at = settled.find("started"); at != nullptr && at->is_integer()) clock.started = at->integer();
    if (auto const* due = settled.find("due"); due != nullptr && due->is_integer()) clock.due = due->integer();
    clock.pack = settled.text_at("pack", clock.pack);
}

// What ends a clock's step: its first ending; of a step that is done again and again, the first since the clock started.
Ending const* ending_of(Step const& step, Instant started) {
    auto const found = std::find_if(step.endings.begin(), step.endings.end(), [&](Ending const& ending) { return !step.again || ending.at >= milliseconds_of(started); });
    return found != step.endings.end() ? &*found : nullptr;
}

// Starts the clock at a moment and lets the rule say when it is due and whether it has stopped.
Result<void> start(Clock& clock, Json const& definition, pack::Pack const& pack, Subject const& subject, Step const& step, Instant at) {
    SANJAL_TRY(auto const rule, rules::ClockRule::parse(clock.rule, definition));
    rules::ClockInput input;
    input.started = at;
    input.now = at;
    input.calendar = pack.calendar(definition.text_at("calendar"));
    if (auto const* minutes = subject.fact(definition.text_at("not_counting")); minutes != nullptr && minutes->is_integer()) input.not_counting_minutes = minutes->integer();
    if (auto const* extension = definition.find("extension")) input.is_extended = subject.holds(extension->find("when"));
    bool const comes_again = !rule.series.empty() || rule.every.has_value();
    if (comes_again) {
        for (auto const& ending : step.endings) input.done.push_back(instant_of(ending.at));
        if (step.over && !step.endings.empty()) clock.stopped = step.endings.back().at;
    } else if (rule.quota) {
        input.done = subject.counted(definition.find("quota")->text_at("of"), pack);
        if (!step.endings.empty() && !step.again) clock.stopped = step.endings.front().at;
    } else if (auto const ending = ending_of(step, at); ending != nullptr) {
        clock.stopped = ending->at;
    }
    if (clock.stopped) input.stopped = instant_of(*clock.stopped);
    auto const state = rules::evaluate(rule, input);
    clock.started = milliseconds_of(at);
    if (state.due) clock.due = milliseconds_of(*state.due);
    if (state.state == rules::Running::Stopped && !clock.stopped) {
        auto const last = rule.quota ? static_cast<std::size_t>(rule.quota->count) : rule.series.size();
        clock.stopped = last > 0 && input.done.size() >= last ? milliseconds_of(input.done[last - 1]) : clock.started;
    }
    return {};
}

Result<std::optional<Clock>> derive_clock(record::Packs const& packs, Subject const& subject, std::string const& rule, Step const& step, pack::Pack const& in_force) {
    auto const* definition = in_force.clock(rule);
    if (definition == nullptr || definition->find("starts") == nullptr) return std::optional<Clock>();
    Clock clock;
    clock.part = subject.id();
    clock.rule = rule;
    clock.step = step.name;
    clock.root = subject.cluster().root;
    clock.reason_for_delay = reason_for_delay(subject.state(), rule);
    clock.pack = in_force.reference();
    auto const started = subject.start_of(*definition->find("starts"), in_force);
    if (started.value.bool_at("erased")) {
        if (auto const* settled = settled_clock(subject.cluster(), clock.part, rule)) settle(clock, *settled);
        if (!step.endings.empty()) clock.stopped = step.endings.front().at;
        return clock.started ? std::optional<Clock>(std::move(clock)) : std::optional<Clock>();
    }
    // A running clock keeps the law under which it started.
    auto const own = started.holder != nullptr && started.written != nullptr ? packs.find(started.holder->first_pack_of(*started.written)) : nullptr;
    bool const has_own = own != nullptr && own->clock(rule) != nullptr;
    pack::Pack const& law = own != nullptr ? *own : in_force;
    if (has_own) {
        definition = own->clock(rule);
        clock.pack = own->reference();
    }
    auto const& calendar = law.calendar(definition->text_at("calendar"));
    auto const at = rules::moment_of(started.value, calendar);
    bool const runs = at && subject.holds(definition->find("when")) && is_of_offence(*definition, subject) && is_in_force(*definition, subject, started.value, calendar);
    if (!runs || (step.over && step.endings.empty())) return std::optional<Clock>();
    SANJAL_DO(start(clock, *definition, law, subject, step, *at));
    return std::optional<Clock>(std::move(clock));
}

// The first gate before a step that is not open.  A gate opens only on true: what is not known keeps it closed.
std::string closed_gate(Json const& procedure, std::string const& step, Subject const& subject) {
    auto const* gates = procedure.find("gates");
    if (gates == nullptr || !gates->is_object()) return {};
    for (auto const& [name, gate] : gates->members()) {
        auto const before = words(gate.find("before"));
        bool const stands_before = std::find(before.begin(), before.end(), step) != before.end();
        if (stands_before && gate.find("needs") != nullptr && !subject.holds(gate.find("needs"))) return name;
    }
    return {};
}

Step step_of(std::string const& name, Json const& definition, Subject const& subject) {
    Step step{name, definition, subject.endings(name, definition)};
    step.again = definition.bool_at("again");
    step.over = definition.find("until") != nullptr && subject.holds(definition.find("until"));
    return step;
}

// Whether a step stands at all: its condition holds, or it was done all the same.
bool stands(Step const& step, Subject const& subject) {
    if (!step.endings.empty()) return true;
    if (step.over) return false;
    return subject.holds(step.definition.find("when"), step.definition.text_at("if_unknown") == "start");
}

bool is_ended(Step const& step, std::vector<Clock> const& clocks) {
    if (step.endings.empty()) return false;
    if (!step.again || step.over) return true;
    return std::all_of(clocks.begin(), clocks.end(), [](Clock const& clock) { return clock.stopped.has_value(); });  // none says when it comes again
}

void end(Task& task, Step const& step) {
    auto const& ending = step.again ? step.endings.back() : step.endings.front();
    task.state = ending.skipped ? "skipped" : "done";
    task.ended = ending.at;
    task.ended_by = ending.by;
    task.reason = ending.reason;
}

// The clock that a task shows: of those that run, the one that is due first.
void show_clock(Task& task, std::vector<Clock> const& clocks) {
    Clock const* shown = nullptr;
    for (auto const& clock : clocks) {
        bool const better = shown == nullptr || (shown->stopped && !clock.stopped) ||
                            (shown->stopped.has_value() == clock.stopped.has_value() && clock.due && (!shown->due || *clock.due < *shown->due));
        if (better) shown = &clock;
    }
    if (shown == nullptr) return;
    task.rule = shown->rule;
    task.due = shown->due;
}

}  // namespace

Result<void> derive_procedure(record::Packs const& packs, pack::Pack const& in_force, Subject const& subject, std::string const& name, Json const& procedure,
                              Derived& derived) {
    auto const* all = procedure.find("steps");
    if (all == nullptr || !subject.holds(procedure.find("starts_when"), procedure.text_at("if_unknown") == "start")) return {};
    std::vector<Step> steps;
    std::set<std::string> waits_for;  // steps that stand and have not ended even once
    for (auto const& [step, definition] : all->members()) {
        steps.push_back(step_of(step, definition, subject));
        if (stands(steps.back(), subject) && steps.back().endings.empty()) waits_for.insert(step);
    }
    std::int64_t order = 0;
    for (auto const& step : steps) {
        ++order;
        if (!stands(step, subject)) continue;
        Task task;
        task.part = subject.id();
        task.step = step.name;
        task.procedure = name;
        task.root = subject.cluster().root;
        task.roles = words(step.definition.find("who"));
        task.owner = owner_of(subject.state(), step.name);
        task.order = order - 1;
        task.pack = in_force.reference();
        std::vector<Clock> clocks;
        for (auto const& rule : clocks_of_step(step.definition, subject)) {
            SANJAL_TRY(auto clock, derive_clock(packs, subject, rule, step, in_force));
            if (clock) clocks.push_back(std::move(*clock));
        }
        show_clock(task, clocks);
        auto const approval = approval_of(subject.state(), step.name, step.definition);
        task.wanted = approval.wanted;
        task.signatures = static_cast<std::int64_t>(approval.signed_by.size());
        if (is_ended(step, clocks)) {
            end(task, step);
        } else {
            auto const after = words(step.definition.find("after"));
            bool const ready = std::none_of(after.begin(), after.end(), [&](std::string const& earlier) { return waits_for.count(earlier) > 0; });
            task.gate = closed_gate(procedure, step.name, subject);
            task.state = !ready ? "waiting" : !task.gate.empty() ? "gated" : approval.is_open() ? "approving" : "open";
            if (task.state == "approving") task.roles = words(step.definition.find("approve")->find("who"));
        }
        for (auto& clock : clocks) derived.clocks.push_back(std::move(clock));
        derived.tasks.push_back(std::move(task));
    }
    return {};
}

}  // namespace sanjal::casework
