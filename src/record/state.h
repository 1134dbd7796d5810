#pragma once
// What the entries about one record fold into.  The state of a record is a pure function of its entries in the order of the
// ledger; nothing else goes into it, so that rebuilding gives the same bytes.
//
// A field is a list of *cells*.  A register has one cell, or several where people wrote different values without having
// seen each other's: a conflict, kept until somebody settles it with an entry that has seen all of them.  A field with
// `claims: true` keeps every statement; a `many` field keeps one cell per element.
// Fields of class sealed, counselling and medical are never in a view in clear: their cells say only where they are.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "ledger/entry.h"

namespace sanjal::record {

bool is_kept_out_of_views(std::string_view sensitivity);

class State {
public:
    // The stored JSON of the view `record.data`.
    static Result<State> parse(std::string_view data);
    [[nodiscard]] std::string serialise() const { return write_json(data_); }

    State() : data_(Json::object()) {}
    [[nodiscard]] bool exists() const { return data_.find("type") != nullptr; }
    [[nodiscard]] std::string_view type() const { return data_.text_at("type"); }
    [[nodiscard]] std::string_view unit() const { return data_.text_at("unit"); }
    [[nodiscard]] std::string_view number() const { return data_.text_at("number"); }
    [[nodiscard]] std::string_view condition() const { return data_.text_at("state", "open"); }
    [[nodiscard]] std::int64_t created() const { return data_.integer_at("created"); }
    [[nodiscard]] std::vector<std::string> heads() const;
    [[nodiscard]] Json const& data() const { return data_; }

    // The cells of a field; empty where nothing was ever said.  A cell: {v, e, p, b, t, s, k, el?, class}.
    [[nodiscard]] std::vector<Json const*> cells(std::string_view field) const;
    // The value that the law reads: the only one, or of claims the newest; nullptr where there is none, where it is not in
    // the view, or where people disagree.  An erased field gives {"erased":true}.
    [[nodiscard]] Json const* value(std::string_view field) const;
    [[nodiscard]] Json const* cell(std::string_view field) const;
    // Things that happened to it: form.submitted, task.done, task.skipped, record.erased, ...
    [[nodiscard]] std::vector<Json const*> events(std::string_view verb) const;
    [[nodiscard]] std::string_view pack_of(Json const& cell) const;  // reference of the pack that a cell was written under
    [[nodiscard]] std::string_view first_pack_of(Json const& cell) const;  // the one under which the register was first written

    // Applies one entry.  `definition(field)` is the field's definition in the entry's own pack, or nullptr.
    // `past(after)` gives every entry of this record that the given ones stand on, themselves included; asked only where
    // the author had not seen everything.
    struct Reader {
        std::function<Json const*(std::string_view field)> definition;
        std::function<Result<std::set<std::string>>(std::vector<std::string> const& after)> past;
    };
    Result<void> apply(ledger::Entry const& entry, Reader const& reader);

private:
    Result<void> set_field(ledger::Entry const& entry, ledger::Field const& field, Reader const& reader, std::set<std::string> const* seen);
    std::int64_t pack_index(std::string const& reference);
    Json data_;
};

}  // namespace sanjal::record
