#include "casework/referral.h"

#include <doctest/doctest.h>


using namespace sanjal;
using namespace sanjal::casework;

namespace {

Referral referral(std::string id, std::string written, std::int64_t until = 1000) {
    Referral one;
    one.id = std::move(id);
    one.written = std::move(written);
    one.asks = "shelter";
    one.about = {"part"};
    one.until = until;
    return one;
}

}  // namespace

TEST_CASE("an offer is open to its last millisecond, and what was answered never expires") {
    CHECK(state_of(referral("1", "offered"), instant_of(1000)) == "offered");
    CHECK(state_of(referral("1", "offered"), instant_of(1001)) == "expired");
    CHECK(state_of(referral("1", "seen"), instant_of(1001)) == "expired");
    for (char const* state : {"accepted", "declined", "withdrawn", "completed"}) CHECK(state_of(referral("1", state), instant_of(9999)) == state);
}

TEST_CASE("only what may follow follows: nothing is answered twice, completed before the yes, or revived") {
    struct Row {
        char const* state;
        char const* may;  // of: seen accepted declined completed withdrawn
    };
    for (auto const& [state, may] : {Row{"offered", "seen accepted declined withdrawn"}, Row{"seen", "accepted declined withdrawn"}, Row{"accepted", "completed withdrawn"},
                                     Row{"declined", "withdrawn"}, Row{"expired", "withdrawn"}, Row{"completed", "withdrawn"}, Row{"withdrawn", ""}}) {
        for (char const* act : {"seen", "accepted", "declined", "completed", "withdrawn"}) {
            CAPTURE(state);
            CAPTURE(act);
            CHECK(may_follow(state, act) == (std::string(may).find(act) != std::string::npos));
        }
    }
    CHECK_FALSE(may_follow("offered", "erased"));
}

TEST_CASE("a no or silence is told until somebody is asked for the same again") {
    auto const now = instant_of(5000);
    CHECK(unanswered({referral("2", "declined"), referral("1", "offered")}, now).size() == 1);  // the later one is the newer asking
    CHECK(unanswered({referral("1", "declined")}, now).size() == 1);
    CHECK(unanswered({referral("2", "offered", 9999), referral("1", "declined")}, now).empty());
    auto other = referral("2", "offered", 9999);
    other.asks = "medical";
    CHECK(unanswered({other, referral("1", "declined")}, now).size() == 1);
    CHECK(unanswered({referral("1", "accepted"), referral("3", "withdrawn")}, now).empty());
}
