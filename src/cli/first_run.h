#pragma once
// The first start of a directory in which there is no node yet: the browser of this computer asks, on loopback alone, who the
// organisation is, and makes the node with its first officer.  Nothing is on disk before the last answer.

#include <memory>
#include <string>

#include "cli/house.h"

namespace sanjal::cli {

bool is_unfounded(std::string const& directory);

// Serves the screens until they have made the node.  Gives the house, open; what listened is closed.  None
// where it was stopped before that: then nothing is there.
Result<std::unique_ptr<app::House>> first_run(World& world, std::string const& directory, Arguments const& arguments);

}  // namespace sanjal::cli
