#include "pack/strings.h"

#include <algorithm>
#include <cctype>

#include "pack/documents.h"
#include "pack/template.h"
#include "pack/words.h"

namespace sanjal::pack {
namespace {

Json::Object const& members(Json const* of) {
    static Json const none = Json::object();
    return of != nullptr && of->is_object() ? of->members() : none.members();
}

class Collector {
public:
    explicit Collector(Json const& document) : document_(document) {}

    std::map<std::string, std::string> run() {
        forms();
        types();
        codes();
        procedures();
        for (auto const& [id, clock] : members(document_.find("clocks"))) add(id, clock, {"on_breach", "note"});
        for (auto const& [name, calendar] : members(document_.find("calendars"))) add("calendar." + name, calendar, {"title"});
        documents();
        agreements();
        reports();
        for (auto const& [word, english] : paper_words()) put("print." + word, english);
        for (auto const& [word, english] : alert_words()) put("alert." + word, english);
        return std::move(texts_);
    }

private:
    void put(std::string path, std::string_view english) {
        if (has_letter(english)) texts_[std::move(path)] = english;
    }
    void add(std::string const& prefix, Json const& of, std::initializer_list<char const*> names) {
        for (char const* name : names) {
            if (auto const text = of.text_at(name); !text.empty()) put(prefix + "." + name, text);
        }
    }

    // Outside the fields of a template: "{case.offence_from} - {case.offence_to}" says nothing in any language.
    static bool has_letter(std::string_view text) {
        auto const pieces = parse_template(text);
        auto const is_letter = [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; };
        if (!pieces) return std::any_of(text.begin(), text.end(), is_letter);
        return std::any_of(pieces->begin(), pieces->end(), [&](Piece const& piece) { return piece.alias.empty() && std::any_of(piece.text.begin(), piece.text.end(), is_letter); });
    }

    void forms() {
        for (auto const& [name, form] : members(document_.find("forms"))) {
            add(name, form, {"title"});
            auto const* pages = form.find("pages");
            std::size_t number = 0;
            for (auto const& page : pages != nullptr && pages->is_list() ? pages->items() : Json::List()) add(name + ".page" + std::to_string(++number), page, {"title"});
        }
    }
    void types() {
        for (auto const& [name, type] : members(document_.find("types"))) {
            add(name, type, {"title"});
            for (auto const& [field, definition] : members(type.find("fields"))) add(name + "." + field, definition, {"ask", "help", "says"});
        }
    }
    void codes() {
        for (auto const& [name, list] : members(document_.find("codes"))) {
            for (auto const& [code, meaning] : members(list.find("values"))) put(name + "." + code, meaning.is_text() ? std::string_view(meaning.text()) : meaning.text_at("label", code));
        }
    }
    void procedures() {
        for (auto const& [name, procedure] : members(document_.find("procedures"))) {
            add(name, procedure, {"title"});
            for (auto const& [step, definition] : members(procedure.find("steps"))) {
                add(name + "." + step, definition, {"title", "note"});
                if (auto const* approve = definition.find("approve")) add(name + "." + step + ".approve", *approve, {"says"});
            }
            for (auto const& [gate, definition] : members(procedure.find("gates"))) add(name + "." + gate, definition, {"says"});
        }
    }
    void agreements() {
        for (auto const& [name, agreement] : members(document_.find("agreements"))) {
            std::string const prefix = "agreement." + name;
            add(prefix, agreement, {"title"});
            for (auto const& [word, label] : members(agreement.find("purposes"))) put(prefix + ".purpose." + word, label.is_text() ? std::string_view(label.text()) : std::string_view(word));
        }
    }
    void reports() {
        for (auto const& [name, report] : members(document_.find("reports"))) {
            std::string const prefix = "report." + name;
            add(prefix, report, {"title", "note"});
            for (auto const& [word, counted] : members(report.find("add"))) add(prefix + "." + word, counted, {"title"});
        }
    }
    // Each in its own way: the path leads to the English through document_text, so that both always agree.
    void documents() {
        for (auto const& [name, document] : members(document_.find("documents"))) {
            std::string const prefix = "document." + name;
            add(prefix, document, {"title", "under", "mark"});
            std::size_t number = 0;
            auto const* sections = document.find("sections");
            for (auto const& section : sections != nullptr && sections->is_list() ? sections->items() : Json::List()) {
                std::string const here = prefix + ".section" + std::to_string(++number);
                add(here, section, {"title", "text"});
                list(here + ".row", section.find("rows"));
                if (auto const* table = section.find("table")) list(here + ".column", table->find("columns"));
                list(here + ".sign", section.find("sign"));
            }
        }
    }
    void list(std::string const& prefix, Json const* of) {
        std::size_t number = 0;
        for (auto const& one : of != nullptr && of->is_list() ? of->items() : Json::List()) add(prefix + std::to_string(++number), one, {"label", "value", "sealed"});
    }

    Json const& document_;
    std::map<std::string, std::string> texts_;
};

}  // namespace

std::map<std::string, std::string> texts_of(Json const& document) { return Collector(document).run(); }

std::map<std::string, std::string> missing_texts(Json const& document, std::string_view language) {
    auto missing = texts_of(document);
    auto const* strings = document.find("strings");
    for (auto const& [path, text] : members(strings != nullptr ? strings->find(language) : nullptr)) missing.erase(path);
    return missing;
}

}  // namespace sanjal::pack
