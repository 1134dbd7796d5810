#include "pack/template.h"

#include <doctest/doctest.h>

#include "pack/documents.h"

using namespace sanjal;

TEST_CASE("a template is words and fields in braces, and a brace that is meant is written twice") {
    auto const pieces = pack::parse_template("Found at {case.place_found}, {{not a field}} {person.under_18}");
    REQUIRE(pieces);
    REQUIRE(pieces->size() == 4);
    CHECK((*pieces)[0].text == "Found at ");
    CHECK((*pieces)[1].alias == "case");
    CHECK((*pieces)[1].field == "place_found");
    CHECK((*pieces)[2].text == ", {not a field} ");
    CHECK((*pieces)[3].field == "under_18");
    CHECK(pack::parse_template("")->empty());
    CHECK(pack::parse_template("শিশু {person.names}")->front().text == "শিশু ");
}

TEST_CASE("a template that is none is refused with its place") {
    struct Bad {
        char const* text;
        char const* where;
    };
    for (auto const& bad : {Bad{"a {case.found_at", "2"}, Bad{"a } b", "2"}, Bad{"{}", "0"}, Bad{"x {case}", "2"}, Bad{"{.found_at}", "0"}, Bad{"{case.}", "0"}, Bad{"{case.a.b}", "0"}, Bad{"{case.a b}", "0"},
                            Bad{"{case.{x}}", "0"}, Bad{"{{{", "2"}, Bad{"}}}", "2"}}) {
        CAPTURE(bad.text);
        auto const pieces = pack::parse_template(bad.text);
        REQUIRE(!pieces);
        CHECK(pieces.error().where == bad.where);
        CHECK(pieces.error().message.size() > 20);
    }
}

TEST_CASE("the English behind a path of a document's strings is found, and nothing behind any other") {
    auto const pack = parse_json(R"({"documents":{"d":{"title":"T","sections":[{"text":"x"},{"title":"S","rows":[{"label":"L"}],"table":{"columns":[{"label":"C"}]},"sign":[{"label":"G"}]}]}}})");
    REQUIRE(pack);
    for (auto const& [path, text] : {std::pair{"d.title", "T"}, {"d.section1.text", "x"}, {"d.section2.title", "S"}, {"d.section2.row1.label", "L"}, {"d.section2.column1.label", "C"}, {"d.section2.sign1.label", "G"}}) {
        auto const* found = pack::document_text(*pack, path);
        CAPTURE(path);
        REQUIRE(found != nullptr);
        CHECK(found->text() == text);
    }
    for (char const* path : {"", "e.title", "d", "d.", "d.sections", "d.section0.text", "d.section3.title", "d.section2.row2.label", "d.section2.row1", "d.section2.row1.field",
                             "d.section-1.text", "d.section1.text.x", "d.section99999999999999999999.text"}) {
        CAPTURE(path);
        CHECK(pack::document_text(*pack, path) == nullptr);
    }
}
