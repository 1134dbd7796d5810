#pragma once
// Whether something may be shown to another node, and what of it: agreement, purpose, consent, the persons' wishes, legal basis.
// Decided where the data lives, at the moment of sending, and again at each sending until it has arrived.  Pure.

#include <string>
#include <vector>

#include "policy/agreement.h"
#include "policy/decide.h"

namespace sanjal::policy {

// One person whom it is about.
struct Told {
    bool is_adult = false;
    bool must_not_know = false;           // she said that this node must not know
    std::set<std::string> agreed;         // questions that stand answered with yes
};

struct Disclosing {
    Agreement const* agreement = nullptr;
    std::string_view purpose;
    std::string_view basis;      // consent, or one of the agreement's bases
    std::string_view reference;  // of an order or a sanction: its number; never travels
    std::string_view sanction;   // of the official channel
    std::string_view role;       // who sends
    bool across_border = false;
    bool peer_stopped = false;
    std::vector<Told> people;
    std::int64_t today = 0;      // disclosures made under this agreement since midnight
    Instant now;
};

struct Showing {
    bool allowed = false;
    Refusal refusal;             // why not
    std::vector<std::string> missing;  // consents that nobody has given
};

Showing may_disclose(Disclosing const& question);
// Of what was shown before: may it be kept there?  An agreement that ended asks nothing back; a person who takes her word back, or names
// this node as one that must not know, does (P18).
Showing may_keep(Disclosing const& question);
// The consents that must be given: those of the agreement, and across a border always C_share_cross.
std::set<std::string> consents_needed(Agreement const& agreement, bool across_border);
// A field that the agreement names, unless it is sealed, of counselling, or names who must not know: those never go.
bool may_go(Json const& terms, std::string_view type, std::string_view field, std::string_view sensitivity);
// Whether something is sent at this hour; `minute` of the day at the node's place.
bool is_within_hours(Json const& terms, int minute);

}  // namespace sanjal::policy
