#include "pack/pack.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "pack/yaml.h"
#include "rules/condition.h"
#include "rules/form.h"
#include "rules/value.h"

using namespace sanjal;

namespace {

pack::Pack india() {
    auto loaded = pack::load_pack("packs/in");
    INFO((loaded ? std::string() : loaded.error().message + " " + loaded.error().where));
    REQUIRE(loaded);
    for (auto const& finding : loaded->findings) FAIL_CHECK(finding.where << ": " << finding.message);
    auto made = pack::Pack::from_json(std::move(loaded->document));
    INFO((made ? std::string() : made.error().message));
    REQUIRE(made);
    return std::move(*made);
}

rules::ClockState clock_at(pack::Pack const& in, char const* rule, char const* started, std::int64_t journey, char const* now) {
    auto const parsed = rules::ClockRule::parse(rule, *in.clock(rule));
    REQUIRE(parsed);
    rules::ClockInput input;
    input.started = *parse_instant(started);
    input.not_counting_minutes = journey;
    input.now = *parse_instant(now);
    input.calendar = in.calendar();
    return rules::evaluate(*parsed, input);
}

}  // namespace

TEST_CASE("India's pack is sound, and its compiled form is what its hash says") {
    auto const in = india();
    CHECK(in.reference().rfind("in@1#", 0) == 0);
    Json changed = in.document;
    changed.set("title", "Elsewhere");
    CHECK(!pack::Pack::from_json(changed));
}

TEST_CASE("the committee's 24 hours do not count the journey; the due minute is lawful and the one after it is late") {
    auto const in = india();
    char const* const found = "2026-11-21T16:05+05:30";
    CHECK(clock_at(in, "in.jj.s31.produce_cwc", found, 310, "2026-11-22T21:15+05:30").state == rules::Running::Running);
    CHECK(clock_at(in, "in.jj.s31.produce_cwc", found, 310, "2026-11-22T21:15:59+05:30").state == rules::Running::Running);
    CHECK(clock_at(in, "in.jj.s31.produce_cwc", found, 310, "2026-11-22T21:16+05:30").state == rules::Running::Late);
    CHECK(clock_at(in, "in.jj.s31.produce_cwc", found, 0, "2026-11-22T16:05+05:30").state == rules::Running::Running);
    CHECK(clock_at(in, "in.jj.s31.produce_cwc", found, 0, "2026-11-22T16:06+05:30").state == rules::Running::Late);
}

TEST_CASE("four months end with the last minute of the local day, and a short month with its own last day") {
    auto const in = india();
    CHECK(format_instant(*clock_at(in, "in.jj.s36.final_order", "2026-11-21T23:50+05:30", 0, "2026-11-22T00:00Z").due, 330) == "2027-03-21T23:59:00+05:30");
    CHECK(format_instant(*clock_at(in, "in.jj.s36.final_order", "2026-10-31T08:00+05:30", 0, "2026-11-22T00:00Z").due, 330) == "2027-02-28T23:59:00+05:30");
}

TEST_CASE("a duty without a number has no limit on record and is never late") {
    auto const in = india();
    auto const state = clock_at(in, "in.good.health_check", "2020-01-01T00:00Z", 0, "2026-11-22T00:00Z");
    CHECK(state.state == rules::Running::NoLimit);
    CHECK(!state.due);
}

TEST_CASE("working days pass over the week's rest and the holidays") {
    auto const calendar = rules::Calendar::parse(*parse_json(R"({"zone":[{"offset_minutes":360}],"week":["sun","mon","tue","wed","thu"],"holidays":["2026-12-16"]})"));
    REQUIRE(calendar);
    rules::ClockRule rule;
    rule.within = {rules::ClockRule::Unit::WorkingDay, 3, false};
    rules::ClockInput input;
    input.started = *parse_instant("2026-12-14T10:00+06:00");  // a Monday
    input.now = *input.started;
    input.calendar = *calendar;
    CHECK(format_instant(*rules::evaluate(rule, input).due, 360) == "2026-12-20T23:59:00+06:00");  // Tue, (Wed off), Thu, (Fri, Sat), Sun
}

TEST_CASE("doubt about age is a child, and what nobody knows makes neither true nor false") {
    auto const in = india();
    auto const condition = rules::Condition::parse(*in.procedure("in_child")->find("starts_when"));
    REQUIRE(condition);
    auto const with = [&](Json part_as, Json under) {
        return rules::evaluate(*condition, [&](std::string_view path) -> Json const* { return path == "part.as" ? &part_as : path == "person.under_18" ? (under.is_null() ? nullptr : &under) : nullptr; });
    };
    CHECK(with("survivor", "yes") == rules::Truth::True);
    CHECK(with("survivor", "not_sure") == rules::Truth::True);
    CHECK(with("survivor", "no") == rules::Truth::False);
    CHECK(with("survivor", Json()) == rules::Truth::Unknown);
    CHECK(with("suspect", Json()) == rules::Truth::False);
    CHECK(with("survivor", Json::object({{"none", "refused"}})) == rules::Truth::Unknown);
}

TEST_CASE("about twelve is an interval: certainly under 18, perhaps under 13") {
    Json const age = Json::object({{"years", 12}, {"how", "about"}});
    auto const facts = [&](std::string_view) { return &age; };
    auto const truth = [&](char const* text) { return rules::evaluate(*rules::Condition::parse(*parse_json(text)), facts); };
    CHECK(truth(R"({"person.age":{"from":0,"to":17}})") == rules::Truth::True);
    CHECK(truth(R"({"person.age":{"from":0,"to":12}})") == rules::Truth::Unknown);
    CHECK(truth(R"({"person.age":{"from":15}})") == rules::Truth::False);
    CHECK(truth(R"({"not":{"person.age":{"from":0,"to":12}}})") == rules::Truth::Unknown);
    CHECK(truth(R"({"any":[{"person.age":{"to":12}},{"person.age":{"known":true}}]})") == rules::Truth::True);
}

TEST_CASE("every fault of a submission is said at once, each with its place") {
    auto const in = india();
    auto const answers = parse_json(R"({"case":{"found_at":"2026-02-30T10:00+05:30","place_found":"IN-AS","colour":"red"},
        "person":[{"under_18":"perhaps","age":"2013-13"},{"names":["রীনা",""]}],"lawyer":{}})");
    REQUIRE(answers);
    auto const checked = rules::check_submission(in.document, "rescue_report", *answers, {});
    std::vector<std::string> pointers;
    for (auto const& fault : checked.faults) pointers.push_back(fault.pointer);
    for (char const* wanted : {"/answers/case/found_at", "/answers/case/colour", "/answers/person/0/under_18", "/answers/person/0/age", "/answers/person/1/names/1",
                               "/answers/lawyer", "/answers/person/1/under_18"}) {
        CHECK_MESSAGE(std::find(pointers.begin(), pointers.end(), wanted) != pointers.end(), wanted);
    }
}

TEST_CASE("two children in one report make two persons and a part for each") {
    auto const in = india();
    auto const answers = parse_json(R"({"case":{"found_at":"2026-11-21T16:05+05:30","place_found":"IN-AS"},
        "person":[{"under_18":"yes","names":["রীনা"],"age":"about 12"},{"under_18":"not_sure","names":"মিনা"}]})");
    REQUIRE(answers);
    auto const checked = rules::check_submission(in.document, "rescue_report", *answers, {});
    for (auto const& fault : checked.faults) FAIL_CHECK(fault.pointer << " " << fault.message);
    CHECK(std::count_if(checked.records.begin(), checked.records.end(), [](auto const& r) { return r.type == "person"; }) == 2);
    CHECK(std::count_if(checked.records.begin(), checked.records.end(), [](auto const& r) { return r.type == "part"; }) == 2);
}

TEST_CASE("a value is refused in words where it is none, and kept in one form where it is one") {
    Json const no_codes = Json::object();
    auto const check = [&](char const* kind, char const* json) { return rules::check_value(Json::object({{"kind", kind}}), no_codes, *parse_json(json)); };
    CHECK(write_json(*check("age", "\"about 12\"")) == R"({"years":12,"how":"about"})");
    CHECK(write_json(*check("time", "\"2026-11-21T16:05+05:30\"")) == "\"2026-11-21T16:05:00+05:30\"");
    CHECK(write_json(*check("date", "\"2013-05\"")) == "\"2013-05\"");
    CHECK(check("text", R"({"none":"refused"})"));
    struct Wrong {
        char const* kind;
        char const* json;
    };
    for (auto const& [kind, json] : {Wrong{"date", "\"2013-13\""}, Wrong{"date", "\"2013-02-30\""}, Wrong{"date", "\"1-1-2013\""}, Wrong{"age", "\"old\""}, Wrong{"age", "200"},
                                     Wrong{"text", "\"  \""}, Wrong{"text", "5"}, Wrong{"yes_no", "true"}, Wrong{"number", "\"5\""}, Wrong{"phone", "\"call me\""},
                                     Wrong{"relation", "\"x\""}, Wrong{"place", "{}"}, Wrong{"money", "{\"amount\":\"1\",\"currency\":\"INR\"}"}}) {
        CHECK_MESSAGE(!check(kind, json), kind, " ", json);
    }
}

TEST_CASE("YAML that people edit is read strictly, and a fault names its line") {
    auto const where = [](char const* text) {
        auto const read = pack::read_yaml(text, "f.yaml");
        return read ? std::string("read") : read.error().where;
    };
    CHECK(where("a: 1\nb: {c: yes, d: \"no\"}\n") == "read");
    CHECK(where("a: 1\na: 2\n") == "f.yaml:2");
    CHECK(where("a: &x 1\n") == "f.yaml:1");
    CHECK(where("a: 1\nb: *x\n") != "read");
    CHECK(where("a: !!int 1\n") == "f.yaml:1");
    CHECK(where("a:\n\t- 1\n") == "f.yaml:2");
    CHECK(where("a: 1\n---\nb: 2\n") != "read");
    CHECK(where("<<: {a: 1}\n") == "f.yaml:1");
    CHECK(where("") != "read");
    auto const typed = pack::read_yaml("a: [1, -2, 007, true, yes, null, 1.5, \"1\"]\n", "f.yaml");
    REQUIRE(typed);
    CHECK(write_json(typed->json) == R"({"a":[1,-2,"007",true,"yes",null,"1.5","1"]})");
}
