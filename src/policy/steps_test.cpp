// What a unit that was given one person of a raid sees of the steps that stand on the case.
#include "policy/steps.h"

#include <doctest/doctest.h>

using namespace sanjal;

namespace {

pack::Pack pack_with_steps() {
    pack::Pack pack;
    pack.document = *parse_json(R"({"procedures":{
        "trial":{"stands_on":"case","steps":{
            "charge_sheet":{"who":"police","form":"charge_sheet","clock":["in.s193",{"use":"in.s193.late","when":{}}]},
            "plan_testimony":{"who":["legal_aid","prosecutor"],"form":"testimony"}}},
        "care":{"steps":{"health_check":{"who":"shelter","form":"medical"}}}}})");
    return pack;
}

ledger::Entry event(std::string verb, std::string field, std::string value) {
    ledger::Entry entry;
    entry.head.verb = std::move(verb);
    entry.fields.push_back({std::move(field), std::move(value), "operational"});
    return entry;
}

policy::Actor of(char const* role) {
    policy::Actor actor;
    actor.role = role;
    return actor;
}

}  // namespace

TEST_CASE("whoever registered the case, or reads it under an order, sees every step of it; whoever was given one person, those of the own role") {
    std::vector<std::string> const who{"legal_aid", "prosecutor"};
    CHECK(policy::may_see_step(of("police"), "case", {"own"}, who));
    CHECK(policy::may_see_step(of("police"), "case", {"own", "referred"}, who));
    CHECK(policy::may_see_step(of("commission"), "case", {"under_order"}, who));
    CHECK(policy::may_see_step(of("legal_aid"), "case", {"referred"}, who));
    CHECK(!policy::may_see_step(of("police"), "case", {"referred"}, who));
    CHECK(!policy::may_see_step(of("shelter"), "case", {"referred", "assigned"}, who));
    CHECK(policy::may_see_step(of("shelter"), "part", {"referred"}, who));
}

TEST_CASE("an event of the case says what was done only to those who see the step: by its name, its form or its clock") {
    auto const pack = pack_with_steps();
    auto const sees = [&](char const* role, ledger::Entry const& entry) { return policy::may_see_event(of(role), "case", {"referred"}, entry, pack); };
    for (auto const& entry : {event("task.done", "step", "charge_sheet"), event("form.submitted", "form", "charge_sheet"), event("task.delayed", "rule", "in.s193"), event("task.delayed", "rule", "in.s193.late")}) {
        CHECK(sees("police", entry));
        CHECK(!sees("legal_aid", entry));
        CHECK(!sees("shelter", entry));
        CHECK(policy::may_see_event(of("shelter"), "case", {"own"}, entry, pack));
        CHECK(policy::may_see_event(of("shelter"), "part", {"referred"}, entry, pack));
    }
    CHECK(sees("prosecutor", event("task.skipped", "step", "plan_testimony")));
    CHECK(!sees("police", event("task.skipped", "step", "a_step_of_an_older_pack")));
    CHECK(!sees("shelter", event("form.submitted", "form", "medical")));  // a step of a person's line, said on the case
    CHECK(sees("shelter", event("case.changed", "place_found", "IN-AS")));  // facts are decide's to mask
}
