#include "features/matching/ask.h"

#include <algorithm>

#include "crypto/hash.h"
#include "features/matching/person_of.h"
#include "policy/matches.h"

namespace sanjal::matching {
namespace {

constexpr std::int64_t entries_at_once = 256;
constexpr std::size_t looked_at = 40;
constexpr std::size_t told_max = 3;     // of one asking: the likeliest
constexpr std::int64_t asked_max = 3;   // a correction asks again, and that has an end: nobody tries out names
constexpr float speaking_bits = 1.5F;

constexpr store::Migration of_asking[] = {
    {1, "up to where the node has asked, and about whom",
     "create table matching_turn (name {text} primary key, position {int} not null);"
     "create table matching_asked (record {text} primary key, print {blob} not null, times {int} not null);"},
};

bool is_same_or_close(match::Score const& score, match::Field field) {
    auto const all = score.all();
    return std::any_of(all.begin(), all.end(), [&](match::Evidence const& one) { return one.field == field && (one.finding == match::Finding::Same || one.finding == match::Finding::Close); });
}

// What was said of the person, as it counts for asking again.
std::string print_of(match::Person const& person) {
    std::string text;
    auto const add = [&](std::string const& one) { text += one + '\x1f'; };
    for (auto const* list : {&person.names, &person.aliases, &person.places, &person.phones, &person.ids, &person.marks}) {
        for (auto const& one : *list) add(one);
        add({});
    }
    for (auto const* one : {&person.father, &person.mother, &person.spouse}) add(*one);
    add(std::to_string(static_cast<int>(person.sex)) + " " + std::to_string(person.birth.from / 400) + " " + std::to_string(person.birth.to / 400));
    return text;
}

struct Likely {
    std::string other;
    std::string kind;
    std::string strength;
    std::vector<std::string> why;
};

// A unit that reaches both compares its own files.
Result<bool> some_unit_reaches_both(store::Transaction& tx, std::string const& one, std::string const& other) {
    SANJAL_TRY(auto const holder, tx.text("select a.holder from record_reach a join record_reach b on b.holder = a.holder where a.record = $1 and b.record = $2 limit 1", {one, other}));
    return holder.has_value();
}

Result<std::string> kind_of(store::Transaction& tx, std::string const& one, std::string const& other) {
    SANJAL_TRY(auto const as_one, policy::plays(tx, one));
    SANJAL_TRY(auto const as_other, policy::plays(tx, other));
    SANJAL_TRY(auto const a, record::load(tx, one));
    SANJAL_TRY(auto const b, record::load(tx, other));
    if (policy::is_accused(as_one) && policy::is_accused(as_other)) return std::string("suspect");
    if (as_one.count("missing") != as_other.count("missing") && (as_one.count("survivor") > 0 || as_other.count("survivor") > 0)) return std::string("missing_found");
    return std::string(a.unit() == b.unit() ? "duplicate" : "known");
}

Result<bool> may_be_compared(store::Transaction& tx, std::string const& one, std::string const& other, bool one_answers) {
    SANJAL_TRY(auto const state, record::find(tx, other));
    if (!state) return false;
    SANJAL_TRY(bool const within, some_unit_reaches_both(tx, one, other));
    if (within) return state->data().text_at("batch").empty();
    if (!one_answers) return false;
    return policy::answers_others(tx, other);
}

Result<std::vector<Likely>> likely_persons(store::Transaction& tx, People const& people, std::string const& id, match::Person const& person) {
    std::vector<Likely> all;
    SANJAL_TRY(bool const answers, policy::answers_others(tx, id));
    for (auto const& candidate : people.search_all(person, looked_at, id)) {
        if (all.size() == told_max) break;
        if (!is_worth_telling(candidate.score)) continue;
        SANJAL_TRY(bool const may, may_be_compared(tx, id, candidate.id, answers));
        if (!may) continue;
        SANJAL_TRY(auto kind, kind_of(tx, id, candidate.id));
        auto const strength = match::strength_of(candidate.score);
        all.push_back({candidate.id, std::move(kind), std::string(match::strength_code(strength == match::Strength::None ? match::Strength::Weak : strength)), codes_of(candidate.score)});
    }
    // The same number to call of two people who are accused, whatever they are called.
    SANJAL_TRY(auto const as, policy::plays(tx, id));
    if (person.phones.empty() || !policy::is_accused(as)) return all;
    match::Person number;
    number.phones = person.phones;
    for (auto const& candidate : people.search_all(number, looked_at, id)) {
        bool const known = std::any_of(all.begin(), all.end(), [&](Likely const& one) { return one.other == candidate.id; });
        if (known || all.size() == 2 * told_max || !is_same_or_close(candidate.score, match::Field::Phone)) continue;
        SANJAL_TRY(auto const plays, policy::plays(tx, candidate.id));
        SANJAL_TRY(bool const may, may_be_compared(tx, id, candidate.id, answers));
        if (may && policy::is_accused(plays)) all.push_back({candidate.id, "phone", "fair", {"phone.same"}});
    }
    return all;
}

// Legs of other journeys with the same vehicle.
Result<std::vector<Likely>> likely_legs(store::Transaction& tx, std::string const& id) {
    std::vector<Likely> all;
    SANJAL_TRY(bool const answers, policy::answers_others(tx, id));
    SANJAL_TRY(auto const others, tx.texts("select distinct b.record from record_search a join record_search b on b.field = a.field and b.value = a.value and b.record <> a.record"
                                           " where a.record = $1 and a.field = 'vehicle' and not exists (select 1 from record_link x join record_link y on y.target = x.target and y.field = 'case'"
                                           " where x.origin = a.record and x.field = 'case' and y.origin = b.record) order by b.record desc limit " + std::to_string(looked_at),
                                           {id}));
    for (auto const& other : others) {
        if (all.size() == told_max) break;
        SANJAL_TRY(bool const may, may_be_compared(tx, id, other, answers));
        if (may) all.push_back({other, "vehicle", "fair", {"vehicle.same"}});
    }
    return all;
}

void add_codes(app::House& house, ledger::NewEntry& entry, std::vector<std::string> const& why) {
    for (auto const& code : why) entry.fields.push_back({"why/" + to_base64url(house.random().bytes(6)), code, "operational"});
}

Result<void> write_down(app::House& house, store::Transaction& tx, std::string const& id, Likely const& likely) {
    SANJAL_TRY(auto const known, casework::match_between(tx, id, likely.other));
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = house.operator_id();
    submission.pack = house.packs().in_force()->reference();
    ledger::NewEntry entry;
    if (!known) {
        entry.verb = "match.found";
        entry.record = house.new_record(tx);
        entry.fields = {{"kind", likely.kind, "operational"}, {"one", id, "operational"}, {"other", likely.other, "operational"}, {"strength", likely.strength, "operational"}};
        add_codes(house, entry, likely.why);
    } else {
        bool const decided = known->state == "different" || known->state == "cannot_say";
        if (!decided || !casework::is_new_evidence(*known, likely.strength, likely.why)) return {};
        entry.verb = "match.renewed";
        entry.record = known->id;
        Json why = Json::list();
        for (auto const& code : likely.why) why.push_back(code);
        entry.fields = {{"strength", likely.strength, "operational"}, {"why", std::move(why), "operational"}};
    }
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return {};
}

// Whether it is to be asked now: never twice for the same statements, and not without end.
Result<bool> is_due(store::Transaction& tx, std::string const& id, Bytes const& print, std::int64_t& times) {
    bool due = true;
    SANJAL_DO(tx.each("select print, times from matching_asked where record = $1", {id}, [&](store::Row const& row) -> Result<void> {
        times = row.integer(1);
        due = row.bytes(0) != print && times < asked_max;
        return {};
    }));
    return due;
}

// Records whose files something new stands in, and that may be asked about.
Result<std::set<std::string>> touched_between(store::Transaction& tx, std::int64_t from, std::int64_t until) {
    SANJAL_TRY(auto const records, tx.texts("select distinct record from ledger_entry where position >= $1 and position < $2", {from, until}));
    SANJAL_TRY(auto const roots, record::roots_of_all(tx, std::set<std::string>(records.begin(), records.end())));
    std::set<std::string> all;
    for (auto const& root : roots) {
        SANJAL_TRY(auto const number, tx.text("select number from record where id = $1 and number is not null", {root}));
        if (!number) continue;
        SANJAL_TRY(auto const people, tx.texts("select distinct p.target from record_link c join record_link p on p.origin = c.origin and p.field = 'person' join record r on r.id = p.target"
                                               " where c.target = $1 and c.field = 'case' and r.batch = ''", {root}));
        SANJAL_TRY(auto const legs, tx.texts("select c.origin from record_link c join record r on r.id = c.origin where c.target = $1 and c.field = 'case' and r.type = 'leg' and r.batch = ''", {root}));
        all.insert(people.begin(), people.end());
        all.insert(legs.begin(), legs.end());
    }
    return all;
}

// What is to be written down of one asking.
struct Asked {
    std::string id;
    Bytes print;
    std::vector<Likely> likely;
};

// That somebody's yes to C_match came asks again as well.
Result<std::optional<Asked>> ask_about(app::House& house, store::Transaction& tx, People const& people, std::string const& id) {
    SANJAL_TRY(auto const state, record::find(tx, id));
    if (!state) return std::optional<Asked>();
    bool const is_leg = state->type() == "leg";
    auto const person = is_leg ? match::Person() : person_of(*state);
    auto const* vehicle = is_leg ? state->value("vehicle") : nullptr;
    if (is_leg ? vehicle == nullptr : person.names.empty() && person.phones.empty()) return std::optional<Asked>();
    SANJAL_TRY(bool const answers, policy::answers_others(tx, id));
    std::string const said = is_leg ? write_json(*vehicle) : print_of(person);
    Asked asked{id, crypto::hmac_sha256(house.keys().derived("matching/asked").view(), said + (answers ? "1" : "0")), {}};
    std::int64_t times = 0;
    SANJAL_TRY(bool const due, is_due(tx, id, asked.print, times));
    if (!due) return std::optional<Asked>();
    SANJAL_TRY(asked.likely, is_leg ? likely_legs(tx, id) : likely_persons(tx, people, id, person));
    return std::optional(std::move(asked));
}

// In the writer: asked again whether it is due, because another process may have been here meanwhile.
Result<void> remember(app::House& house, store::Transaction& tx, Asked const& asked) {
    std::int64_t times = 0;
    SANJAL_TRY(bool const due, is_due(tx, asked.id, asked.print, times));
    if (!due) return {};
    for (auto const& one : asked.likely) SANJAL_DO(write_down(house, tx, asked.id, one));
    return tx.put("insert into matching_asked (record, print, times) values ($1, $2, $3) on conflict (record) do update set print = excluded.print, times = excluded.times",
                  {asked.id, store::Blob{asked.print}, times + 1});
}

}  // namespace

std::span<store::Migration const> asking_migrations() { return of_asking; }

bool is_worth_telling(match::Score const& score) {
    int speaking = 0;
    for (auto const& one : score.all()) speaking += one.field != match::Field::Sex && one.bits > speaking_bits ? 1 : 0;
    auto const strength = match::strength_of(score);
    bool const named = is_same_or_close(score, match::Field::Name) || is_same_or_close(score, match::Field::Alias);
    if ((strength == match::Strength::Strong || strength == match::Strength::Fair) && speaking >= 2) return true;
    auto const all = score.all();
    bool const apart = std::any_of(all.begin(), all.end(), [](match::Evidence const& one) { return one.finding == match::Finding::Apart; });
    return named && !apart && is_same_or_close(score, match::Field::Birth) && is_same_or_close(score, match::Field::Sex);
}

std::vector<std::string> codes_of(match::Score const& score) {
    std::vector<std::string> all;
    for (auto const& one : score.all()) all.push_back(std::string(match::field_code(one.field)) + "." + std::string(match::finding_code(one.finding)));
    std::sort(all.begin(), all.end());
    return all;
}

Result<void> ask(app::House& house, People const& people) {
    auto const pack = house.packs().in_force();
    if (!people.is_whole() || pack == nullptr || pack->type("match") == nullptr) return {};
    std::int64_t from = 0;
    std::int64_t size = 0;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
        size = static_cast<std::int64_t>(frontier.size());
        SANJAL_TRY(auto const turn, tx.integer("select position from matching_turn where name = 'asked'"));
        from = turn.value_or(0);
        return {};
    }));
    if (from >= size) return {};
    std::int64_t const until = std::min(size, from + entries_at_once);
    std::vector<Asked> all;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const touched, touched_between(tx, from, until));
        for (auto const& id : touched) {
            SANJAL_TRY(auto asked, ask_about(house, tx, people, id));
            if (asked) all.push_back(std::move(*asked));
        }
        return {};
    }));
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        for (auto const& asked : all) SANJAL_DO(remember(house, tx, asked));
        return tx.put("insert into matching_turn (name, position) values ('asked', $1) on conflict (name) do update set position = excluded.position", {until});
    }, store::Priority::Low);
}

}  // namespace sanjal::matching
