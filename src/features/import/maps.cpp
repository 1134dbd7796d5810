#include "features/import/maps.h"

#include <algorithm>

#include "features/import/cells.h"

namespace sanjal::import {
namespace {

constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t map_bytes_max = 256U << 10U;

// Words in small letters, without the s of a plural.
std::set<std::string> stems(std::string_view text) {
    std::set<std::string> all;
    std::string word;
    std::string const low = folded(text) + " ";
    for (char const c : low) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
            word += c;
            continue;
        }
        if (word.size() > 3 && word.back() == 's') word.pop_back();
        if (!word.empty()) all.insert(word);
        word.clear();
    }
    return all;
}

// How well a header names a field: 3 by its very name or question in any language, 2 by a standard's, 1 by all words of its name.
int likeness(pack::Pack const& pack, std::string const& header, Column const& column) {
    std::string const wanted = folded(header);
    if (wanted.empty()) return 0;
    if (wanted == folded(column.name) || wanted == folded(column.field) || wanted == folded(column.label)) return 3;
    if (auto const* strings = pack.document.find("strings")) {
        for (auto const& [language, texts] : strings->members()) {
            if (folded(texts.text_at(column.type + "." + column.field + ".ask")) == wanted) return 3;
        }
    }
    auto const have = stems(header);
    auto const need = stems([&] {
        std::string spaced = column.field;
        std::replace(spaced.begin(), spaced.end(), '_', ' ');
        return spaced;
    }());
    return !need.empty() && std::includes(have.begin(), have.end(), need.begin(), need.end()) ? 1 : 0;
}

}  // namespace

Result<std::vector<ColumnMap>> list_maps(store::Transaction& tx) {
    std::vector<ColumnMap> all;
    SANJAL_DO(tx.each("select id, data from record where type = 'column_map' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const* name = state.value("name");
        auto const* document = state.value("map");
        if (name != nullptr && name->is_text() && document != nullptr) all.push_back({std::string(row.text(0)), name->text(), *document});
        return {};
    }));
    return all;
}

Result<ColumnMap> find_map(store::Transaction& tx, std::string_view name) {
    SANJAL_TRY(auto all, list_maps(tx));
    for (auto& one : all) {
        if (one.name == name) return std::move(one);
    }
    return fail(Fault::NotFound, "map.none", "There is no column map of this name at this node.", "map");
}

Result<std::string> save_map(app::House& house, store::Transaction& tx, std::string const& name, Json const& document, std::string const& actor, std::string const& unit) {
    if (trimmed(name).empty() || name.size() > name_bytes_max || name.find_first_of("/\n\t") != std::string::npos) return fail(Fault::Invalid, "map.name", "A column map has a name of up to 100 letters, without a slash.", "/name");
    if (write_json(document).size() > map_bytes_max) return fail(Fault::TooLarge, "map.too_large", "This column map is larger than 256 KiB.", "/map");
    auto const pack = house.packs().in_force();
    SANJAL_DO(Format::of_document(*pack, name, document, 9999));
    std::string record = house.new_id();
    bool is_new = true;
    SANJAL_TRY(auto const all, list_maps(tx));
    for (auto const& one : all) {
        if (one.name != name) continue;
        record = one.record;
        is_new = false;
    }
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = actor;
    submission.pack = pack->reference();
    ledger::NewEntry entry;
    entry.verb = "column_map.saved";
    entry.record = record;
    entry.fields = {{"map", document, "operational"}};
    if (is_new) {
        entry.fields.push_back({"name", name, "operational"});
        entry.fields.push_back({"unit_of_origin", unit, "operational"});
    }
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return record;
}

Json propose_map(pack::Pack const& pack, std::vector<std::string> const& headers, int this_year) {
    Json columns = Json::object();
    Json map = Json::object();
    auto const plain = Format::plain(pack, this_year);
    if (!plain) return map;
    // What the pack's own formats say of a header is known better than what its words say.
    std::vector<Format> known;
    for (auto const& [name, definition] : pack.document.find("imports")->members()) {
        auto format = Format::of_pack(pack, name, this_year);
        if (format && !format->keep().empty() && format->makes() == plain->makes()) known.push_back(std::move(*format));
    }
    std::set<std::string> taken;
    for (auto const& header : headers) {
        Column const* best = nullptr;
        int most = 0;
        for (auto const& column : plain->columns()) {
            int const like = taken.count(column.name) > 0 ? 0 : likeness(pack, header, column);
            if (like > most) {
                most = like;
                best = &column;
            }
        }
        if (most < 3) {
            for (auto const& format : known) {
                auto const resolved = format.header({header}, nullptr);
                if (!resolved || resolved->columns[0] == nullptr || resolved->columns[0]->field.empty()) continue;
                auto const* document = format.options().find("columns")->find(resolved->columns[0]->name);
                columns.set(header, *document);
                best = nullptr;
                most = 0;
                break;
            }
        }
        if (best == nullptr) continue;
        taken.insert(best->name);
        columns.set(header, Json::object({{"into", best->alias + "." + best->field}}));
    }
    map.set("makes", plain->makes()).set("keep", plain->keep()).set("not_known", Json::list({"consent"})).set("columns", std::move(columns));
    return map;
}

}  // namespace sanjal::import
