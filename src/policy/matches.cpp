#include "policy/matches.h"

#include <algorithm>

namespace sanjal::policy {
namespace {

constexpr std::size_t alerts_max = 50;
constexpr std::string_view spoken_for_kind = "shelter";  // P9: its nodal body answers for it

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

bool is_true(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_bool() && value->boolean();
}

Result<std::vector<record::State>> linked(store::Transaction& tx, std::string const& target, std::string_view field, std::string_view type) {
    std::vector<record::State> all;
    SANJAL_DO(tx.each("select r.data from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = $2 and r.type = $3", {target, std::string(field), std::string(type)},
                      [&](store::Row const& row) -> Result<void> {
                          SANJAL_TRY(auto state, record::State::parse(row.text(0)));
                          all.push_back(std::move(state));
                          return {};
                      }));
    return all;
}

bool names_somebody_who_must_not_know(record::State const& state) {
    auto const cells = state.cells("not_to_know");
    return std::any_of(cells.begin(), cells.end(), [](Json const* cell) { return !cell->text_at("v").empty(); });
}

// Some case that it stands in has its number: before that nobody is asked.
Result<bool> has_number(store::Transaction& tx, std::string const& record) {
    SANJAL_TRY(auto const roots, record::roots_of(tx, record));
    for (auto const& root : roots) {
        SANJAL_TRY(auto const state, record::find(tx, root));
        if (state && !state->number().empty()) return true;
    }
    return false;
}

Result<bool> has_agreed_to_match(store::Transaction& tx, std::string const& person) {
    SANJAL_TRY(auto const consents, linked(tx, person, "person", "consent"));
    std::vector<record::State const*> all;
    for (auto const& one : consents) all.push_back(&one);
    return record::has_agreed(all, "C_match");
}

// A thing on the way (a vehicle's number) answers unless somebody in its case named who must not know.
Result<bool> leg_answers(store::Transaction& tx, std::string const& leg) {
    SANJAL_TRY(auto const roots, record::roots_of(tx, leg));
    for (auto const& root : roots) {
        SANJAL_TRY(auto const blocked, tx.integer("select count(*) from record_block where root = $1", {root}));
        if (blocked.value_or(0) > 0) return false;
    }
    return has_number(tx, leg);
}

Result<bool> may_read(store::Transaction& tx, Asking const& asking, std::string const& record, record::State const& state, pack::Pack const& pack) {
    auto const mask = require(tx, asking, Action::Read, record, state, pack);
    if (mask) return !mask->is_empty();
    if (mask.error().fault == Fault::NotFound || mask.error().fault == Fault::Forbidden) return false;
    return fail(mask.error());
}

Result<bool> is_blocked(store::Transaction& tx, Actor const& actor, std::string const& record) {
    SANJAL_TRY(auto const count, tx.integer("select count(*) from record_block where record = $1 and holder in ($2, $3)", {record, actor.unit, actor.id}));
    return count.value_or(0) > 0;
}

}  // namespace

Result<std::set<std::string>> plays(store::Transaction& tx, std::string const& person) {
    SANJAL_TRY(auto const parts, linked(tx, person, "person", "part"));
    std::set<std::string> all;
    for (auto const& part : parts) all.insert(text_of(part, "as"));
    return all;
}

bool is_accused(std::set<std::string> const& plays) {
    return std::any_of(plays.begin(), plays.end(), [](std::string const& one) { return one == "suspect" || one == "recruiter" || one == "transporter" || one == "employer"; });
}

Result<bool> answers_others(store::Transaction& tx, std::string const& record) {
    SANJAL_TRY(auto const state, record::find(tx, record));
    // What came in by an import has no consent that anybody asked for (P32).
    if (!state || !state->data().text_at("batch").empty()) return false;
    if (state->type() == "leg") return leg_answers(tx, record);
    if (state->type() != "person" || names_somebody_who_must_not_know(*state)) return false;
    SANJAL_TRY(bool const numbered, has_number(tx, record));
    if (!numbered) return false;
    SANJAL_TRY(auto const as, plays(tx, record));
    if (as.count("survivor") > 0 && record::is_adult(*state)) return has_agreed_to_match(tx, record);
    return as.count("survivor") > 0 || as.count("missing") > 0 || is_accused(as);  // a witness or a guardian never (P11)
}

Result<Speakers> Speakers::of(store::Transaction& tx) {
    struct Unit {
        std::string supervised_by;
        bool is_spoken_for = false;
        bool has_officer = false;
    };
    std::map<std::string, Unit> units;
    std::set<std::string> with_officer;
    std::string nodal;  // the first unit with a nodal officer
    SANJAL_DO(tx.each("select id, type, data from record where type in ('unit', 'actor') order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(2)));
        if (row.text(1) == "unit") {
            units[std::string(row.text(0))] = {text_of(state, "supervised_by"), text_of(state, "kind") == spoken_for_kind, false};
            return {};
        }
        if (is_true(state, "suspended") || (!is_true(state, "nodal") && !is_true(state, "heads_unit"))) return {};
        with_officer.insert(text_of(state, "unit"));
        if (nodal.empty() && is_true(state, "nodal")) nodal = text_of(state, "unit");
        return {};
    }));
    Speakers speakers;
    auto const speaks = [&](std::string const& unit) {
        auto const found = units.find(unit);
        return found != units.end() && !found->second.is_spoken_for && with_officer.count(unit) > 0;
    };
    for (auto const& [id, unit] : units) {
        if (speaks(id)) speakers.by_unit_[id] = id;
        else if (speaks(unit.supervised_by)) speakers.by_unit_[id] = unit.supervised_by;
        else if (speaks(nodal)) speakers.by_unit_[id] = nodal;
    }
    return speakers;
}

std::string Speakers::for_unit(std::string const& unit) const {
    auto const found = by_unit_.find(unit);
    return found != by_unit_.end() ? found->second : std::string();
}

std::vector<std::string> Speakers::spoken_for_by(std::string const& unit) const {
    std::vector<std::string> all;
    for (auto const& [spoken_for, speaker] : by_unit_) {
        if (speaker == unit) all.push_back(spoken_for);
    }
    return all;
}

Result<std::optional<KnownMatch>> known_match(store::Transaction& tx, Asking const& asking, casework::Match const& match, Speakers const& speakers, pack::Pack const& pack) {
    auto const nothing = std::optional<KnownMatch>();
    SANJAL_TRY(auto const one, record::find(tx, match.one));
    SANJAL_TRY(auto const other, record::find(tx, match.other));
    if (!one || !other) return nothing;
    KnownMatch known{match, false, false, {}};
    SANJAL_TRY(known.reads_one, may_read(tx, asking, match.one, *one, pack));
    SANJAL_TRY(known.reads_other, may_read(tx, asking, match.other, *other, pack));
    if (known.reads_both()) return std::optional(std::move(known));
    if (!asking.actor.is_nodal && !asking.actor.is_head) return nothing;
    for (auto const& side : {match.one, match.other}) {
        SANJAL_TRY(bool const blocked, is_blocked(tx, asking.actor, side));
        SANJAL_TRY(bool const answers, answers_others(tx, side));
        if (blocked || !answers) return nothing;
    }
    std::string const unit_one(one->unit());
    std::string const unit_other(other->unit());
    std::string const speaks_one = speakers.for_unit(unit_one);
    std::string const speaks_other = speakers.for_unit(unit_other);
    if (unit_one == unit_other || speaks_one.empty() || speaks_other.empty()) return nothing;
    bool const mine_one = unit_one == asking.actor.unit || speaks_one == asking.actor.unit;
    bool const mine_other = unit_other == asking.actor.unit || speaks_other == asking.actor.unit;
    if (!mine_one && !mine_other) return nothing;
    if (match.kind == "missing_found" && match.is_open()) {
        // P12: before anybody who looks for an adult hears that she is found, her own side has looked and asked.
        SANJAL_TRY(auto const as_one, plays(tx, match.one));
        bool const one_is_found = as_one.count("survivor") > 0;
        if (record::is_adult(one_is_found ? *one : *other) && !(one_is_found ? mine_one : mine_other)) return nothing;
    }
    known.call = mine_one && !mine_other ? speaks_other : mine_other && !mine_one ? speaks_one : std::string();
    return std::optional(std::move(known));
}

Result<std::vector<KnownMatch>> open_matches(store::Transaction& tx, Asking const& asking, pack::Pack const& pack) {
    SANJAL_TRY(auto const any, tx.text("select id from record where type = 'match' limit 1"));
    if (!any) return std::vector<KnownMatch>();
    SANJAL_TRY(auto const speakers, Speakers::of(tx));
    store::Args args{asking.actor.unit, asking.actor.id};
    std::string spoken_for;
    if (asking.actor.is_nodal || asking.actor.is_head) {
        for (auto const& unit : speakers.spoken_for_by(asking.actor.unit)) {
            args.emplace_back(unit);
            spoken_for += (spoken_for.empty() ? " or p.unit in ($" : ", $") + std::to_string(args.size());
        }
        if (!spoken_for.empty()) spoken_for += ")";
    }
    std::vector<casework::Match> found;
    SANJAL_DO(tx.each("select distinct r.id, r.data from record r join record_link l on l.origin = r.id and l.field in ('one', 'other') join record p on p.id = l.target"
                      " where r.type = 'match' and r.state in ('found', 'renewed', 'undone', 'one_person')"
                      " and (exists (select 1 from record_reach h where h.record = l.target and h.holder in ($1, $2))" + spoken_for + ") order by r.id desc limit 200",
                      args, [&](store::Row const& row) -> Result<void> {
                          SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
                          found.push_back(casework::Match::from_state(std::string(row.text(0)), state));
                          return {};
                      }));
    std::vector<KnownMatch> all;
    for (auto const& match : found) {
        SANJAL_TRY(auto known, known_match(tx, asking, match, speakers, pack));
        if (known) all.push_back(std::move(*known));
    }
    return all;
}

Result<Json> all_alerts(store::Transaction& tx, Actor const& actor, pack::Pack const& pack, Instant now) {
    SANJAL_TRY(auto list, alerts(tx, actor, now));
    SANJAL_TRY(auto const matches, open_matches(tx, {actor, {}, now}, pack));
    std::size_t count = 0;
    for (auto const& known : matches) {
        auto const* proposal = known.match.proposal();
        if (proposal != nullptr && proposal->by == actor.id) continue;  // somebody else's turn
        if (++count > alerts_max) break;
        bool const other_unit = !known.reads_both();
        Json alert = Json::object({{"alert", proposal != nullptr ? "second_officer" : other_unit ? "another_unit" : "same_person"}, {"record", known.match.id},
                                   {"since", format_instant(instant_of(proposal != nullptr ? proposal->at : known.match.since))},
                                   {"says", proposal != nullptr ? "An officer says that two files are of one person. A second officer decides."
                                            : other_unit       ? "Another unit in the network may know this person. Call them before anything else."
                                                               : "Two files may be of one person. Look at both."}});
        if (!known.call.empty()) {
            SANJAL_TRY(auto const unit, record::find(tx, known.call));
            if (unit) alert.set("call", Json::object({{"unit", known.call}, {"title", text_of(*unit, "title")}}));
        }
        list.push_back(std::move(alert));
    }
    return list;
}

}  // namespace sanjal::policy
