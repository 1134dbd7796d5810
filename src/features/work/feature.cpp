// What must be done: tasks and clocks of one record, the worklist, and how a task ends.
#include <algorithm>

#include "app/alerts.h"
#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"
#include "casework/derive.h"
#include "casework/referral.h"
#include "features/work/ending.h"
#include "features/work/show.h"
#include "pack/words.h"

namespace sanjal::work {
namespace {

// The number of the case, which everybody who reaches a part of it may know.
Result<Json> number_of(app::Context& context, std::string const& root) {
    Json number;
    SANJAL_DO(context.tx().each("select number from record where id = $1 and number is not null", {root}, [&](store::Row const& row) -> Result<void> {
        number = Json(row.text(0));
        return {};
    }));
    return number;
}

// The cases that a record stands in; NotFound where the actor may not read the record.
Result<std::vector<std::string>> readable_roots(app::Context& context, std::string_view record) {
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    context.note_access(record, "read");
    return record::roots_of(context.tx(), std::string(record));
}

// Tasks and clocks stand on parts and on the case; asked of a person or a part, only those of that one; of a case, all that one
// may reach, and of the steps that stand on the case itself those that policy/steps.h shows.
Result<bool> concerns(app::Context& context, std::string_view record, casework::Task const& task) {
    SANJAL_TRY(auto const state, record::load(context.tx(), task.part));
    auto const* person = state.value("person");
    auto const* root = state.value("case");
    bool const named = record == task.part || (person != nullptr && person->is_text() && person->text() == record) || (root != nullptr && root->is_text() && root->text() == record);
    return named ? may_see(context, task, state.type()) : Result<bool>(false);
}

Result<app::Response> tasks_of(app::Context& context, app::Request const& request) {
    std::string const language = context.language_of(request);
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const roots, readable_roots(context, record));
    Json list = Json::list();
    for (auto const& root : roots) {
        SANJAL_TRY(auto const tasks, casework::tasks_of_root(context.tx(), root));
        for (auto const& task : tasks) {
            SANJAL_TRY(bool const wanted, concerns(context, record, task));
            if (!wanted) continue;
            SANJAL_TRY(auto json, task_json(context, task, language));
            list.push_back(std::move(json));
        }
    }
    return app::json(200, Json::object({{"tasks", std::move(list)}}));
}

Result<app::Response> clocks_of(app::Context& context, app::Request const& request) {
    std::string const language = context.language_of(request);
    std::string const record(request.param("id"));
    SANJAL_TRY(auto const roots, readable_roots(context, record));
    Json list = Json::list();
    for (auto const& root : roots) {
        SANJAL_TRY(auto const tasks, casework::tasks_of_root(context.tx(), root));
        SANJAL_TRY(auto const clocks, casework::clocks_of_root(context.tx(), root));
        for (auto const& clock : clocks) {
            auto const task = std::find_if(tasks.begin(), tasks.end(), [&](auto const& one) { return one.part == clock.part && one.step == clock.step; });
            casework::Task nobodys;
            nobodys.part = clock.part;
            SANJAL_TRY(bool const wanted, concerns(context, record, task != tasks.end() ? *task : nobodys));
            if (wanted) list.push_back(clock_json(context, clock, language));
        }
    }
    return app::json(200, Json::object({{"clocks", std::move(list)}}));
}

// What other units ask of this one: how many, which age and language; who it is opens with the yes (P15).
Result<Json> offers_to(app::Context& context, casework::Holder const& holder) {
    Json list = Json::list();
    SANJAL_TRY(auto const received, casework::referrals_of(context.tx(), holder, true));
    for (auto const& referral : received) {
        auto const state = casework::state_of(referral, context.now());
        if (state != "offered" && state != "seen") continue;
        SANJAL_TRY(auto const record, record::load(context.tx(), referral.id));
        SANJAL_TRY(auto const mask, context.require(policy::Action::Read, referral.id, record));
        Json offer = Json::object({{"referral", referral.id}, {"state", state}, {"from", referral.from}, {"offered", format_instant(instant_of(referral.offered))}});
        for (char const* name : {"asks", "words", "until", "number", "sexes", "ages", "languages"}) {
            auto const* cell = record.cell(name);
            if (cell != nullptr && cell->find("v") != nullptr && mask.allows("referral", name, cell->text_at("class"))) offer.set(name, *cell->find("v"));
        }
        list.push_back(std::move(offer));
    }
    return list;
}

// What this unit asked and nobody took: somebody else must be asked.
Result<void> add_unanswered(app::Context& context, casework::Holder const& holder, std::string const& language, Json& alerts) {
    SANJAL_TRY(auto const sent, casework::referrals_of(context.tx(), holder, false));
    for (auto const& referral : casework::unanswered(sent, context.now())) {
        bool const declined = casework::state_of(referral, context.now()) == "declined";
        std::string const word = declined ? "declined" : "unanswered";
        alerts.push_back(Json::object({{"alert", word}, {"record", referral.id}, {"since", format_instant(instant_of(declined ? referral.offered : *referral.until))},
                                       {"says", pack::alert_says(context.pack().document, language, word)}}));
    }
    return {};
}

Result<app::Response> worklist(app::Context& context, app::Request const& request) {
    Json list = Json::list();
    std::string const language = context.language_of(request);
    auto const& actor = context.actor();
    std::optional<std::string> owner;
    for (auto const& [name, value] : request.queries) {
        if (name != "owner" || (value != "me" && value != "nobody")) return fail(Fault::Invalid, "request.unknown_query", "The worklist is asked for owner=me or owner=nobody, or for all.", name);
        owner = value == "me" ? actor.id : std::string();
    }
    casework::Holder const holder{actor.unit, actor.id, actor.role};
    SANJAL_TRY(auto const tasks, casework::open_tasks_within_reach(context.tx(), holder, owner));
    for (auto const& task : tasks) {
        SANJAL_TRY(Json json, task_json(context, task, language));
        SANJAL_TRY(auto number, number_of(context, task.root));
        if (!number.is_null()) json.set("number", std::move(number));
        auto const pack = context.house().packs().find(task.pack);
        bool const at_once = casework::is_at_once(pack != nullptr ? pack->clock(task.rule) : nullptr);
        if (task.due) json.set("late", !at_once && rules::is_late(instant_of(*task.due), context.now()));
        list.push_back(std::move(json));
    }
    SANJAL_TRY(auto alerts, app::alerts_for(context.house(), context.tx(), actor, language));
    SANJAL_TRY(auto const idle, casework::idle_cases_of(context.tx(), holder));
    for (auto const& one : idle) {
        alerts.push_back(Json::object({{"alert", "nobody"}, {"record", one.root}, {"since", format_instant(instant_of(one.since))}, {"says", pack::alert_says(context.pack().document, language, "nobody")}}));
    }
    SANJAL_TRY(auto offers, offers_to(context, holder));
    SANJAL_DO(add_unanswered(context, holder, language, alerts));
    context.note_access("list", "worklist");
    Json answer = Json::object();
    answer.set("offers", std::move(offers));
    answer.set("tasks", std::move(list)).set("alerts", std::move(alerts));
    return app::json(200, std::move(answer));
}

Result<app::Response> done(app::Context& c, app::Request const& r) { return end_task(c, r, "task.done"); }
Result<app::Response> skip(app::Context& c, app::Request const& r) { return end_task(c, r, "task.skipped"); }
Result<app::Response> assign(app::Context& c, app::Request const& r) { return end_task(c, r, "task.assigned"); }
Result<app::Response> delay(app::Context& c, app::Request const& r) { return end_task(c, r, "task.delayed"); }
Result<app::Response> approve(app::Context& c, app::Request const& r) { return end_task(c, r, "task.approved"); }
Result<app::Response> refuse(app::Context& c, app::Request const& r) { return end_task(c, r, "task.refused"); }
Result<app::Response> close(app::Context& c, app::Request const& r) { return close_case(c, r, true); }
Result<app::Response> reopen(app::Context& c, app::Request const& r) { return close_case(c, r, false); }

// Clocks tell whom they have to tell: some at a time, then whoever waits has his turn.
void tick(app::House& house, app::Outbound&) {
    for (int turn = 0; turn < 10; ++turn) {
        auto const more = app::make_some_notices(house);
        if (!more) log::write(log::Level::Alarm, "notices.not_made", {{"code", log::Safe::id(more.error().code)}});
        if (!more || !*more) return;
    }
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/records/{id}/tasks", "record.read", app::Needs::Session, app::Run::Read, app::answered<tasks_of>},
    {app::Method::Get, "/api/v1/records/{id}/clocks", "record.read", app::Needs::Session, app::Run::Read, app::answered<clocks_of>},
    {app::Method::Get, "/api/v1/worklist", "work.list", app::Needs::Session, app::Run::Read, app::answered<worklist>},
    {app::Method::Post, "/api/v1/tasks/{id}/done", "work.end", app::Needs::Session, app::Run::Write, app::answered<done>},
    {app::Method::Post, "/api/v1/tasks/{id}/skip", "work.end", app::Needs::Session, app::Run::Write, app::answered<skip>},
    {app::Method::Post, "/api/v1/tasks/{id}/assign", "work.assign", app::Needs::Session, app::Run::Write, app::answered<assign>},
    {app::Method::Post, "/api/v1/tasks/{id}/delay", "work.delay", app::Needs::Session, app::Run::Write, app::answered<delay>},
    {app::Method::Post, "/api/v1/tasks/{id}/approve", "work.approve", app::Needs::Session, app::Run::Write, app::answered<approve>},
    {app::Method::Post, "/api/v1/tasks/{id}/refuse", "work.approve", app::Needs::Session, app::Run::Write, app::answered<refuse>},
    {app::Method::Post, "/api/v1/records/{id}/close", "case.close", app::Needs::Session, app::Run::Write, app::answered<close>},
    {app::Method::Post, "/api/v1/records/{id}/reopen", "case.close", app::Needs::Session, app::Run::Write, app::answered<reopen>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "work", .routes = routes, .migrations = {}, .tick = tick};

}  // namespace sanjal::work
