#pragma once
// What a slice tells the node about itself.  A slice defines one constant of this type in its feature.cpp and nothing else
// has to know that the slice exists (src/features/features.cmake finds it).

#include <span>
#include <string>
#include <string_view>

#include "app/outbound.h"
#include "app/request.h"
#include "app/response.h"
#include "app/route.h"
#include "store/store.h"

namespace sanjal::app {

struct Feature {
    std::string_view name;  // the folder's; also the prefix of its tables and capabilities
    std::span<Route const> routes{};
    std::span<store::Migration const> migrations{};  // of tables that are its own; run when the node starts
    // What it does by itself, about once a second and never twice at a time, on a worker thread.
    void (*tick)(House& house, Outbound& outbound) = nullptr;
    // Answers GET /records?type=person&q= in a better way than by the first letters; nothing where it does not.
    Result<std::optional<Response>> (*find_people)(Context& context, Request const& request) = nullptr;
    // Its own lines of GET /metrics: numbers of the whole node alone.
    std::string (*metrics)(House& house) = nullptr;
};

std::span<Feature const* const> all_features();

}  // namespace sanjal::app
