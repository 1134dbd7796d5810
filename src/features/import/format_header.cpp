// Which column of a file is which of a format's.
#include <algorithm>

#include "features/import/cells.h"
#include "features/import/format.h"

namespace sanjal::import {
namespace {

constexpr double labels_enough = 0.5;

}  // namespace

bool Format::is_labels(std::vector<std::string> const& cells) const {
    if (!std::any_of(columns_.begin(), columns_.end(), [](Column const& column) { return !column.label.empty(); })) return false;
    std::size_t filled = 0;
    std::size_t labels = 0;
    for (auto const& cell : cells) {
        if (trimmed(cell).empty()) continue;
        ++filled;
        labels += std::any_of(columns_.begin(), columns_.end(), [&](Column const& column) { return !column.label.empty() && folded(column.label) == folded(cell); });
    }
    return filled > 0 && static_cast<double>(labels) > labels_enough * static_cast<double>(filled);
}

Result<Header> Format::header(std::vector<std::string> const& names, std::vector<std::string> const* labels) const {
    Header header;
    if (exact_) {
        for (std::size_t i = 0; i < std::max(names.size(), columns_.size()); ++i) {
            if (i < names.size() && i < columns_.size() && names[i] == columns_[i].name) {
                header.columns.push_back(&columns_[i]);
                header.names.push_back(names[i]);
                continue;
            }
            std::string const wanted = i < columns_.size() ? "\"" + columns_[i].name + "\"" : "no further column";
            return fail(Fault::Invalid, "import.header", "This is not a file of that format: column " + std::to_string(i + 1) + " should be " + wanted + ". Nothing was imported.", "line 1");
        }
        header.numbers.assign(header.columns.size(), false);
        return header;
    }
    // By name: the column's own, another by which it is known; then by a label that only one column has.
    auto const by_name = [&](std::string const& text) -> Column const* {
        std::string const wanted = folded(text);
        for (auto const& column : columns_) {
            if (folded(column.name) == wanted) return &column;
            if (std::any_of(column.also.begin(), column.also.end(), [&](std::string const& one) { return folded(one) == wanted; })) return &column;
        }
        return nullptr;
    };
    auto const by_label = [&](std::string const& text) -> Column const* {
        Column const* found = nullptr;
        std::string const wanted = folded(text);
        for (auto const& column : columns_) {
            if (column.label.empty() || folded(column.label) != wanted) continue;
            if (found != nullptr) return nullptr;
            found = &column;
        }
        return found;
    };
    std::size_t const count = std::max(names.size(), labels != nullptr ? labels->size() : 0);
    header.columns.assign(count, nullptr);
    header.numbers.assign(count, false);
    std::vector<Column const*> named(count);
    std::vector<Column const*> labelled(count);
    std::set<Column const*> taken;
    for (std::size_t i = 0; i < count; ++i) {
        std::string const name(i < names.size() ? trimmed(names[i]) : std::string_view());
        std::string const label(labels != nullptr && i < labels->size() ? trimmed((*labels)[i]) : std::string_view());
        header.names.push_back(!name.empty() ? name : !label.empty() ? label : place_name(i));
        header.numbers[i] = labels_row_ && i == 0 && name.empty() && label.empty();
        named[i] = name.empty() ? nullptr : by_name(name);
        labelled[i] = by_label(!label.empty() ? label : labels == nullptr ? name : std::string());
        // Where both agree, or only one of them speaks, there is nothing to weigh.
        auto const* one = named[i] == nullptr ? labelled[i] : labelled[i] == nullptr || labelled[i] == named[i] ? named[i] : nullptr;
        if (one != nullptr && taken.insert(one).second) header.columns[i] = one;
    }
    // Where name and label disagree, the label counts, because it is what the person who filled the sheet saw; unless another
    // column is that one by both.
    for (std::size_t i = 0; i < count; ++i) {
        if (header.columns[i] != nullptr || named[i] == nullptr || labelled[i] == nullptr || named[i] == labelled[i]) continue;
        bool const label_is_free = taken.insert(labelled[i]).second;
        if (label_is_free) header.columns[i] = labelled[i];
        else if (taken.insert(named[i]).second) header.columns[i] = named[i];
        else continue;
        header.notes.push_back(place_name(i) + " is named \"" + named[i]->name + "\" and labelled \"" + labelled[i]->label + "\"; the " + (label_is_free ? "label" : "name") + " counts.");
    }
    std::map<std::string, int> seen;
    for (std::size_t i = 0; i < count; ++i) {
        if (header.columns[i] != nullptr || header.numbers[i] || header.names[i] == kept_beside) continue;
        if (++seen[header.names[i]] > 1 || by_name(header.names[i]) != nullptr) header.names[i] += " (" + place_name(i) + ")";
        header.notes.push_back(place_name(i) + " is none of the format's columns; its cells are kept as they stand.");
    }
    if (taken.empty()) return fail(Fault::Invalid, "import.header", "None of the columns that this format knows stands in the first row. Is it the right file, and are the headers in it? Nothing was imported.", "line 1");
    return header;
}

}  // namespace sanjal::import
