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

class CommandContext;  // defined where commands are run

// A verb of the command line: `sanjal <name> ...`.  Gives the exit code: 0 done, 1 refused, 2 usage, 3 the world failed.
struct Command {
    std::string_view name;
    std::string_view help;
    int (*run)(CommandContext&, std::span<std::string const>);
};

struct Feature {
    std::string_view name;  // the folder's; also the prefix of its tables and capabilities
    std::span<Route const> routes{};
    std::span<Command const> commands{};
    std::span<store::Migration const> migrations{};
};

std::span<Feature const* const> all_features();

}  // namespace sanjal::app
