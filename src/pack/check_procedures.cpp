// Procedures: steps, their order, gates; and that nobody is reported without somebody having to do something (P2).
#include <algorithm>

#include "pack/finder.h"
#include "rules/condition.h"

namespace sanjal::pack {
namespace {

Words const stages = {"reporting", "rescue", "rehabilitation", "repatriation", "reintegration", "recompensation"};
Words const lines = {"care", "justice", "compensation", "search", "oversight"};
Words const in_make = {"type", "many", "for_each", "optional", "if_answered"};
Words const in_procedure = {"procedure", "title", "line", "stands_on", "starts_when", "if_unknown", "place", "steps", "gates", "note"};
Words const in_step = {"stage", "title", "who", "form", "after", "when", "if_unknown", "again", "until", "done_at", "clock", "consents", "approve", "note", "source"};
Words const in_approve = {"who", "number", "says", "source", "note"};
Words const in_step_clock = {"use", "when"};
Words const in_gate = {"before", "needs", "says", "source", "note"};

class Procedures : private Finder {
public:
    Procedures(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws) {}

    void run() {
        for (auto const& [name, procedure] : section("procedures")) check_procedure("procedures/" + name, name, procedure);
        check_first_day();
    }

private:
    void check_procedure(std::string const& here, std::string const& name, Json const& procedure) {
        only(here, procedure, in_procedure, "A procedure");
        if (procedure.text_at("title").empty()) find(here, "A procedure has a title.");
        check_place(here, procedure);
        if (lines.count(procedure.text_at("line", "care")) == 0) find(here, "A procedure is of one line: care, justice, compensation, search or oversight.");
        std::string const stands(procedure.text_at("stands_on", "part"));
        // One person can stand in several cases, and a task stands in one.
        bool const can_stand = one("types", stands) != nullptr && stands != "person";
        if (!can_stand) find(here, "A procedure stands on a part or on a case, or on another type of record that belongs to one case.");
        auto const aliases = standing_on(stands);
        if (auto const* when = procedure.find("starts_when")) {
            check_rule(here + "/starts_when", *when, aliases);
            check_if_unknown(here, procedure, "A procedure that starts on a condition");
        } else if (procedure.find("if_unknown") != nullptr) {
            find(here, "If nothing is asked, nothing is unknown: say starts_when.");
        }
        auto const* steps = procedure.find("steps");
        if (steps == nullptr || !steps->is_object() || steps->members().empty()) return find(here, "A procedure has steps.");
        std::map<std::string, std::string> by_form;
        for (auto const& [step, definition] : steps->members()) {
            std::string const pointer = here + "/steps/" + step;
            check_step(pointer, step, definition, *steps, aliases);
            if (auto const form = definition.text_at("form"); !form.empty() && !by_form.emplace(form, step).second) find(pointer, "The same form ends two steps of one procedure.");
            check_name(pointer, name, step, stands);
        }
        check_reached(here, *steps);
        if (auto const* gates = procedure.find("gates")) check_gates(here + "/gates", *gates, *steps, aliases);
    }

    void check_if_unknown(std::string const& here, Json const& json, char const* what) {
        auto const otherwise = json.text_at("if_unknown");
        if (otherwise != "start" && otherwise != "wait") find(here, std::string(what) + " says what happens if it is not known: start or wait.");
    }

    // Procedures run beside each other on one record: there a step is known by its name.
    void check_name(std::string const& pointer, std::string const& procedure, std::string const& step, std::string const& stands) {
        for (auto const& [other, definition] : section("procedures")) {
            if (other == procedure) return;  // said once, by the later one
            auto const* steps = definition.text_at("stands_on", "part") == stands ? definition.find("steps") : nullptr;
            if (steps != nullptr && steps->find(step) != nullptr) find(pointer, "The procedure " + other + " has a step of this name, too, and both can stand on one record. Give it a name of its own.");
        }
    }

    void check_step(std::string const& pointer, std::string const& step, Json const& definition, Json const& steps, Aliases const& aliases) {
        only(pointer, definition, in_step, "A step");
        if (definition.text_at("title").empty()) find(pointer, "A step has a title.");
        if (stages.count(definition.text_at("stage")) == 0) find(pointer, "A step belongs to a stage: reporting, rescue, rehabilitation, repatriation, reintegration or recompensation.");
        auto const roles = list_of(definition.find("who"));
        if (roles.empty()) find(pointer, "A step says who does it.");
        for (auto const& role : roles) {
            if (one("roles", text_of(role)) == nullptr) find(pointer, "Nobody can hold the role \"" + text_of(role) + "\".");
        }
        if (auto const form = definition.text_at("form"); !form.empty() && one("forms", form) == nullptr) find(pointer, "There is no form of that name.");
        for (auto const& earlier : list_of(definition.find("after"))) {
            if (steps.find(text_of(earlier)) == nullptr) find(pointer, "It comes after a step that does not exist.");
            if (text_of(earlier) == step) find(pointer, "A step cannot come after itself.");
        }
        if (auto const* when = definition.find("when")) {
            check_rule(pointer + "/when", *when, aliases);
            check_if_unknown(pointer, definition, "A step that stands on a condition");
        } else if (definition.find("if_unknown") != nullptr) {
            find(pointer, "If nothing is asked, nothing is unknown: say when.");
        }
        check_again(pointer, definition, aliases);
        for (auto const& consent : list_of(definition.find("consents"))) {
            if (field("consent", text_of(consent)) == nullptr) find(pointer, "There is no consent of the name \"" + text_of(consent) + "\".");
        }
        if (auto const done = definition.text_at("done_at"); !done.empty()) {
            auto const* moment = check_rule_path(pointer, std::string(done), aliases);
            if (moment != nullptr && moment->text_at("kind") != "time") find(pointer, "When another record tells that it was done is a time.");
        }
        auto const* clock = definition.find("clock");
        for (auto const& used : list_of(clock)) check_used_clock(pointer, step, used, definition, aliases);
        if (auto const* approve = definition.find("approve")) check_approve(pointer + "/approve", *approve);
        check_source(pointer, definition);
    }

    void check_approve(std::string const& pointer, Json const& approve) {
        only(pointer, approve, in_approve, "What signatures a step needs");
        auto const roles = list_of(approve.find("who"));
        if (roles.empty()) find(pointer, "It is said who signs.");
        for (auto const& role : roles) {
            if (one("roles", text_of(role)) == nullptr) find(pointer, "Nobody can hold the role \"" + text_of(role) + "\".");
        }
        if (auto const number = approve.integer_at("number"); number < 1 || number > 20) find(pointer, "How many people sign is a number from 1 to 20.");
        if (approve.text_at("says").empty()) find(pointer, "It is said in words what is missing while signatures are.");
        check_source(pointer, approve);
    }

    void check_again(std::string const& pointer, Json const& definition, Aliases const& aliases) {
        auto const* again = definition.find("again");
        if (again != nullptr && !again->is_bool()) find(pointer, "\"again\" is true or false.");
        if (auto const* until = definition.find("until")) {
            check_rule(pointer + "/until", *until, aliases);
            if (!definition.bool_at("again")) find(pointer, "Only a step that is done again and again says until when.");
        }
    }

    void check_used_clock(std::string const& pointer, std::string const& step, Json const& used, Json const& definition, Aliases const& aliases) {
        std::string const id = used.is_text() ? used.text() : std::string(used.text_at("use"));
        auto const* rule = one("clocks", id);
        if (rule == nullptr) return find(pointer, "There is no clock of that name.");
        auto const stops = list_of(rule->find("stops"));
        if (std::none_of(stops.begin(), stops.end(), [&](Json const& stop) { return text_of(stop) == step; })) find(pointer, "This clock is not stopped by this step.");
        bool const comes_again = rule->find("series") != nullptr || rule->find("every") != nullptr;
        if (comes_again && !definition.bool_at("again")) find(pointer, "This clock comes again, so the step can be done again: say again: true.");
        if (!used.is_object()) return;
        only(pointer + "/clock", used, in_step_clock, "A clock of a step");
        if (auto const* when = used.find("when")) check_rule(pointer + "/clock", *when, aliases);
        else find(pointer, "A clock that does not always run says when.");
    }

    // A circle of steps that come after one another can never begin.
    void check_reached(std::string const& here, Json const& steps) {
        std::set<std::string> reached;
        for (bool more = true; more;) {
            more = false;
            for (auto const& [step, definition] : steps.members()) {
                auto const after = list_of(definition.find("after"));
                bool const ready = std::all_of(after.begin(), after.end(), [&](Json const& earlier) { return reached.count(text_of(earlier)) > 0 || steps.find(text_of(earlier)) == nullptr; });
                if (ready && reached.insert(step).second) more = true;
            }
        }
        for (auto const& [step, definition] : steps.members()) {
            if (reached.count(step) == 0) find(here + "/steps/" + step, "This step can never be reached: it waits for steps that wait for it.");
        }
    }

    void check_gates(std::string const& here, Json const& gates, Json const& steps, Aliases const& aliases) {
        if (!gates.is_object()) return find(here, "Gates have names.");
        for (auto const& [gate, definition] : gates.members()) {
            std::string const pointer = here + "/" + gate;
            only(pointer, definition, in_gate, "A gate");
            auto const before = list_of(definition.find("before"));
            if (before.empty()) find(pointer, "A gate stands before a step.");
            for (auto const& step : before) {
                if (steps.find(text_of(step)) == nullptr) find(pointer, "It stands before a step that does not exist.");
            }
            if (auto const* needs = definition.find("needs")) check_rule(pointer + "/needs", *needs, aliases);
            else find(pointer, "A gate says what it needs.");
            if (definition.text_at("says").empty()) find(pointer, "A gate says in words why it is closed.");
            check_source(pointer, definition);
        }
    }

    // P2: whatever somebody answers in the first minutes, a procedure of care must stand up for a survivor.  A pack without a
    // place (an agreement between two countries) is a part of theirs, and looked at as such when they are checked.
    void check_first_day() {
        if (section("procedures").empty() || document_.find("place") == nullptr) return;
        for (auto const& [form, definition] : section("forms")) {
            auto const* makes = definition.find("makes");
            if (makes == nullptr || !makes->is_object()) continue;
            std::map<std::string, Json> constants;
            bool begins = false;
            for (auto const& [alias, made] : makes->members()) {
                begins = begins || made.bool_at("many");
                if (made.text_at("type") != "part") continue;
                for (auto const& [name, value] : made.members()) {
                    if (in_make.count(name) == 0 && field("part", name) != nullptr) constants["part." + name] = value;
                }
            }
            if (!begins || constants.count("part.as") == 0) continue;
            auto const questions = choices_of(definition, *makes);
            std::map<std::string, Json> facts = constants;
            try_answers("forms/" + form + "/enough", questions, 0, facts);
        }
    }

    using Questions = std::vector<std::pair<std::string, Json::List>>;

    // Every way to answer the choices that are enough.
    [[nodiscard]] Questions choices_of(Json const& form, Json const& makes) const {
        Questions questions;
        for (auto const& question : list_of(form.find("enough"))) {
            std::string const path = text_of(question);
            auto const dot = path.find('.');
            auto const* made = dot == std::string::npos ? nullptr : makes.find(path.substr(0, dot));
            auto const* asked = made != nullptr ? field(made->text_at("type"), path.substr(dot + 1)) : nullptr;
            auto const* codes = asked != nullptr && asked->text_at("kind") == "choice" ? one("codes", asked->text_at("from")) : nullptr;
            auto const* values = codes != nullptr ? codes->find("values") : nullptr;
            if (values == nullptr || values->members().size() > 12) continue;
            Json::List answers = {Json::object({{"none", "unknown"}}), Json::object({{"none", "refused"}})};
            for (auto const& [code, label] : values->members()) answers.emplace_back(code);
            questions.emplace_back(std::string(made->text_at("type")) + path.substr(dot), std::move(answers));
        }
        return questions;
    }

    void try_answers(std::string const& pointer, Questions const& questions, std::size_t at, std::map<std::string, Json>& facts) {
        if (at < questions.size()) {
            for (auto const& answer : questions[at].second) {
                facts[questions[at].first] = answer;
                try_answers(pointer, questions, at + 1, facts);
            }
            return;
        }
        if (somebody_cares(facts)) return;
        std::string said;
        for (auto const& [path, answers] : questions) said += (said.empty() ? "" : ", ") + path + ": " + (facts[path].is_text() ? facts[path].text() : std::string(facts[path].text_at("none")));
        find(pointer, "These answers are enough for the form and start no procedure (" + said + "): somebody would be reported and nobody would have to do anything.");
    }

    [[nodiscard]] bool somebody_cares(std::map<std::string, Json> const& facts) const {
        for (auto const& [name, procedure] : section("procedures")) {
            if (procedure.text_at("stands_on", "part") != "part" || procedure.text_at("line", "care") != "care") continue;
            auto const* when = procedure.find("starts_when");
            if (when == nullptr) return true;
            auto const condition = rules::Condition::parse(*when);
            if (!condition) return true;  // said elsewhere
            auto const truth = rules::evaluate(*condition, [&](std::string_view path) -> Json const* {
                auto const found = facts.find(std::string(path));
                return found != facts.end() ? &found->second : nullptr;
            });
            if (truth == rules::Truth::True || (truth == rules::Truth::Unknown && procedure.text_at("if_unknown") == "start")) return true;
        }
        return false;
    }
};

}  // namespace

void check_procedures(Json const& document, std::vector<Flaw>& flaws) { Procedures(document, flaws).run(); }

}  // namespace sanjal::pack
