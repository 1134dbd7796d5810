#include "casework/custody.h"

namespace sanjal::casework {

Custody Custody::from_state(record::State const& state) {
    Custody custody;
    // A record that stands for a case of another node: it is there until it was taken.
    if (state.type() == "custody") custody.here = false;
    auto const* events = state.data().find("events");
    for (auto const& event : events != nullptr ? events->items() : Json::List()) {
        auto const verb = event.text_at("do");
        auto const turn = event.integer_at("turn");
        std::string const peer(event.text_at("peer"));
        if (verb == "custody.offered") {
            custody.offered_to = peer;
        } else if (verb == "custody.asked") {
            if (turn <= custody.turn) continue;
            custody.offer_from = peer;
            custody.accepted = false;
            if (custody.with.empty() && !custody.here) custody.with = peer;
        } else if (verb == "custody.accepted") {
            custody.accepted = true;
        } else if (verb == "custody.handed") {
            custody = {turn, false, peer, {}, {}, false};
        } else if (verb == "custody.taken") {
            custody = {turn, true, {}, {}, {}, false};
        } else if (verb == "custody.declined" || verb == "custody.withdrawn" || verb == "custody.ended") {
            // By us, of what was asked of us or what we asked; ended: the other side did.
            custody.offered_to.clear();
            custody.offer_from.clear();
            custody.accepted = false;
        }
    }
    return custody;
}

Result<bool> is_elsewhere(store::Transaction& tx, std::set<std::string> const& records) {
    bool any = false;
    SANJAL_DO(tx.each("select 1 from casework_elsewhere limit 1", {}, [&](store::Row const&) -> Result<void> {
        any = true;
        return {};
    }));
    if (!any) return false;
    SANJAL_TRY(auto const roots, record::roots_of_all(tx, records));
    bool elsewhere = false;
    for (auto const& root : roots) {
        SANJAL_DO(tx.each("select 1 from casework_elsewhere where record = $1", {root}, [&](store::Row const&) -> Result<void> {
            elsewhere = true;
            return {};
        }));
    }
    return elsewhere;
}

Result<void> derive_custody(store::Transaction& tx, std::string const& record, record::State const& state) {
    auto const custody = Custody::from_state(state);
    // What began elsewhere stands on the case that was made of it here.
    std::string subject = record;
    if (state.type() == "custody") {
        auto const* local = state.value("case");
        if (local == nullptr || !local->is_text()) return {};
        subject = local->text();
    }
    SANJAL_DO(tx.put("delete from casework_elsewhere where record = $1", {subject}));
    if (custody.here) return {};
    return tx.put("insert into casework_elsewhere (record, node, turn) values ($1, $2, $3)", {subject, custody.with, custody.turn});
}

}  // namespace sanjal::casework
