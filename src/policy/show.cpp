// What decide allowed, made into what is shown.  A field that is not shown leaves no trace but "withheld", a name six dots.
#include "policy/decide.h"

namespace sanjal::policy {
namespace {

// Whether there is a name or not, and how many: the same dots.  True where there were any to put.
bool put_dots(Json& fields, std::string_view type, Mask const& mask, pack::Pack const& pack) {
    auto const* definition = pack.type(type);
    auto const* all = definition != nullptr ? definition->find("fields") : nullptr;
    bool put = false;
    for (auto const& [name, field] : all != nullptr && all->is_object() ? all->members() : Json::Object()) {
        if (field.text_at("kind") != "person_name" || mask.allows(type, name, field.text_at("class"))) continue;
        fields.set(name, field.bool_at("many") ? Json::list({hidden_name}) : Json(hidden_name));
        put = true;
    }
    return put;
}

}  // namespace

bool is_hidden(Json const& shown) {
    if (shown.is_list()) return shown.items().size() == 1 && is_hidden(shown.items().front());
    return shown.is_text() && shown.text() == hidden_name;
}

Result<Json> show(std::string_view id, record::State const& state, Mask const& mask, pack::Pack const& pack, OpenKept const& open_kept) {
    Json fields = Json::object();
    bool withheld = false;
    auto const value_of = [&](std::string const& name, Json const& cell) -> Result<Json> {
        if (auto const* value = cell.find("v")) return *value;
        return open_kept(cell, name);
    };
    if (auto const* all = state.data().find("fields")) {
        for (auto const& [name, cells] : all->members()) {
            std::vector<Json const*> allowed;
            for (auto const& cell : cells.items()) {
                // A sealed field is shown as being there; who is not a named holder cannot open its box.
                if (cell.text_at("class") == "sealed" || mask.allows(state.type(), name, cell.text_at("class"))) {
                    allowed.push_back(&cell);
                } else {
                    withheld = true;
                }
            }
            if (allowed.empty()) continue;
            bool const elements = allowed.front()->find("el") != nullptr;
            if (elements) {
                Json list = Json::list();
                for (auto const* cell : allowed) {
                    SANJAL_TRY(auto value, value_of(name, *cell));
                    list.push_back(std::move(value));
                }
                fields.set(name, std::move(list));
            } else if (allowed.size() == 1 || allowed.front()->find("claim") != nullptr) {
                SANJAL_TRY(auto value, value_of(name, *allowed.back()));
                fields.set(name, std::move(value));
            } else {
                Json conflict = Json::list();
                for (auto const* cell : allowed) {
                    SANJAL_TRY(auto value, value_of(name, *cell));
                    conflict.push_back(Json::object({{"value", std::move(value)}, {"entry", cell->text_at("e")}, {"by", cell->text_at("b")},
                                                     {"received", format_instant(instant_of(cell->integer_at("t")))}}));
                }
                fields.set(name, Json::object({{"conflict", std::move(conflict)}}));
            }
        }
    }
    withheld = put_dots(fields, state.type(), mask, pack) || withheld;
    Json shown = Json::object({{"id", id}, {"type", state.type()}, {"state", state.condition()}});
    if (!state.number().empty()) shown.set("number", state.number());
    shown.set("fields", std::move(fields));
    if (withheld) shown.set("withheld", true);  // that something is, never how much (P16)
    Json heads = Json::list();
    for (auto const& head : state.heads()) heads.push_back(head);
    shown.set("heads", std::move(heads));
    return shown;
}

void show_line(ledger::Entry const& entry, std::string_view type, Mask const& mask, pack::Pack const& pack, Json& line) {
    Json fields = Json::object();
    std::set<std::string> said;
    bool withheld = false;
    for (auto const& field : entry.fields) {
        std::string_view const base = std::string_view(field.name).substr(0, field.name.find('/'));
        if (field.sensitivity != "sealed" && mask.allows(type, base, field.sensitivity)) {
            fields.set(field.name, field.value);
            continue;
        }
        withheld = true;
        auto const* definition = pack.field(type, base);
        if (definition == nullptr) continue;
        if (definition->text_at("kind") == "person_name") fields.set(base, hidden_name);
        if (auto const says = definition->text_at("says"); !says.empty()) said.insert(std::string(says));
    }
    line.set("fields", std::move(fields));
    if (!said.empty()) {
        Json says = Json::list();
        for (auto const& one : said) says.push_back(one);
        line.set("says", std::move(says));
    }
    if (withheld) line.set("withheld", true);
}

}  // namespace sanjal::policy
