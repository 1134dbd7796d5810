#include "policy/agreement.h"

#include <algorithm>
#include <chrono>

#include "crypto/hash.h"
#include "rules/clock.h"

namespace sanjal::policy {
namespace {

std::string text_in(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

Result<Instant> after(Instant from, Json const& lasts) {
    using Unit = rules::ClockRule::Unit;
    SANJAL_TRY(auto const length, rules::parse_duration(lasts));
    auto const [count, unit] = length;
    auto const day = std::chrono::floor<std::chrono::days>(from);
    std::chrono::year_month_day date(day);
    if (unit == Unit::Year) date += std::chrono::years(static_cast<int>(count));
    else if (unit == Unit::Month) date += std::chrono::months(static_cast<int>(count));
    else if (unit == Unit::Day) return from + std::chrono::days(count);
    else if (unit == Unit::Hour) return from + std::chrono::hours(count);
    else return fail(Fault::Invalid, "agreement.until", "This agreement of the pack does not say for how many days, months or years it lasts. Name its end.", "/until");
    if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
    return Instant(std::chrono::sys_days(date)) + (from - Instant(day));
}

Result<void> check_between(Json const& terms, std::string_view here, std::string_view there) {
    auto const* between = terms.find("between");
    if (between == nullptr) return {};
    std::vector<std::string> wanted;
    for (auto const& one : between->items()) wanted.push_back(one.text());
    std::vector<std::string> two{std::string(here), std::string(there)};
    std::sort(wanted.begin(), wanted.end());
    std::sort(two.begin(), two.end());
    if (wanted != two) return fail(Fault::Invalid, "agreement.between", "This agreement is between other countries than those of the two nodes. Choose another one.", "/agreement");
    return {};
}

}  // namespace

Agreement Agreement::from_state(std::string record, record::State const& state) {
    Agreement agreement;
    agreement.record = std::move(record);
    agreement.shared = text_in(state, "agreement");
    agreement.peer = text_in(state, "peer");
    agreement.name = text_in(state, "name");
    agreement.desk = state.unit();
    if (auto const* terms = state.value("terms")) agreement.terms = *terms;
    agreement.digest = digest_of(agreement.terms);
    // A signature counts for these very terms.
    agreement.signed_here = text_in(state, "signed_here") == agreement.digest;
    agreement.signed_there = text_in(state, "signed_there") == agreement.digest;
    agreement.ended = state.value("ended") != nullptr || !state.cells("ended").empty();
    return agreement;
}

std::string digest_of(Json const& terms) { return to_base64url(crypto::sha256(write_json_sorted(terms))); }

std::string_view state_of(Agreement const& agreement, Instant now) {
    if (agreement.ended) return "ended";
    auto const from = parse_instant(agreement.terms.text_at("from"));
    auto const until = parse_instant(agreement.terms.text_at("until"));
    if (!from || !until || now >= *until) return "over";
    if (!agreement.signed_here) return "offered";
    return agreement.signed_there && now >= *from ? "live" : "signed";
}

Result<Json> make_terms(pack::Pack const& pack, std::string_view name, std::string_view here, std::string_view there, Instant from, std::optional<Instant> until) {
    auto const* all = pack.document.find("agreements");
    auto const* agreement = all != nullptr ? all->find(name) : nullptr;
    if (agreement == nullptr) return fail(Fault::Invalid, "agreement.none", "The pack in force has no agreement of that name. Choose one of its list.", "/agreement");
    Json terms = *agreement;
    SANJAL_DO(check_between(terms, here, there));
    auto const* lasts = terms.find("lasts");
    SANJAL_TRY(auto const latest, after(from, lasts != nullptr ? *lasts : Json()));
    if (!until) until = latest;
    if (*until <= from || *until > latest) return fail(Fault::Invalid, "agreement.until", "An agreement ends after it begins, and not later than the pack allows.", "/until");
    terms.set("from", format_instant(from)).set("until", format_instant(*until));
    return terms;
}

Result<std::vector<Agreement>> agreements(store::Transaction& tx) {
    std::vector<Agreement> all;
    SANJAL_DO(tx.each("select id, data from record where type = 'agreement' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        all.push_back(Agreement::from_state(std::string(row.text(0)), state));
        return {};
    }));
    return all;
}

Result<Agreement> load_agreement(store::Transaction& tx, std::string_view record) {
    SANJAL_TRY(auto const state, record::find(tx, record));
    if (!state || state->type() != "agreement") return fail(Fault::NotFound, "agreement.none", "There is no such agreement.");
    return Agreement::from_state(std::string(record), *state);
}

Result<std::vector<Agreement>> live_agreements(store::Transaction& tx, std::string_view peer, Instant now) {
    SANJAL_TRY(auto all, agreements(tx));
    std::erase_if(all, [&](Agreement const& one) { return one.peer != peer || state_of(one, now) != "live"; });
    return all;
}

Result<void> may_ask_unit(store::Transaction& tx, record::State const& unit, std::string_view unit_id, Instant now) {
    if (text_in(unit, "kind") != "peer") return {};
    std::string peer;
    SANJAL_DO(tx.each("select data from record where type = 'peer'", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(0)));
        if (text_in(state, "unit") == unit_id && text_in(state, "stopped").empty()) peer = text_in(state, "node");
        return {};
    }));
    SANJAL_TRY(auto const live, live_agreements(tx, peer, now));
    if (live.empty()) return fail(Fault::Conflict, "agreement.not_live", "There is no agreement in force with this node. The nodal officers of both sides sign one first.", "/to");
    return {};
}

}  // namespace sanjal::policy
