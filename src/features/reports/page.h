#pragma once
// A report in words: one cell for a spreadsheet, and the whole as a plain page without a script.

#include <string>

#include "features/reports/table.h"

namespace sanjal::reports {

// As a reader reads it: what a code means, what a unit is called, "fewer than 5"; empty where nothing is known.
Result<std::string> words_of(app::Context& context, Json const& column, Table::Row const& row);

Result<std::string> page(app::Context& context, std::string const& language, std::string const& title, Table const& table);

}  // namespace sanjal::reports
