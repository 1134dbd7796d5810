// The network: peers, agreements, what is shown to whom, what came, and who has a case.  The protocol is sync/; this is who may do
// what of it, and how it is told over HTTP.
#include <mutex>
#include <set>

#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"
#include "features/network/routes.h"
#include "sync/courier_http.h"

namespace sanjal::network {
namespace {

// The first round after a start is with everybody.
sync::Whom whom(app::House& house) {
    static std::mutex mutex;
    static std::set<std::string> begun;
    std::lock_guard const lock(mutex);
    return begun.insert(house.directory()).second ? sync::Whom::All : sync::Whom::Due;
}

void tick(app::House& house, app::Outbound&) {
    auto const ours = house.store().try_lock_forever("network");
    if (!ours || !*ours) return;
    auto const work = [&]() -> Result<void> {
        bool any = false;
        SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const count, tx.integer("select count(*) from network_peer"));
            any = count.value_or(0) > 0;
            return {};
        }));
        if (!any) return {};
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::follow(house, tx); }, store::Priority::Low));
        SANJAL_DO(sync::erase_stopped(house));
        SANJAL_DO(sync::exchange_round(house, whom(house)));
        return {};
    };
    if (auto const done = work(); !done) log::write(log::Level::Alarm, "network.not_done", {{"code", log::Safe::id(done.error().code)}});
}

using app::Method;
using app::Needs;
using app::Run;

constexpr app::Route routes[] = {
    {Method::Get, "/api/v1/peers", "peer.list", Needs::Session, Run::Read, app::answered<list_peers>},
    {Method::Get, "/api/v1/peers/card", "peer.list", Needs::Session, Run::Read, app::answered<card>},
    {Method::Patch, "/api/v1/peers/card", "peer.change", Needs::Session, Run::Write, app::answered<change_card>},
    {Method::Post, "/api/v1/peers", "peer.change", Needs::Session, Run::Write, app::answered<add_peer>},
    app::behind_password({Method::Post, "/api/v1/peers/{id}/confirm", "peer.change", Needs::Session, Run::Write, app::answered<confirm_peer>}),
    {Method::Post, "/api/v1/peers/{id}/stop", "peer.change", Needs::Session, Run::Write, app::answered<stop_peer>},
    {Method::Post, "/api/v1/peers/{id}/bundles", "peer.change", Needs::Session, Run::Write, app::answered<make_bundle>},
    {Method::Get, "/api/v1/peers/{id}/evidence", "peer.list", Needs::Session, Run::Read, app::answered<evidence>},
    {Method::Get, "/api/v1/peers/aside", "peer.list", Needs::Session, Run::Read, app::answered<aside>},
    {Method::Post, "/api/v1/peers/inbox", "peer.inbox", Needs::Nothing, Run::Write, app::answered<inbox>, receive, app::Body::Streamed},
    {Method::Get, "/api/v1/agreements", "agreement.list", Needs::Session, Run::Read, app::answered<list_agreements>},
    app::behind_password({Method::Post, "/api/v1/agreements", "agreement.sign", Needs::Session, Run::Write, app::answered<propose>}),
    app::behind_password({Method::Post, "/api/v1/agreements/{id}/sign", "agreement.sign", Needs::Session, Run::Write, app::answered<sign>}),
    {Method::Post, "/api/v1/agreements/{id}/end", "agreement.sign", Needs::Session, Run::Write, app::answered<end>},
    {Method::Get, "/api/v1/disclosures", "disclosure.list", Needs::Session, Run::Read, app::answered<list_disclosures>},
    app::behind_password({Method::Post, "/api/v1/disclosures", "disclosure.make", Needs::Session, Run::Write, app::answered<make_disclosure>}),
    {Method::Get, "/api/v1/arrivals", "arrival.read", Needs::Session, Run::Read, app::answered<list_arrivals>},
    {Method::Get, "/api/v1/arrivals/{id}", "arrival.read", Needs::Session, Run::Read, app::answered<one_arrival>},
    {Method::Get, "/api/v1/handovers", "custody.list", Needs::Session, Run::Read, app::answered<list_handovers>},
    {Method::Post, "/api/v1/records/{id}/handover", "custody.offer", Needs::Session, Run::Write, app::answered<offer_handover>},
    {Method::Post, "/api/v1/records/{id}/handover/withdraw", "custody.offer", Needs::Session, Run::Write, app::answered<withdraw_handover>},
    {Method::Post, "/api/v1/handovers/{id}/accept", "custody.answer", Needs::Session, Run::Write, app::answered<accept_handover>},
    {Method::Post, "/api/v1/handovers/{id}/decline", "custody.answer", Needs::Session, Run::Write, app::answered<decline_handover>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "network", .routes = routes, .migrations = sync::network_migrations(), .tick = tick};

}  // namespace sanjal::network
