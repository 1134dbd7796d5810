#pragma once
// One procedure on one record: its tasks and their clocks.  Pure.

#include "casework/derive.h"
#include "casework/subject.h"

namespace sanjal::casework {

Result<void> derive_procedure(record::Packs const& packs, pack::Pack const& in_force, Subject const& subject, std::string const& name, Json const& procedure,
                              Derived& derived);

}  // namespace sanjal::casework
