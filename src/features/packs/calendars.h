#pragma once
// Inside the slice: the calendars of the rules in force and the holidays that an officer of this node listed.

#include "app/feature.h"

namespace sanjal::packs {

// GET /calendars: {calendars: [{calendar, title, week, holidays, has_others, source, listed: [{year, days: [{day, title}], source, since}]}]}.
// `holidays` are the pack's; `has_others` where its author knows that there are more and has not read them.
Result<app::Response> list_calendars(app::Context& context, app::Request const& request);

// POST /calendars/{calendar}/{year} {days: [{day, title}], source}, by the nodal officer: stands for an earlier list of that year.
Result<app::Response> list_year(app::Context& context, app::Request const& request);

}  // namespace sanjal::packs
