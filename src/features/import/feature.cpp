// Import is done from the command line (import.h): a file of thousands of rows belongs beside the node, not in a browser.
#include "app/feature.h"

namespace sanjal::import {

extern app::Feature const feature;
app::Feature const feature{.name = "import", .routes = {}};

}  // namespace sanjal::import
