#pragma once
// The views of the house by name: every table that is made from the entries and may be dropped and made again.  Here they are
// listed and summed up, so that two states of them can be held against one another; what stands in them is record's and
// casework's business.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace sanjal::app {

struct View {
    struct Column {
        std::string_view name;
        bool is_integer = false;
    };
    std::string_view name;
    std::vector<Column> key;             // of the table, in its order; never NULL
    std::vector<std::string_view> rest;
};
std::span<View const> views();

// What a view holds, whatever the order of its rows: how many, and the sum of their SHA-256.  It finds accidents and hands
// that changed a row; nobody can be convicted by it, since who chose the rows could choose them to sum up alike.
struct ViewSum {
    std::int64_t rows = 0;
    std::array<std::uint64_t, 4> sum{};
    friend bool operator==(ViewSum const&, ViewSum const&) = default;
};
// Reads the whole view, in pages: memory does not grow with it.
Result<ViewSum> sum_of(store::Transaction& tx, View const& view);

}  // namespace sanjal::app
