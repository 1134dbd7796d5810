#pragma once
// Matches for people: which there are, both sides as far as each may be read, what speaks for it and against, and what people
// decided.  Deciding and undoing are entries on the match; nothing is merged.

#include "app/context.h"

namespace sanjal::matching {

Result<app::Response> list(app::Context& context, app::Request const& request);    // GET /matches?record=&state=
Result<app::Response> one(app::Context& context, app::Request const& request);     // GET /matches/{id}
Result<app::Response> decide(app::Context& context, app::Request const& request);  // POST /matches/{id}/decision {decision, words?}
Result<app::Response> undo(app::Context& context, app::Request const& request);    // POST /matches/{id}/undo {reason}

}  // namespace sanjal::matching
