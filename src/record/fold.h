#pragma once
// From entries to views: each entry is applied to its record's row; reach, tasks and clocks of the case that it belongs to
// are derived afterwards (record/reach.h, casework/derive.h).  Runs inside the appending transaction and again on rebuild.

#include <set>
#include <span>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "record/packs.h"
#include "record/state.h"

namespace sanjal::record {

std::span<store::Migration const> view_migrations();

// Stands in the place of a holder in record_reach where the pack opens a record to everybody at the node (a type's `everyone`).
inline constexpr char const* everyone = "*";

// What entries changed, and so what must be derived anew (casework/derive.h).
struct Touched {
    std::set<std::string> records;
    // Records that were there before and that a changed link named, or names now, and those whose links changed: they may belong to another case
    // than before, or no more be a cluster of their own.
    std::set<std::string> moved;
};

// Applies entries in order.  What the ledger says of itself (keys, the access log, a new epoch) is no record.
Result<Touched> fold(store::Transaction& tx, ledger::Ledger& ledger, Packs& packs, std::vector<ledger::Entry> const& entries);

// Drops what the entries of one record had folded into and folds them again (after an erasure).
Result<Touched> refold(store::Transaction& tx, ledger::Ledger& ledger, Packs& packs, std::string const& record);

// Inside the writer: this id was drawn just now, so there is no such record and nothing points at it.
void begins(store::Transaction& tx, std::string const& record);
// Inside the writer: the rows of the views were changed otherwise than by fold.
void forget_known(store::Transaction& tx);
// The last number given in a series; 0 before the first.
Result<std::int64_t> last_serial(store::Transaction& tx, std::string const& series);

Result<State> load(store::Transaction& tx, std::string_view record);  // NotFound "record.none"
Result<std::optional<State>> find(store::Transaction& tx, std::string_view record);

// A case and everything that hangs on it.  A record that belongs to no case is a cluster of its own.
struct Cluster {
    std::string root;                             // the case, or the record itself
    std::map<std::string, State> records;         // by id
    struct Part {
        std::string part;
        std::string person;
        bool of_several = false;                  // two answers stand at once to which case it belongs to
    };
    std::vector<Part> parts;                      // sorted by id
    std::map<std::string, State> referrals;       // that are about one of the parts
};
// The cases that a record belongs to, sorted; one that belongs to none is its own.
Result<std::vector<std::string>> roots_of(store::Transaction& tx, std::string const& record);
Result<std::set<std::string>> roots_of_all(store::Transaction& tx, std::set<std::string> const& records);
// The clusters to be derived after a change, and those that are none any more: a person who stood alone and came into a case, a
// case that nothing belongs to and that is no record.
struct Changed {
    std::set<std::string> roots;
    std::set<std::string> gone;
};
Result<Changed> clusters_of(store::Transaction& tx, Touched const& touched);
Result<Cluster> load_cluster(store::Transaction& tx, std::string const& root);

// An adult: nobody doubts it.  Doubt counts as child (P2).
bool is_adult(State const& person);
// What a person answered last, over all consents of hers: yes, and nothing else.  Withdrawing is answering no.  `today`
// (2026-11-21): a yes whose `expires` lies before it is none; without it nothing runs out, as views must not depend on a clock.
bool has_agreed(std::vector<State const*> const& consents, std::string_view question, std::string_view today = {});

// Derives who may reach the records of a cluster, and who must not: own (the unit that registered it), referred (a unit
// named in a field with `reach: referred`, or one that accepted a referral about a part), assigned (a person who owns a task or is
// named in a field with `reach: assigned`), and, for a time, who may open one record under an order or opened it in an
// emergency; less those whom a person said must
// not know (P1).
Result<void> derive_reach(store::Transaction& tx, Packs const& packs, Cluster const& cluster);
// Nobody reaches anything by this root any more.
Result<void> forget_reach(store::Transaction& tx, std::string const& root);

}  // namespace sanjal::record
