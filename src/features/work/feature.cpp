// What must be done: tasks and clocks of one record, the worklist, and how a task ends.
#include <algorithm>

#include "app/context.h"
#include "app/feature.h"
#include "app/problem.h"
#include "casework/derive.h"

namespace sanjal::work {
namespace {

Json const* gate_of(pack::Pack const* pack, casework::Task const& task) {
    if (pack == nullptr || task.gate.empty()) return nullptr;
    auto const* procedure = pack->procedure(task.procedure);
    auto const* gates = procedure != nullptr ? procedure->find("gates") : nullptr;
    return gates != nullptr ? gates->find(task.gate) : nullptr;
}

Json time_or_null(std::optional<std::int64_t> const& at) { return at ? Json(format_instant(instant_of(*at))) : Json(); }

Json source_of(pack::Pack const* pack, casework::Task const& task) {
    if (pack == nullptr) return {};
    auto const* procedures = pack->document.find("procedures");
    auto const* procedure = procedures != nullptr ? procedures->find(task.procedure) : nullptr;
    auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
    auto const* step = steps != nullptr ? steps->find(task.step) : nullptr;
    auto const* source = step != nullptr ? step->find("source") : nullptr;
    return source != nullptr ? *source : Json();
}

std::string title_of(pack::Pack const* pack, casework::Task const& task) {
    if (pack == nullptr) return task.step;
    auto const* procedures = pack->document.find("procedures");
    auto const* procedure = procedures != nullptr ? procedures->find(task.procedure) : nullptr;
    auto const* steps = procedure != nullptr ? procedure->find("steps") : nullptr;
    auto const* step = steps != nullptr ? steps->find(task.step) : nullptr;
    return step != nullptr ? std::string(step->text_at("title", task.step)) : task.step;
}

Json task_json(app::Context& context, casework::Task const& task) {
    auto const pack = context.house().packs().find(task.pack);
    Json who = Json::list();
    for (auto const& role : task.roles) who.push_back(role);
    Json json = Json::object({{"id", task.id()}, {"record", task.part}, {"case", task.root}, {"step", task.step}, {"procedure", task.procedure},
                              {"title", title_of(pack.get(), task)}, {"who", std::move(who)}, {"state", task.state}});
    if (!task.owner.empty()) json.set("owner", task.owner);
    if (task.due) json.set("due", time_or_null(task.due));
    if (!task.rule.empty()) json.set("clock", task.rule);
    if (task.ended) json.set("ended", time_or_null(task.ended));
    if (!task.reason.empty()) json.set("reason", task.reason);
    json.set("source", source_of(pack.get(), task));
    if (auto const* gate = gate_of(pack.get(), task)) {
        json.set("gate", Json::object({{"gate", task.gate}, {"says", gate->text_at("says")}, {"source", gate->find("source") != nullptr ? *gate->find("source") : Json()}}));
    }
    return json;
}

Json clock_json(app::Context& context, casework::Clock const& clock) {
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
    auto const* source = rule != nullptr ? rule->find("source") : nullptr;
    json.set("source", source != nullptr ? *source : Json());
    if (!clock.reason_for_delay.empty()) json.set("reason_for_delay", clock.reason_for_delay);
    return json;
}

// The cases that a record stands in; NotFound where the actor may not read the record.
Result<std::vector<std::string>> readable_roots(app::Context& context, std::string_view record) {
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    context.note_access(record, "read");
    return record::roots_of(context.tx(), std::string(record));
}

// Tasks and clocks stand on parts; asked of a person or a part, only those of that one; of a case, all that one may reach.
Result<bool> concerns(app::Context& context, std::string_view record, std::string const& part) {
    if (record == part) return true;
    SANJAL_TRY(auto const state, record::load(context.tx(), part));
    auto const* person = state.value("person");
    auto const* root = state.value("case");
    bool const named = (person != nullptr && person->is_text() && person->text() == record) || (root != nullptr && root->is_text() && root->text() == record);
    if (!named) return false;
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), part));
    return !stands.relations.empty() && !stands.blocked;
}

Result<app::Response> tasks_of(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const roots, readable_roots(context, record));
    Json list = Json::list();
    for (auto const& root : roots) {
        SANJAL_TRY(auto const tasks, casework::tasks_of_root(context.tx(), root));
        for (auto const& task : tasks) {
            SANJAL_TRY(bool const wanted, concerns(context, record, task.part));
            if (wanted) list.push_back(task_json(context, task));
        }
    }
    return app::json(200, Json::object({{"tasks", std::move(list)}}));
}

Result<app::Response> clocks_of(app::Context& context, app::Request const& request) {
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const roots, readable_roots(context, record));
    Json list = Json::list();
    for (auto const& root : roots) {
        SANJAL_TRY(auto const clocks, casework::clocks_of_root(context.tx(), root));
        for (auto const& clock : clocks) {
            SANJAL_TRY(bool const wanted, concerns(context, record, clock.part));
            if (wanted) list.push_back(clock_json(context, clock));
        }
    }
    return app::json(200, Json::object({{"clocks", std::move(list)}}));
}

Result<app::Response> worklist(app::Context& context, app::Request const& request) {
    Json list = Json::list();
    auto const& actor = context.actor();
    std::optional<std::string> owner;
    for (auto const& [name, value] : request.queries) {
        if (name != "owner" || (value != "me" && value != "nobody")) return fail(Fault::Invalid, "request.unknown_query", "The worklist is asked for owner=me or owner=nobody, or for all.", name);
        owner = value == "me" ? actor.id : std::string();
    }
    casework::Holder const holder{actor.unit, actor.id, actor.role};
    SANJAL_TRY(auto const tasks, casework::open_tasks_within_reach(context.tx(), holder, owner));
    for (auto const& task : tasks) {
        Json json = task_json(context, task);
        auto const pack = context.house().packs().find(task.pack);
        bool const at_once = casework::is_at_once(pack != nullptr ? pack->clock(task.rule) : nullptr);
        if (task.due) json.set("late", !at_once && rules::is_late(instant_of(*task.due), context.now()));
        list.push_back(std::move(json));
    }
    Json alerts = Json::list();
    SANJAL_TRY(auto const idle, casework::idle_cases_of(context.tx(), holder));
    for (auto const& one : idle) {
        alerts.push_back(Json::object({{"alert", "nobody"}, {"record", one.root}, {"since", format_instant(instant_of(one.since))}, {"says", "Nobody has anything to do in this case. Say who acts next, or close it."}}));
    }
    context.note_access("list", "worklist");
    Json answer = Json::object({{"offers", Json::list()}});
    answer.set("tasks", std::move(list)).set("alerts", std::move(alerts));
    return app::json(200, std::move(answer));
}

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
    SANJAL_TRY(auto const stands, policy::standing(context.tx(), owner, task.part));
    bool const does = std::find(task.roles.begin(), task.roles.end(), owner.role) != task.roles.end();
    return does && !stands.relations.empty() && !stands.blocked ? Result<void>{} : none();
}

// A gate refuses in its own words, with its source.
app::Response closed(casework::Task const& task, Json const* gate) {
    return app::problem(Error{Fault::Conflict, "gate.closed", gate != nullptr ? std::string(gate->text_at("says")) : "A condition that must hold first does not hold.", task.gate}, {},
                        gate != nullptr && gate->find("source") != nullptr ? *gate->find("source") : Json());
}

// done, skip and assign: one entry on the part.
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

    Json body = Json::object();
    if (!request.body.empty()) {
        SANJAL_TRY(body, parse_json(request.body));
    }
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        bool const known = name == "reason" || name == "at" || name == "reason_for_delay" || name == "delay_words" || (verb == "task.assigned" && name == "to");
        if (!known) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        if (!value.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + name);
    }
    bool const may = std::find(task->roles.begin(), task->roles.end(), context.actor().role) != task->roles.end() || context.actor().is_nodal;
    if (!may) return fail(Fault::Forbidden, "task.not_your_role", "This task is not one of your role.");
    if (task->state == "done" || task->state == "skipped") return fail(Fault::Conflict, "task.ended", "This task has ended already.");
    if (verb == "task.done" && !task->gate.empty()) return closed(*task, gate_of(context.house().packs().find(task->pack).get(), *task));
    if (verb == "task.skipped" && body.text_at("reason").empty()) {
        return fail(Fault::Invalid, "task.reason_missing", "Say why this step is skipped.", "/reason");
    }
    if (auto const at = body.text_at("at"); !at.empty()) {
        auto const moment = parse_instant(at);
        if (!moment) return fail(Fault::Invalid, moment.error().code, moment.error().message, "/at");
        if (*moment > context.now() + std::chrono::minutes(5)) return fail(Fault::Invalid, "time.future", "This lies in the future.", "/at");
    }
    SANJAL_DO(check_delay(context, *task, body));
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
    submission.entries.push_back(std::move(entry));
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
    Json json = now ? task_json(context, *now) : Json::object();
    json.set("submission", submitted);
    return app::json(200, std::move(json));
}

Result<app::Response> done(app::Context& c, app::Request const& r) { return end_task(c, r, "task.done"); }
Result<app::Response> skip(app::Context& c, app::Request const& r) { return end_task(c, r, "task.skipped"); }
Result<app::Response> assign(app::Context& c, app::Request const& r) { return end_task(c, r, "task.assigned"); }

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/records/{id}/tasks", "record.read", app::Needs::Session, app::Run::Read, app::answered<tasks_of>},
    {app::Method::Get, "/api/v1/records/{id}/clocks", "record.read", app::Needs::Session, app::Run::Read, app::answered<clocks_of>},
    {app::Method::Get, "/api/v1/worklist", "work.list", app::Needs::Session, app::Run::Read, app::answered<worklist>},
    {app::Method::Post, "/api/v1/tasks/{id}/done", "work.end", app::Needs::Session, app::Run::Write, app::answered<done>},
    {app::Method::Post, "/api/v1/tasks/{id}/skip", "work.end", app::Needs::Session, app::Run::Write, app::answered<skip>},
    {app::Method::Post, "/api/v1/tasks/{id}/assign", "work.assign", app::Needs::Session, app::Run::Write, app::answered<assign>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "work", .routes = routes};

}  // namespace sanjal::work
