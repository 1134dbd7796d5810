// Lists and numbers (reports/NAME.yaml): every field, form and list of codes that they name is there, and nothing that the node
// keeps out of its views is counted.
#include <algorithm>

#include "pack/finder.h"
#include "rules/condition.h"

namespace sanjal::pack {
namespace {

Words const groups = {"directory", "convening", "capacity", "network", "prevention", "care", "justice", "calamity", "oversight", "handbook"};
Words const in_report = {"report", "title", "note", "group", "of", "who", "begin", "where", "columns", "add", "sort", "by", "small", "supervised", "public"};
Words const in_add = {"title", "count", "sum", "newest", "number", "days", "work", "less", "percent", "by", "on", "where", "still", "of", "each"};
Words const kinds_of_add = {"count", "sum", "newest", "number", "days", "work", "less", "percent"};
Words const works = {"cases", "tasks", "late"};
Words const numbers = {"number"};

class Reports : private Finder {
public:
    Reports(Json const& document, std::vector<Flaw>& flaws) : Finder(document, flaws) {}

    void run() {
        for (auto const& [name, report] : section("reports")) check_report("reports/" + name, report);
    }

private:
    void check_report(std::string const& here, Json const& report) {
        only(here, report, in_report, "A report");
        if (report.text_at("title").empty()) find(here, "A report has a title.");
        if (groups.count(report.text_at("group")) == 0) find(here, "A report stands in one group: directory, convening, capacity, network, prevention, care, justice, calamity, oversight or handbook.");
        std::string const type(report.text_at("of"));
        if (one("types", type) == nullptr) return find(here, "A report is of one type of record.");
        for (auto const& role : list_of(report.find("who"))) {
            if (one("roles", text_of(role)) == nullptr) find(here, "Nobody can hold the role \"" + text_of(role) + "\".");
        }
        check_begin(here, report, type);
        auto const* add = report.find("add");
        for (auto const& [word, definition] : add != nullptr && add->is_object() ? add->members() : Json::Object()) check_add(here + "/add/" + word, type, *add, definition);
        bool const grouped = report.find("by") != nullptr;
        auto const columns = list_of(report.find(grouped ? "by" : "columns"));
        if (columns.empty()) find(here, grouped ? "What is put together is named under by." : "A report has columns.");
        for (auto const& column : columns) check_column(here, type, add, text_of(column), grouped);
        if (grouped && report.find("columns") != nullptr) find(here, "A report that is put together by something has no columns of its own.");
        for (char const* flag : {"supervised", "public"}) {
            if (auto const* given = report.find(flag); given != nullptr && !given->is_bool()) find(here, std::string("\"") + flag + "\" is true or false.");
        }
        if (report.bool_at("supervised") && !grouped) find(here, "Who supervises sees numbers alone, so such a report is put together by something.");
        auto const* small = report.find("small");
        if (small != nullptr && (!grouped || !small->is_integer() || small->integer() < 2 || small->integer() > 100)) find(here, "How few are not shown is a number from 2 to 100, of a report that is put together.");
        if (auto const* where = report.find("where")) check_where(here + "/where", *where, type, add);
        if (auto sort = report.text_at("sort"); !sort.empty()) {
            if (sort.front() == '-') sort.remove_prefix(1);
            bool const counted = add != nullptr && add->find(sort) != nullptr;
            if (!counted && sort != "count" && field(type, sort) == nullptr) find(here, "It is sorted by a field, or by a word under add.");
        }
        // What anybody may read without signing in: fields of class public, and numbers.
        if (report.bool_at("public")) {
            for (auto const& column : columns) {
                auto const* shown = field(type, text_of(column));
                if (shown != nullptr && shown->text_at("class") != "public") find(here, "A public report shows fields of class public alone: \"" + text_of(column) + "\" is none.");
            }
            auto const* definition = one("types", type);
            if (definition->find("everyone") == nullptr) find(here, "A public report is of a type that is open to everyone at the node.");
        }
    }

    void check_begin(std::string const& here, Json const& report, std::string const& type) {
        auto const begin = report.text_at("begin");
        if (begin.empty()) return;
        auto const* form = one("forms", begin);
        auto const* makes = form != nullptr ? form->find("makes") : nullptr;
        if (makes == nullptr || !makes->is_object()) return find(here + "/begin", "There is no form of that name.");
        bool const is_made = std::any_of(makes->members().begin(), makes->members().end(), [&](auto const& made) { return made.second.text_at("type") == type; });
        if (!is_made) find(here + "/begin", "This form makes none of what the report holds.");
    }

    // A field of the type, which no rule of the house keeps out of lists.
    Json const* own(std::string const& here, std::string_view type, std::string_view name, Words const& of_kinds = {}) {
        auto const* found = field(type, name);
        if (found == nullptr) {
            find(here, "The type \"" + std::string(type) + "\" has no field \"" + std::string(name) + "\".");
        } else if (is_kept_from_rules(found->text_at("class"))) {
            find(here, "What is sealed, medical or counselling stands in no report: \"" + std::string(name) + "\".");
        } else if (!of_kinds.empty() && of_kinds.count(found->text_at("kind")) == 0) {
            find(here, "\"" + std::string(name) + "\" is of another kind than is needed here.");
        }
        return found;
    }

    void check_column(std::string const& here, std::string const& type, Json const* add, std::string const& name, bool grouped) {
        if (!grouped && add != nullptr && add->find(name) != nullptr) return;
        auto const* found = own(here, type, name);
        if (found == nullptr || !grouped) return;
        auto const sensitivity = found->text_at("class");
        if (sensitivity != "public" && sensitivity != "operational" && sensitivity != "legal") find(here, "Records are put together by what is public, operational or legal.");
    }

    void check_where(std::string const& here, Json const& where, std::string const& type, Json const* add) {
        auto const condition = rules::Condition::parse(where);
        if (!condition) return find(here, condition.error().message);
        for (auto const& path : condition->paths()) {
            auto const dot = path.find('.');
            std::string const alias = path.substr(0, dot);
            std::string const name = path.substr(dot + 1);
            if (alias == "report") {
                if (add == nullptr || add->find(name) == nullptr) find(here, "Nothing is added of the name \"" + name + "\".");
            } else if (alias == type) {
                own(here, type, name);
            } else {
                find(here, "There is no \"" + alias + "\" here.");
            }
        }
    }

    void check_add(std::string const& here, std::string const& type, Json const& all, Json const& definition) {
        only(here, definition, in_add, "What is added to a report");
        if (definition.text_at("title").empty()) find(here, "What is added has a title.");
        auto const is_kind = [](auto const& member) { return kinds_of_add.count(member.first) > 0; };
        auto const kind = std::find_if(definition.members().begin(), definition.members().end(), is_kind);
        bool const is_one = std::count_if(definition.members().begin(), definition.members().end(), is_kind) == 1;
        if (!is_one) return find(here, "What is added is one of: count, sum, newest, number, days, work, less, percent.");
        auto const& [word, value] = *kind;
        if (word == "number") own(here, type, text_of(value), numbers);
        if (word == "days") own(here, type, text_of(value), {"date", "time"});
        if (word == "less" || word == "percent") {
            if (list_of(&value).size() != 2) find(here, "Two are named, one after the other.");
            for (auto const& other : list_of(&value)) {
                auto const* added = all.find(text_of(other));
                if (added == nullptr || added == &definition) find(here, "Nothing is added of the name \"" + text_of(other) + "\".");
            }
        }
        if (word == "work") {
            if (works.count(text_of(value)) == 0) find(here, "Of somebody's work are counted: cases, tasks or late.");
            auto const* whose = own(here, type, definition.text_at("of"), {"relation"});
            if (whose != nullptr && whose->text_at("to") != "actor") find(here, "Whose work is a person of the node (relation, to: actor).");
        }
        if (word == "count" || word == "sum" || word == "newest") check_others(here, type, word, text_of(value), definition);
    }

    // Of other records that name this one, or that name what this one names.
    void check_others(std::string const& here, std::string const& type, std::string_view word, std::string const& what, Json const& definition) {
        auto const dot = what.find('.');
        std::string const other = what.substr(0, dot);
        if (one("types", other) == nullptr) return find(here, "There is no type \"" + other + "\".");
        if (word == "count" && dot != std::string::npos) find(here, "Records are counted, so a type is named.");
        if (word != "count") {
            if (dot == std::string::npos) return find(here, "A field is named like attendance.hours.");
            own(here, other, what.substr(dot + 1), word == "sum" ? numbers : Words{"date", "time"});
        }
        auto const* link = own(here, other, definition.text_at("by"), {"relation", "unit"});
        auto const* mine = definition.text_at("on").empty() ? nullptr : own(here, type, definition.text_at("on"), {"relation", "unit"});
        if (link != nullptr) {
            auto const leads_to = link->text_at("to");
            if (mine == nullptr ? leads_to != type : leads_to != mine->text_at("to") || link->text_at("kind") != mine->text_at("kind")) find(here, "These records name something else than this report holds.");
        }
        if (auto const still = definition.text_at("still"); !still.empty()) own(here, other, still, {"date", "time"});
        if (auto const each = definition.text_at("each"); !each.empty()) own(here, other, each);
        if (auto const* where = definition.find("where")) check_rule(here + "/where", *where, {{other, other}});
    }
};

}  // namespace

void check_reports(Json const& document, std::vector<Flaw>& flaws) { Reports(document, flaws).run(); }

}  // namespace sanjal::pack
