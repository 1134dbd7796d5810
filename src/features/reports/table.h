#pragma once
// A report of the pack, worked out for one reader: rows of one type of record, or numbers of such records put together.  Nothing
// counts that the reader does not reach, and no field is looked at that his mask does not let him read.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.h"

namespace sanjal::reports {

// Records of one type with what may be read of them.
struct Seen {
    std::string id;
    record::State state;
    policy::Mask mask;

    // The value of a field, a list of its elements where it has many; nullptr where nothing is known or it may not be read.
    [[nodiscard]] Json const* value(pack::Pack const& pack, std::string_view field) const;
    // The records or units that a field names.
    [[nodiscard]] std::vector<std::string> targets(pack::Pack const& pack, std::string_view field) const;

    mutable std::map<std::string, Json, std::less<>> read = {};  // what `value` gave, kept
};

enum class Whose { Reader, Supervised, Public };

// Everything of a type that the reader reaches; of Supervised what the units hold that his own supervises; of Public what is open to
// everyone.  TooLarge where it is more than a report can hold.
Result<std::vector<Seen>> load(store::Transaction& tx, app::Context& context, Whose whose, std::string_view type);

struct Table {
    Json columns = Json::list();  // {name, title, kind, choices?, many?}
    struct Row {
        std::string record;       // empty where records were put together
        std::map<std::string, Json> values;
        bool few = false;         // so few that they are not shown
    };
    std::vector<Row> rows;
};

// `about`: only records that name this one; empty: all.
Result<Table> work_out(app::Context& context, std::string_view name, Json const& report, std::string const& language, std::string const& about, Whose whose);

}  // namespace sanjal::reports
