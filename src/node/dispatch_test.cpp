#include "node/dispatch.h"

#include <doctest/doctest.h>

#include <set>

#include "app/feature.h"
#include "base/json.h"

using namespace sanjal;

namespace sanjal::operations {
extern std::string_view const openapi_document;
}

TEST_CASE("openapi.json names exactly the routes that there are, with their variables and with a way to sign in") {
    auto const document = parse_json(operations::openapi_document, {1U << 20U, 64});
    REQUIRE(document);
    std::set<std::string> said;
    for (auto const& [path, methods] : document->find("paths")->members()) {
        for (auto const& [method, operation] : methods.members()) {
            std::string upper;
            for (char const c : method) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
            said.insert(upper + " " + path);
            // Every variable of the path is described.
            std::set<std::string> described;
            if (auto const* parameters = operation.find("parameters")) {
                for (auto const& parameter : parameters->items()) {
                    if (parameter.text_at("in") == "path") described.insert(std::string(parameter.text_at("name")));
                }
            }
            std::set<std::string> wanted;
            for (auto at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) wanted.insert(path.substr(at + 1, path.find('}', at) - at - 1));
            CAPTURE(path);
            CHECK(described == wanted);
        }
    }
    std::set<std::string> there;
    for (auto const* feature : app::all_features()) {
        for (auto const& route : feature->routes) {
            there.insert(std::string(app::name_of(route.method)) + " " + std::string(route.path));
            auto const* operation = document->find("paths")->find(route.path);
            CAPTURE(std::string(route.path));
            REQUIRE(operation != nullptr);
        }
    }
    CHECK(said == there);
}

TEST_CASE("what needs a session says so in openapi.json, and only that is open to everybody which must be") {
    auto const document = parse_json(operations::openapi_document, {1U << 20U, 64});
    REQUIRE(document);
    std::set<std::string> open;
    for (auto const* feature : app::all_features()) {
        for (auto const& route : feature->routes) {
            std::string method;
            for (char const c : app::name_of(route.method)) method += static_cast<char>(c - 'A' + 'a');
            auto const* operation = document->find("paths")->find(route.path)->find(method);
            REQUIRE(operation != nullptr);
            bool const no_session = route.needs == app::Needs::Nothing;
            CAPTURE(std::string(route.path));
            CHECK((operation->find("security") != nullptr) == no_session);
            if (no_session) open.insert(std::string(route.path));
        }
    }
    // An invitation is opened by who holds its code; a bundle is taken in by what it is signed and sealed with; a report that the
    // pack makes public is for everybody.
    std::set<std::string> const must{"/api/v1/accounts/requests", "/api/v1/invitations/open", "/api/v1/invitations/take", "/api/v1/ledger/checkpoint", "/api/v1/openapi.json",
                                     "/api/v1/peers/inbox",       "/api/v1/public/{report}",  "/api/v1/sessions",         "/healthz",                 "/metrics"};
    CHECK(open == must);
}
