#include <doctest/doctest.h>

#include "app/route.h"

namespace sanjal::app {
namespace {

Response never(Context&, Request const&) { return {}; }

constexpr Route routes[] = {
    {Method::Get, "/api/v1/records", "record.list", Needs::Session, Run::Read, never},
    {Method::Post, "/api/v1/records", "record.make", Needs::Session, Run::Write, never},
    {Method::Get, "/api/v1/records/{id}", "record.read", Needs::Session, Run::Read, never},
    {Method::Patch, "/api/v1/records/{record}", "record.change", Needs::Session, Run::Write, never},
    {Method::Get, "/api/v1/records/{id}/tasks", "work.read", Needs::Session, Run::Read, never},
    {Method::Get, "/api/v1/records/new", "record.form", Needs::Session, Run::Read, never},
    {Method::Delete, "/api/v1/sessions/current", "session.close", Needs::Session, Run::Write, never},
    {Method::Get, "/api/v1/{anything}/{id}/history", "record.history", Needs::Session, Run::Read, never},
    {Method::Get, "/", "page.start", Needs::Nothing, Run::Read, never},
};

Router made() {
    Router router;
    for (auto const& route : routes) router.add(route);
    return router;
}

std::string_view capability(Routed const& routed) { return routed.route == nullptr ? std::string_view("none") : routed.route->capability; }

TEST_CASE("A path leads to its route and a variable takes one whole segment") {
    auto const router = made();
    struct Row {
        Method method;
        std::string_view path;
        std::string_view capability;
        std::string_view name, value;
    };
    Row const table[] = {
        {Method::Get, "/api/v1/records", "record.list", "", ""},
        {Method::Post, "/api/v1/records", "record.make", "", ""},
        {Method::Get, "/api/v1/records/0190", "record.read", "id", "0190"},
        {Method::Patch, "/api/v1/records/0190", "record.change", "record", "0190"},
        {Method::Get, "/api/v1/records/new", "record.form", "", ""},
        {Method::Get, "/api/v1/records/newer", "record.read", "id", "newer"},
        {Method::Get, "/api/v1/records/0190/tasks", "work.read", "id", "0190"},
        {Method::Get, "/api/v1/records/new/tasks", "work.read", "id", "new"},
        {Method::Get, "/api/v1/records/0190/history", "record.history", "anything", "records"},
        {Method::Get, "/", "page.start", "", ""},
        {Method::Get, "/api/v1/records/", "none", "", ""},
        {Method::Get, "/api/v1/records//tasks", "none", "", ""},
        {Method::Get, "/api/v1/records/a/b/tasks", "none", "", ""},
        {Method::Get, "/api/v1/record", "none", "", ""},
        {Method::Get, "/API/v1/records", "none", "", ""},
        {Method::Get, "//api/v1/records", "none", "", ""},
        {Method::Get, "api/v1/records", "none", "", ""},
        {Method::Get, "", "none", "", ""},
        {Method::Get, "*", "none", "", ""},
    };
    for (auto const& row : table) {
        CAPTURE(row.path);
        auto const routed = router.find(row.method, row.path);
        CHECK(capability(routed) == row.capability);
        if (!row.name.empty()) {
            Request request;
            request.params = routed.params;
            CHECK(request.param(row.name) == row.value);
        }
    }
}

TEST_CASE("A known path with another method names the methods that it takes") {
    auto const router = made();
    auto const routed = router.find(Method::Delete, "/api/v1/records/0190");
    CHECK(routed.route == nullptr);
    CHECK(routed.allowed == std::vector<std::string_view>{"GET", "PATCH"});
    CHECK(router.find(Method::Delete, "/api/v1/nothing").allowed.empty());
}

TEST_CASE("Every added route is listed, for the authorisation matrix") {
    auto const router = made();
    REQUIRE(router.routes().size() == std::size(routes));
    for (std::size_t i = 0; i < std::size(routes); ++i) CHECK(router.routes()[i] == &routes[i]);
}

TEST_CASE("A long path of slashes finds nothing and takes no time that grows with its square") {
    auto const router = made();
    CHECK(router.find(Method::Get, std::string(8000, '/')).route == nullptr);
}

}  // namespace
}  // namespace sanjal::app
