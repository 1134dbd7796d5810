#pragma once
// What the rules say about a submission that a device signed, now.  Nothing of it is altered: it is taken as a whole, or held
// with the reason.  Gates and lateness never hold it; an unknown pack, a right that is missing or a value that the pack does
// not allow do.

#include <optional>
#include <string>
#include <vector>

#include "app/context.h"

namespace sanjal::devices {

struct Held {
    std::string code;
    std::string message;
    std::string where;  // /entries/1/names/AbC
};

// All entries of one submission in the order of their sequence.  Sets each field's class.  An Error only where the world
// failed.
Result<std::optional<Held>> judge(app::Context& context, std::vector<ledger::DeviceEntry>& entries);

}  // namespace sanjal::devices
