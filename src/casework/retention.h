#pragma once
// How long each class of a case's data is kept, by the pack's `retention` (P31), and what is proposed for erasure when that time
// is over.  Only of a case that is closed, and only where a number is known: `keep: null` proposes nothing, ever.  It erases
// nothing by itself: the nodal officer and a second person say yes, each by an entry on the case (erasure.agreed); one no
// (erasure.refused) begins anew.  The erasing is the ledger's ordinary one.
//
// What stays: the relations between records and the number of the case, so that the ledger still says that there was one; and
// records that another case holds, until the time of that one is over, too.

#include <optional>
#include <string>
#include <vector>

#include "record/fold.h"

namespace sanjal::casework {

std::span<store::Migration const> retention_migrations();

struct Keeping {
    std::string sensitivity;               // the class
    std::optional<std::int64_t> until;     // the last minute, milliseconds since 1970; none: no limit on record, or not begun
};

// In the order of the pack.
std::vector<Keeping> keeping_of(pack::Pack const& pack, record::Cluster const& cluster);

// What a class holds in one record of a case.
struct Erasable {
    std::string record;
    std::vector<std::string> fields;  // names, as Ledger::Erasure takes them
};
std::vector<Erasable> erasable_of(pack::Pack const& pack, record::Cluster const& cluster, std::string_view sensitivity);

// Who said yes since the time was over and nobody said no, each once, in the order in which they did.
std::vector<std::string> agreed_on(record::State const& root, std::string_view sensitivity, std::int64_t until);

// One row of the view: a class of a closed case whose time will be, or is, over, and of which something is still there.
struct Kept {
    std::string root;
    std::string sensitivity;
    std::int64_t until = 0;
    std::int64_t agreed = 0;

    static Kept from(store::Row const& row);
};
Result<void> derive_keeping(store::Transaction& tx, record::Packs const& packs, record::Cluster const& cluster);
// What a unit registered and is kept too long, the longest first, at most 100.
Result<std::vector<Kept>> kept_too_long(store::Transaction& tx, std::string const& unit, Instant now);
Result<std::optional<Kept>> find_kept(store::Transaction& tx, std::string const& root, std::string const& sensitivity, Instant now);
// One that two people said yes to, or none.
Result<std::optional<Kept>> next_to_erase(store::Transaction& tx, Instant now, std::set<std::string> const& but);
// Every case that holds this record is over its time for this class.
Result<bool> is_over_everywhere(store::Transaction& tx, std::string const& record, std::string const& sensitivity, Instant now);

}  // namespace sanjal::casework
