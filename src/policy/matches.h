#pragma once
// What somebody may learn of a match (practice P9, P10, P12).  Whoever reads both sides sees both.  Otherwise only the officer
// of the unit that registered one side is told that another unit may know this person, and whom to call; never where she is,
// never by a shelter or of one (its nodal body speaks for it), and only while both sides may still answer: a child or a missing
// person, an adult who said yes to C_match, somebody who is accused; never who named anybody who must not know.
// An adult who is found is asked before the side that looks for her hears anything.

#include <set>
#include <string>
#include <vector>

#include "casework/match.h"
#include "policy/decide.h"

namespace sanjal::policy {

// As what somebody stands in their cases: survivor, missing, suspect, ...
Result<std::set<std::string>> plays(store::Transaction& tx, std::string const& person);
bool is_accused(std::set<std::string> const& plays);

// May other units of the node be asked about this record, and be told of it when they ask?
Result<bool> answers_others(store::Transaction& tx, std::string const& record);

// Which unit speaks for which: itself where it has an officer (nodal or head) and is no shelter; else the unit that supervises
// it; else the node's nodal officer's.  Empty: nobody speaks for it, and it is not asked.
class Speakers {
public:
    static Result<Speakers> of(store::Transaction& tx);
    [[nodiscard]] std::string for_unit(std::string const& unit) const;
    [[nodiscard]] std::vector<std::string> spoken_for_by(std::string const& unit) const;

private:
    std::map<std::string, std::string> by_unit_;
};

struct KnownMatch {
    casework::Match match;
    bool reads_one = false;
    bool reads_other = false;
    std::string call;  // the unit to call, where one side is another unit's
    [[nodiscard]] bool reads_both() const { return reads_one && reads_other; }
    // both, one, other, or empty where the officer speaks for somebody and reads neither
    [[nodiscard]] std::string_view reads() const { return reads_both() ? "both" : reads_one ? "one" : reads_other ? "other" : ""; }
};

// Nothing where this actor may not know of it.
Result<std::optional<KnownMatch>> known_match(store::Transaction& tx, Asking const& asking, casework::Match const& match, Speakers const& speakers, pack::Pack const& pack);
// All that wait for somebody, that this actor may know of, the newest first.
Result<std::vector<KnownMatch>> open_matches(store::Transaction& tx, Asking const& asking, pack::Pack const& pack);

// alerts() of decide.h, and those of matches: [{alert, record, since, says, call?}].  No name and no place.
Result<Json> all_alerts(store::Transaction& tx, Actor const& actor, pack::Pack const& pack, Instant now);

}  // namespace sanjal::policy
