// For whoever keeps the node running: is it well, and how much is there.
#include "app/context.h"
#include "app/feature.h"

namespace sanjal::operations {

extern std::string_view const openapi_document;  // openapi.json, put in by the build

namespace {

Result<app::Response> health(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const frontier, context.house().ledger().frontier(context.tx()));
    return app::json(200, Json::object({{"status", "ok"}, {"node", context.house().ledger().node()}, {"entries", static_cast<std::int64_t>(frontier.size())}}));
}

// Prometheus text.  Counts of the whole node, no more: nothing of one unit, place or person.
Result<app::Response> metrics(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const frontier, context.house().ledger().frontier(context.tx()));
    SANJAL_TRY(auto const sessions, context.tx().integer("select count(*) from session"));
    std::string text = "# HELP sanjal_ledger_entries Entries in this node's ledger.\n# TYPE sanjal_ledger_entries counter\n";
    text += "sanjal_ledger_entries " + std::to_string(frontier.size()) + "\n";
    text += "# HELP sanjal_sessions Sessions that are open.\n# TYPE sanjal_sessions gauge\nsanjal_sessions " + std::to_string(sessions.value_or(0)) + "\n";
    for (auto const* slice : app::all_features()) {
        if (slice->metrics != nullptr) text += slice->metrics(context.house());
    }
    app::Response response = app::text(200, std::move(text));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

// For whoever brings another phone to this node.
app::Response doors(app::Context& context, app::Request const&) { return app::json(200, context.house().announced()); }

app::Response openapi(app::Context&, app::Request const&) {
    app::Response response{200, "application/json", std::string(openapi_document), {}, std::nullopt};
    return response;
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/openapi.json", "operations.openapi", app::Needs::Nothing, app::Run::Read, openapi},
    {app::Method::Get, "/api/v1/doors", "operations.doors", app::Needs::Session, app::Run::Read, doors},
    {app::Method::Get, "/healthz", "operations.health", app::Needs::Nothing, app::Run::Read, app::answered<health>},
    {app::Method::Get, "/metrics", "operations.metrics", app::Needs::Nothing, app::Run::Read, app::answered<metrics>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "operations", .routes = routes};

}  // namespace sanjal::operations
