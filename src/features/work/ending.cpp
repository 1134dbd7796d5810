#include "features/work/ending.h"

#include <algorithm>

#include "app/problem.h"
#include "casework/approval.h"
#include "features/work/show.h"
#include "rules/form.h"

namespace sanjal::work {
namespace {

// P6: the reasons for delay are choices without blame, where the clock names their list; words may stand beside.
Result<void> check_delay(app::Context& context, casework::Task const& task, Json const& body) {
    auto const reason = body.text_at("reason_for_delay");
    if (reason.empty()) {
        return body.text_at("delay_words").empty() ? Result<void>{} : fail(Fault::Invalid, "task.delay_reason", "Choose a reason for the delay; words may stand beside it.", "/reason_for_delay");
    }
    auto const pack = context.house().packs().find(task.pack);
    auto const* rule = pack != nullptr ? pack->clock(task.rule) : nullptr;
    if (rule == nullptr) return fail(Fault::Invalid, "task.no_clock", "No time limit runs on this task, so there is no delay to explain.", "/reason_for_delay");
    auto const* late = rule->find("when_late");
    auto const list = late != nullptr ? late->text_at("ask") : std::string_view();
    auto const* codes = list.empty() ? nullptr : pack->document.find("codes")->find(list);
    auto const* values = codes != nullptr ? codes->find("values") : nullptr;
    if (values != nullptr && values->find(reason) == nullptr) return fail(Fault::Invalid, "task.delay_reason", "This is not one of the reasons that can be chosen.", "/reason_for_delay");
    return {};
}

// Whom a task is given to: somebody whose role does it and whose unit reaches it.
Result<void> check_owner(app::Context& context, casework::Task const& task, std::string const& to) {
    auto const none = [] { return fail(Fault::Invalid, "task.owner", "This task can be given to somebody whose role does it and whose unit sees the case.", "/to"); };
    SANJAL_TRY(auto const state, record::find(context.tx(), to));
    if (!state || state->type() != "actor") return none();
    policy::Actor owner;
    owner.id = to;
    if (auto const* role = state->value("role"); role != nullptr && role->is_text()) owner.role = role->text();
    if (auto const* unit = state->value("unit"); unit != nullptr && unit->is_text()) owner.unit = unit->text();
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), owner, task.part, context.now()));
    bool const does = std::find(task.roles.begin(), task.roles.end(), owner.role) != task.roles.end();
    return does && !stands.relations.empty() && !stands.blocked ? Result<void>{} : none();
}

// A gate refuses in its own words, with its source.
app::Response closed(pack::Pack const* pack, casework::Task const& task, std::string const& language) {
    auto const* gate = gate_of(pack, task);
    std::string const says = gate != nullptr ? rules::label(pack->document, language, task.procedure + "." + task.gate + ".says", gate->text_at("says")) : "A condition that must hold first does not hold.";
    return app::problem(Error{Fault::Conflict, "gate.closed", says, task.gate}, {},
                        gate != nullptr && gate->find("source") != nullptr ? *gate->find("source") : Json());
}

// What may be done to a task as it stands now.
Result<void> check_state(app::Context& context, casework::Task const& task, std::string_view verb) {
    if (verb == "task.delayed") return {};  // why it was late may be said after it was done
    if (task.state == "done" || task.state == "skipped") return fail(Fault::Conflict, "task.ended", "This task has ended already.");
    bool const signing = verb == "task.approved" || verb == "task.refused";
    if (signing && task.state != "approving") return fail(Fault::Conflict, "approval.nothing", "There is nothing to sign here yet: it must be handed in first.");
    if (verb != "task.approved") return {};
    SANJAL_TRY(auto const part, record::load(context.tx(), task.part));
    auto const pack = context.house().packs().find(task.pack);
    auto const* step = step_of(pack.get(), task);
    if (step != nullptr && casework::approval_of(part, task.step, *step).signed_by.count(context.actor().id) > 0) {
        return fail(Fault::Conflict, "approval.twice", "You have signed this already. The other signatures must come from other people.");
    }
    return {};
}

// Signatures are missing: refused in the words of the law, with its section.
app::Response unsigned_yet(pack::Pack const* pack, casework::Task const& task, std::string const& language) {
    auto const* step = step_of(pack, task);
    auto const* approve = step != nullptr ? step->find("approve") : nullptr;
    std::string const rule = approve != nullptr ? rules::label(pack->document, language, task.procedure + "." + task.step + ".approve.says", approve->text_at("says")) + " " : std::string();
    std::string const says = rule + "Signed by " + std::to_string(task.signatures) + " of " + std::to_string(task.wanted) + ".";
    return app::problem(Error{Fault::Conflict, "approval.missing", says, task.step}, {}, approve != nullptr && approve->find("source") != nullptr ? *approve->find("source") : Json());
}

}  // namespace

// One entry on the part; a second one beside it where a reason for delay is given.
Result<app::Response> end_task(app::Context& context, app::Request const& request, std::string_view verb) {
    std::string const id(request.param("id"));
    auto const dot = id.find('.');
    auto const none = [] { return fail(Fault::NotFound, "task.none", "There is no such task, or it is not yours to see."); };
    if (dot == std::string::npos) return none();
    std::string const part = id.substr(0, dot);
    std::string const step = id.substr(dot + 1);
    SANJAL_TRY(auto const state, record::load(context.tx(), part));
    SANJAL_DO(context.require(policy::Action::Read, part, state));
    SANJAL_TRY(auto const task, casework::find_task(context.tx(), part, step));
    if (!task) return none();
    SANJAL_TRY(bool const sees, may_see(context, *task, state.type()));
    if (!sees) return none();

    bool const delayed_only = verb == "task.delayed";
    Json body = Json::object();
    if (!request.body.empty()) {
        SANJAL_TRY(body, parse_json(request.body));
    }
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        bool const known = name == "reason_for_delay" || name == "delay_words" || (!delayed_only && (name == "reason" || name == "at")) || (verb == "task.assigned" && name == "to");
        if (!known) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        if (!value.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + name);
    }
    bool const signing = verb == "task.approved" || verb == "task.refused";
    bool const may = std::find(task->roles.begin(), task->roles.end(), context.actor().role) != task->roles.end() || (context.actor().is_nodal && !signing);
    if (!may) return fail(Fault::Forbidden, "task.not_your_role", "This task is not one of your role.");
    SANJAL_DO(check_state(context, *task, verb));
    auto const pack = context.house().packs().find(task->pack);
    if (verb == "task.done" && !task->gate.empty()) return closed(pack.get(), *task, context.language_of(request));
    if (verb == "task.done" && task->state == "approving") return unsigned_yet(pack.get(), *task, context.language_of(request));
    if ((verb == "task.skipped" || verb == "task.refused") && body.text_at("reason").empty()) {
        return fail(Fault::Invalid, "task.reason_missing", verb == "task.skipped" ? "Say why this step is skipped." : "Say what must be changed before you can sign.", "/reason");
    }
    if (auto const at = body.text_at("at"); !at.empty()) {
        auto const moment = parse_instant(at);
        if (!moment) return fail(Fault::Invalid, moment.error().code, moment.error().message, "/at");
        if (*moment > context.now() + std::chrono::minutes(5)) return fail(Fault::Invalid, "time.future", "This lies in the future.", "/at");
    }
    SANJAL_DO(check_delay(context, *task, body));
    if (delayed_only && body.text_at("reason_for_delay").empty()) return fail(Fault::Invalid, "task.delay_reason", "Choose a reason for the delay; words may stand beside it.", "/reason_for_delay");
    std::string const to = verb == "task.assigned" ? std::string(body.text_at("to", context.actor().id)) : std::string();
    if (verb == "task.assigned") SANJAL_DO(check_owner(context, *task, to));
    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = verb;
    entry.record = part;
    entry.fields.push_back({"step", step, "operational"});
    if (!to.empty()) entry.fields.push_back({"to", to, "operational"});
    for (char const* name : {"at", "reason"}) {
        if (auto const* value = body.find(name)) entry.fields.push_back({name, *value, "operational"});
    }
    if (!delayed_only) submission.entries.push_back(std::move(entry));
    if (auto const reason = body.text_at("reason_for_delay"); !reason.empty() && !task->rule.empty()) {
        ledger::NewEntry delayed;
        delayed.verb = "task.delayed";
        delayed.record = part;
        delayed.fields = {{"reason", reason, "operational"}, {"rule", task->rule, "operational"}};
        if (auto const said = body.text_at("delay_words"); !said.empty()) delayed.fields.push_back({"words", said, "legal"});
        submission.entries.push_back(std::move(delayed));
    }
    std::string const submitted = submission.id;
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    SANJAL_TRY(auto const now, casework::find_task(context.tx(), part, step));
    Json json = Json::object();
    if (now) {
        SANJAL_TRY(json, task_json(context, *now, context.language_of(request)));
    }
    json.set("submission", submitted);
    return app::json(200, std::move(json));
}

Result<app::Response> close_case(app::Context& context, app::Request const& request, bool closing) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_DO(context.require(policy::Action::Read, id, state));
    SANJAL_DO(context.require(policy::Action::Write, id, state));
    if (state.type() != "case") return fail(Fault::Invalid, "case.not_a_case", "Only a case is closed and opened again.");
    if (state.unit() != context.actor().unit) return fail(Fault::Forbidden, "case.not_yours", "The unit that registered the case closes it and opens it again.");
    SANJAL_TRY(auto const body, parse_json(request.body.empty() ? std::string("{}") : request.body));
    auto const reason = body.text_at("reason");
    if (reason.empty() || reason.size() > 2000) return fail(Fault::Invalid, "case.reason_missing", "Say why, in at most 2,000 bytes.", "/reason");
    if ((state.condition() == "closed") == closing) return fail(Fault::Conflict, closing ? "case.closed" : "case.open", closing ? "This case is closed already." : "This case is open.");
    if (closing) {
        SANJAL_TRY(auto const tasks, casework::tasks_of_root(context.tx(), id));
        auto const left = std::count_if(tasks.begin(), tasks.end(), [](casework::Task const& task) { return task.state != "done" && task.state != "skipped"; });
        if (left > 0) return fail(Fault::Conflict, "case.work_left", "Something is still to be done in this case. Do it, or skip it with a reason, then close.");
    }
    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = closing ? "case.closed" : "case.reopened";
    entry.record = id;
    entry.fields.push_back({"reason", std::string(reason), "operational"});
    submission.entries.push_back(std::move(entry));
    // From this moment its keeping time runs; a case that is opened again has none.
    if (context.pack().field("case", "closed_at") != nullptr) {
        Json const at = closing ? Json(format_instant(context.now(), context.pack().offset_minutes(context.now()))) : Json::object({{"none", "unknown"}});
        submission.entries.push_back({"case.changed", id, {{"closed_at", at, std::string(context.pack().field("case", "closed_at")->text_at("class"))}}, std::nullopt, std::nullopt});
    }
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    SANJAL_TRY(auto shown, context.show(id));
    return app::json(200, std::move(shown));
}

}  // namespace sanjal::work
