#include "casework/referral.h"

#include <algorithm>

namespace sanjal::casework {
namespace {

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

struct Stored {
    std::string id;
    std::string data;
    static Stored from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1))}; }
};

Result<std::vector<Referral>> read_all(std::vector<Stored> const& rows) {
    std::vector<Referral> all;
    for (auto const& row : rows) {
        SANJAL_TRY(auto const state, record::State::parse(row.data));
        all.push_back(Referral::from_state(row.id, state));
    }
    return all;
}

}  // namespace

Referral Referral::from_state(std::string id, record::State const& state) {
    Referral referral;
    referral.id = std::move(id);
    referral.from = state.unit();
    referral.to = text_of(state, "to");
    referral.asks = text_of(state, "asks");
    for (auto const* cell : state.cells("about")) {
        if (auto const part = cell->text_at("v"); !part.empty()) referral.about.emplace_back(part);
    }
    std::sort(referral.about.begin(), referral.about.end());
    if (auto const until = parse_instant(text_of(state, "until"))) referral.until = milliseconds_of(*until);
    referral.offered = state.created();
    referral.written = state.condition();
    return referral;
}

std::string_view state_of(Referral const& referral, Instant now) {
    bool const waits = referral.written == "offered" || referral.written == "seen";
    return waits && referral.until && milliseconds_of(now) > *referral.until ? std::string_view("expired") : std::string_view(referral.written);
}

bool may_follow(std::string_view state, std::string_view act) {
    bool const waits = state == "offered" || state == "seen";
    if (act == "seen") return state == "offered";
    if (act == "accepted" || act == "declined") return waits;
    if (act == "completed") return state == "accepted";
    return act == "withdrawn" && state != "withdrawn";
}

Result<std::vector<Referral>> referrals_of(store::Transaction& tx, Holder const& holder, bool received) {
    SANJAL_TRY(auto const rows, tx.rows<Stored>("select r.id, r.data from record_reach h join record r on r.id = h.record where h.holder = $1 and h.type = 'referral'"
                                                " and h.relation = $2 order by r.id desc limit 200",
                                                {holder.unit, received ? "referred" : "own"}));
    return read_all(rows);
}

Result<std::vector<Referral>> referrals_about(store::Transaction& tx, std::string const& part) {
    SANJAL_TRY(auto const rows, tx.rows<Stored>("select r.id, r.data from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = 'about'"
                                                " and r.type = 'referral' order by r.id desc limit 200",
                                                {part}));
    return read_all(rows);
}

std::vector<Referral> unanswered(std::vector<Referral> const& sent, Instant now) {
    std::vector<Referral> all;
    for (auto const& one : sent) {
        auto const state = state_of(one, now);
        if (state != "declined" && state != "expired") continue;
        bool const asked_again = std::any_of(sent.begin(), sent.end(), [&](Referral const& other) {
            return other.id > one.id && other.asks == one.asks && other.about == one.about;  // ids are in the order of time
        });
        if (!asked_again) all.push_back(one);
    }
    return all;
}

}  // namespace sanjal::casework
