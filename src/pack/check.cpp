#include "pack/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/time.h"
#include "pack/documents.h"
#include "pack/finder.h"
#include "pack/strings.h"
#include "rules/clock.h"
#include "rules/value.h"

namespace sanjal::pack {
namespace {

Words const kinds = {"text", "person_name", "phone", "time", "date", "age", "choice", "choices", "place", "number", "money", "yes_no", "photo", "file", "signature", "voice", "relation", "unit"};
Words const classes = {"public", "operational", "identity", "contact", "medical", "counselling", "legal", "sealed"};
Words const relations = {"own", "assigned", "unit", "referred", "supervised", "under_order"};

// What may stand where; anything else is a slip of typing that would otherwise be passed over in silence.
Words const in_type = {"type", "title", "number", "written_by", "called", "everyone", "fields", "note"};
Words const in_field = {"ask", "kind", "class", "from", "to", "many", "claims", "index", "reach", "must", "doubt", "help", "required", "show_when", "htcds", "ctdc", "ncrb", "glotip", "says", "people", "note"};
Words const in_must = {"from", "to", "characters"};
Words const in_form = {"form", "title", "paper", "makes", "enough", "pages", "happened", "note"};
Words const in_page = {"title", "ask", "show_when", "note"};
Words const in_make = {"type", "once", "many", "for_each", "optional", "if_answered"};
Words const in_role = {"types", "read", "write", "opens", "purposes"};
Words const in_break_glass = {"types", "read", "minutes", "purposes", "source"};
Words const in_supervised = {"counts", "clocks"};
Words const in_codes = {"values", "ctdc", "htcds", "ncrb", "glotip", "note"};
Words const in_calendar = {"title", "zone", "week", "holidays", "other_holidays", "source", "note"};
Words const in_standard = {"title", "version", "columns", "source", "note"};
Words const in_import = {"import", "title", "type", "row", "columns", "source", "note"};
Words const in_column = {"field", "as", "by", "code", "unknown", "note"};
// The kind that makes several records of a row (docs/formats/import.md).
Words const in_table = {"import", "title", "like", "makes", "keep", "not_known", "otherwise", "columns", "layout", "write_codes", "encoding", "sheet", "header_line", "list_under", "source", "note"};
Words const in_table_column = {"label", "also", "as", "into", "out", "class", "codes", "words", "from", "to", "unknown", "strict", "note"};
Words const cell_kinds = {"kept", "text", "date", "time", "year", "number", "yes_no", "code", "codes"};

class Checker : private Finder {
public:
    Checker(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws) {}

    void run() {
        check_head();
        check_codes();
        check_types();
        check_forms();
        check_standards();
        pack::check_procedures(document_, flaws_);
        pack::check_clocks(document_, flaws_);
        pack::check_retention(document_, flaws_);
        pack::check_agreements(document_, flaws_);
        pack::check_reports(document_, flaws_);
        check_roles();
        check_calendars();
        check_imports();
        for (auto& flaw : check_documents(document_)) flaws_.push_back(std::move(flaw));
        check_strings();
    }

private:
    void check_head() {
        for (auto const& language : list_of(document_.find("languages"))) {
            if (!language.is_text() || language.text().size() < 2 || language.text().size() > 3) find("languages", "A language is written as its code: en, bn, hi.");
        }
        auto const languages = list_of(document_.find("languages"));
        if (std::none_of(languages.begin(), languages.end(), [](Json const& language) { return text_of(language) == "en"; })) find("languages", "English stands in the files, so it is one of the languages.");
        if (auto const* drafts = document_.find("drafts"); drafts != nullptr && !drafts->is_list()) find("drafts", "What stands under drafts is a list of languages: [as, ne].");
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
            for (char const* standard : {"ctdc", "htcds", "ncrb", "glotip"}) {
                auto const* map = codes.find(standard);
                if (map == nullptr) continue;
                if (!map->is_object()) {
                    find(here + "/" + standard, "A mapping names the other standard's codes and ours.");
                    continue;
                }
                for (auto const& [theirs, ours] : map->members()) {
                    for (auto const& code : list_of(&ours)) {
                        if (values->find(text_of(code)) == nullptr) find(here + "/" + standard, "The code \"" + text_of(code) + "\" is mapped to, and is not in the list.");
                    }
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
            check_standing(here, type, definition);
        }
    }

    // By which of its fields a record is called in lists, and when everybody at the node comes to see it.
    void check_standing(std::string const& here, std::string const& type, Json const& definition) {
        if (auto const called = definition.text_at("called"); !called.empty()) {
            auto const* name = field(type, called);
            if (name == nullptr || is_kept_from_rules(name->text_at("class"))) find(here + "/called", "A record is called by one of its own fields, and by none that is sealed, medical or counselling.");
        }
        auto const* everyone = definition.find("everyone");
        if (everyone == nullptr) return;
        if (field(type, "case") != nullptr || field(type, "person") != nullptr || type == "case" || type == "person") find(here + "/everyone", "What belongs to a case or to a person is never open to everyone.");
        if (everyone->is_object()) check_rule(here + "/everyone", *everyone, {{type, type}});
        else if (!everyone->is_bool()) find(here + "/everyone", "Everyone sees it always (true), or under a condition on its own fields.");
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
            else if (to != "actor" && one("types", to) == nullptr) find(pointer, "There is no type of the name that this relation points to.");
        }
        if (auto const reach = definition.text_at("reach"); !reach.empty() && (reach != "referred" || kind != "unit") && (reach != "assigned" || kind != "relation" || definition.text_at("to") != "actor")) {
            find(pointer, "Only a unit is given reach, and that is called referred; or a person (relation, to: actor), and that is called assigned.");
        }
        if (auto const index = definition.text_at("index"); !index.empty() && index != "search") find(pointer, "An index is for search.");
        if (definition.bool_at("claims") && definition.bool_at("many")) find(pointer, "A field holds claims or many elements, not both.");
        for (char const* flag : {"many", "claims", "required", "people"}) {
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
            for (auto const& [alias, one_made] : makes->members()) {
                check_make(here + "/makes/" + alias, one_made, aliases, *makes);
                if (one_made.find("once") != nullptr) find(here + "/makes/" + alias + "/once", "A form makes everything once; this is said of the rows of an import.");
            }
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

    // Columns of other standards are named as they stand there; a field, or a code, that says otherwise would be lost on the way.
    void check_standards() {
        for (auto const& [standard, definition] : section("standards")) {
            std::string const here = "standards/" + standard;
            only(here, definition, in_standard, "A standard");
            if (definition.text_at("title").empty()) find(here, "A standard has a title.");
            if (list_of(definition.find("columns")).empty()) find(here, "A standard names its columns.");
        }
        for (auto const& [type, definition] : section("types")) {
            auto const* fields = definition.find("fields");
            if (fields == nullptr || !fields->is_object()) continue;
            for (auto const& [name, one_field] : fields->members()) {
                for (auto const& [standard, rule] : section("standards")) {
                    auto const columns = list_of(rule.find("columns"));
                    for (auto const& column : list_of(one_field.find(standard))) {
                        bool const is_there = std::any_of(columns.begin(), columns.end(), [&](Json const& known) { return known == column; });
                        if (!is_there) find("types/" + type + "/fields/" + name, "The standard " + standard + " has no column \"" + text_of(column) + "\".");
                    }
                }
            }
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
                if (relation == "break_glass") {
                    only(here, rule, in_break_glass, "Opening in an emergency");
                    if (rule.integer_at("minutes") < 1 || rule.integer_at("minutes") > 24 * 60) find(here, "In an emergency a record is open for 1 to 1440 minutes.");
                    check_source(here, rule);
                    check_grant(here, rule);
                } else if (relation == "supervised") {
                    only(here, rule, in_supervised, "Who supervises sees numbers and no record, so it");
                } else if (relations.count(relation) == 0) {
                    find(here, "There is no such relation: own, assigned, unit, referred, supervised or under_order; nor is it break_glass.");
                } else {
                    for (auto const& one_rule : list_of(&rule)) {
                        only(here, one_rule, in_role, "What a role may do");
                        check_grant(here, one_rule);
                    }
                }
            }
        }
    }

    // One rule of a role: whatever it names must be there.
    void check_grant(std::string const& here, Json const& rule) {
        for (auto const& type : list_of(rule.find("types"))) {
            if (one("types", text_of(type)) == nullptr) find(here, "There is no type \"" + text_of(type) + "\".");
        }
        for (auto const& purpose : list_of(rule.find("purposes"))) {
            auto const word = text_of(purpose);
            if (word.empty() || word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) find(here, "A purpose is one word of small letters: care, investigation.");
        }
        for (char const* way : {"read", "write"}) {
            for (auto const& named : list_of(rule.find(way))) {
                auto const word = text_of(named);
                auto const dot = word.find('.');
                auto const* single = dot == std::string::npos ? nullptr : field(word.substr(0, dot), word.substr(dot + 1));
                if (dot == std::string::npos ? classes.count(word) == 0 : single == nullptr) find(here, "There is no such class of field, nor field: \"" + word + "\".");
                bool const sealed = word == "sealed" || (single != nullptr && single->text_at("class") == "sealed");
                if (sealed && std::string_view(way) == "read") find(here, "What is sealed is opened by its named holders, never read by a role: use opens.");
            }
        }
        for (auto const& path : list_of(rule.find("opens"))) {
            auto const dot = text_of(path).find('.');
            auto const* opened = dot == std::string::npos ? nullptr : field(text_of(path).substr(0, dot), text_of(path).substr(dot + 1));
            if (opened == nullptr || opened->text_at("class") != "sealed") find(here, "What a role opens is a sealed field: \"" + text_of(path) + "\" is none.");
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
        texts_ = texts_of(document_);
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
        check_complete();
    }
    // A language that the pack claims says everything; one that is still a draft stands under `drafts`.
    void check_complete() {
        constexpr std::size_t said_max = 20;
        auto const drafts = list_of(document_.find("drafts"));
        for (auto const& one_language : list_of(document_.find("languages"))) {
            std::string const language = text_of(one_language);
            bool const is_draft = std::any_of(drafts.begin(), drafts.end(), [&](Json const& draft) { return text_of(draft) == language; });
            if (language == "en" || is_draft) continue;
            auto const missing = missing_texts(document_, language);
            std::size_t said = 0;
            for (auto const& [path, english] : missing) {
                if (++said > said_max) break;
                find("strings/" + language, "\"" + path + "\" is not said in \"" + language + "\": " + english);
            }
            if (missing.size() > said_max) find("strings/" + language, std::to_string(missing.size() - said_max) + " more texts are not said in \"" + language + "\". `sanjal pack strings` lists them.");
        }
    }

    [[nodiscard]] bool leads_somewhere(std::string const& path) const {
        // A line of a document that has no letter of its own may say something in another language.
        return texts_.count(path) > 0 || (path.starts_with("document.") && document_text(document_, path.substr(9)) != nullptr);
    }

    std::map<std::string, std::string> texts_;  // every text that can be translated, by path
};

}  // namespace

std::vector<Flaw> check(Json const& document) {
    std::vector<Flaw> flaws;
    Checker(document, flaws).run();
    return flaws;
}

}  // namespace sanjal::pack
