#pragma once
// One node of invented people with a past: units and accounts, and what they did in the last weeks, played from
// packs/demo/story.yaml through the same interface that a browser uses.

#include "cli/command.h"

namespace sanjal::cli {

// demo --port N --data D [--empty] [--list] [--store S]
int demo(Arguments const& arguments);

}  // namespace sanjal::cli
