#pragma once
// Column maps that somebody saved: records of type `column_map`, one per name, each saving one entry, so that it stays known
// which map an import was made by.  A map says nothing of any person; whoever works at the node may use it, and it is carried
// to another node as a JSON file (docs/formats/import.md).

#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "features/import/rows.h"

namespace sanjal::import {

struct ColumnMap {
    std::string record;
    std::string name;
    Json document;
};

Result<std::vector<ColumnMap>> list_maps(store::Transaction& tx);
// NotFound "map.none".
Result<ColumnMap> find_map(store::Transaction& tx, std::string_view name);
// Inside the writer.  Invalid "map.*": nothing was saved.
Result<std::string> save_map(app::House& house, store::Transaction& tx, std::string const& name, Json const& document, std::string const& actor, std::string const& unit);

// A map proposed for these headers by their words: the fields of the pack, and the codes of fields that are choices.  What
// resembles nothing is left out, and is kept as it stands when the map is used.
Json propose_map(pack::Pack const& pack, std::vector<std::string> const& headers, int this_year);

}  // namespace sanjal::import
