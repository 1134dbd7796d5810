#include "rules/call.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/json.h"
#include "base/time.h"
#include "rules/clock.h"
#include "rules/condition.h"
#include "rules/form.h"
#include "rules/plan.h"
#include "rules/value.h"

namespace sanjal::rules {
namespace {

Json const no_object = Json::object();

Json const& part(Json const& request, std::string_view name) {
    auto const* found = request.find(name);
    return found != nullptr ? *found : no_object;
}

Result<Instant> instant_at(Json const& request, std::string_view name) {
    return parse_instant(request.text_at(name));
}

Result<Json> value(Json const& request) {
    SANJAL_TRY(auto normal, check_value(part(request, "definition"), part(request, "codes"), part(request, "value")));
    return Json::object({{"value", std::move(normal)}});
}

Result<Json> years(Json const& request) {
    SANJAL_TRY(auto const interval, years_of(part(request, "age")));
    return Json::object({{"from", interval.from}, {"to", interval.to}});
}

Result<Json> condition(Json const& request) {
    SANJAL_TRY(auto const parsed, Condition::parse(part(request, "condition")));
    auto const& facts = part(request, "facts");
    auto const truth = evaluate(parsed, [&](std::string_view path) { return facts.find(path); });
    return Json::object({{"truth", truth == Truth::True ? "true" : truth == Truth::False ? "false" : "unknown"}});
}

Result<Json> clock(Json const& request) {
    SANJAL_TRY(auto const rule, ClockRule::parse("", part(request, "rule")));
    ClockInput input;
    SANJAL_TRY(input.calendar, Calendar::parse(part(request, "calendar")));
    if (request.find("started") != nullptr) {
        SANJAL_TRY(input.started, instant_at(request, "started"));
    }
    if (request.find("stopped") != nullptr) {
        SANJAL_TRY(input.stopped, instant_at(request, "stopped"));
    }
    SANJAL_TRY(input.now, instant_at(request, "now"));
    input.is_extended = request.bool_at("extended");
    if (auto const* done = request.find("done"); done != nullptr && done->is_list()) {
        for (auto const& one : done->items()) {
            SANJAL_TRY(auto const at, parse_instant(one.is_text() ? one.text() : std::string()));
            input.done.push_back(at);
        }
        std::sort(input.done.begin(), input.done.end());
    }
    input.not_counting_minutes = request.integer_at("not_counting_minutes");
    constexpr std::int64_t ten_years = std::int64_t{10} * 366 * 24 * 60;
    if (input.not_counting_minutes < 0 || input.not_counting_minutes > ten_years) return fail(Fault::Invalid, "clock.not_counting", "What does not count is a number of minutes.");
    auto const state = evaluate(rule, input);
    static constexpr char const* names[] = {"not_started", "running", "stopped", "late", "no_limit"};
    Json answer = Json::object({{"state", names[static_cast<int>(state.state)]}});
    if (state.due) answer.set("due", format_instant(*state.due));
    return answer;
}

Result<Json> holds(Json const& request) {
    SANJAL_TRY(auto const calendar, Calendar::parse(part(request, "calendar")));
    return Json::object({{"holds", holds_on(part(request, "rule"), request.find("day"), calendar)}});
}

Result<Json> moment(Json const& request) {
    SANJAL_TRY(auto const calendar, Calendar::parse(part(request, "calendar")));
    auto const at = moment_of(part(request, "value"), calendar);
    if (!at) return fail(Fault::Invalid, "call.no_moment", "This names no moment.");
    return Json::object({{"at", format_instant(*at)}});
}

Result<Json> notices(Json const& request) {
    SANJAL_TRY(auto const due, instant_at(request, "due"));
    Json list = Json::list();
    for (auto const& one : notices_of(part(request, "rule"), due)) list.push_back(Json::object({{"who", one.who}, {"at", format_instant(one.at)}, {"late", one.is_late}}));
    return Json::object({{"notices", std::move(list)}});
}

Result<Json> doubt(Json const& request) {
    SANJAL_TRY(auto const calendar, Calendar::parse(part(request, "calendar")));
    SANJAL_TRY(auto const written, instant_at(request, "written"));
    return Json::object({{"doubtful", is_doubtful(part(request, "definition"), part(request, "value"), written, calendar)}});
}

Json faults_of(Checked const& checked) {
    Json faults = Json::list();
    for (auto const& fault : checked.faults) faults.push_back(Json::object({{"pointer", fault.pointer}, {"code", fault.code}, {"message", fault.message}}));
    return faults;
}

Json object_of(std::vector<std::pair<std::string, Json>> const& members) {
    Json object = Json::object();
    for (auto const& [name, value] : members) object.set(name, value);
    return object;
}

// What a device signs: which records a form makes or changes.  The caller has the randomness, so it brings the ids.
Result<Json> plan(Json const& request) {
    std::map<std::string, std::string> existing;
    std::vector<std::string> names;
    for (auto const& [alias, id] : part(request, "existing").members()) {
        if (!id.is_text()) return fail(Fault::Invalid, "call.existing", "A record that is there already is named by its id.");
        existing[alias] = id.text();
        names.push_back(alias);
    }
    auto const checked = check_submission(part(request, "pack"), request.text_at("form"), part(request, "answers"), names);
    Json answer = Json::object({{"faults", faults_of(checked)}});
    if (!checked.faults.empty()) return answer;
    auto const* ids = request.find("ids");
    std::size_t used = 0;
    auto const made = plan_submission(part(request, "pack"), request.text_at("form"), checked, existing, [&]() -> std::string {
        auto const at = used++;
        return ids != nullptr && ids->is_list() && at < ids->items().size() && ids->items()[at].is_text() ? ids->items()[at].text() : std::string();
    });
    if (used > (ids != nullptr && ids->is_list() ? ids->items().size() : 0)) return fail(Fault::Invalid, "call.ids", "More records are made than ids were brought.");
    Json records = Json::list();
    for (auto const& one : made.records) {
        Json record = Json::object({{"alias", one.alias}, {"record", one.record}, {"type", one.type}, {"is_new", one.is_new}});
        record.set("fields", object_of(one.fields)).set("links", object_of(one.links));
        records.push_back(std::move(record));
    }
    Json bearers = Json::list();
    for (auto const& bearer : made.bearers) bearers.push_back(bearer);
    answer.set("records", std::move(records)).set("bearers", std::move(bearers));
    if (made.happened) answer.set("happened", *made.happened);
    answer.set("made", ids_by_alias(part(request, "pack"), request.text_at("form"), made, existing));
    return answer;
}

Result<Json> submission(Json const& request) {
    std::vector<std::string> existing;
    if (auto const* list = request.find("existing"); list != nullptr && list->is_list()) {
        for (auto const& alias : list->items()) {
            if (alias.is_text()) existing.push_back(alias.text());
        }
    }
    auto const checked = check_submission(part(request, "pack"), request.text_at("form"), part(request, "answers"), existing);
    Json records = Json::list();
    for (auto const& record : checked.records) {
        Json made = Json::object({{"alias", record.alias}, {"index", static_cast<std::int64_t>(record.index)}, {"type", record.type}});
        made.set("fields", object_of(record.fields));
        records.push_back(std::move(made));
    }
    Json answer = Json::object();
    answer.set("faults", faults_of(checked)).set("records", std::move(records));
    return answer;
}

Result<Json> form(Json const& request) {
    auto described = describe_form(part(request, "pack"), request.text_at("form"), request.text_at("language"));
    if (!described) return fail(Fault::NotFound, "form.none", "There is no such form.");
    return std::move(*described);
}

Result<Json> answer(std::string_view text) {
    SANJAL_TRY(auto const request, parse_json(text, {16U << 20U, 64}));
    auto const what = request.text_at("do");
    if (what == "value") return value(request);
    if (what == "years") return years(request);
    if (what == "condition") return condition(request);
    if (what == "clock") return clock(request);
    if (what == "doubt") return doubt(request);
    if (what == "holds") return holds(request);
    if (what == "moment") return moment(request);
    if (what == "notices") return notices(request);
    if (what == "submission") return submission(request);
    if (what == "plan") return plan(request);
    if (what == "form") return form(request);
    return fail(Fault::Invalid, "call.unknown", "The rules know no question of this name.");
}

}  // namespace

std::string call(std::string_view request) {
    auto const answered = answer(request);
    if (answered) return write_json(*answered);
    return write_json(Json::object({{"error", Json::object({{"code", answered.error().code}, {"message", answered.error().message}})}}));
}

}  // namespace sanjal::rules

// For WebAssembly: the caller puts `size` bytes where sanjal_take says, calls, and reads the answer up to its zero byte.
extern "C" {
char* sanjal_take(std::size_t size) { return static_cast<char*>(std::malloc(size)); }
void sanjal_give_back(char* bytes) { std::free(bytes); }
char* sanjal_call(char const* request, std::size_t size) {
    std::string const answer = sanjal::rules::call(std::string_view(request, size));
    auto* const out = static_cast<char*>(std::malloc(answer.size() + 1));
    if (out != nullptr) std::memcpy(out, answer.c_str(), answer.size() + 1);
    return out;
}
}
