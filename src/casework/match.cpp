#include "casework/match.h"

#include <algorithm>

namespace sanjal::casework {
namespace {

constexpr char const* happened[] = {"match.decided", "match.confirmed", "match.undone", "match.renewed"};

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

std::vector<std::string> codes_of(Json const* list) {
    std::vector<std::string> all;
    for (auto const& one : list != nullptr && list->is_list() ? list->items() : Json::List()) {
        if (one.is_text()) all.push_back(one.text());
    }
    return all;
}

int rank(std::string_view strength) { return strength == "strong" ? 3 : strength == "fair" ? 2 : strength == "weak" ? 1 : 0; }

struct Stored {
    std::string id;
    std::string data;
    static Stored from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1))}; }
};

Result<std::vector<Match>> read_all(std::vector<Stored> const& rows) {
    std::vector<Match> all;
    for (auto const& row : rows) {
        SANJAL_TRY(auto const state, record::State::parse(row.data));
        all.push_back(Match::from_state(row.id, state));
    }
    return all;
}

}  // namespace

Match Match::from_state(std::string id, record::State const& state) {
    Match match;
    match.id = std::move(id);
    match.kind = text_of(state, "kind");
    match.one = text_of(state, "one");
    match.other = text_of(state, "other");
    match.strength = text_of(state, "strength");
    for (auto const* cell : state.cells("why")) match.why.emplace_back(cell->text_at("v"));
    match.state = state.condition();
    match.since = state.created();
    std::vector<Json const*> events;
    for (char const* verb : happened) {
        auto const some = state.events(verb);
        events.insert(events.end(), some.begin(), some.end());
    }
    std::sort(events.begin(), events.end(), [](Json const* a, Json const* b) { return a->integer_at("p") < b->integer_at("p"); });
    for (auto const* event : events) {
        match.steps.push_back({std::string(event->text_at("do").substr(6)), std::string(event->text_at("decision")), std::string(event->text_at("b")),
                               std::string(event->text_at("reads")), std::string(event->text_at("words")), event->integer_at("t")});
        if (event->text_at("do") != "match.renewed") continue;
        match.strength = event->text_at("strength");
        match.why = codes_of(event->find("why"));
        match.since = event->integer_at("t");
    }
    std::sort(match.why.begin(), match.why.end());
    return match;
}

Match::Step const* Match::proposal() const {
    if (state != "one_person" || steps.empty()) return nullptr;
    return &steps.back();
}

bool read_both(std::string_view first, std::string_view second) { return first == "both" || second == "both" || (first != second && !first.empty() && !second.empty()); }

bool is_new_evidence(Match const& match, std::string_view strength, std::vector<std::string> const& why) {
    if (rank(strength) > rank(match.strength)) return true;
    return std::any_of(why.begin(), why.end(), [&](std::string const& code) {
        bool const speaks_for = code.size() < 6 || code.compare(code.size() - 6, 6, ".apart") != 0;
        return speaks_for && std::find(match.why.begin(), match.why.end(), code) == match.why.end();
    });
}

Result<std::optional<Match>> find_match(store::Transaction& tx, std::string const& id) {
    SANJAL_TRY(auto const state, record::find(tx, id));
    if (!state || state->type() != "match") return std::optional<Match>();
    return std::optional(Match::from_state(id, *state));
}

Result<std::vector<Match>> matches_about(store::Transaction& tx, std::string const& record) {
    SANJAL_TRY(auto const rows, tx.rows<Stored>("select distinct r.id, r.data from record_link l join record r on r.id = l.origin where l.target = $1 and l.field in ('one', 'other')"
                                                " and r.type = 'match' order by r.id desc limit 200",
                                                {record}));
    return read_all(rows);
}

Result<std::optional<Match>> match_between(store::Transaction& tx, std::string const& one, std::string const& other) {
    SANJAL_TRY(auto const rows, tx.rows<Stored>("select r.id, r.data from record_link a join record_link b on b.origin = a.origin and b.field in ('one', 'other') join record r on r.id = a.origin"
                                                " where a.target = $1 and a.field in ('one', 'other') and b.target = $2 and r.type = 'match' order by r.id limit 1",
                                                {one, other}));
    SANJAL_TRY(auto all, read_all(rows));
    if (all.empty()) return std::optional<Match>();
    return std::optional(std::move(all.front()));
}

}  // namespace sanjal::casework
