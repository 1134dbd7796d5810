#include "casework/rehearsal.h"

#include <doctest/doctest.h>

#include "pack/yaml.h"

using namespace sanjal;

namespace {

pack::Pack const& india() {
    static pack::Pack const made = [] {
        auto loaded = pack::load_pack("packs/in");
        REQUIRE(loaded);
        auto pack = pack::Pack::from_json(std::move(loaded->document));
        REQUIRE(pack);
        return std::move(*pack);
    }();
    return made;
}

constexpr char const* a_child = "given: [{at: \"2026-11-21T16:05+05:30\", form: rescue_report, answers: {case: {place_found: IN-AS, found_at: \"2026-11-21T16:05+05:30\"}, person: [{under_18: \"yes\"}]}}]\n";

Result<std::vector<std::string>> run(std::string const& expect, std::string const& given = a_child) {
    auto const yaml = pack::read_yaml("test: x\n" + given + expect, "test.yaml");
    REQUIRE(yaml);
    return casework::rehearse_one(india(), yaml->json);
}

}  // namespace

TEST_CASE("the tests that ship with the packs hold") {
    for (char const* folder : {"packs/common", "packs/in", "packs/bd", "packs/np", "packs/in+bd", "packs/in+np"}) {
        auto loaded = pack::load_pack(folder);
        REQUIRE(loaded);
        auto const made = pack::Pack::from_json(std::move(loaded->document));
        REQUIRE(made);
        auto const all = casework::rehearse(*made, folder);
        INFO((all ? std::string() : all.error().message + " " + all.error().where));
        REQUIRE(all);
        for (auto const& one : *all) {
            for (auto const& fault : one.faults) FAIL_CHECK(one.where << " " << one.name << ": " << fault);
        }
    }
}

TEST_CASE("an expectation that does not hold is said in a sentence: what should be, and what is") {
    struct Row {
        char const* expect;
        char const* says;
    };
    for (auto const& row : {Row{"expect: [{at: \"2026-11-22T16:05+05:30\", clock: in.jj.s31.produce_cwc, is: late}]", "should be late and is running"},
                            Row{"expect: [{at: \"2026-11-22T16:06+05:30\", clock: in.jj.s31.produce_cwc, is: running}]", "should be running and is late"},
                            Row{"expect: [{clock: in.jj.s31.produce_cwc, is: running, due: \"2026-11-22T16:06+05:30\"}]", "should be due 2026-11-22T10:36:00Z"},
                            Row{"expect: [{no_clock: in.jj.s31.produce_cwc}]", "runs, and should not"},
                            Row{"expect: [{task: social_investigation, is: open}]", "should be open and is waiting"},
                            Row{"expect: [{task: nothing, is: open}]", "should be open and is none"},
                            Row{"expect: [{procedure: in_adult}]", "should stand, and does not"},
                            Row{"expect: [{no_procedure: in_child}]", "stands, and should not"},
                            Row{"expect: [{no_task: produce_before_cwc}]", "stands, and should not"},
                            Row{"expect: [{clock: in.jj.s31.produce_cwc, is: running, tells: {unit_head: \"2026-11-22T16:07+05:30\"}}]", "should tell unit_head at 2026-11-22T10:37:00Z"},
                            Row{"expect: [{clock: in.jj.s31.produce_cwc, is: running, tells: {commission: never}}]", "should tell commission at never"},
                            Row{"expect: [{keeps: {legal: \"2030-01-01T00:00+05:30\"}}]", "should be kept until 2029-12-31T18:30:00Z and is kept until none"},
                            Row{"expect: [{clock: in.good.health_check, is: no_limit, asks: reason_for_delay}]", "should ask for reason_for_delay"}}) {
        CAPTURE(row.expect);
        auto const faults = run(row.expect);
        REQUIRE(faults);
        REQUIRE(faults->size() == 1);
        CHECK(faults->front().find(row.says) != std::string::npos);
    }
    auto const taken = run("expect: [{procedure: in_child}]", std::string("given: [{at: \"2026-11-21T16:05+05:30\", form: rescue_report, refused: answers.missing, answers: {case: {place_found: IN-AS, found_at: "
                                                                            "\"2026-11-21T16:05+05:30\"}, person: [{under_18: \"yes\"}]}}]\n"));
    REQUIRE(taken);
    CHECK(taken->front().find("and was taken") != std::string::npos);
}

TEST_CASE("a test that is not written as one is refused with what is missing") {
    for (auto const& [given, expect] : {std::pair<std::string, std::string>("given: []\n", "expect: [{procedure: in_child}]"), {a_child, ""}, {a_child, "expect: [{when: now}]"},
                                        {a_child, "expect: [{clock: in.nothing, is: late}]"}, {a_child, "expect: [{procedure: nothing}]"}, {a_child, "expect: [{who: 2, at: soon, procedure: in_child}]"},
                                        {"given: [{at: \"2026-11-21T16:05+05:30\", form: nothing}]\n", "expect: [{procedure: in_child}]"},
                                        {"given: [{at: \"2026-11-21T16:05+05:30\", set: {case.found_at: \"2026-11-21T16:05+05:30\"}}]\n", "expect: [{procedure: in_child}]"},
                                        {"given: [{at: \"2026-11-21T16:05+05:30\", dance: now}]\n", "expect: [{procedure: in_child}]"}}) {
        CAPTURE(given);
        CAPTURE(expect);
        auto const faults = run(expect, given);
        REQUIRE(!faults);
        CHECK(faults.error().message.size() > 15);
    }
}
