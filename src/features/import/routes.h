#pragma once
// The routes of this slice (feature.cpp lists them; src/features/operations/openapi.json describes them).

#include "app/context.h"
#include "app/response.h"

namespace sanjal::import {

Result<app::Response> upload(app::Context& context, app::Request const& request);
Result<app::Response> preview(app::Context& context, app::Request const& request);
Result<app::Response> check(app::Context& context, app::Request const& request);
Result<void> prepare_start(app::House& house, app::Request const& request, std::optional<app::Proven>& proven);
Result<app::Response> start(app::Context& context, app::Request const& request);
Result<app::Response> list_imports(app::Context& context, app::Request const& request);
Result<app::Response> one_import(app::Context& context, app::Request const& request);
Result<app::Response> refused_rows(app::Context& context, app::Request const& request);
Result<app::Response> undo(app::Context& context, app::Request const& request);
Result<app::Response> maps(app::Context& context, app::Request const& request);
Result<app::Response> one_map(app::Context& context, app::Request const& request);
Result<app::Response> keep_map(app::Context& context, app::Request const& request);
Result<app::Response> export_table(app::Context& context, app::Request const& request);

}  // namespace sanjal::import
