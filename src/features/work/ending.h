#pragma once
// How a task ends, who takes it, who signs it, and how a case is closed.  Inside the writer; one submission each.

#include "app/context.h"
#include "app/request.h"
#include "app/response.h"

namespace sanjal::work {

// `verb`: task.done, task.skipped, task.assigned, task.approved or task.refused; task.delayed says why it was late, also after it was done.
Result<app::Response> end_task(app::Context& context, app::Request const& request, std::string_view verb);
// A case is closed when nothing is left to do in it, by the unit that registered it, with a reason; and opened again.
Result<app::Response> close_case(app::Context& context, app::Request const& request, bool closing);

}  // namespace sanjal::work
