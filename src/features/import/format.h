#pragma once
// How the cells of a table become fields of records, and the other way: an import format of the pack (`imports/NAME.yaml`) or a
// column map that somebody saved (docs/formats/import.md).  Pure: no store, no clock but the year that is given.
//
// What a format cannot read is never dropped: where it has a `keep` record, every cell stands there as it stood, by the class
// of its column, and a cell that was not understood leaves its field empty and is counted.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "ledger/entry.h"
#include "pack/pack.h"
#include "table/row.h"

namespace sanjal::import {

// The last column of our exports: cells of a file that was imported once and that the format has no column for.
inline constexpr std::string_view kept_beside = "kept_beside";

enum class As { Kept, Text, Year, Flag, Code, Codes, Date, Time, YesNo, Number };

// One column of a format.
struct Column {
    std::string name;
    std::string label;
    std::vector<std::string> also;        // other headers by which it is known
    As as = As::Text;
    std::string alias, type, field;       // where it goes; empty: it is kept alone
    Json const* definition = nullptr;     // of that field
    std::string out_alias, out_field;     // written from there, never read into it
    std::string sensitivity;
    std::string flag;                     // the code that a 1 stands for
    std::vector<std::pair<std::string, std::string>> codes;  // the source's codes and their labels, in order
    std::map<std::string, std::string> words;                // folded code, label or other word -> code
    std::map<std::string, Json> to;                          // code -> our value; a code that is missing has none here
    std::vector<std::pair<std::string, std::string>> from;   // our code -> the source's, first wins
    std::vector<std::string> unknown;
    bool strict = false;                  // a cell that is not understood refuses its row
};

// What one cell says.
struct Reading {
    Json value;              // null: nothing for the field
    std::string canonical;   // the cell as the format writes it: codes for labels, what was not understood as it stood
    std::string why;         // empty, or why it was not understood
};

// A record that a row makes.
struct Made {
    std::string alias;
    std::string type;
    std::string id;
    std::vector<ledger::Field> fields;
    bool is_new = true;  // false: a row before made it for the whole file (`once`)
};

// Which column of the file is which of the format's.
struct Header {
    std::vector<Column const*> columns;   // nullptr: none of the format's
    std::vector<std::string> names;       // as the file says; what has none is named by its place
    std::vector<bool> numbers;            // a running number, which says nothing
    std::vector<std::string> notes;
};

class Format {
public:
    // One of the pack's.  Invalid "import.format".  The pack must outlive the format.
    static Result<Format> of_pack(pack::Pack const& pack, std::string const& name, int this_year);
    // A column map, or the document of a format.  Invalid "map.*" with a JSON pointer.
    static Result<Format> of_document(pack::Pack const& pack, std::string const& name, Json const& document, int this_year);
    // The pack's own fields, one column each: what `csv` and `xlsx` write and read.
    static Result<Format> plain(pack::Pack const& pack, int this_year);

    [[nodiscard]] std::string const& name() const { return name_; }
    [[nodiscard]] std::vector<Column> const& columns() const { return columns_; }
    [[nodiscard]] Json const& makes() const { return makes_; }
    [[nodiscard]] std::string const& keep() const { return keep_; }
    [[nodiscard]] std::size_t records_a_row() const { return makes_.members().size(); }
    [[nodiscard]] Json const& options() const { return document_; }  // encoding, separator, sheet, header_line
    [[nodiscard]] bool has_labels_row() const { return labels_row_; }
    [[nodiscard]] bool writes_label(Column const& column) const { return labels_row_ && column.codes.size() > 0 && write_codes_.count(column.name) == 0; }
    [[nodiscard]] bool is_labels(std::vector<std::string> const& cells) const;

    // Invalid "import.header".
    [[nodiscard]] Result<Header> header(std::vector<std::string> const& names, std::vector<std::string> const* labels) const;

    [[nodiscard]] Reading read(Column const& column, std::string const& cell) const;
    // The cell that says this value, or empty.
    [[nodiscard]] std::string write(Column const& column, Json const& value, bool whole_group_before) const;
    [[nodiscard]] std::string labelled(Column const& column, std::string const& canonical) const;

    // Records of a row, without ids and relations.  `missed` counts cells that were not understood, by column.
    [[nodiscard]] Result<std::vector<Made>> records(Header const& header, table::Row const& row, std::map<std::string, std::int64_t>& missed) const;
    // The value of a field as its columns say it; null where they say none.
    [[nodiscard]] Json joined(std::string const& alias, std::string const& field, std::map<std::string, std::string> const& kept) const;

private:
    Result<void> parse(Json const& document);
    Result<void> parse_column(std::string const& name, Json const& rule);
    [[nodiscard]] Reading read_codes(Column const& column, std::string const& cell) const;
    [[nodiscard]] Result<void> put(Column const& column, Json value, std::map<std::string, std::map<std::string, Json>>& values) const;

    std::string name_;
    pack::Pack const* pack_ = nullptr;
    Json const* codes_ = nullptr;
    Json document_;
    Json makes_ = Json::object();
    std::string keep_;
    std::string raw_alias_, raw_field_;  // where a row as it stood goes, of the older kind of format
    bool exact_ = false;                 // exactly these columns in this order
    bool labels_row_ = false;
    std::set<std::string> write_codes_;
    std::vector<std::string> not_known_;
    std::vector<Column> columns_;
    int this_year_ = 0;
};

// For comparing headers and labels: spaces of every kind as one, small letters, straight apostrophes.
std::string folded(std::string_view text);

}  // namespace sanjal::import
