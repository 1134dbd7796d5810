#pragma once
// Whose work a step is, of the units of this node: of whoever took it; else those in which somebody could do it; else those
// that registered the case.  Ids and roles alone; nothing here is shown to anybody.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "casework/derive.h"

namespace sanjal::casework {

// Who can do a step and who stands over whom, of all accounts and units of this node; read once for a turn.
struct People {
    std::map<std::string, std::set<std::string>, std::less<>> roles;   // of a unit
    std::map<std::string, std::string, std::less<>> unit_of;           // of an actor
    std::map<std::string, std::string, std::less<>> supervisor;        // of a unit

    static Result<People> load(store::Transaction& tx);
};

// The units that reach a part, and which of them registered it.
struct Reaching {
    std::set<std::string> units;
    std::set<std::string> own;
};
Result<Reaching> reaching(store::Transaction& tx, std::string const& part, People const& people);

bool can_do(People const& people, std::string const& unit, std::vector<std::string> const& roles);
std::set<std::string> working(People const& people, Reaching const& reach, Task const& task);

}  // namespace sanjal::casework
