#include "rules/form.h"

#include <algorithm>

#include "rules/condition.h"
#include "rules/value.h"

namespace sanjal::rules {
namespace {

constexpr std::size_t records_max = 200;  // people in one report
constexpr std::size_t elements_max = 50;  // of a repeated field

struct Path {
    std::string alias;
    std::string field;
};

std::string_view text_of(Json const& json) { return json.is_text() ? std::string_view(json.text()) : std::string_view(); }
Json::List const& items_of(Json const* json) {
    static Json::List const none;
    return json != nullptr && json->is_list() ? json->items() : none;
}

Path split(std::string_view text) {
    auto const dot = text.find('.');
    if (dot == std::string_view::npos) return {std::string(text), {}};
    return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

Json const* at(Json const& root, std::initializer_list<std::string_view> names) {
    Json const* json = &root;
    for (auto const name : names) {
        json = json->find(name);
        if (json == nullptr) return nullptr;
    }
    return json;
}

Json const* field_of(Json const& pack, std::string_view type, std::string_view field) { return at(pack, {"types", type, "fields", field}); }

std::string escaped(std::string_view name) {
    std::string out;
    for (char const c : name) {
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
    return out;
}

// Whether the form asks that question, or cannot be sent without it.
bool is_asked(Json const& form, std::string_view path) {
    auto const names = [&](Json const* list) {
        return list != nullptr && list->is_list() &&
               std::any_of(list->items().begin(), list->items().end(), [&](Json const& one) { return one.is_text() && one.text() == path; });
    };
    if (names(form.find("enough"))) return true;
    auto const* pages = form.find("pages");
    if (pages == nullptr || !pages->is_list()) return false;
    return std::any_of(pages->items().begin(), pages->items().end(), [&](Json const& page) { return names(page.find("ask")); });
}

// "Unknown" and "refused" are answers; "not asked" is a question left open.
bool is_answer(Json const& value) {
    if (value.is_list()) return !value.items().empty();
    return value.text_at("none") != "not_asked";
}

// The fields of one record of an alias.
void check_record(Json const& pack, Json const& form, CheckedRecord& record, Json const& answers, std::string const& pointer, std::vector<AnswerFault>& faults) {
    static Json const no_codes = Json::object();
    auto const* codes = pack.find("codes");
    if (!answers.is_object()) {
        faults.push_back({pointer, "answers.not_an_object", "Send an object of fields and values."});
        return;
    }
    for (auto const& [name, value] : answers.members()) {
        std::string const where = pointer + "/" + escaped(name);
        auto const* definition = field_of(pack, record.type, name);
        if (definition == nullptr || !is_asked(form, record.alias + "." + name)) {
            faults.push_back({where, "answers.unknown_field", "This form has no such question."});
            continue;
        }
        if (value.is_null()) continue;  // left open
        auto const check = [&](Json const& one, std::string const& place) -> std::optional<Json> {
            auto checked = check_value(*definition, codes != nullptr ? *codes : no_codes, one);
            if (checked) return std::move(*checked);
            faults.push_back({place, checked.error().code, checked.error().message});
            return std::nullopt;
        };
        if (definition->bool_at("many") && !is_none(value)) {
            Json::List elements = value.is_list() ? value.items() : Json::List{value};
            if (elements.size() > elements_max) {
                faults.push_back({where, "answers.too_many", "These are more than fifty."});
                continue;
            }
            Json list = Json::list();
            for (std::size_t i = 0; i < elements.size(); ++i) {
                if (auto one = check(elements[i], where + "/" + std::to_string(i))) list.push_back(std::move(*one));
            }
            record.fields.emplace_back(name, std::move(list));
        } else if (auto one = check(value, where)) {
            record.fields.emplace_back(name, std::move(*one));
        }
    }
}

}  // namespace

std::string label(Json const& pack, std::string_view language, std::string const& path, std::string_view otherwise) {
    auto const* text = at(pack, {"strings", language, path});
    return text != nullptr && text->is_text() ? text->text() : std::string(otherwise);
}

Json choices(Json const& pack, std::string_view language, std::string_view codes) {
    Json list = Json::list();
    auto const* values = at(pack, {"codes", codes, "values"});
    if (values == nullptr || !values->is_object()) return list;
    for (auto const& [code, meaning] : values->members()) {
        std::string_view const english = meaning.is_text() ? std::string_view(meaning.text()) : meaning.text_at("label", code);
        list.push_back(Json::object({{"code", code}, {"label", label(pack, language, std::string(codes) + "." + code, english)}}));
    }
    return list;
}

Checked check_submission(Json const& pack, std::string_view form_name, Json const& answers, std::vector<std::string> const& existing) {
    Checked checked;
    auto const* form = at(pack, {"forms", form_name});
    auto const* makes = form != nullptr ? form->find("makes") : nullptr;
    if (makes == nullptr || !makes->is_object()) {
        checked.faults.push_back({"", "form.none", "There is no such form."});
        return checked;
    }
    if (!answers.is_object()) {
        checked.faults.push_back({"/answers", "answers.not_an_object", "Send the answers as an object."});
        return checked;
    }
    for (auto const& [alias, given] : answers.members()) {
        if (makes->find(alias) == nullptr) checked.faults.push_back({"/answers/" + escaped(alias), "answers.unknown_alias", "This form asks nothing about that."});
    }
    auto const count_of = [&](std::string_view alias) {
        return static_cast<std::size_t>(std::count_if(checked.records.begin(), checked.records.end(), [&](auto const& record) { return record.alias == alias; }));
    };
    for (auto const& [alias, definition] : makes->members()) {
        auto const* given = answers.find(alias);
        bool const many = definition.bool_at("many");
        std::string const for_each(definition.text_at("for_each"));
        std::string const pointer = "/answers/" + escaped(alias);
        Json::List list;
        if (given != nullptr && given->is_list()) {
            if (!many && for_each.empty()) {
                checked.faults.push_back({pointer, "answers.not_many", "There can be only one of these."});
                continue;
            }
            list = given->items();
        } else if (given != nullptr) {
            list.push_back(*given);
        } else if (std::find(existing.begin(), existing.end(), alias) == existing.end() && for_each.empty() && !definition.bool_at("optional")) {
            list.push_back(Json::object());
        }
        if (!for_each.empty()) {
            std::size_t const wanted = count_of(for_each);
            if (list.size() > wanted) checked.faults.push_back({pointer, "answers.too_many", "There is one of these for each of the others, and no more."});
            while (list.size() < wanted) list.push_back(Json::object());
        }
        if (list.size() > records_max) {
            checked.faults.push_back({pointer, "answers.too_many", "These are more than two hundred; send them in several reports."});
            continue;
        }
        for (std::size_t i = 0; i < list.size(); ++i) {
            CheckedRecord record;
            record.alias = alias;
            record.index = i;
            record.type = definition.text_at("type");
            record.for_each = for_each;
            record.definition = definition;
            bool const listed = given != nullptr && given->is_list();
            check_record(pack, *form, record, list[i], listed ? pointer + "/" + std::to_string(i) : pointer, checked.faults);
            checked.records.push_back(std::move(record));
        }
    }
    if (auto const* enough = form->find("enough"); enough != nullptr && enough->is_list()) {
        for (auto const& needed : enough->items()) {
            Path const path = split(text_of(needed));
            bool const there_already = std::find(existing.begin(), existing.end(), path.alias) != existing.end();
            if (!there_already && count_of(path.alias) == 0) {
                checked.faults.push_back({"/answers/" + escaped(path.alias), "answers.missing", "Nobody is named here yet. Add at least one before it can be sent."});
            }
            for (auto const& record : checked.records) {
                if (record.alias != path.alias || there_already) continue;
                bool const listed = makes->find(path.alias) != nullptr && makes->find(path.alias)->bool_at("many");
                std::string const pointer = "/answers/" + escaped(path.alias) + (listed ? "/" + std::to_string(record.index) : std::string()) + "/" + escaped(path.field);
                bool const answered = std::any_of(record.fields.begin(), record.fields.end(),
                                                  [&](auto const& field) { return field.first == path.field && is_answer(field.second); });
                bool const said_already = std::any_of(checked.faults.begin(), checked.faults.end(), [&](AnswerFault const& fault) { return fault.pointer.starts_with(pointer); });
                if (answered || said_already) continue;
                checked.faults.push_back({pointer, "answers.missing", "This must be answered before it can be sent. If nobody knows, say so."});
            }
        }
    }
    return checked;
}

std::optional<Json> describe_form(Json const& pack, std::string_view form_name, std::string_view language) {
    auto const* form = at(pack, {"forms", form_name});
    if (form == nullptr) return std::nullopt;
    auto const* makes = form->find("makes");
    std::string const prefix(form_name);
    Json described = Json::object({{"form", form_name}, {"title", label(pack, language, prefix + ".title", form->text_at("title"))},
                                   {"makes", makes != nullptr ? *makes : Json::object()}, {"enough", form->find("enough") != nullptr ? *form->find("enough") : Json::list()}});
    Json pages = Json::list();
    auto const* given = form->find("pages");
    std::size_t number = 0;
    for (auto const& page : items_of(given)) {
        Json one = Json::object({{"title", label(pack, language, prefix + ".page" + std::to_string(++number) + ".title", page.text_at("title"))}});
        if (auto const* when = page.find("show_when")) one.set("show_when", *when);
        Json ask = Json::list();
        auto const* questions = page.find("ask");
        for (auto const& question : items_of(questions)) {
            Path const path = split(text_of(question));
            auto const* alias = makes != nullptr ? makes->find(path.alias) : nullptr;
            std::string const type(alias != nullptr ? alias->text_at("type") : std::string_view());
            auto const* field = field_of(pack, type, path.field);
            if (field == nullptr) continue;
            auto const& enough = items_of(form->find("enough"));
            bool const needed = std::any_of(enough.begin(), enough.end(), [&](Json const& e) { return e == question; });
            Json asked = Json::object({{"alias", path.alias}, {"field", path.field}, {"kind", field->text_at("kind")},
                                       {"ask", label(pack, language, type + "." + path.field + ".ask", field->text_at("ask"))}});
            if (auto const from = field->text_at("from"); !from.empty()) {
                asked.set("choices", choices(pack, language, from));
            }
            if (auto const to = field->text_at("to"); !to.empty()) asked.set("to", to);
            if (auto const help = field->text_at("help"); !help.empty()) asked.set("help", label(pack, language, type + "." + path.field + ".help", help));
            asked.set("required", needed).set("many", field->bool_at("many"));
            ask.push_back(std::move(asked));
        }
        one.set("ask", std::move(ask));
        pages.push_back(std::move(one));
    }
    described.set("pages", std::move(pages));
    return described;
}

}  // namespace sanjal::rules
