#pragma once
// Two records that may be of one person (or name one thing: a phone, a vehicle): found by the node, decided by people, undone
// by people; remembered for ever.  A match is a record of its own (packs/common, type `match`) that nobody reaches: who may
// learn of it is policy/matches.h's to say.  Nothing is merged.
//
//   found, renewed, undone       waits for somebody's look
//   one_person                   one officer says so; a second one must (P10)
//   confirmed                    two officers said so
//   different, cannot_say        decided; asked again only on new evidence

#include <optional>
#include <string>
#include <vector>

#include "record/fold.h"

namespace sanjal::casework {

struct Match {
    std::string id;
    std::string kind;            // code of the list `match_kind`
    std::string one, other;      // records: persons, or legs of a journey
    std::string strength;        // strong, fair, weak: when it was found or renewed
    std::vector<std::string> why;  // codes of what was found, sorted: name.close, birth.same
    std::string state;
    std::int64_t since = 0;      // milliseconds since 1970: found or renewed
    struct Step {
        std::string verb;        // decided, confirmed, undone, renewed
        std::string decision;    // of `decided`
        std::string by;          // actor
        std::string reads;       // which sides that officer could read: both, one, other
        std::string words;
        std::int64_t at = 0;
    };
    std::vector<Step> steps;     // in order

    static Match from_state(std::string id, record::State const& state);
    [[nodiscard]] bool is_open() const { return state == "found" || state == "renewed" || state == "undone"; }
    // Who said "one person" first, while a second one is wanted.
    [[nodiscard]] Step const* proposal() const;
};

// Do these two officers together read both sides?
bool read_both(std::string_view first, std::string_view second);
// Whether what was found now is more than what was known when people decided: stronger, or something new speaks for it.
bool is_new_evidence(Match const& match, std::string_view strength, std::vector<std::string> const& why);

Result<std::optional<Match>> find_match(store::Transaction& tx, std::string const& id);
// Of this record, whatever their state, the newest first.
Result<std::vector<Match>> matches_about(store::Transaction& tx, std::string const& record);
Result<std::optional<Match>> match_between(store::Transaction& tx, std::string const& one, std::string const& other);

}  // namespace sanjal::casework
