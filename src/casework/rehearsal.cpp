#include "casework/rehearsal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "casework/derive.h"
#include "casework/retention.h"
#include "pack/yaml.h"
#include "rules/plan.h"
#include "rules/value.h"

namespace sanjal::casework {
namespace {

namespace files = std::filesystem;

tl::unexpected<Error> malformed(std::string message) { return fail(Fault::Invalid, "pack.test_malformed", std::move(message)); }

// One case with its people, built up from entries that nobody signed.
class Stage {
public:
    explicit Stage(pack::Pack const& pack) : pack_(pack) {}
    [[nodiscard]] pack::Pack const& pack() const { return pack_; }

    Result<void> open() {
        ledger::Entry loaded;
        loaded.fields.push_back({"document", pack_.document, "public"});
        SANJAL_DO(packs_.learn(loaded));
        return {};
    }

    // Gives the codes of what is wrong with the answers, with their pointers; empty: taken.
    Result<std::vector<rules::AnswerFault>> submit(std::string const& form, Json const& answers, std::size_t who, Instant now) {
        auto const* definition = pack_.form(form);
        if (definition == nullptr) return malformed("There is no form \"" + form + "\" in this pack.");
        std::map<std::string, std::string> existing;
        auto const* makes = definition->find("makes");
        for (auto const& [alias, one] : makes->members()) {
            auto const found = ids_.find(std::string(one.text_at("type")));
            if (found == ids_.end() || one.bool_at("many") || !one.text_at("for_each").empty()) continue;
            if (!one.bool_at("optional")) continue;  // what a form may find there already it says
            auto const type = one.text_at("type");
            if (type == "case" || type == "person" || type == "part") {
                std::size_t const index = type == "case" ? 0 : who;
                if (found->second.size() > index) existing[alias] = found->second[index];
            } else if (auto const id = newest_of(found->second, who); !id.empty()) {
                existing[alias] = id;
            }
        }
        bool const begins = ids_.empty() || std::any_of(makes->members().begin(), makes->members().end(), [](auto const& one) { return one.second.bool_at("many"); });
        if (begins) existing.clear();
        std::vector<std::string> names;
        for (auto const& [alias, id] : existing) names.push_back(alias);
        auto const checked = rules::check_submission(pack_.document, form, answers, names);
        if (!checked.faults.empty()) return checked.faults;
        auto const plan = rules::plan_submission(pack_.document, form, checked, existing, [&] { return new_id(); });
        if (begins) ids_.clear();
        for (auto const& record : plan.records) {
            std::vector<ledger::Field> fields;
            for (auto const& [name, value] : record.fields) add_field(record.type, name, value, fields);
            for (auto const& [name, value] : record.links) add_field(record.type, name, value, fields);
            if (record.is_new) ids_[record.type].push_back(record.record);
            if (record.is_new || !fields.empty()) SANJAL_DO(write(record.record, record.type + (record.is_new ? ".opened" : ".changed"), std::move(fields), now));
        }
        for (auto const& bearer : plan.bearers) {
            std::vector<ledger::Field> fields;
            if (plan.happened) fields.push_back({"at", *plan.happened, "operational"});
            fields.push_back({"form", form, "operational"});
            SANJAL_DO(write(bearer, "form.submitted", std::move(fields), now));
        }
        return std::vector<rules::AnswerFault>();
    }

    // "case.journey_minutes": 310
    Result<void> set(std::string const& path, Json const& value, std::size_t who, Instant now) {
        auto const dot = path.find('.');
        std::string const type = path.substr(0, dot);
        std::string const name = dot == std::string::npos ? std::string() : path.substr(dot + 1);
        auto const* definition = pack_.field(type, name);
        if (definition == nullptr) return malformed("There is no field \"" + path + "\" in this pack.");
        SANJAL_TRY(auto const id, id_of(type, who));
        auto const* codes = pack_.document.find("codes");
        Json const no_codes = Json::object();
        std::vector<ledger::Field> fields;
        if (definition->bool_at("many") && value.is_list()) {
            add_field(type, name, value, fields);
        } else {
            auto normal = rules::check_value(*definition, codes != nullptr ? *codes : no_codes, value);
            if (!normal) return malformed(path + ": " + normal.error().message);
            add_field(type, name, *normal, fields);
        }
        return write(id, type + ".changed", std::move(fields), now);
    }

    // `step` says on which record it happened: the one on which its procedure stands.
    Result<void> happen(std::string const& verb, std::string_view step, std::vector<ledger::Field> fields, std::size_t who, Instant now, std::int64_t by) {
        std::string type = "part";
        for (auto const& [name, procedure] : pack_.document.find("procedures")->members()) {
            auto const* steps = procedure.find("steps");
            if (steps != nullptr && steps->find(step) != nullptr) type = procedure.text_at("stands_on", "part");
        }
        SANJAL_TRY(auto const id, id_of(type, who));
        return write(id, verb, std::move(fields), now, by);
    }

    [[nodiscard]] Result<Derived> derived() const {
        auto const all = cluster();
        return all ? derive(packs_, *all) : Derived();
    }

    [[nodiscard]] std::vector<Keeping> keeping() const {
        auto const all = cluster();
        return all ? keeping_of(pack_, *all) : std::vector<Keeping>();
    }

    [[nodiscard]] std::optional<record::Cluster> cluster() const {
        record::Cluster cluster;
        auto const cases = ids_.find("case");
        if (cases == ids_.end()) return std::nullopt;
        cluster.root = cases->second.front();
        cluster.records = states_;
        for (auto const& part : parts()) {
            auto const* person = states_.at(part).value("person");
            cluster.parts.push_back({part, person != nullptr && person->is_text() ? person->text() : std::string()});
        }
        std::sort(cluster.parts.begin(), cluster.parts.end(), [](auto const& a, auto const& b) { return a.part < b.part; });
        return cluster;
    }

    [[nodiscard]] Result<std::string> id_of(std::string const& type, std::size_t who) const {
        auto const found = ids_.find(type);
        std::size_t const index = type == "case" ? 0 : who;
        if (found == ids_.end() || found->second.size() <= index) return malformed("There is no " + type + " number " + std::to_string(index + 1) + " yet: a form must have made it.");
        return found->second[index];
    }

    [[nodiscard]] std::string type_of(std::string const& id) const {
        auto const found = states_.find(id);
        return found == states_.end() ? std::string() : std::string(found->second.type());
    }

private:
    // Of records of one type the newest that hangs on this person's part, or on no part.
    [[nodiscard]] std::string newest_of(std::vector<std::string> const& ids, std::size_t who) const {
        auto const all = parts();
        for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
            auto const* part = states_.at(*id).value("part");
            if (part == nullptr || !part->is_text() || (all.size() > who && part->text() == all[who])) return *id;
        }
        return {};
    }

    [[nodiscard]] std::vector<std::string> parts() const {
        auto const found = ids_.find("part");
        return found == ids_.end() ? std::vector<std::string>() : found->second;
    }

    std::string new_id() {
        std::string number = std::to_string(++count_);
        return "00000000-0000-7000-8000-" + std::string(12 - number.size(), '0') + number;
    }

    void add_field(std::string const& type, std::string const& name, Json const& value, std::vector<ledger::Field>& fields) {
        auto const* definition = pack_.field(type, name);
        std::string const sensitivity(definition->text_at("class"));
        if (!definition->bool_at("many") || !value.is_list()) {
            fields.push_back({name, value, sensitivity});
            return;
        }
        for (auto const& one : value.items()) fields.push_back({name + "/e" + std::to_string(++count_), one, sensitivity});
    }

    Result<void> write(std::string const& record, std::string const& verb, std::vector<ledger::Field> fields, Instant now, std::int64_t by = 0) {
        ledger::Entry entry;
        entry.position = ++count_;
        std::string const number = std::to_string(entry.position);
        entry.id = std::string(43 - number.size(), 'A') + number;
        entry.received = now;
        entry.head.verb = verb;
        entry.head.record = record;
        entry.head.actor = "00000000-0000-7000-8000-00000000000" + std::to_string(by);
        entry.head.pack = pack_.reference();
        auto& state = states_[record];
        entry.head.after = state.heads();
        entry.fields = std::move(fields);
        std::sort(entry.fields.begin(), entry.fields.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
        std::string const noun = verb.substr(0, verb.find('.'));
        return state.apply(entry, {[&](std::string_view field) { return pack_.field(state.exists() ? state.type() : std::string_view(noun), field); },
                                   [](auto const&) -> Result<std::set<std::string>> { return std::set<std::string>(); }});
    }

    pack::Pack const& pack_;
    record::Packs packs_;
    std::map<std::string, std::vector<std::string>> ids_;  // by type, in the order in which they came
    std::map<std::string, record::State> states_;
    std::int64_t count_ = 0;
};

std::size_t who_of(Json const& step) { return static_cast<std::size_t>(std::max<std::int64_t>(1, step.integer_at("who", 1)) - 1); }

// One line under `given`.
Result<void> perform(Stage& stage, Json const& step, std::vector<std::string>& faults) {
    SANJAL_TRY(auto const now, parse_instant(step.text_at("at")));
    std::size_t const who = who_of(step);
    if (auto const form = step.text_at("form"); !form.empty()) {
        auto const* answers = step.find("answers");
        Json const none = Json::object();
        SANJAL_TRY(auto const wrong, stage.submit(std::string(form), answers != nullptr ? *answers : none, who, now));
        auto const wanted = step.text_at("refused");
        if (wanted.empty()) {
            for (auto const& fault : wrong) faults.push_back("The form " + std::string(form) + " was refused at " + fault.pointer + ": " + fault.message);
        } else if (std::none_of(wrong.begin(), wrong.end(), [&](auto const& fault) { return fault.code == wanted; })) {
            faults.push_back("The form " + std::string(form) + " should be refused with " + std::string(wanted) + (wrong.empty() ? ", and was taken." : ", and was refused with " + wrong.front().code + "."));
        }
        return {};
    }
    if (auto const* set = step.find("set"); set != nullptr && set->is_object()) {
        for (auto const& [path, value] : set->members()) SANJAL_DO(stage.set(path, value, who, now));
        return {};
    }
    for (auto const& [word, verb, field] : {std::tuple("done", "task.done", "step"), std::tuple("skip", "task.skipped", "step"), std::tuple("delayed", "task.delayed", "rule"),
                                         std::tuple("approve", "task.approved", "step"), std::tuple("refuse", "task.refused", "step")}) {
        auto const what = step.text_at(word);
        if (what.empty()) continue;
        std::vector<ledger::Field> fields = {{field, Json(what), "operational"}};
        if (auto const reason = step.text_at("reason"); !reason.empty()) fields.push_back({"reason", Json(reason), "operational"});
        auto const* rule = std::string_view(word) == "delayed" ? stage.pack().clock(what) : nullptr;
        auto const* stops = rule != nullptr ? rule->find("stops") : nullptr;
        if (stops != nullptr && stops->is_list() && !stops->items().empty()) stops = &stops->items().front();
        return stage.happen(verb, stops != nullptr && stops->is_text() ? std::string_view(stops->text()) : what, std::move(fields), who, now, std::clamp<std::int64_t>(step.integer_at("by"), 0, 9));
    }
    return malformed("A line under `given` has at, and one of form, set, done, skip, delayed, approve, refuse.");
}

std::string shown(std::optional<std::int64_t> const& at) { return at ? format_instant(instant_of(*at)) : std::string("none"); }

using ClockPlace = std::vector<Clock>::const_iterator;

// tells: {unit_head: "2026-11-22T16:06+05:30"}: whom the clock tells, and when first.
Result<void> compare_notices(pack::Pack const& pack, ClockPlace clock, ClockPlace none, Json const& tells, std::vector<std::string>& faults) {
    if (clock == none || !clock->due) return malformed("`tells` stands beside a clock that is due.");
    auto const notices = rules::notices_of(*pack.clock(clock->rule), instant_of(*clock->due));
    for (auto const& [who, when] : tells.members()) {
        auto const found = std::find_if(notices.begin(), notices.end(), [&, name = who](auto const& notice) { return notice.who == name; });
        std::string const is = found == notices.end() ? "never" : format_instant(found->at);
        std::string should = "never";
        if (when.is_text() && when.text() != "never") {
            SANJAL_TRY(auto const at, parse_instant(when.text()));
            should = format_instant(at);
        }
        if (is != should) faults.push_back("The clock " + clock->rule + " should tell " + who + " at " + should + " and does at " + is + ".");
    }
    return {};
}

// keeps: {identity: "2033-11-22T23:59+05:30"}, or null: no limit on record.
Result<void> compare_keeping(Stage const& stage, Json const& keeps, std::vector<std::string>& faults) {
    auto const keeping = stage.keeping();
    for (auto const& [sensitivity, until] : keeps.members()) {
        auto const found = std::find_if(keeping.begin(), keeping.end(), [&, name = sensitivity](auto const& one) { return one.sensitivity == name; });
        if (found == keeping.end()) return malformed("This pack says nothing about keeping the class \"" + sensitivity + "\".");
        std::optional<std::int64_t> should;
        if (until.is_text()) {
            SANJAL_TRY(auto const at, parse_instant(until.text()));
            should = milliseconds_of(at);
        }
        if (found->until != should) faults.push_back("The class " + sensitivity + " should be kept until " + shown(should) + " and is kept until " + shown(found->until) + ".");
    }
    return {};
}

// One line under `expect`.
Result<void> compare(pack::Pack const& pack, Stage const& stage, Json const& wanted, Instant now, std::vector<std::string>& faults) {
    SANJAL_TRY(auto const derived, stage.derived());
    auto const part = stage.id_of("part", who_of(wanted));
    // What stands on this part, or on no part at all: on the case, or on a record of it.
    auto const concerns = [&](std::string const& id) { return (part && id == *part) || stage.type_of(id) != "part"; };
    auto const clock_of = [&](std::string_view rule) {
        return std::find_if(derived.clocks.begin(), derived.clocks.end(), [&](Clock const& clock) { return concerns(clock.part) && clock.rule == rule; });
    };
    auto const task_of = [&](std::string_view step) {
        return std::find_if(derived.tasks.begin(), derived.tasks.end(), [&](Task const& task) { return concerns(task.part) && task.step == step; });
    };
    auto const stands = [&](std::string_view procedure) {
        return std::any_of(derived.tasks.begin(), derived.tasks.end(), [&](Task const& task) { return concerns(task.part) && task.procedure == procedure; });
    };
    bool looked = false;
    if (auto const rule = wanted.text_at("clock"); !rule.empty()) {
        looked = true;
        if (pack.clock(rule) == nullptr) return malformed("There is no clock \"" + std::string(rule) + "\" in this pack.");
        auto const clock = clock_of(rule);
        std::string const is = clock == derived.clocks.end() ? "not_started" : std::string(state_of(*clock, pack.clock(rule), now));
        if (auto const should = wanted.text_at("is"); is != should) {
            faults.push_back("The clock " + std::string(rule) + " should be " + std::string(should) + " and is " + is + (clock == derived.clocks.end() ? "." : " (due " + shown(clock->due) + ")."));
        }
        if (auto const due = wanted.text_at("due"); !due.empty()) {
            SANJAL_TRY(auto const moment, parse_instant(due));
            std::string const is_due = clock == derived.clocks.end() ? std::string("never: it does not run") : shown(clock->due);
            if (clock == derived.clocks.end() || clock->due != milliseconds_of(moment)) faults.push_back("The clock " + std::string(rule) + " should be due " + format_instant(moment) + " and is due " + is_due + ".");
        }
        if (auto const asks = wanted.text_at("asks"); !asks.empty()) {
            auto const* late = pack.clock(rule)->find("when_late");
            if (late == nullptr || late->text_at("ask") != asks) faults.push_back("The clock " + std::string(rule) + " should ask for " + std::string(asks) + " when it is late, and does not.");
        }
    }
    if (auto const* tells = wanted.find("tells"); tells != nullptr && tells->is_object()) SANJAL_DO(compare_notices(pack, clock_of(wanted.text_at("clock")), derived.clocks.end(), *tells, faults));
    if (auto const* keeps = wanted.find("keeps"); keeps != nullptr && keeps->is_object()) {
        looked = true;
        SANJAL_DO(compare_keeping(stage, *keeps, faults));
    }
    if (auto const rule = wanted.text_at("no_clock"); !rule.empty()) {
        looked = true;
        if (pack.clock(rule) == nullptr) return malformed("There is no clock \"" + std::string(rule) + "\" in this pack.");
        if (clock_of(rule) != derived.clocks.end()) faults.push_back("The clock " + std::string(rule) + " runs, and should not.");
    }
    if (auto const step = wanted.text_at("task"); !step.empty()) {
        looked = true;
        auto const task = task_of(step);
        std::string const is = task == derived.tasks.end() ? "none" : task->state;
        if (auto const gate = wanted.text_at("gate"); !gate.empty() && (task == derived.tasks.end() || task->gate != gate)) {
            faults.push_back("The task " + std::string(step) + " should stand behind the gate " + std::string(gate) + ", and does not.");
        }
        if (auto const should = wanted.text_at("is", "open"); is != should) faults.push_back("The task " + std::string(step) + " should be " + std::string(should) + " and is " + is + ".");
    }
    if (auto const step = wanted.text_at("no_task"); !step.empty()) {
        looked = true;
        if (task_of(step) != derived.tasks.end()) faults.push_back("The task " + std::string(step) + " stands, and should not.");
    }
    if (auto const procedure = wanted.text_at("procedure"); !procedure.empty()) {
        looked = true;
        if (pack.procedure(procedure) == nullptr) return malformed("There is no procedure \"" + std::string(procedure) + "\" in this pack.");
        if (!stands(procedure)) faults.push_back("The procedure " + std::string(procedure) + " should stand, and does not.");
    }
    if (auto const procedure = wanted.text_at("no_procedure"); !procedure.empty()) {
        looked = true;
        if (pack.procedure(procedure) == nullptr) return malformed("There is no procedure \"" + std::string(procedure) + "\" in this pack.");
        if (stands(procedure)) faults.push_back("The procedure " + std::string(procedure) + " stands, and should not.");
    }
    if (!looked) return malformed("A line under `expect` has one of clock, no_clock, task, no_task, procedure, no_procedure, keeps.");
    return {};
}

}  // namespace

Result<std::vector<std::string>> rehearse_one(pack::Pack const& pack, Json const& test) {
    std::vector<std::string> faults;
    Stage stage(pack);
    SANJAL_DO(stage.open());
    auto const* given = test.find("given");
    auto const* expect = test.find("expect");
    if (given == nullptr || !given->is_list() || given->items().empty()) return malformed("A test says what is given.");
    bool const refuses = std::any_of(given->items().begin(), given->items().end(), [](Json const& step) { return !step.text_at("refused").empty(); });
    if ((expect == nullptr || !expect->is_list() || expect->items().empty()) && !refuses) return malformed("A test says what is expected.");
    Json::List const none;
    auto const& expected = expect != nullptr && expect->is_list() ? expect->items() : none;

    // Each expectation is held against what was known at its own moment.
    std::vector<std::pair<Instant, Json const*>> moments;
    Instant last{};
    for (auto const& step : given->items()) {
        SANJAL_TRY(auto const at, parse_instant(step.text_at("at")));
        if (at < last) return malformed("What is given stands in the order in which it was written down.");
        last = at;
    }
    std::size_t next = 0;
    for (auto const& wanted : expected) {
        Instant at = last;
        if (wanted.find("at") != nullptr) {
            SANJAL_TRY(at, parse_instant(wanted.text_at("at")));
        }
        moments.emplace_back(at, &wanted);
    }
    std::stable_sort(moments.begin(), moments.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    for (auto const& [at, wanted] : moments) {
        for (; next < given->items().size(); ++next) {
            SANJAL_TRY(auto const written, parse_instant(given->items()[next].text_at("at")));
            if (written > at) break;
            SANJAL_DO(perform(stage, given->items()[next], faults));
        }
        SANJAL_DO(compare(pack, stage, *wanted, at, faults));
    }
    for (; next < given->items().size(); ++next) SANJAL_DO(perform(stage, given->items()[next], faults));
    return faults;
}

Result<std::vector<Rehearsed>> rehearse(pack::Pack const& pack, std::string const& folder) {
    std::vector<files::path> paths;
    std::error_code code;
    for (auto const& entry : files::directory_iterator(files::path(folder) / "tests", code)) {
        if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Rehearsed> all;
    for (auto const& path : paths) {
        std::string const shown = "tests/" + path.filename().string();
        std::ifstream in(path, std::ios::binary);
        std::string const text((std::istreambuf_iterator<char>(in)), {});
        SANJAL_TRY(auto const yaml, pack::read_yaml(text, shown));
        if (!yaml.json.is_list()) return fail(Fault::Invalid, "pack.test_malformed", "A file of tests is a list of tests.", shown + ":1");
        for (std::size_t i = 0; i < yaml.json.items().size(); ++i) {
            auto const& test = yaml.json.items()[i];
            auto const line = yaml.lines.find("/" + std::to_string(i));
            Rehearsed one;
            one.where = shown + ":" + std::to_string(line != yaml.lines.end() ? line->second : 1);
            one.name = test.text_at("test");
            if (one.name.empty()) return fail(Fault::Invalid, "pack.test_malformed", "A test begins with its sentence: test: ...", one.where);
            auto faults = rehearse_one(pack, test);
            if (!faults) return fail(Fault::Invalid, faults.error().code, faults.error().message, one.where);
            one.faults = std::move(*faults);
            all.push_back(std::move(one));
        }
    }
    return all;
}

}  // namespace sanjal::casework
