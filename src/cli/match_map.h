#pragma once
// Which column of a file is what of a person: "name=given+surname,father=father,sex=sex,age=age,born=dob,place=village+district".
// Columns of one name are put together with spaces; of places, phones, ids and marks each column is one.

#include <string>
#include <vector>

#include "cli/table.h"
#include "match/person.h"

namespace sanjal::cli {

class ColumnMap {
public:
    enum class Kind { Name, Alias, Father, Mother, Spouse, Sex, Age, Born, Place, Phone, Id, Mark, Other };
    struct Entry {
        Kind kind;
        std::size_t column;
        bool begins;  // of its entry in the map: a second name=... is another name
    };
    // Invalid "match.map" where the text or a column in it is wrong.
    static Result<ColumnMap> parse(std::string const& text, Table const& table);

    [[nodiscard]] match::Person person(std::vector<std::string> const& row) const;
    [[nodiscard]] std::vector<Entry> const& entries() const { return entries_; }

private:
    std::vector<Entry> entries_;
};

match::Sex sex_of(std::string const& text);

}  // namespace sanjal::cli
