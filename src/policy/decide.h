#pragma once
// Who may see and do what, and why: one pure function.  Every route, export, search result and alert passes through it;
// there is no second way to a field.  What no rule allows is refused.
//
// The rules are data: a pack's roles say, for a role and a relation, which classes of field may be read and written
// (design.md section 6).  For lists record/ keeps the view `record_reach`, joined before paging; a property test holds the
// two equal.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "casework/derive.h"
#include "pack/pack.h"
#include "record/state.h"

namespace sanjal::policy {

struct Actor {
    std::string id;    // pseudonymous UUIDv7
    std::string role;  // police, cwc, shelter, nodal_officer, ...
    std::string unit;  // UUIDv7
    std::string unit_code;
    std::string name;  // the account's, for the person's own screen only
    bool is_nodal = false;
};

enum class Action { Read, Write, Create, Export, Erase };

// How the actor's unit stands to a record; what a pack may name: own, assigned, unit, referred, supervised, under_order.
using Relations = std::set<std::string>;

// Which fields, by class; and which sealed fields by name ("case.shelter_address").
struct Mask {
    std::set<std::string> classes;
    std::set<std::string> opens;
    [[nodiscard]] bool allows(std::string_view type, std::string_view field, std::string_view sensitivity) const;
};

struct Refusal {
    std::string code;
    std::string message;
    Json source;  // Act and section, or the pack's rule
};

struct Decision {
    bool allowed = false;
    Mask mask;
    Refusal refusal;  // where it is not allowed
};

struct Question {
    Actor const& actor;
    Action action;
    std::string_view type;
    Relations const& relations;
    bool blocked = false;  // a person said that this unit or this actor must not know (P1)
};

Decision decide(Question const& question, pack::Pack const& pack);

// The relations of an actor to a record, and whether it is blocked; from the view.
struct Standing {
    Relations relations;
    bool blocked = false;
};
Result<Standing> standing(store::Transaction& tx, Actor const& actor, std::string_view record);

// decide() for one record that stands in the views.  Outside one's reach it answers NotFound, as if there were none.
Result<Mask> require(store::Transaction& tx, Actor const& actor, Action action, std::string_view record, record::State const& state, pack::Pack const& pack);

// The record as this actor may see it: {id, type, state, number?, fields, withheld?, heads} (design.md section 10).
// `open_kept(position, class, field)` gives a field that is kept out of the views, asked only where the mask allows it.
using OpenKept = std::function<Result<Json>(Json const& cell, std::string_view field)>;
Result<Json> show(std::string_view id, record::State const& state, Mask const& mask, OpenKept const& open_kept);

}  // namespace sanjal::policy
