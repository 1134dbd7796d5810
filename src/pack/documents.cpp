#include "pack/documents.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "pack/template.h"

namespace sanjal::pack {
namespace {

using Words = std::set<std::string_view>;

Words const in_document = {"document", "title", "under", "number", "mark", "size", "stands_on", "who", "holds", "sections", "source", "note"};
Words const in_section = {"title", "text", "rows", "table", "sign", "note"};
Words const in_row = {"label", "field", "value", "sealed", "lines", "wide", "note"};
Words const in_table = {"each", "columns", "blank", "note"};
Words const in_column = {"label", "field", "weight", "note"};
Words const in_sign = {"label", "lines", "thumb", "seal", "note"};
Words const sizes = {"a4", "legal", "foolscap"};
constexpr std::int64_t lines_max = 40;
constexpr std::int64_t blank_max = 60;
constexpr std::int64_t weight_max = 20;

Json::List list_of(Json const* json) {
    if (json == nullptr || json->is_null()) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

Json const* at(Json const& pack, std::string_view section, std::string_view name) {
    auto const* all = pack.find(section);
    return all != nullptr ? all->find(name) : nullptr;
}

Json::Object const& members_of(Json const& pack, std::string_view section) {
    static Json::Object const none;
    auto const* all = pack.find(section);
    return all != nullptr && all->is_object() ? all->members() : none;
}

// Whether records of this type can be found from a case: they are one, or name one, or name somebody in it.
bool hangs_on_a_case(Json const& pack, std::string_view type) {
    if (type == "case" || type == "person" || type == "part") return true;
    auto const* definition = at(pack, "types", type);
    auto const* fields = definition != nullptr ? definition->find("fields") : nullptr;
    if (fields == nullptr || !fields->is_object()) return false;
    return std::any_of(fields->members().begin(), fields->members().end(), [](auto const& field) {
        auto const to = field.second.text_at("to");
        return to == "case" || to == "person" || to == "part";
    });
}

class DocumentChecker {
public:
    explicit DocumentChecker(Json const& pack) : pack_(pack) {}

    std::vector<Flaw> run() {
        for (auto const& [name, document] : members_of(pack_, "documents")) {
            here_ = "documents/" + name;
            on_case_ = document.text_at("stands_on") == "case";
            check_head(document);
            check_holds(name, document);
            std::size_t number = 0;
            for (auto const& section : list_of(document.find("sections"))) check_section(here_ + "/sections/" + std::to_string(number++), section);
        }
        check_translations();
        return std::move(flaws_);
    }

private:
    void find(std::string pointer, std::string message) { flaws_.push_back({std::move(pointer), std::move(message)}); }

    bool only(std::string const& pointer, Json const& json, Words const& words, char const* what) {
        if (!json.is_object()) {
            find(pointer, std::string(what) + " is written as names and values.");
            return false;
        }
        for (auto const& [name, value] : json.members()) {
            if (words.count(name) == 0) find(pointer + "/" + name, std::string(what) + " has no \"" + name + "\". Is it a slip of typing?");
        }
        return true;
    }

    void check_head(Json const& document) {
        only(here_, document, in_document, "A document");
        if (document.text_at("title").empty()) find(here_, "A document has a title.");
        if (auto const stands = document.text_at("stands_on"); stands != "case" && stands != "part") find(here_, "A document stands on a case or on a part.");
        if (sizes.count(document.text_at("size", "a4")) == 0) find(here_, "The size of a paper is a4, legal or foolscap.");
        auto const roles = list_of(document.find("who"));
        if (roles.empty()) find(here_, "A document says who prints it.");
        for (auto const& role : roles) {
            if (!role.is_text() || at(pack_, "roles", role.text()) == nullptr) find(here_, "Nobody can hold a role that is to print this document.");
        }
        auto const* source = document.find("source");
        if (source == nullptr || !source->is_object() || source->text_at("confidence").empty()) find(here_, "This document has no source: name the Act and section, the rule or the practice, and how sure we are.");
        bool const holds = document.find("holds") != nullptr;
        bool const sections = !list_of(document.find("sections")).empty();
        if (holds == sections) find(here_, "A document either has sections or holds other documents.");
    }

    void check_holds(std::string const& name, Json const& document) {
        for (auto const& held : list_of(document.find("holds"))) {
            auto const* other = held.is_text() ? at(pack_, "documents", held.text()) : nullptr;
            if (other == nullptr) find(here_, "It holds a document that does not exist.");
            else if (other->find("holds") != nullptr || held.text() == name) find(here_, "A set holds documents, not other sets.");
            else if (!on_case_ && other->text_at("stands_on") == "case") find(here_, "A set that stands on a part cannot hold a document that stands on a case.");
        }
    }

    void check_section(std::string const& pointer, Json const& section) {
        if (!only(pointer, section, in_section, "A section")) return;
        if (section.members().empty()) find(pointer, "A section says something.");
        if (auto const* text = section.find("text")) check_template(pointer + "/text", *text, on_case_);
        std::size_t number = 0;
        for (auto const& row : list_of(section.find("rows"))) check_row(pointer + "/rows/" + std::to_string(number++), row);
        if (auto const* table = section.find("table")) check_table(pointer + "/table", *table);
        number = 0;
        for (auto const& sign : list_of(section.find("sign"))) check_sign(pointer + "/sign/" + std::to_string(number++), sign);
    }

    void check_row(std::string const& pointer, Json const& row) {
        if (!only(pointer, row, in_row, "A row")) return;
        auto const path = row.text_at("field");
        Json const* field = nullptr;
        if (!path.empty()) field = check_path(pointer, path, on_case_);
        else if (row.text_at("label").empty()) find(pointer, "A row has a label, or the field whose question is its label.");
        if (auto const* value = row.find("value")) {
            if (!path.empty()) find(pointer, "A row shows a field or a value, not both.");
            check_template(pointer, *value, on_case_);
        }
        if (row.find("sealed") != nullptr && (field == nullptr || field->text_at("class") != "sealed" || row.text_at("sealed").empty())) {
            find(pointer, "What stands in the place of a sealed field is a text, and only for a sealed field.");
        }
        check_number(pointer, row, "lines", lines_max);
        if (auto const* wide = row.find("wide"); wide != nullptr && !wide->is_bool()) find(pointer, "\"wide\" is true or false.");
    }

    void check_table(std::string const& pointer, Json const& table) {
        if (!only(pointer, table, in_table, "A table")) return;
        std::string const each(table.text_at("each"));
        if (!each.empty() && at(pack_, "types", each) == nullptr) find(pointer, "A table has a row for each record of a type; there is no type of that name.");
        else if (!each.empty() && !hangs_on_a_case(pack_, each)) find(pointer, "Records of this type belong to no case, so a table cannot find them.");
        check_number(pointer, table, "blank", blank_max);
        auto const columns = list_of(table.find("columns"));
        if (columns.empty()) find(pointer, "A table has columns.");
        std::size_t number = 0;
        for (auto const& column : columns) {
            std::string const here = pointer + "/columns/" + std::to_string(number++);
            if (!only(here, column, in_column, "A column")) continue;
            auto const path = column.text_at("field");
            if (path.empty() && column.text_at("label").empty()) find(here, "A column has a label, or the field whose question is its label.");
            if (!path.empty() && each.empty()) find(here, "A column shows a field only in a table that has a row for each record of a type.");
            else if (!path.empty()) check_path(here, path, false, each);
            check_number(here, column, "weight", weight_max);
        }
    }

    void check_sign(std::string const& pointer, Json const& sign) {
        if (!only(pointer, sign, in_sign, "A place to sign")) return;
        if (sign.text_at("label").empty()) find(pointer, "A place to sign says whose it is.");
        for (auto const& line : list_of(sign.find("lines"))) {
            if (!line.is_text() || paper_words().count(line.text()) == 0) find(pointer, "A line under a signature is one of the words of every paper: name, rank, date, place.");
        }
        for (char const* flag : {"thumb", "seal"}) {
            if (auto const* given = sign.find(flag); given != nullptr && !given->is_bool()) find(pointer, std::string("\"") + flag + "\" is true or false.");
        }
    }

    void check_number(std::string const& pointer, Json const& json, char const* name, std::int64_t most) {
        auto const* number = json.find(name);
        if (number != nullptr && (!number->is_integer() || number->integer() < 1 || number->integer() > most)) {
            find(pointer, "\"" + std::string(name) + "\" is a whole number from 1 to " + std::to_string(most) + ".");
        }
    }

    void check_template(std::string const& pointer, Json const& text, bool on_case) {
        if (!text.is_text() || text.text().empty()) return find(pointer, "This is a text.");
        auto const pieces = parse_template(text.text());
        if (!pieces) return find(pointer, pieces.error().message);
        for (auto const& piece : *pieces) {
            if (!piece.alias.empty()) check_path(pointer, piece.alias + "." + piece.field, on_case);
        }
    }

    Json const* check_path(std::string const& pointer, std::string_view path, bool on_case, std::string_view each = {}) {
        auto const parsed = parse_path(path);
        if (!parsed) {
            find(pointer, parsed.error().message);
            return nullptr;
        }
        auto const* type = at(pack_, "types", parsed->alias);
        if (type == nullptr || !hangs_on_a_case(pack_, parsed->alias)) {
            find(pointer, "There is no \"" + parsed->alias + "\" here.");
            return nullptr;
        }
        if (on_case && (parsed->alias == "person" || parsed->alias == "part")) {
            find(pointer, "A document that stands on a case names people only in a table: a case has several.");
            return nullptr;
        }
        if (!each.empty() && parsed->alias != each && parsed->alias != "case" && each != "part" && each != "person") {
            find(pointer, "A row of this table knows its own record and the case.");
            return nullptr;
        }
        if (parsed->field == "number" && !type->text_at("number").empty()) return nullptr;
        auto const* fields = type->find("fields");
        auto const* field = fields != nullptr ? fields->find(parsed->field) : nullptr;
        if (field == nullptr) find(pointer, "The type \"" + parsed->alias + "\" has no field \"" + parsed->field + "\".");
        return field;
    }

    // A translation names the same fields as the English text: one that loses a field would print another paper.
    void check_translations() {
        constexpr std::string_view prefix = "document.";
        for (auto const& [language, strings] : members_of(pack_, "strings")) {
            if (!strings.is_object()) continue;
            for (auto const& [path, text] : strings.members()) {
                if (!text.is_text() || path.compare(0, prefix.size(), prefix) != 0) continue;
                auto const* english = document_text(pack_, std::string_view(path).substr(prefix.size()));
                if (english == nullptr || !english->is_text() || !(path.ends_with(".text") || path.ends_with(".value"))) continue;
                std::string const pointer = "strings/" + language + "/" + path;
                auto const pieces = parse_template(text.text());
                if (!pieces) find(pointer, pieces.error().message);
                else if (names_of(*pieces) != names_of(parse_template(english->text()).value_or(std::vector<Piece>{}))) find(pointer, "A translation names the same fields as the English text.");
            }
        }
    }
    static std::multiset<std::string> names_of(std::vector<Piece> const& pieces) {
        std::multiset<std::string> names;
        for (auto const& piece : pieces) {
            if (!piece.alias.empty()) names.insert(piece.alias + "." + piece.field);
        }
        return names;
    }

    Json const& pack_;
    std::string here_;
    bool on_case_ = false;
    std::vector<Flaw> flaws_;
};

// "row12" -> its twelfth; from 1.
Json const* numbered(Json const* list, std::string_view word, std::string_view prefix) {
    if (list == nullptr || !list->is_list() || word.substr(0, prefix.size()) != prefix) return nullptr;
    word.remove_prefix(prefix.size());
    std::size_t number = 0;
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size() && number >= 1 && number <= list->items().size() ? &list->items()[number - 1] : nullptr;
}

}  // namespace

std::map<std::string, std::string, std::less<>> const& paper_words() {
    static std::map<std::string, std::string, std::less<>> const words = {
        {"yes", "Yes"}, {"no", "No"}, {"unknown", "Unknown"}, {"refused", "Refused"}, {"not_asked", "Not asked"}, {"erased", "Erased"}, {"about", "about"}, {"over", "over"}, {"under", "under"},
        {"attached", "attached"}, {"page_of", "Page {n} of {m}"}, {"name", "Name"}, {"rank", "Rank or post"}, {"number", "Number"}, {"date", "Date"}, {"date_time", "Date and time"}, {"place", "Place"},
        {"address", "Address"}, {"relation", "Relation"}, {"thumb", "Thumb"}, {"seal", "Seal"}, {"person", "Person"}, {"case_number", "Case number"}, {"filled_in_by", "Filled in by"}, {"interpreter", "Interpreter"},
        {"signed_by_person", "Signature or thumb of the person"}, {"not_signed_off", "The wording of this paper has not been signed off by a lawyer."}, {"agreed", "You see what was agreed."},
        {"worklist", "What is to be done"}, {"task", "Task"}, {"due", "Due"}, {"source", "Source"}, {"done", "Done"}, {"late", "late"}, {"no_limit", "no limit on record"}, {"as_of", "As of"},
    };
    return words;
}

std::vector<Flaw> check_documents(Json const& pack) { return DocumentChecker(pack).run(); }

std::vector<Flaw> note_documents(Json const& pack) {
    std::vector<Flaw> notes;
    for (auto const& [name, document] : members_of(pack, "documents")) {
        std::set<std::string> paths;
        auto const note = [&](std::string_view path) { paths.emplace(path); };
        for (auto const& section : list_of(document.find("sections"))) {
            for (auto const& row : list_of(section.find("rows"))) note(row.text_at("field"));
            if (auto const* table = section.find("table")) {
                for (auto const& column : list_of(table->find("columns"))) note(column.text_at("field"));
            }
        }
        for (auto const& role : list_of(document.find("who"))) {
            auto const* given = role.is_text() ? at(pack, "roles", role.text()) : nullptr;
            if (given == nullptr || !given->is_object()) continue;
            std::set<std::string> reads{"public", "sealed"};
            for (auto const& [relation, rule] : given->members()) {
                for (auto const& sensitivity : list_of(rule.find("read"))) reads.insert(sensitivity.is_text() ? sensitivity.text() : std::string());
            }
            for (auto const& path : paths) {
                auto const parsed = parse_path(path);
                auto const* type = parsed ? at(pack, "types", parsed->alias) : nullptr;
                auto const* fields = type != nullptr ? type->find("fields") : nullptr;
                auto const* field = fields != nullptr ? fields->find(parsed->field) : nullptr;
                if (field == nullptr || reads.count(std::string(field->text_at("class"))) > 0) continue;
                notes.push_back({"documents/" + name, "It is printed by " + role.text() + ", who does not read " + std::string(field->text_at("class")) + ": " + path + " stays empty."});
            }
        }
    }
    return notes;
}

Json const* document_text(Json const& pack, std::string_view path) {
    auto const next = [&path] {
        auto const dot = std::min(path.find('.'), path.size());
        auto const word = path.substr(0, dot);
        path.remove_prefix(std::min(dot + 1, path.size()));
        return word;
    };
    auto const* document = at(pack, "documents", next());
    if (document == nullptr) return nullptr;
    auto word = next();
    if (path.empty()) return word == "title" || word == "under" || word == "mark" ? document->find(word) : nullptr;
    auto const* section = numbered(document->find("sections"), word, "section");
    if (section == nullptr) return nullptr;
    word = next();
    if (path.empty()) return word == "title" || word == "text" ? section->find(word) : nullptr;
    auto const* table = section->find("table");
    Json const* part = numbered(section->find("rows"), word, "row");
    if (part == nullptr) part = numbered(table != nullptr ? table->find("columns") : nullptr, word, "column");
    if (part == nullptr) part = numbered(section->find("sign"), word, "sign");
    if (part == nullptr) return nullptr;
    word = next();
    return path.empty() && (word == "label" || word == "value" || word == "sealed") ? part->find(word) : nullptr;
}

}  // namespace sanjal::pack
