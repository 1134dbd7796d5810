#pragma once
// Whom a clock tells, and when (P6): before its end those who do the work, after it the officer and the head of the unit, and
// only hours later whoever else the pack names.  A notice is made once, at its moment, and says ids, never a name.
//
// `casework_clock.next_notice` is the view's part: the next moment at which something has to be told.  `casework_notice` is
// not a view but the memory of what clocks that run have told to whom, so that a restart or a rebuild tells nobody twice.
//
// To whom, as the pack has it: `owner` is who took the step, or, where nobody did, everybody of its roles in the units that
// reach it; `unit_head` the heads of the units in which somebody could do it; any other word a role, in units that reach the
// record and in those that supervise the unit whose work it is.  Who may read what is policy's, when it is shown.

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "casework/derive.h"

namespace sanjal::casework {

std::span<store::Migration const> notice_migrations();

// One notice that was made, with the clock that still runs towards the same end.
struct Notice {
    Clock clock;
    std::int64_t at = 0;    // when it was due to be told, milliseconds since 1970
    std::int64_t made = 0;  // when it was told
    std::string who;        // owner, unit_head, or a role
    std::string unit;       // whose work it is
    bool is_late = false;   // told after the end; before it otherwise

    static Notice from(store::Row const& row);
};

// The next moment at which a running clock tells somebody; none where it has nothing more to tell.  `told` holds what
// casework_notice has of this clock and this end.
std::optional<std::int64_t> next_notice(Clock const& clock, Json const* rule, std::set<std::pair<std::string, std::int64_t>> const& told);

// What was told of a case's clocks: by part, rule and end.
using Told = std::map<std::tuple<std::string, std::string, std::int64_t>, std::set<std::pair<std::string, std::int64_t>>>;
Result<Told> told_of_root(store::Transaction& tx, std::string const& root);
// Of clocks of this case that stopped, or that end at another moment now.
Result<void> forget_told(store::Transaction& tx, std::string const& root);

// Something has to be told by now.
Result<bool> has_notices_due(store::Transaction& tx, Instant now);
// Inside the writer: makes the notices of some clocks whose moment has come; false where none is left.
Result<bool> make_notices(store::Transaction& tx, record::Packs const& packs, Instant now);

// What this holder was told of clocks that still run, the newest first: of each clock the last word only.
struct Listener {
    Holder holder;
    bool is_head = false;
};
Result<std::vector<Notice>> notices_to(store::Transaction& tx, Listener const& listener);

}  // namespace sanjal::casework
