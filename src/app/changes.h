#pragma once
// What is new for somebody, by position in the ledger: which records, of which type, and what kind of thing happened; never a
// name or a value.  Through reach and decide, so that it says nothing of what lies outside.

#include <string>
#include <vector>

#include "app/house.h"

namespace sanjal::app {

struct Changed {
    std::int64_t position = 0;
    std::string record;
    std::string type;
    std::string kind;  // case.opened, task.done, ...
    std::vector<std::string> cases;  // that it belongs to and that are within reach
    std::int64_t received = 0;       // milliseconds since 1970
};
[[nodiscard]] Json to_json(Changed const& changed);

struct Changes {
    std::vector<Changed> all;
    std::int64_t next = 0;   // ask from here on the next time
    bool more = false;       // there is more already
    bool begun_anew = false; // the position asked for never was here: load everything again
};

// Within reach, not blocked, and some rule lets it be read, be it for a purpose that must be said first.
Result<bool> may_know(store::Transaction& tx, policy::Actor const& actor, std::string const& record, std::string_view type, pack::Pack const& pack, Instant now);

// Entries from position `since` on; looks at so many at most, and says where it stopped.
inline constexpr std::int64_t changes_looked_at_max = 4096;
inline constexpr std::size_t changes_max = 256;
Result<Changes> changes_for(House& house, store::Transaction& tx, policy::Actor const& actor, std::int64_t since);

}  // namespace sanjal::app
