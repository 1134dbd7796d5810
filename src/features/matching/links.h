#pragma once
// GET /records/{id}/links: what hangs together around a case, as far as one may read it: its people and the part they play, phones,
// vehicles, places, the way as legs, and the other cases that share one of these.  Nothing of a case that is out of reach, nor
// that there is one.

#include "app/context.h"

namespace sanjal::matching {

Result<app::Response> links(app::Context& context, app::Request const& request);

}  // namespace sanjal::matching
