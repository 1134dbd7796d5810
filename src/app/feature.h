#pragma once
// What a slice tells the node about itself.  A slice defines one constant of this type in its feature.cpp and nothing else
// has to know that the slice exists (src/features/features.cmake finds it).

#include <span>
#include <string>
#include <string_view>

#include "app/request.h"
#include "app/response.h"
#include "app/route.h"
#include "store/store.h"

namespace sanjal::app {

struct Feature {
    std::string_view name;  // the folder's; also the prefix of its tables and capabilities
    std::span<Route const> routes{};
    std::span<store::Migration const> migrations{};  // of tables that are its own; run when the node starts
};

std::span<Feature const* const> all_features();

}  // namespace sanjal::app
