#include "app/refusals.h"

#include <doctest/doctest.h>

#include "app/problem.h"

using namespace sanjal;

TEST_CASE("the first language that has a table is taken, and English where it comes first or nothing else does") {
    CHECK(app::language_asked("hi") == "hi");
    CHECK(app::language_asked("bn-IN, en;q=0.5") == "bn");
    CHECK(app::language_asked("fr, ne;q=0.8, en") == "ne");
    CHECK(app::language_asked("en, hi") == "en");
    CHECK(app::language_asked("fr") == "en");
    CHECK(app::language_asked("") == "en");
    CHECK(app::language_asked(",,;-, ,as") == "as");
}

TEST_CASE("a sentence has words in every language, also with something put in, and one that no table holds has none") {
    for (char const* language : {"as", "bn", "hi", "ne"}) {
        CAPTURE(language);
        auto const plain = app::in_words("This is not your password.", language);
        REQUIRE(plain);
        CHECK(*plain != "This is not your password.");
        auto const with = app::in_words("This row has 7 cells; the header has 12.", language);
        REQUIRE(with);
        CHECK(with->find('7') < with->find("12"));
        CHECK(with->find('{') == std::string::npos);
        CHECK_FALSE(app::in_words("This row has 7 cells; the header has 12", language));
        CHECK_FALSE(app::in_words("This row has", language));
        CHECK_FALSE(app::in_words("Nobody ever says this.", language));
        CHECK_FALSE(app::in_words("", language));
    }
    CHECK_FALSE(app::in_words("This is not your password.", "en"));
}

TEST_CASE("a problem is said in the reader's language with the English beside it, field by field; what has no words stays") {
    app::Response response = app::problem(Error{Fault::Invalid, "answers.not_right", "Some answers are not right; each is named below. Nothing was changed, and nothing you typed is lost.", {}},
                                          {{"/answers/a", "value.not_number", "This must be a whole number."}, {"/answers/b", "gate.closed", "A sentence of the pack."}});
    auto const before = response;
    app::say_in(response, "en");
    CHECK(response.body == before.body);
    app::say_in(response, "hi");
    auto const said = parse_json(response.body);
    REQUIRE(said);
    CHECK(said->text_at("detail_en").starts_with("Some answers"));
    CHECK(said->text_at("detail") == *app::in_words(said->text_at("detail_en"), "hi"));
    CHECK(said->text_at("code") == "answers.not_right");
    auto const& errors = said->find("errors")->items();
    CHECK(errors[0].text_at("detail_en") == "This must be a whole number.");
    CHECK(errors[0].text_at("detail") == *app::in_words("This must be a whole number.", "hi"));
    CHECK(errors[1].text_at("detail") == "A sentence of the pack.");
    CHECK(errors[1].find("detail_en") == nullptr);
}

TEST_CASE("an answer that is no problem is not read") {
    app::Response response = app::json(200, Json::object({{"detail", "This is not your password."}}));
    auto const before = response.body;
    app::say_in(response, "hi");
    CHECK(response.body == before);
}
