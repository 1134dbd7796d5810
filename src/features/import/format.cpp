#include "features/import/format.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "features/import/cells.h"
#include "rules/value.h"

namespace sanjal::import {
namespace {

constexpr std::array<std::string_view, 6> kept_classes = {"operational", "identity", "contact", "medical", "counselling", "legal"};
constexpr std::string_view default_class = "identity";  // of a column that nobody described

tl::unexpected<Error> wrong(char const* code, std::string message, std::string where) { return fail(Fault::Invalid, code, std::move(message), std::move(where)); }

std::optional<As> as_of(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, As>, 10> all = {{{"kept", As::Kept}, {"text", As::Text}, {"year", As::Year}, {"flag", As::Flag}, {"code", As::Code}, {"codes", As::Codes},
                                                                       {"date", As::Date}, {"time", As::Time}, {"yes_no", As::YesNo}, {"number", As::Number}}};
    for (auto const& [name, as] : all) {
        if (name == word) return as;
    }
    return std::nullopt;
}

// How a column is read where it does not say it: by the kind of its field.
As as_for(std::string_view kind) {
    if (kind == "choice") return As::Code;
    if (kind == "choices") return As::Codes;
    if (kind == "date") return As::Date;
    if (kind == "time") return As::Time;
    if (kind == "yes_no") return As::YesNo;
    if (kind == "number") return As::Number;
    return As::Text;
}

bool can_be_a_cell(std::string_view kind) {
    return kind != "relation" && kind != "unit" && kind != "file" && kind != "photo" && kind != "voice" && kind != "signature" && kind != "money";
}

std::vector<std::string> texts_of(Json const* json) {
    std::vector<std::string> all;
    if (json == nullptr) return all;
    if (json->is_text()) all.push_back(json->text());
    if (json->is_list()) {
        for (auto const& item : json->items()) {
            if (item.is_text()) all.push_back(item.text());
        }
    }
    return all;
}

// The cells of other columns that an export of ours carries: {class: {column: cell}}.
bool take_kept_beside(std::string const& cell, std::map<std::string, Json>& kept) {
    auto const all = parse_json(cell);
    if (!all || !all->is_object()) return false;
    for (auto const& [sensitivity, cells] : all->members()) {
        if (std::find(kept_classes.begin(), kept_classes.end(), sensitivity) == kept_classes.end() || !cells.is_object()) return false;
        for (auto const& [name, one] : cells.members()) {
            if (!one.is_text()) return false;
        }
    }
    for (auto const& [sensitivity, cells] : all->members()) {
        auto& of_class = kept.try_emplace(sensitivity, Json::object()).first->second;
        for (auto const& [name, one] : cells.members()) of_class.set(name, one);
    }
    return true;
}

}  // namespace

Result<Format> Format::of_pack(pack::Pack const& pack, std::string const& name, int this_year) {
    if (name == "csv" || name == "xlsx") return plain(pack, this_year);
    auto const* imports = pack.document.find("imports");
    auto const* definition = imports != nullptr ? imports->find(name) : nullptr;
    if (definition == nullptr) {
        std::string known;
        for (auto const& [one, rule] : imports != nullptr ? imports->members() : Json::Object()) known += (known.empty() ? "" : ", ") + one;
        return fail(Fault::Invalid, "import.format", "The pack knows no format of this name. It knows: " + (known.empty() ? std::string("none") : known) + ".", "--format");
    }
    Json document = *definition;
    if (auto const like = definition->text_at("like"); !like.empty()) {
        auto const* base = imports->find(like);
        SANJAL_CHECK(base != nullptr);  // pack check
        document = *base;
        for (auto const& [key, value] : definition->members()) document.set(key, value);
    }
    return of_document(pack, name, document, this_year);
}

Result<Format> Format::of_document(pack::Pack const& pack, std::string const& name, Json const& document, int this_year) {
    Format format;
    format.name_ = name;
    format.pack_ = &pack;
    format.codes_ = pack.document.find("codes");
    format.this_year_ = this_year;
    SANJAL_CHECK(format.codes_ != nullptr);
    SANJAL_DO(format.parse(document));
    return format;
}

Result<Format> Format::plain(pack::Pack const& pack, int this_year) {
    Json makes = Json::object({{"case", Json::object({{"type", "case"}})}, {"person", Json::object({{"type", "person"}})},
                               {"part", Json::object({{"type", "part"}, {"case", "case"}, {"person", "person"}, {"as", "survivor"}})},
                               {"consent", Json::object({{"type", "consent"}, {"person", "person"}})}, {"row", Json::object({{"type", "imported_row"}, {"about", "part"}})}});
    Json columns = Json::object();
    for (char const* type : {"case", "person", "part"}) {
        auto const* definition = pack.type(type);
        auto const* fields = definition != nullptr ? definition->find("fields") : nullptr;
        if (fields == nullptr) return fail(Fault::Invalid, "import.format", "The pack in force has no cases, persons and parts, so it has no table of its own.", "--format");
        for (auto const& [field, one] : fields->members()) {
            if (!can_be_a_cell(one.text_at("kind")) || one.text_at("class") == "sealed") continue;
            std::string const name = std::string(type) + "." + field;
            columns.set(name, Json::object({{"label", one.text_at("ask")}, {"into", name}}));
        }
    }
    Json document = Json::object({{"keep", "row"}});
    document.set("makes", std::move(makes)).set("columns", std::move(columns)).set("not_known", Json::list({"consent"}));
    return of_document(pack, "csv", document, this_year);
}

Result<void> Format::parse(Json const& document) {
    if (!document.is_object()) return wrong("map.shape", "A column map is a JSON object with `makes` and `columns`.", "");
    document_ = document;
    auto const* columns = document.find("columns");
    if (columns == nullptr || !columns->is_object() || columns->members().empty()) return wrong("map.columns", "A column map says what each column is.", "/columns");
    if (auto const type = document.text_at("type"); !type.empty()) {  // the older kind: one record a row, which holds the row
        makes_ = Json::object({{"it", Json::object({{"type", type}})}});
        exact_ = true;
        raw_alias_ = "it";
        raw_field_ = document.text_at("row");
    } else {
        auto const* makes = document.find("makes");
        if (makes == nullptr || !makes->is_object() || makes->members().empty()) return wrong("map.makes", "A column map says what each row makes, such as a case, a person and a part.", "/makes");
        makes_ = *makes;
        keep_ = document.text_at("keep");
    }
    for (auto const& [alias, made] : makes_.members()) {
        auto const type = made.text_at("type");
        if (pack_->type(type) == nullptr) return wrong("map.type", "The pack has no type of this name.", "/makes/" + alias);
        for (auto const& [name, value] : made.members()) {
            if (name == "type" || name == "once") continue;
            auto const* field = pack_->field(type, name);
            if (field == nullptr || !value.is_text()) return wrong("map.field", "The type has no field of this name.", "/makes/" + alias + "/" + name);
            if (field->text_at("kind") == "relation" && makes_.find(value.text()) == nullptr) return wrong("map.alias", "A relation leads to something else that a row makes.", "/makes/" + alias + "/" + name);
            if (field->text_at("kind") != "relation" && !rules::check_value(*field, *codes_, value)) return wrong("map.value", "This is not a value of that field.", "/makes/" + alias + "/" + name);
        }
    }
    auto const* kept = keep_.empty() ? nullptr : makes_.find(keep_);
    if (!exact_) {
        if (kept == nullptr) return wrong("map.keep", "A column map says in `keep` which record takes the cells as they stood, so that nothing is lost.", "/keep");
        for (auto const one : kept_classes) {
            if (pack_->field(kept->text_at("type"), "kept_" + std::string(one)) == nullptr) return wrong("map.keep", "The type that keeps the cells has no field for one of the classes.", "/keep");
        }
    }
    labels_row_ = document.text_at("layout") == "names_and_labels";
    for (auto const& name : texts_of(document.find("write_codes"))) write_codes_.insert(name);
    not_known_ = texts_of(document.find("not_known"));
    for (auto const& alias : not_known_) {
        if (makes_.find(alias) == nullptr) return wrong("map.alias", "A row makes nothing of this name.", "/not_known");
    }
    for (auto const& [name, rule] : columns->members()) SANJAL_DO(parse_column(name, rule));
    return {};
}

Result<void> Format::parse_column(std::string const& name, Json const& rule) {
    std::string const here = "/columns/" + name;
    Column column;
    column.name = name;
    column.label = rule.text_at("label");
    column.also = texts_of(rule.find("also"));
    column.strict = exact_ || rule.bool_at("strict");
    column.unknown = texts_of(rule.find("unknown"));
    column.flag = rule.text_at("code");
    // `field: x` of the older kind is `into: it.x`.
    std::string const into = exact_ && !rule.text_at("field").empty() ? "it." + std::string(rule.text_at("field")) : std::string(rule.text_at("into"));
    if (!into.empty()) {
        auto const dot = into.find('.');
        auto const* made = makes_.find(into.substr(0, dot));
        if (dot == std::string::npos || made == nullptr) return wrong("map.into", "`into` names what a row makes and a field of it, such as person.sex.", here + "/into");
        column.alias = into.substr(0, dot);
        column.type = made->text_at("type");
        column.field = into.substr(dot + 1);
        column.definition = pack_->field(column.type, column.field);
        if (column.definition == nullptr) return wrong("map.into", "The type has no field of this name.", here + "/into");
        if (!can_be_a_cell(column.definition->text_at("kind")) || column.definition->text_at("class") == "sealed") return wrong("map.into", "This field cannot come from a table.", here + "/into");
    }
    if (auto const out = rule.text_at("out"); !out.empty()) {
        auto const dot = out.find('.');
        auto const* made = makes_.find(out.substr(0, dot));
        if (dot == std::string_view::npos || made == nullptr || pack_->field(made->text_at("type"), out.substr(dot + 1)) == nullptr) return wrong("map.into", "`out` names what a row makes and a field of it.", here + "/out");
        column.out_alias = out.substr(0, dot);
        column.out_field = out.substr(dot + 1);
    }
    auto const word = rule.text_at("as");
    auto const as = as_of(word);
    if (!as && !word.empty()) return wrong("map.as", "A column is read as text, date, time, year, number, yes_no, code, codes or flag, or kept.", here + "/as");
    column.as = as ? *as : column.definition != nullptr ? as_for(column.definition->text_at("kind")) : As::Text;
    column.sensitivity = column.definition != nullptr ? column.definition->text_at("class") : rule.text_at("class", default_class);
    if (column.sensitivity == "public") column.sensitivity = "operational";
    if (std::find(kept_classes.begin(), kept_classes.end(), column.sensitivity) == kept_classes.end()) return wrong("map.class", "A class is operational, identity, contact, medical, counselling or legal.", here + "/class");

    auto const learn = [&](std::string const& code, std::string const& label) {
        column.codes.emplace_back(code, label);
        column.words.emplace(folded(code), code);
        if (!label.empty()) column.words.emplace(folded(label), code);
    };
    auto const* own = column.definition != nullptr ? codes_->find(column.definition->text_at("from")) : nullptr;
    auto const* by = own != nullptr && !rule.text_at("by").empty() ? own->find(rule.text_at("by")) : nullptr;
    if (auto const* given = rule.find("codes"); given != nullptr && given->is_object()) {
        for (auto const& [code, label] : given->members()) learn(code, label.is_text() ? label.text() : std::string());
    } else if (by != nullptr) {
        for (auto const& [code, ours] : by->members()) {
            learn(code, {});
            column.to.emplace(code, ours);
        }
    } else if (column.as == As::Code || column.as == As::Codes) {
        auto const* list = rule.text_at("from").empty() ? own : codes_->find(rule.text_at("from"));
        auto const* values = list != nullptr ? list->find("values") : nullptr;
        if (values == nullptr) return wrong("map.codes", "A column of codes goes into a field with a list of codes, or says its own in `codes`.", here);
        for (auto const& [code, label] : values->members()) {
            learn(code, label.text());
            if (own == list) column.to.emplace(code, Json(code));
        }
    }
    if (auto const* to = rule.find("to"); to != nullptr && to->is_object()) {
        for (auto const& [theirs, ours] : to->members()) {
            if (column.definition == nullptr || !ours.is_text() || own == nullptr || own->find("values")->find(ours.text()) == nullptr) return wrong("map.to", "`to` leads to a code of the field's list.", here + "/to/" + theirs);
            if (column.words.emplace(folded(theirs), theirs).second) column.codes.emplace_back(theirs, "");
            column.to[theirs] = ours;
            column.from.emplace_back(ours.text(), theirs);
        }
    }
    for (auto const& [theirs, ours] : column.to) column.from.emplace_back(ours.is_text() ? ours.text() : std::string(), theirs);
    if (auto const* words = rule.find("words"); words != nullptr && words->is_object()) {
        for (auto const& [given, code] : words->members()) {
            if (code.is_text()) column.words.emplace(folded(given), code.text());
        }
    }
    columns_.push_back(std::move(column));
    return {};
}

Result<std::vector<Made>> Format::records(Header const& header, table::Row const& row, std::map<std::string, std::int64_t>& missed) const {
    if (exact_ && row.cells.size() != columns_.size()) {
        return fail(Fault::Invalid, "import.cells", "This row has " + std::to_string(row.cells.size()) + " cells; the header has " + std::to_string(columns_.size()) + ".");
    }
    std::map<std::string, std::map<std::string, Json>> values;  // alias -> field -> value
    std::map<std::string, Json> kept;                           // class -> {column: cell}
    std::set<std::string> filled;
    // In the order of the format, so that names are joined alike however the columns of the file stand.
    std::vector<std::size_t> order(row.cells.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const place = [&](std::size_t i) { return i < header.columns.size() && header.columns[i] != nullptr ? header.columns[i] - columns_.data() : static_cast<std::ptrdiff_t>(columns_.size()); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
    for (auto const i : order) {
        std::string const& cell = row.cells[i];
        if (trimmed(cell).empty() || (i < header.numbers.size() && header.numbers[i])) continue;
        auto const* column = i < header.columns.size() ? header.columns[i] : nullptr;
        std::string const name = column != nullptr ? column->name : i < header.names.size() ? header.names[i] : place_name(i);
        if (!keep_.empty() && column == nullptr && name == kept_beside && take_kept_beside(cell, kept)) continue;
        filled.insert(name);
        if (!keep_.empty()) {
            auto& of_class = kept.try_emplace(column != nullptr ? column->sensitivity : std::string(default_class), Json::object()).first->second;
            of_class.set(name, cell);
        }
        if (column == nullptr) continue;
        auto reading = read(*column, cell);
        if (reading.why.empty() && !reading.value.is_null() && !column->field.empty()) {
            if (auto const done = put(*column, std::move(reading.value), values); !done) reading.why = done.error().message;
        }
        if (reading.why.empty()) continue;
        if (column->strict) return fail(Fault::Invalid, "import.value", column->name + ": " + reading.why);
        ++missed[column->name];
    }
    if (filled.empty() && kept.empty()) return std::vector<Made>();
    if (auto const* otherwise = document_.find("otherwise"); otherwise != nullptr) {
        auto const names = texts_of(otherwise->find("filled"));
        if (std::any_of(names.begin(), names.end(), [&](std::string const& name) { return filled.count(name) > 0; })) {
            for (auto const& [path, value] : otherwise->members()) {
                if (auto const dot = path.find('.'); dot != std::string::npos) values[path.substr(0, dot)][path.substr(dot + 1)] = value;
            }
        }
    }
    std::vector<Made> made;
    for (auto const& [alias, definition] : makes_.members()) {
        Made one{alias, std::string(definition.text_at("type")), {}, {}};
        auto& fields = values[alias];
        for (auto const& [name, value] : definition.members()) {
            if (name != "type" && name != "once" && pack_->field(one.type, name)->text_at("kind") != "relation") fields.emplace(name, value);
        }
        if (std::find(not_known_.begin(), not_known_.end(), alias) != not_known_.end()) {
            for (auto const& [name, field] : pack_->type(one.type)->find("fields")->members()) {
                if (field.text_at("kind") == "yes_no") fields.emplace(name, Json::object({{"none", "unknown"}}));
            }
        }
        if (alias == keep_) {
            fields.emplace("format", Json(name_));
            for (auto const& [sensitivity, cells] : kept) fields.emplace("kept_" + sensitivity, Json(write_json(cells)));
        }
        if (alias == raw_alias_) fields.emplace(raw_field_, Json(row.raw));
        for (auto& [name, value] : fields) {
            auto const* field = pack_->field(one.type, name);
            if (value.is_text() && value.text().size() > rules::text_bytes_max) return fail(Fault::Invalid, "import.too_long", "This row is longer than a record can keep.");
            std::string const sensitivity(field->text_at("class"));
            if (field->bool_at("many") && value.is_list()) {
                std::size_t element = 0;
                for (auto const& item : value.items()) one.fields.push_back({name + "/" + std::to_string(++element), item, sensitivity});
            } else {
                one.fields.push_back({name, std::move(value), sensitivity});
            }
        }
        made.push_back(std::move(one));
    }
    return made;
}

// Several columns of one field: of texts the words in their order, of lists all members.
Result<void> Format::put(Column const& column, Json value, std::map<std::string, std::map<std::string, Json>>& values) const {
    auto const& definition = *column.definition;
    bool const many = definition.bool_at("many");
    auto& field = values[column.alias][column.field];
    Json next = value;
    if (!field.is_null()) {
        bool const texts = column.as == As::Text;
        Json const& before = many && field.is_list() ? field.items().back() : field;
        if (texts && before.is_text()) next = Json(before.text() + " " + value.text());
        else if (value.is_list() && field.is_list()) {
            next = field;
            for (auto const& one : value.items()) {
                if (std::find(next.items().begin(), next.items().end(), one) == next.items().end()) next.push_back(one);
            }
        } else {
            return fail(Fault::Invalid, "import.value", "another column says this already.");
        }
    }
    if (many && !rules::is_none(next)) {
        Json list = Json::list();
        for (auto const& part : next.is_list() ? next.items() : split_lines(next)) {
            auto checked = rules::check_value(definition, *codes_, part);
            if (!checked) {
                if (field.is_null()) values[column.alias].erase(column.field);
                return fail(checked.error());
            }
            list.push_back(std::move(*checked));
        }
        field = std::move(list);
        return {};
    }
    auto checked = rules::check_value(definition, *codes_, next);
    if (!checked) {
        if (field.is_null()) values[column.alias].erase(column.field);
        return fail(checked.error());
    }
    field = std::move(*checked);
    return {};
}

Json Format::joined(std::string const& alias, std::string const& field, std::map<std::string, std::string> const& kept) const {
    std::map<std::string, std::map<std::string, Json>> values;
    for (auto const& column : columns_) {
        auto const found = kept.find(column.name);
        if (column.alias != alias || column.field != field || found == kept.end()) continue;
        auto reading = read(column, found->second);
        if (reading.why.empty() && !reading.value.is_null()) (void)put(column, std::move(reading.value), values);
    }
    auto const of_alias = values.find(alias);
    if (of_alias == values.end() || of_alias->second.count(field) == 0) return {};
    return of_alias->second[field];
}

}  // namespace sanjal::import
