// `sanjal match link A.csv [B.csv]`: which rows of one file, or of two, are likely the same person.
#include <charconv>
#include <cstdio>

#include "cli/ahead.h"
#include "cli/command.h"
#include "cli/match_map.h"
#include "cli/table.h"
#include "match/explain.h"
#include "match/link.h"

namespace sanjal::cli {

namespace {

using match::Field;
using match::Linker;
using Kind = ColumnMap::Kind;

// Columns of names of one entry are one column of the linker; every other column is one by itself.
struct Columns {
    std::vector<Linker::Column> columns;
    std::vector<std::size_t> target;  // by entry of the map
};

Columns columns_of(ColumnMap const& map) {
    Columns out;
    for (auto const& entry : map.entries()) {
        bool const is_name = entry.kind == Kind::Name || entry.kind == Kind::Alias || entry.kind == Kind::Father || entry.kind == Kind::Mother || entry.kind == Kind::Spouse;
        if (is_name && !entry.begins) {
            out.target.push_back(out.columns.size() - 1);
            continue;
        }
        Linker::Column column;
        switch (entry.kind) {
            case Kind::Name: column = {Linker::Kind::Name, Field::Name}; break;
            case Kind::Alias: column = {Linker::Kind::Name, Field::Alias}; break;
            case Kind::Father: column = {Linker::Kind::Name, Field::Father}; break;
            case Kind::Mother: column = {Linker::Kind::Name, Field::Mother}; break;
            case Kind::Spouse: column = {Linker::Kind::Name, Field::Spouse}; break;
            case Kind::Sex: column = {Linker::Kind::Sex, Field::Sex}; break;
            case Kind::Age:
            case Kind::Born: column = {Linker::Kind::Birth, Field::Birth}; break;
            case Kind::Place: column = {Linker::Kind::Text, Field::Place}; break;
            case Kind::Phone: column = {Linker::Kind::Number, Field::Phone}; break;
            case Kind::Id: column = {Linker::Kind::Number, Field::Id}; break;
            case Kind::Mark:
            case Kind::Other: column = {Linker::Kind::Text, Field::Mark}; break;
        }
        out.target.push_back(out.columns.size());
        out.columns.push_back(column);
    }
    return out;
}

Result<void> read(Table& table, ColumnMap const& map, Columns const& columns, std::size_t id, Linker& linker, std::vector<std::string>& ids) {
    Progress progress("rows");
    Ahead<std::vector<std::string>> rows([&] { return table.next(); });
    while (true) {
        SANJAL_TRY(auto const row, rows.next());
        if (!row) return {};
        std::vector<std::string> cells(columns.columns.size());
        for (std::size_t i = 0; i < map.entries().size(); ++i) {
            auto& cell = cells[columns.target[i]];
            if (!cell.empty()) cell += ' ';
            cell += (*row)[map.entries()[i].column];
        }
        linker.add(cells);
        ids.push_back((*row)[id]);
        progress.step(static_cast<std::int64_t>(ids.size()));
    }
}

Result<float> least_bits(Arguments const& arguments) {
    std::string const text = arguments.get("min", "0");
    float value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return fail(Fault::Invalid, "match.min", "Give the least score in bits, such as 0 or 12.5.", "--min");
    return value;
}

}  // namespace

Result<void> match_link(Arguments const& arguments) {
    match::LinkOptions options;
    SANJAL_TRY(options.least_bits, least_bits(arguments));
    SANJAL_TRY(auto first, Table::open(arguments.words[2], Table::Form::Csv));
    SANJAL_TRY(auto const map, ColumnMap::parse(arguments.get("map"), first));
    SANJAL_TRY(auto const id, first.column(arguments.get("id")));
    auto const columns = columns_of(map);
    if (columns.columns.size() > 20) return fail(Fault::Invalid, "match.map", "Compare at most twenty columns.", "--map");
    Linker linker(columns.columns);
    std::vector<std::string> ids;
    SANJAL_DO(read(first, map, columns, id, linker, ids));
    if (arguments.words.size() == 4) {
        SANJAL_TRY(auto second, Table::open(arguments.words[3], Table::Form::Csv));
        SANJAL_TRY(auto const second_map, ColumnMap::parse(arguments.get("map"), second));
        SANJAL_TRY(auto const second_id, second.column(arguments.get("id")));
        linker.begin_second();
        options.across = true;
        SANJAL_DO(read(second, second_map, columns, second_id, linker, ids));
    }
    if (ids.size() < 2) return {};
    for (auto const& one : linker.run(options)) {
        std::printf("%s\t%s\t%.4f", ids[one.a].c_str(), ids[one.b].c_str(), static_cast<double>(one.bits));
        if (arguments.has("explain")) std::printf("\t%s", match::explain(linker.explain(one.a, one.b), arguments.get("language", "en")).c_str());
        std::printf("\n");
    }
    return {};
}

}  // namespace sanjal::cli
