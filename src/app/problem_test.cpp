#include <doctest/doctest.h>

#include <map>

#include "app/problem.h"

namespace sanjal::app {
namespace {

Json document(Response const& response) {
    auto parsed = parse_json(response.body);
    REQUIRE(parsed.has_value());
    return *parsed;
}

TEST_CASE("Each kind of failure has its HTTP status") {
    std::map<Fault, int> const expected = {
        {Fault::Invalid, 422}, {Fault::NotFound, 404}, {Fault::Conflict, 409},     {Fault::Forbidden, 403}, {Fault::Unsigned, 401},
        {Fault::TooLarge, 413}, {Fault::TooMany, 429}, {Fault::Precondition, 412}, {Fault::Full, 507},      {Fault::Io, 503},
        {Fault::Corrupt, 500},  {Fault::Busy, 503},    {Fault::Internal, 500},
    };
    for (auto const& [fault, status] : expected) {
        auto const response = problem(Error{fault, "some.code", "What is wrong.", {}});
        CHECK(response.status == status);
        CHECK(response.content_type == "application/problem+json");
        auto const json = document(response);
        CHECK(json.integer_at("status") == status);
        CHECK(json.text_at("type") == "urn:sanjal:problem:some.code");
        CHECK(json.text_at("code") == "some.code");
        CHECK(json.text_at("detail") == "What is wrong.");
        CHECK_FALSE(json.text_at("title").empty());
        CHECK(json.find("errors") == nullptr);
        CHECK(json.find("source") == nullptr);
    }
}

TEST_CASE("Bytes that are no JSON are 400, values that are wrong are 422") {
    CHECK(problem(Error{Fault::Invalid, "json.syntax", "No JSON.", {}}).status == 400);
    CHECK(problem(Error{Fault::Invalid, "json", "No.", {}}).status == 422);
    CHECK(problem(Error{Fault::Conflict, "json.syntax", "No.", {}}).status == 409);
    auto const parsed = parse_json("{\"a\":");
    REQUIRE_FALSE(parsed.has_value());
    CHECK(problem(parsed.error()).status == 400);
}

TEST_CASE("An error at a pointer names the field, one at a line says where") {
    auto const at_field = document(problem(Error{Fault::Invalid, "form.empty", "This is needed.", "/answers/victim/age"}));
    auto const* errors = at_field.find("errors");
    REQUIRE(errors != nullptr);
    REQUIRE(errors->items().size() == 1);
    CHECK(errors->items()[0].text_at("pointer") == "/answers/victim/age");
    CHECK(errors->items()[0].text_at("code") == "form.empty");
    auto const at_line = document(problem(Error{Fault::Invalid, "pack.bad", "No.", "forms/fir.yaml:3"}));
    CHECK(at_line.find("errors") == nullptr);
    CHECK(at_line.text_at("where") == "forms/fir.yaml:3");
}

TEST_CASE("A refusal shows its rule's source and every field at once") {
    Refusal const refusal{"consent.missing", "Consent is needed first.", Json::object({{"title", "SOP 4.2"}}),
                          {{"/fields/consent", "consent.missing", "Ask first."}, {"/fields/date", "date.future", "This is not yet."}}};
    auto const response = problem(refusal);
    CHECK(response.status == 422);
    auto const json = document(response);
    REQUIRE(json.find("source") != nullptr);
    CHECK(json.find("source")->text_at("title") == "SOP 4.2");
    REQUIRE(json.find("errors") != nullptr);
    CHECK(json.find("errors")->items().size() == 2);
    CHECK(json.find("errors")->items()[1].text_at("pointer") == "/fields/date");
    Refusal conflict{"task.done", "It is done already."};
    conflict.fault = Fault::Conflict;
    CHECK(problem(conflict).status == 409);
}

TEST_CASE("Who must wait or sign in is told how") {
    auto const has = [](Response const& response, std::string_view name) {
        for (auto const& [key, value] : response.headers) {
            if (key == name) return true;
        }
        return false;
    };
    CHECK(has(problem(Error{Fault::TooMany, "a.b", "Wait.", {}}), "Retry-After"));
    CHECK(has(problem(Error{Fault::Busy, "a.b", "Wait.", {}}), "Retry-After"));
    CHECK(has(problem(Error{Fault::Unsigned, "a.b", "Sign in.", {}}), "WWW-Authenticate"));
    CHECK_FALSE(has(problem(Error{Fault::NotFound, "a.b", "No.", {}}), "Retry-After"));
    CHECK(problem(405, "request.method", "No.").status == 405);
}

}  // namespace
}  // namespace sanjal::app
