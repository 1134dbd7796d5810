#pragma once
// Who may see and do what, and why: one pure function.  Every route, export, search result and alert passes through it;
// there is no second way to a field.  What no rule allows is refused.
//
// The rules are data: a pack's roles say, for a role and a relation, which types, classes and single fields may be read and
// written, and for which purposes (docs/policy.md, which policy/decide_test.cpp decides by a second time).  For lists record/
// keeps the views `record_reach` and `record_grant`, joined before paging; a property test holds them and this equal.

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
    bool is_head = false;  // of the unit: told of what concerns it
};

enum class Action { Read, Write, Create, Export, Erase };

// How the actor stands to a record; what a role of the pack may name: own, assigned, unit, referred, supervised, under_order; everyone,
// where a type is open to all; and break_glass, for whoever opened it in an emergency.
using Relations = std::set<std::string>;

// Which fields: by class, by name ("person.age"), and which sealed ones by name ("case.told_by").
struct Mask {
    std::set<std::string> classes;
    std::set<std::string> fields;
    std::set<std::string> opens;
    [[nodiscard]] bool allows(std::string_view type, std::string_view field, std::string_view sensitivity) const;
    [[nodiscard]] bool is_empty() const { return classes.empty() && fields.empty() && opens.empty(); }
    friend bool operator==(Mask const&, Mask const&) = default;
};

struct Refusal {
    std::string code;
    std::string message;
    Json source;  // Act and section, or the pack's rule
    std::set<std::string> choices;  // of a purpose that must be said first
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
    bool blocked = false;           // a person said that this unit or this actor must not know (P1)
    std::string_view purpose = {};  // what it is read for, where that was said
};

Decision decide(Question const& question, pack::Pack const& pack);

// What a role may learn of the units that its own supervises: numbers, never a record.
struct Oversight {
    bool counts = false;
    bool clocks = false;
};
Oversight oversight(std::string_view role, pack::Pack const& pack);

// How long and what a role may open by itself in an emergency; nothing where the pack does not allow it.
struct Emergency {
    bool allowed = false;
    std::int64_t minutes = 0;
};
Emergency emergency(std::string_view role, pack::Pack const& pack);

// Some rule of some role asks for this purpose.
bool is_purpose(std::string_view word, pack::Pack const& pack);
// The boxes of this sealed field ("case.told_by") are made for people of this role, in the writer's unit.
bool is_holder(std::string_view role, std::string_view type_and_field, pack::Pack const& pack);

// The relations of an actor to a record at a moment, and whether it is blocked; from the views.
struct Standing {
    Relations relations;
    bool blocked = false;
};
Result<Standing> standing(store::Transaction& tx, Actor const& actor, std::string_view record, Instant now);

// decide() for one record that stands in the views.  Outside one's reach it answers NotFound, as if there were none.  An
// Error of code policy.purpose_missing names the purposes that can be chosen in `where`, with spaces between them.
struct Asking {
    Actor const& actor;
    std::string_view purpose;
    Instant now;
};
Result<Mask> require(store::Transaction& tx, Asking const& asking, Action action, std::string_view record, record::State const& state, pack::Pack const& pack);

// What people should know of that nobody has to do: somebody opened a record of their unit in an emergency, or somebody of
// the unit that they head did.  The nodal officers are told, of others than themselves, whose budget of files is used up, who opened a
// canary and who took out a table.  [{alert, record, by, since, until, says}], the newest first, of the last fortnight.
Result<Json> alerts(store::Transaction& tx, Actor const& actor, Instant now);

// What stands for a name that is not shown, whatever and however many there are (P16).
inline constexpr char const* hidden_name = "••••••";
bool is_hidden(Json const& shown);

// The record as this actor may see it: {id, type, state, number?, fields, withheld?, heads} (design.md section 10).
// `open_kept(position, class, field)` gives a field that is kept out of the views, asked only where the mask allows it.
using OpenKept = std::function<Result<Json>(Json const& cell, std::string_view field)>;
Result<Json> show(std::string_view id, record::State const& state, Mask const& mask, pack::Pack const& pack, OpenKept const& open_kept);

// The fields of one entry in a timeline: {fields, says?, withheld?}.  A sealed fact leaves what the pack says stands for it.
void show_line(ledger::Entry const& entry, std::string_view type, Mask const& mask, pack::Pack const& pack, Json& line);

}  // namespace sanjal::policy
