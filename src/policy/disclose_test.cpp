// The decision about showing something to another node, each condition by itself and all of them against a second, shorter
// statement of the same rules.
#include "policy/disclose.h"

#include <doctest/doctest.h>

#include <random>

using namespace sanjal;
using policy::Agreement;
using policy::Disclosing;

namespace {

Instant const now = instant_of(1'780'000'000'000);

Agreement agreement(char const* channel = "ngo") {
    Agreement made;
    made.terms = Json::object({{"channel", channel}, {"sanction", std::string_view(channel) == "official"}, {"desks", Json::list({"dcpu"})}, {"purposes", Json::object({{"care", "Care"}})},
                               {"types", Json::object({{"person", Json::list({"names", "age", "story"})}})}, {"consents", Json::list({"C_share_min"})},
                               {"bases", Json::list({"court_order", "child_law"})}, {"quota", Json::object({{"disclosures", 2}})},
                               {"from", format_instant(now - std::chrono::hours(1))}, {"until", format_instant(now + std::chrono::hours(1))}});
    made.signed_here = made.signed_there = true;
    return made;
}

Disclosing right(Agreement const& under) {
    Disclosing question;
    question.agreement = &under;
    question.purpose = "care";
    question.basis = "consent";
    question.role = "ngo";
    question.people = {{true, false, {"C_share_min"}}};
    question.now = now;
    return question;
}

std::string code(Disclosing const& question) {
    auto const showing = policy::may_disclose(question);
    return showing.allowed ? "yes" : showing.refusal.code;
}

// The same in one expression of what must hold.
bool second(Disclosing const& q) {
    if (q.agreement == nullptr) return false;
    auto const& a = *q.agreement;
    bool const official = a.terms.text_at("channel") == "official";
    bool all_agreed = !q.people.empty(), hidden = false, adult = false;
    for (auto const& p : q.people) {
        all_agreed = all_agreed && p.agreed.count("C_share_min") == 1 && (!q.across_border || p.agreed.count("C_share_cross") == 1);
        hidden = hidden || p.must_not_know;
        adult = adult || p.is_adult;
    }
    bool const stands = q.basis == "consent" ? all_agreed : q.basis == "court_order" ? !q.reference.empty() : q.basis == "child_law" && !adult;
    return a.signed_here && a.signed_there && !a.ended && !q.peer_stopped && q.purpose == "care" && !hidden && (!official || (q.role == "dcpu" && !q.sanction.empty())) &&
           (official || !q.across_border || q.role != "police") && q.today < 2 && stands;
}

}  // namespace

TEST_CASE("each thing that must hold stops a disclosure when it does not, and says why") {
    auto const ngo = agreement();
    CHECK(code(right(ngo)) == "yes");
    auto q = right(ngo);
    q.agreement = nullptr;
    CHECK(code(q) == "agreement.not_live");
    q = right(ngo);
    q.now = now + std::chrono::hours(2);
    CHECK(code(q) == "agreement.not_live");
    q = right(ngo);
    q.purpose = "curiosity";
    CHECK(code(q) == "disclosure.purpose");
    q = right(ngo);
    q.people.front().agreed.clear();
    CHECK(code(q) == "disclosure.no_consent");
    CHECK(policy::may_disclose(q).missing == std::vector<std::string>{"C_share_min"});
    q = right(ngo);
    q.across_border = true;
    CHECK(policy::may_disclose(q).missing == std::vector<std::string>{"C_share_cross"});
    q = right(ngo);
    q.people.push_back({true, true, {"C_share_min"}});
    CHECK(code(q) == "disclosure.not_this_peer");
    q = right(ngo);
    q.today = 2;
    CHECK(code(q) == "disclosure.quota");
    q = right(ngo);
    q.basis = "danger_now";
    CHECK(code(q) == "disclosure.basis");
    q.basis = "court_order";
    CHECK(code(q) == "disclosure.reference");
    q.reference = "12/2026";
    CHECK(code(q) == "yes");
    q.basis = "child_law";
    CHECK(code(q) == "disclosure.basis");
    q.people.front().is_adult = false;
    CHECK(code(q) == "yes");
}

TEST_CASE("a police unit sends nothing abroad without the sanction number of the official channel (P14)") {
    auto const ngo = agreement();
    auto q = right(ngo);
    q.across_border = true;
    q.people.front().agreed.insert("C_share_cross");
    CHECK(code(q) == "yes");
    q.role = "police";
    CHECK(code(q) == "disclosure.official_only");
    auto const official = agreement("official");
    q.agreement = &official;
    CHECK(code(q) == "disclosure.desk");
    q.role = "dcpu";
    CHECK(code(q) == "disclosure.no_sanction");
    q.sanction = "F.12/3";
    CHECK(code(q) == "yes");
}

TEST_CASE("only named fields go, and never what is sealed, told to a counsellor, or says who must not know") {
    auto const terms = agreement().terms;
    CHECK(policy::may_go(terms, "person", "names", "identity"));
    CHECK_FALSE(policy::may_go(terms, "person", "phone", "contact"));
    CHECK_FALSE(policy::may_go(terms, "case", "names", "identity"));
    CHECK_FALSE(policy::may_go(terms, "person", "story", "sealed"));
    CHECK_FALSE(policy::may_go(terms, "person", "story", "counselling"));
    auto loose = terms;
    loose.find("types")->find("person")->push_back("not_to_know");
    CHECK_FALSE(policy::may_go(loose, "person", "not_to_know", "identity"));
    auto timed = terms;
    timed.set("hours", Json::object({{"from", "06:00"}, {"to", "22:00"}}));
    CHECK_FALSE(policy::is_within_hours(timed, 359));
    CHECK(policy::is_within_hours(timed, 360));
    CHECK_FALSE(policy::is_within_hours(timed, 1320));
}

TEST_CASE("on random questions the decision is the same as that of a second statement of the rules") {
    std::mt19937 dice(11);
    auto const one_in = [&](unsigned n) { return dice() % n == 0; };
    std::size_t allowed = 0;
    for (int i = 0; i < 200'000; ++i) {
        auto under = agreement(one_in(2) ? "ngo" : "official");
        under.signed_here = !one_in(10);
        under.signed_there = !one_in(10);
        under.ended = one_in(10);
        auto q = right(under);
        q.purpose = one_in(8) ? "other" : "care";
        q.basis = one_in(3) ? "court_order" : one_in(3) ? "child_law" : one_in(6) ? "danger_now" : "consent";
        q.reference = one_in(2) ? "7" : "";
        q.sanction = one_in(3) ? "" : "9";
        q.role = one_in(3) ? "police" : one_in(2) ? "ngo" : "dcpu";
        q.across_border = one_in(2);
        q.peer_stopped = one_in(12);
        q.today = one_in(8) ? 2 : 0;
        q.people.clear();
        for (auto k = dice() % 3; k > 0; --k) {
            policy::Told told{one_in(2), one_in(12), {}};
            if (!one_in(5)) told.agreed.insert("C_share_min");
            if (!one_in(4)) told.agreed.insert("C_share_cross");
            q.people.push_back(told);
        }
        CAPTURE(i);
        REQUIRE(policy::may_disclose(q).allowed == second(q));
        allowed += second(q) ? 1 : 0;
    }
    CHECK(allowed > 5000);
}
