#include "pack/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/time.h"
#include "pack/documents.h"
#include "rules/clock.h"
#include "rules/condition.h"
#include "rules/value.h"

namespace sanjal::pack {
namespace {

using Words = std::set<std::string_view>;

Words const kinds = {"text", "person_name", "phone", "time", "date", "age", "choice", "choices", "place", "number", "money", "yes_no", "photo", "file", "signature", "voice", "relation", "unit"};
Words const classes = {"public", "operational", "identity", "contact", "medical", "counselling", "legal", "sealed"};
Words const relations = {"own", "assigned", "unit", "referred", "supervised", "under_order"};
Words const stages = {"reporting", "rescue", "rehabilitation", "repatriation", "reintegration", "recompensation"};
Words const natures = {"statute", "rule", "court_direction", "scheme", "advisory", "sop_target", "practice"};
Words const confidences = {"verified", "known", "proposal"};

// What may stand where; anything else is a slip of typing that would otherwise be passed over in silence.
Words const in_type = {"type", "title", "number", "written_by", "fields", "note"};
Words const in_field = {"ask", "kind", "class", "from", "to", "many", "claims", "index", "reach", "must", "doubt", "help", "required", "show_when", "htcds", "ctdc", "ncrb", "note"};
Words const in_must = {"from", "to", "characters"};
Words const in_form = {"form", "title", "paper", "makes", "enough", "pages", "happened", "note"};
Words const in_page = {"title", "ask", "show_when", "note"};
Words const in_make = {"type", "many", "for_each", "optional", "if_answered"};
Words const in_procedure = {"procedure", "title", "stands_on", "starts_when", "if_unknown", "steps", "gates", "note"};
Words const in_step = {"stage", "title", "who", "form", "after", "clock", "consents", "approve", "note", "source"};
Words const in_approve = {"who", "number", "says", "source", "note"};
Words const in_clock = {"starts", "within", "not_counting", "stops", "who", "nature", "warn", "when_late", "from", "to", "source", "note"};
Words const in_source = {"act", "section", "rule", "order", "scheme", "practice", "url", "page", "confidence", "note"};
Words const in_role = {"read", "write", "opens"};
Words const in_codes = {"values", "ctdc", "htcds", "ncrb", "note"};
Words const in_calendar = {"zone", "week", "holidays", "note"};
Words const in_gate = {"before", "needs", "says", "source", "note"};
Words const in_import = {"import", "title", "type", "row", "columns", "source", "note"};
Words const in_column = {"field", "as", "by", "code", "unknown", "note"};
// The kind that makes several records of a row (docs/formats/import.md).
Words const in_table = {"import", "title", "like", "makes", "keep", "not_known", "otherwise", "columns", "layout", "write_codes", "encoding", "sheet", "header_line", "source", "note"};
Words const in_table_column = {"label", "also", "as", "into", "out", "class", "codes", "words", "from", "to", "unknown", "strict", "note"};
Words const cell_kinds = {"kept", "text", "date", "time", "year", "number", "yes_no", "code", "codes"};

Json::List list_of(Json const* json) {
    if (json == nullptr || json->is_null()) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

std::string text_of(Json const& json) { return json.is_text() ? json.text() : std::string(); }

class Checker {
public:
    explicit Checker(Json const& document) : document_(document) {}

    std::vector<Flaw> run() {
        check_head();
        check_codes();
        check_types();
        check_forms();
        check_procedures();
        check_clocks();
        check_roles();
        check_calendars();
        check_imports();
        for (auto& flaw : check_documents(document_)) faults_.push_back(std::move(flaw));
        check_strings();
        check_first_day();
        return std::move(faults_);
    }

private:
    void find(std::string pointer, std::string message) { faults_.push_back({std::move(pointer), std::move(message)}); }

    [[nodiscard]] Json::Object const& section(std::string_view name) const {
        static Json::Object const none;
        auto const* all = document_.find(name);
        return all != nullptr && all->is_object() ? all->members() : none;
    }
    [[nodiscard]] Json const* one(std::string_view name, std::string_view which) const {
        auto const* all = document_.find(name);
        return all != nullptr ? all->find(which) : nullptr;
    }
    [[nodiscard]] Json const* field(std::string_view type, std::string_view name) const {
        auto const* found = one("types", type);
        auto const* fields = found != nullptr ? found->find("fields") : nullptr;
        return fields != nullptr ? fields->find(name) : nullptr;
    }
    [[nodiscard]] bool has_code(std::string_view list, std::string_view code) const {
        auto const* found = one("codes", list);
        auto const* values = found != nullptr ? found->find("values") : nullptr;
        return values != nullptr && values->find(code) != nullptr;
    }

    void only(std::string const& pointer, Json const& json, Words const& words, char const* what) {
        if (!json.is_object()) return find(pointer, std::string(what) + " is written as names and values.");
        for (auto const& [name, value] : json.members()) {
            if (words.count(name) == 0) find(pointer + "/" + name, std::string(what) + " has no \"" + name + "\". Is it a slip of typing?");
        }
    }

    void check_source(std::string const& pointer, Json const& rule) {
        auto const* source = rule.find("source");
        if (source == nullptr || !source->is_object()) return find(pointer, "This rule has no source: name the Act and section, the order or the scheme.");
        only(pointer + "/source", *source, in_source, "A source");
        if (confidences.count(source->text_at("confidence")) == 0) find(pointer + "/source", "The source says verified, known or proposal, and nothing else.");
        bool const named = std::any_of(source->members().begin(), source->members().end(), [](auto const& member) { return member.first != "confidence" && member.first != "note"; });
        if (!named) find(pointer + "/source", "The source names no Act, order, scheme or practice.");
    }

    // Paths of conditions; `aliases` maps each alias to its type.
    void check_condition(std::string const& pointer, Json const& json, std::map<std::string, std::string> const& aliases) {
        auto const condition = rules::Condition::parse(json);
        if (!condition) return find(pointer, condition.error().message);
        for (auto const& path : condition->paths()) check_path(pointer, path, aliases);
    }
    Json const* check_path(std::string const& pointer, std::string const& path, std::map<std::string, std::string> const& aliases) {
        auto const dot = path.find('.');
        auto const alias = aliases.find(path.substr(0, dot));
        if (dot == std::string::npos || alias == aliases.end()) {
            find(pointer, "There is no \"" + path.substr(0, dot) + "\" here.");
            return nullptr;
        }
        auto const* found = field(alias->second, path.substr(dot + 1));
        if (found == nullptr) find(pointer, "The type \"" + alias->second + "\" has no field \"" + path.substr(dot + 1) + "\".");
        return found;
    }

    void check_head() {
        for (auto const& language : list_of(document_.find("languages"))) {
            if (!language.is_text() || language.text().size() < 2 || language.text().size() > 3) find("languages", "A language is written as its code: en, bn, hi.");
        }
        auto const languages = list_of(document_.find("languages"));
        if (std::none_of(languages.begin(), languages.end(), [](Json const& language) { return text_of(language) == "en"; })) find("languages", "English stands in the files, so it is one of the languages.");
        if (document_.integer_at("version") < 1) find("version", "A version is a whole number from 1.");
        if (document_.text_at("title").empty()) find("title", "A pack has a title.");
    }

    void check_codes() {
        for (auto const& [name, codes] : section("codes")) {
            std::string const here = "codes/" + name;
            only(here, codes, in_codes, "A list of codes");
            auto const* values = codes.find("values");
            if (values == nullptr || !values->is_object() || values->members().empty()) {
                find(here, "A list of codes has values.");
                continue;
            }
            for (auto const& [code, label] : values->members()) {
                if (!label.is_text() || label.text().empty()) find(here + "/values/" + code, "A code has a label in English.");
            }
            for (char const* standard : {"ctdc", "htcds", "ncrb"}) {
                auto const* map = codes.find(standard);
                if (map == nullptr) continue;
                if (!map->is_object()) {
                    find(here + "/" + standard, "A mapping names the other standard's codes and ours.");
                    continue;
                }
                for (auto const& [theirs, ours] : map->members()) {
                    if (values->find(text_of(ours)) == nullptr) find(here + "/" + standard, "The code \"" + text_of(ours) + "\" is mapped to, and is not in the list.");
                }
            }
        }
    }

    void check_types() {
        for (auto const& [type, definition] : section("types")) {
            std::string const here = "types/" + type;
            only(here, definition, in_type, "A type");
            if (definition.text_at("title").empty()) find(here, "A type has a title.");
            if (auto const number = definition.text_at("number"); !number.empty() && number.find("{serial}") == std::string_view::npos) find(here, "A number counts: it holds {serial}.");
            auto const* fields = definition.find("fields");
            if (fields == nullptr || !fields->is_object() || fields->members().empty()) {
                find(here, "A type has fields.");
                continue;
            }
            for (auto const& [name, one] : fields->members()) check_field(here + "/fields/" + name, name, one);
        }
    }

    void check_field(std::string const& pointer, std::string const& name, Json const& definition) {
        only(pointer, definition, in_field, "A field");
        auto const kind = definition.text_at("kind");
        auto const from = definition.text_at("from");
        bool const chosen = kind == "choice" || kind == "choices";
        if (name.find('/') != std::string::npos || name.find('.') != std::string::npos || name == "head" || name == "file" || name == "unit_of_origin" || name == "batch") find(pointer, "A field cannot have this name.");
        if (kinds.count(kind) == 0) find(pointer, "This kind of field does not exist.");
        if (classes.count(definition.text_at("class")) == 0) find(pointer, "A field has a class: public, operational, identity, contact, medical, counselling, legal or sealed.");
        if (definition.text_at("ask").empty()) find(pointer, "A field says what is asked.");
        if (chosen && one("codes", from) == nullptr) find(pointer, "There is no list of codes of that name.");
        if (!chosen && !from.empty()) find(pointer, "Only a choice is taken from a list of codes.");
        if (auto const to = definition.text_at("to"); !to.empty()) {
            if (kind != "relation") find(pointer, "Only a relation points to a type.");
            else if (one("types", to) == nullptr) find(pointer, "There is no type of the name that this relation points to.");
        }
        if (auto const reach = definition.text_at("reach"); !reach.empty() && (reach != "referred" || kind != "unit")) find(pointer, "Only a unit is given reach, and that is called referred.");
        if (auto const index = definition.text_at("index"); !index.empty() && index != "search") find(pointer, "An index is for search.");
        if (definition.bool_at("claims") && definition.bool_at("many")) find(pointer, "A field holds claims or many elements, not both.");
        for (char const* flag : {"many", "claims", "required"}) {
            if (auto const* given = definition.find(flag); given != nullptr && !given->is_bool()) find(pointer, std::string("\"") + flag + "\" is true or false.");
        }
        if (auto const* doubt = definition.find("doubt"); doubt != nullptr && (kind != "time" || !rules::parse_duration(*doubt))) find(pointer, "From when on a time is doubted is written like 1 year, and only on a time.");
        if (auto const* must = definition.find("must")) {
            only(pointer + "/must", *must, in_must, "A bound");
            for (char const* bound : {"from", "to", "characters"}) {
                if (auto const* value = must->find(bound); value != nullptr && !value->is_integer()) find(pointer + "/must", "A bound is a whole number.");
            }
            auto const* low = must->find("from");
            auto const* high = must->find("to");
            if (low != nullptr && high != nullptr && low->is_integer() && high->is_integer() && low->integer() > high->integer()) find(pointer + "/must", "No number lies between these bounds.");
        }
    }

    void check_forms() {
        std::map<std::string, std::string> papers;
        for (auto const& [form, definition] : section("forms")) {
            std::string const here = "forms/" + form;
            only(here, definition, in_form, "A form");
            if (definition.text_at("title").empty()) find(here, "A form has a title.");
            if (auto const paper = definition.text_at("paper"); !paper.empty() && !papers.emplace(paper, form).second) find(here, "Two forms have the same number on paper: " + std::string(paper) + ".");
            auto const* makes = definition.find("makes");
            if (makes == nullptr || !makes->is_object() || makes->members().empty()) {
                find(here, "A form says what it makes.");
                continue;
            }
            std::map<std::string, std::string> aliases;
            for (auto const& [alias, one_made] : makes->members()) aliases[alias] = one_made.text_at("type");
            for (auto const& [alias, one_made] : makes->members()) check_make(here + "/makes/" + alias, one_made, aliases, *makes);
            check_pages(here, definition, aliases);
        }
    }

    void check_make(std::string const& pointer, Json const& made, std::map<std::string, std::string> const& aliases, Json const& makes) {
        std::string const type(made.text_at("type"));
        if (one("types", type) == nullptr) return find(pointer, "There is no type of that name.");
        if (!one("types", type)->text_at("written_by").empty()) find(pointer, "This type is not written through a form.");
        for (auto const& [name, value] : made.members()) {
            if (in_make.count(name) > 0) continue;
            auto const* linked = field(type, name);
            if (linked == nullptr) {
                find(pointer + "/" + name, "The type \"" + type + "\" has no field \"" + name + "\".");
                continue;
            }
            std::string const given = text_of(value);
            bool const to_alias = aliases.count(given) > 0;
            if (linked->text_at("kind") == "relation" && !to_alias) find(pointer + "/" + name, "A relation leads to something else that this form makes.");
            if (to_alias && !linked->text_at("to").empty() && linked->text_at("to") != aliases.at(given)) find(pointer + "/" + name, "This relation points to another type.");
            if (linked->text_at("kind") == "choice" && !has_code(linked->text_at("from"), given)) find(pointer + "/" + name, "The code \"" + given + "\" is not in its list.");
        }
        if (auto const each = made.text_at("for_each"); !each.empty()) {
            auto const* other = makes.find(each);
            if (other == nullptr || !other->bool_at("many")) find(pointer, "There is one for each of something that this form makes many of.");
        }
    }

    void check_pages(std::string const& here, Json const& definition, std::map<std::string, std::string> const& aliases) {
        auto const question_field = [&](std::string const& path) -> Json const* {
            auto const dot = path.find('.');
            auto const alias = aliases.find(path.substr(0, dot));
            return dot == std::string::npos || alias == aliases.end() ? nullptr : field(alias->second, path.substr(dot + 1));
        };
        std::set<std::string> asked;
        auto const pages = list_of(definition.find("pages"));
        if (pages.empty()) find(here, "A form has pages.");
        for (std::size_t number = 0; number < pages.size(); ++number) {
            std::string const pointer = here + "/pages/" + std::to_string(number);
            auto const& page = pages[number];
            only(pointer, page, in_page, "A page");
            if (page.text_at("title").empty()) find(pointer, "A page has a title.");
            if (auto const* when = page.find("show_when")) check_condition(pointer, *when, aliases);
            auto const questions = list_of(page.find("ask"));
            if (questions.empty()) find(pointer, "A page asks something.");
            for (auto const& question : questions) {
                std::string const path = text_of(question);
                if (question_field(path) == nullptr) find(pointer, "This question is bound to no field: \"" + path + "\".");
                else if (!asked.insert(path).second) find(pointer, "Nothing is asked twice: \"" + path + "\".");
            }
        }
        for (auto const& question : list_of(definition.find("enough"))) {
            if (asked.count(text_of(question)) == 0) find(here + "/enough", "What is enough is never asked: \"" + text_of(question) + "\".");
        }
        if (auto const happened = definition.text_at("happened"); !happened.empty()) {
            auto const* moment = question_field(std::string(happened));
            if (moment == nullptr || moment->text_at("kind") != "time" || asked.count(std::string(happened)) == 0) find(here, "When it happened is one of the form's own questions for a time.");
        }
    }

    void check_procedures() {
        for (auto const& [name, procedure] : section("procedures")) {
            std::string const here = "procedures/" + name;
            only(here, procedure, in_procedure, "A procedure");
            if (procedure.text_at("title").empty()) find(here, "A procedure has a title.");
            if (auto const stands = procedure.text_at("stands_on", "part"); stands != "part" && stands != "case") find(here, "A procedure stands on a part or on a case.");
            if (auto const* when = procedure.find("starts_when")) {
                check_condition(here + "/starts_when", *when, standing);
                auto const otherwise = procedure.text_at("if_unknown");
                if (otherwise != "start" && otherwise != "wait") find(here, "A procedure that starts on a condition says what happens if it is not known: start or wait.");
            } else if (procedure.find("if_unknown") != nullptr) {
                find(here, "If nothing is asked, nothing is unknown: say starts_when.");
            }
            auto const* steps = procedure.find("steps");
            if (steps == nullptr || !steps->is_object() || steps->members().empty()) {
                find(here, "A procedure has steps.");
                continue;
            }
            std::map<std::string, std::string> by_form;
            for (auto const& [step, definition] : steps->members()) {
                check_step(here + "/steps/" + step, step, definition, *steps);
                if (auto const form = definition.text_at("form"); !form.empty() && !by_form.emplace(form, step).second) {
                    find(here + "/steps/" + step, "The same form ends two steps of one procedure.");
                }
            }
            check_reached(here, *steps);
            if (auto const* gates = procedure.find("gates")) check_gates(here + "/gates", *gates, *steps);
        }
    }

    void check_step(std::string const& pointer, std::string const& step, Json const& definition, Json const& steps) {
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
        if (auto const* clock = definition.find("clock")) {
            std::string const used = clock->is_text() ? clock->text() : std::string(clock->text_at("use"));
            auto const* rule = one("clocks", used);
            if (rule == nullptr) find(pointer, "There is no clock of that name.");
            else if (rule->text_at("stops") != step) find(pointer, "This clock is not stopped by this step.");
            if (clock->is_object()) {
                if (auto const* when = clock->find("when")) check_condition(pointer + "/clock", *when, standing);
                else find(pointer, "A clock that does not always run says when.");
            }
        }
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

    void check_gates(std::string const& here, Json const& gates, Json const& steps) {
        if (!gates.is_object()) return find(here, "Gates have names.");
        for (auto const& [gate, definition] : gates.members()) {
            std::string const pointer = here + "/" + gate;
            only(pointer, definition, in_gate, "A gate");
            auto const before = list_of(definition.find("before"));
            if (before.empty()) find(pointer, "A gate stands before a step.");
            for (auto const& step : before) {
                if (steps.find(text_of(step)) == nullptr) find(pointer, "It stands before a step that does not exist.");
            }
            if (auto const* needs = definition.find("needs")) check_condition(pointer + "/needs", *needs, standing);
            else find(pointer, "A gate says what it needs.");
            if (definition.text_at("says").empty()) find(pointer, "A gate says in words why it is closed.");
            check_source(pointer, definition);
        }
    }

    void check_clocks() {
        for (auto const& [id, clock] : section("clocks")) {
            std::string const here = "clocks/" + id;
            only(here, clock, in_clock, "A clock");
            if (auto const rule = rules::ClockRule::parse(id, clock); !rule) find(here, rule.error().message);
            if (auto const* trigger = check_path(here, std::string(clock.text_at("starts")), standing); trigger != nullptr && trigger->text_at("kind") != "time") find(here, "A clock starts at a time.");
            if (auto const path = clock.text_at("not_counting"); !path.empty()) {
                auto const* minutes = check_path(here, std::string(path), standing);
                if (minutes != nullptr && minutes->text_at("kind") != "number") find(here, "What does not count is a number of minutes.");
            }
            if (natures.count(clock.text_at("nature")) == 0) find(here, "A clock says what it is: statute, rule, court_direction, scheme, advisory, sop_target or practice.");
            bool stops = false;
            for (auto const& [name, procedure] : section("procedures")) {
                auto const* steps = procedure.find("steps");
                stops = stops || (steps != nullptr && steps->find(clock.text_at("stops")) != nullptr);
            }
            if (!stops) find(here, "No step stops this clock.");
            for (auto const& role : list_of(clock.find("who"))) {
                if (one("roles", text_of(role)) == nullptr) find(here, "Nobody can hold the role \"" + text_of(role) + "\".");
            }
            for (auto const& warning : list_of(clock.find("warn"))) {
                if (!rules::parse_duration(warning)) find(here, "A warning is given a time before: 6 hours.");
            }
            if (auto const* late = clock.find("when_late")) {
                only(here + "/when_late", *late, {"ask", "tell"}, "What happens when it is late");
                if (auto const ask = late->text_at("ask"); !ask.empty() && one("codes", ask) == nullptr) find(here, "The reasons for delay are a list of codes; this one does not exist.");
            }
            check_dates(here, clock);
            check_source(here, clock);
        }
    }

    void check_dates(std::string const& here, Json const& clock) {
        Json const day = Json::object({{"kind", "date"}});
        Json const no_codes = Json::object();
        std::string from;
        for (char const* name : {"from", "to"}) {
            auto const* date = clock.find(name);
            if (date == nullptr || date->is_null()) continue;
            auto const good = rules::check_value(day, no_codes, *date);
            if (!good || text_of(*date).size() != 10) find(here, "From when and until when a rule holds is a day: 2016-01-15.");
            else if (!from.empty() && text_of(*date) < from) find(here, "This rule ends before it begins.");
            else from = text_of(*date);
        }
    }

    void check_roles() {
        for (auto const& [role, given] : section("roles")) {
            if (!given.is_object() || given.members().empty()) {
                find("roles/" + role, "A role says what it may read and write, by relation.");
                continue;
            }
            for (auto const& [relation, rule] : given.members()) {
                std::string const here = "roles/" + role + "/" + relation;
                if (relations.count(relation) == 0) find(here, "There is no such relation: own, assigned, unit, referred, supervised or under_order.");
                only(here, rule, in_role, "What a role may do");
                for (char const* way : {"read", "write"}) {
                    for (auto const& sensitivity : list_of(rule.find(way))) {
                        if (classes.count(text_of(sensitivity)) == 0) find(here, "There is no such class of field.");
                        if (text_of(sensitivity) == "sealed" && std::string_view(way) == "read") find(here, "What is sealed is opened by its named holders, never read by a role: use opens.");
                    }
                }
                for (auto const& path : list_of(rule.find("opens"))) {
                    auto const dot = text_of(path).find('.');
                    auto const* opened = dot == std::string::npos ? nullptr : field(text_of(path).substr(0, dot), text_of(path).substr(dot + 1));
                    if (opened == nullptr || opened->text_at("class") != "sealed") find(here, "What a role opens is a sealed field: \"" + text_of(path) + "\" is none.");
                }
            }
        }
    }

    void check_calendars() {
        auto const named = document_.text_at("calendar", "default");
        if (!section("procedures").empty() && one("calendars", named) == nullptr) find("calendars", "There is no calendar of the name \"" + std::string(named) + "\".");
        for (auto const& [name, calendar] : section("calendars")) {
            only("calendars/" + name, calendar, in_calendar, "A calendar");
            if (auto const parsed = rules::Calendar::parse(calendar); !parsed) find("calendars/" + name, parsed.error().message);
            Json const day = Json::object({{"kind", "date"}});
            for (auto const& holiday : list_of(calendar.find("holidays"))) {
                if (!rules::check_value(day, Json::object(), holiday)) find("calendars/" + name, "There is no such day: " + text_of(holiday) + ".");
            }
        }
    }

    void check_table(std::string const& here, Json const& definition) {
        only(here, definition, in_table, "An import");
        check_source(here, definition);
        if (auto const like = definition.text_at("like"); !like.empty()) {
            auto const* base = one("imports", like);
            if (base == nullptr || base->find("makes") == nullptr) find(here + "/like", "There is no import of that name to be like.");
            return;
        }
        auto const* makes = definition.find("makes");
        auto const* columns = definition.find("columns");
        if (makes == nullptr || !makes->is_object() || columns == nullptr || !columns->is_object()) return find(here, "An import says what each row makes, and what each column is.");
        std::map<std::string, std::string> aliases;
        for (auto const& [alias, made] : makes->members()) aliases[alias] = made.text_at("type");
        for (auto const& [alias, made] : makes->members()) check_make(here + "/makes/" + alias, made, aliases, *makes);
        auto const kept = aliases.find(std::string(definition.text_at("keep")));
        bool const keeps = kept != aliases.end() && field(kept->second, "kept_identity") != nullptr;
        if (!keeps) find(here + "/keep", "An import keeps the cells as they stood in something that a row makes; this one says in which.");
        for (auto const& alias : list_of(definition.find("not_known"))) {
            if (aliases.count(text_of(alias)) == 0) find(here + "/not_known", "A row makes nothing of this name.");
        }
        auto const* otherwise = definition.find("otherwise");
        for (auto const& [path, value] : otherwise != nullptr && otherwise->is_object() ? otherwise->members() : Json::Object()) {
            auto const* changed = path == "filled" ? nullptr : check_path(here + "/otherwise/" + path, path, aliases);
            if (changed != nullptr && !rules::check_value(*changed, *document_.find("codes"), value)) find(here + "/otherwise/" + path, "This is not a value of that field.");
        }
        for (auto const& [column, rule] : columns->members()) {
            std::string const pointer = here + "/columns/" + column;
            only(pointer, rule, in_table_column, "A column");
            if (auto const as = rule.text_at("as"); !as.empty() && cell_kinds.count(as) == 0) find(pointer, "A column is read as text, date, time, year, number, yes_no, code or codes, or kept.");
            Json const* target = nullptr;
            for (char const* way : {"into", "out"}) {
                auto const path = rule.text_at(way);
                if (!path.empty()) target = check_path(pointer, std::string(path), aliases);
            }
            if (rule.text_at("into").empty() && (rule.text_at("class") == "sealed" || classes.count(rule.text_at("class")) == 0)) find(pointer, "A column that goes into no field has a class, for the cells that are kept.");
            auto const* to = rule.find("to");
            for (auto const& [theirs, ours] : to != nullptr && to->is_object() ? to->members() : Json::Object()) {
                if (target == nullptr || !has_code(target->text_at("from"), text_of(ours))) find(pointer + "/to/" + theirs, "The list of codes has no such code.");
            }
        }
    }

    void check_imports() {
        for (auto const& [name, definition] : section("imports")) {
            std::string const here = "imports/" + name;
            if (definition.find("type") == nullptr) {
                check_table(here, definition);
                continue;
            }
            only(here, definition, in_import, "An import");
            std::string const type(definition.text_at("type"));
            if (one("types", type) == nullptr) find(here + "/type", "There is no type of that name.");
            if (field(type, definition.text_at("row")) == nullptr) find(here + "/row", "An import keeps each row as it stood in a field of the type; this one says which.");
            auto const* columns = definition.find("columns");
            if (columns == nullptr || !columns->is_object() || columns->members().empty()) {
                find(here, "An import says what each column is.");
                continue;
            }
            for (auto const& [column, rule] : columns->members()) {
                std::string const pointer = here + "/columns/" + column;
                only(pointer, rule, in_column, "A column");
                auto const as = rule.text_at("as");
                if (as == "kept") continue;
                auto const* target = field(type, rule.text_at("field"));
                if (target == nullptr) {
                    find(pointer, "This column goes into a field that the type does not have.");
                } else if (as == "code") {
                    auto const* list = one("codes", target->text_at("from"));
                    if (list == nullptr || (!rule.text_at("by").empty() && list->find(rule.text_at("by")) == nullptr)) find(pointer, "The list of codes has no such mapping.");
                } else if (as == "flag") {
                    if (!has_code(target->text_at("from"), rule.text_at("code"))) find(pointer, "The list of codes has no such code.");
                } else if (as != "year" && as != "text") {
                    find(pointer, "A column is read as year, code, flag or text, or kept.");
                }
            }
        }
    }

    // A translation stands under the path of what it translates; one that leads nowhere is of something that was renamed.
    void check_strings() {
        for (auto const& [language, strings] : section("strings")) {
            auto const languages = list_of(document_.find("languages"));
            if (std::none_of(languages.begin(), languages.end(), [&, &spoken = language](Json const& one_language) { return text_of(one_language) == spoken; })) {
                find("strings/" + language, "The pack does not say that it speaks \"" + language + "\".");
            }
            for (auto const& [path, text] : strings.members()) {
                if (!text.is_text() || text.text().empty()) find("strings/" + language + "/" + path, "A translation is a text.");
                if (!leads_somewhere(path)) find("strings/" + language + "/" + path, "\"" + path + "\" translates nothing that there is.");
            }
        }
    }
    [[nodiscard]] bool leads_somewhere(std::string const& path) const {
        auto const dot = path.find('.');
        std::string const first = path.substr(0, dot);
        std::string const rest = dot == std::string::npos ? std::string() : path.substr(dot + 1);
        if (one("forms", first) != nullptr && (rest == "title" || rest.starts_with("page"))) return true;
        if (one("types", first) != nullptr) {
            auto const last = rest.rfind('.');
            return rest == "title" || (last != std::string::npos && field(first, rest.substr(0, last)) != nullptr);
        }
        if (one("codes", first) != nullptr) return has_code(first, rest);
        if (first == "document") return document_text(document_, rest) != nullptr;
        if (first == "print") return paper_words().count(rest) > 0;
        return one("procedures", first) != nullptr || one("clocks", path.substr(0, path.rfind('.'))) != nullptr;
    }

    // P2: whatever somebody answers in the first minutes, some procedure must stand up for a survivor.
    void check_first_day() {
        if (section("procedures").empty()) return;
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
            // Every way to answer the choices that are enough.
            std::vector<std::pair<std::string, Json::List>> questions;
            for (auto const& question : list_of(definition.find("enough"))) {
                std::string const path = text_of(question);
                auto const dot = path.find('.');
                auto const* made = dot == std::string::npos ? nullptr : makes->find(path.substr(0, dot));
                auto const* asked = made != nullptr ? field(made->text_at("type"), path.substr(dot + 1)) : nullptr;
                auto const* codes = asked != nullptr && asked->text_at("kind") == "choice" ? one("codes", asked->text_at("from")) : nullptr;
                auto const* values = codes != nullptr ? codes->find("values") : nullptr;
                if (values == nullptr || values->members().size() > 12) continue;
                Json::List answers = {Json::object({{"none", "unknown"}}), Json::object({{"none", "refused"}})};
                for (auto const& [code, label] : values->members()) answers.emplace_back(code);
                questions.emplace_back(std::string(made->text_at("type")) + path.substr(dot), std::move(answers));
            }
            std::map<std::string, Json> facts = constants;
            try_answers("forms/" + form + "/enough", questions, 0, facts);
        }
    }
    void try_answers(std::string const& pointer, std::vector<std::pair<std::string, Json::List>> const& questions, std::size_t at, std::map<std::string, Json>& facts) {
        if (at < questions.size()) {
            for (auto const& answer : questions[at].second) {
                facts[questions[at].first] = answer;
                try_answers(pointer, questions, at + 1, facts);
            }
            return;
        }
        for (auto const& [name, procedure] : section("procedures")) {
            auto const* when = procedure.find("starts_when");
            if (when == nullptr) return;
            auto const condition = rules::Condition::parse(*when);
            if (!condition) return;
            auto const truth = rules::evaluate(*condition, [&](std::string_view path) -> Json const* {
                auto const found = facts.find(std::string(path));
                return found != facts.end() ? &found->second : nullptr;
            });
            if (truth == rules::Truth::True || (truth == rules::Truth::Unknown && procedure.text_at("if_unknown") == "start")) return;
        }
        std::string said;
        for (auto const& [path, answers] : questions) said += (said.empty() ? "" : ", ") + path + ": " + (facts[path].is_text() ? facts[path].text() : std::string(facts[path].text_at("none")));
        find(pointer, "These answers are enough for the form and start no procedure (" + said + "): somebody would be reported and nobody would have to do anything.");
    }

    // Conditions, clocks and gates speak of the case, the person and the part by their types.
    std::map<std::string, std::string> const standing = {{"case", "case"}, {"person", "person"}, {"part", "part"}};
    Json const& document_;
    std::vector<Flaw> faults_;
};

}  // namespace

std::vector<Flaw> check(Json const& document) { return Checker(document).run(); }

}  // namespace sanjal::pack
