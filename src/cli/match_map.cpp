#include "cli/match_map.h"

#include <array>
#include <utility>

#include "text/normalise.h"

namespace sanjal::cli {

namespace {

using Kind = ColumnMap::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 16> kinds = {{{"name", Kind::Name}, {"alias", Kind::Alias}, {"father", Kind::Father}, {"mother", Kind::Mother}, {"spouse", Kind::Spouse}, {"sex", Kind::Sex},
                                                                      {"gender", Kind::Sex}, {"age", Kind::Age}, {"born", Kind::Born}, {"date", Kind::Born}, {"place", Kind::Place}, {"phone", Kind::Phone}, {"id", Kind::Id},
                                                                      {"mark", Kind::Mark}, {"other", Kind::Other}, {"work", Kind::Other}}};

std::vector<std::string> cut(std::string const& text, char at) {
    std::vector<std::string> out(1);
    for (char const c : text) {
        if (c == at) out.emplace_back();
        else out.back().push_back(c);
    }
    return out;
}

void append(std::string& to, std::string const& more) {
    if (!to.empty() && !more.empty()) to += ' ';
    to += more;
}

}  // namespace

match::Sex sex_of(std::string const& text) {
    std::string const key = text::search_key(text);
    if (key.empty()) return match::Sex::Unknown;
    if (key == "f" || key == "female" || key == "w" || key == "woman" || key == "girl" || key == "2") return match::Sex::Female;
    if (key == "m" || key == "male" || key == "man" || key == "boy" || key == "1") return match::Sex::Male;
    return key == "o" || key == "t" || key == "x" || key == "other" || key == "third" || key == "transgender" ? match::Sex::Other : match::Sex::Unknown;
}

Result<ColumnMap> ColumnMap::parse(std::string const& text, Table const& table) {
    ColumnMap map;
    for (auto const& entry : cut(text, ',')) {
        auto const equals = entry.find('=');
        if (equals == std::string::npos) return fail(Fault::Invalid, "match.map", "A map is KIND=COLUMN+COLUMN,KIND=COLUMN.", "--map: " + entry);
        std::string const name = entry.substr(0, equals);
        auto const* found = kinds.begin();
        while (found != kinds.end() && found->first != name) ++found;
        if (found == kinds.end()) {
            return fail(Fault::Invalid, "match.map", "A map knows name, alias, father, mother, spouse, sex, age, born, place, phone, id, mark and other.", "--map: " + name);
        }
        bool begins = true;
        for (auto const& column : cut(entry.substr(equals + 1), '+')) {
            SANJAL_TRY(auto const at, table.column(column));
            map.entries_.push_back({found->second, at, begins});
            begins = false;
        }
    }
    return map;
}

match::Person ColumnMap::person(std::vector<std::string> const& row) const {
    match::Person person;
    for (auto const& entry : entries_) {
        std::string const& cell = row[entry.column];
        switch (entry.kind) {
            case Kind::Name:
                if (entry.begins || person.names.empty()) person.names.emplace_back();
                append(person.names.back(), cell);
                break;
            case Kind::Alias: if (!cell.empty()) person.aliases.push_back(cell); break;
            case Kind::Father: append(person.father, cell); break;
            case Kind::Mother: append(person.mother, cell); break;
            case Kind::Spouse: append(person.spouse, cell); break;
            case Kind::Sex: person.sex = sex_of(cell); break;
            case Kind::Age:
            case Kind::Born:
                // Ages of one file were told at one time: which, does not matter for comparing them.
                if (!cell.empty() && !person.birth.is_known()) person.birth = match::parse_birth(cell, 20000);
                break;
            case Kind::Place: if (!cell.empty()) person.places.push_back(cell); break;
            case Kind::Phone: if (!cell.empty()) person.phones.push_back(cell); break;
            case Kind::Id: if (!cell.empty()) person.ids.push_back(cell); break;
            case Kind::Mark:
            case Kind::Other: if (!cell.empty()) person.marks.push_back(cell); break;
        }
    }
    return person;
}

}  // namespace sanjal::cli
