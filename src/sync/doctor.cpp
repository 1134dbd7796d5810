#include "sync/doctor.h"

#include "policy/agreement.h"

namespace sanjal::sync {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = std::int64_t{24} * 60 * minute_ms;

std::string_view words_for(std::string_view trouble) {
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"line.no_such_name", "There is no computer of the name on the card. Ask the other side for a new card, or carry bundles on a stick."},
        {"line.refused", "Nobody answers at the address on the card. Is the other node switched on? If it is, a firewall stands between: ask whoever keeps the network to open that port, or carry bundles on a stick."},
        {"line.slow", "The line is there, but the other node does not answer in time. It is tried again by itself."},
        {"line.certificate", "Another computer answers at that address than the one whose key stands on the card. Call them by telephone; do not go on before it is clear who answers."},
        {"line.no_address", "The card names no address, so this node cannot call the other one. Wait until it calls, or carry bundles on a stick."},
        {"bundle.unknown_sender", "The other node does not know this one yet: somebody there must take in this node's card and compare the words."},
        {"peer.not_confirmed", "On the other side nobody has compared the words of the two cards yet."},
        {"peer.stopped", "The other side has stopped the exchange with this node. Call them."},
        {"peer.quota", "This node has sent as much today as the other takes in a day. The rest goes tomorrow by itself."},
        {"store.disk_full", "The disk is full. Make room; nothing that was taken in is lost."},
        {"ledger.behind_peer", "The other node remembers more of this node's ledger than is here: an older copy was put in place. Stop this node, and use the newest copy, or sanjal restore."},
    };
    for (auto const& [code, says] : words) {
        if (code == trouble) return says;
    }
    return "It did not work, and it is tried again by itself. If it stays like this, carry bundles on a stick.";
}

}  // namespace

Result<std::vector<Finding>> findings(app::House& house, store::Transaction& tx, Peer const& peer) {
    auto const now = milliseconds_of(house.clock().now());
    std::vector<Finding> all;
    if (peer.stopped == "peer.forked") {
        all.push_back({"peer.forked", "This node has shown two different histories. The exchange with it is stopped, with no other; the evidence can be given to anybody.", true});
    } else if (!peer.stopped.empty()) {
        all.push_back({"peer.stopped", "The exchange with this node was stopped here.", true});
    }
    if (!peer.confirmed) all.push_back({"peer.not_confirmed", "Read each other the eight words of the two cards and type them in; before that nothing goes.", true});
    SANJAL_TRY(auto const live, policy::live_agreements(tx, peer.node, house.clock().now()));
    if (peer.confirmed && live.empty()) all.push_back({"agreement.not_live", "There is no agreement in force, so nothing about anybody goes. The nodal officers of both sides sign one.", true});
    if (!peer.trouble.empty()) all.push_back({peer.trouble, std::string(words_for(peer.trouble)), false});
    if (peer.last_in > 0 && (peer.clock_ahead > 5 * minute_ms || peer.clock_ahead < -5 * minute_ms)) {
        all.push_back({"clock.apart", "The clocks of the two nodes are " + std::to_string((peer.clock_ahead < 0 ? -peer.clock_ahead : peer.clock_ahead) / minute_ms) +
                                          " minutes apart: " +
                                          (peer.clock_ahead > 0 ? "the other one is ahead, or this one is behind." : "the other one is behind, or the bundle was long on its way.") + " Set the one that is wrong."});
    }
    SANJAL_TRY(auto const held, tx.integer("select count(*) from network_inbox where peer = $1", {peer.node}));
    std::string const next = std::to_string(peer.received + 1);
    if (held.value_or(0) > 0) {
        all.push_back({"message.missing", "Message " + next + " has not come yet; " + std::to_string(held.value_or(0)) + " that come after it wait. If it was on a stick, take that stick in, or ask for a new bundle."});
    }
    SANJAL_TRY(auto const oldest, tx.integer("select min(queued) from network_outbox where peer = $1 and acked = 0", {peer.node}));
    if (oldest && now - *oldest > day_ms) all.push_back({"message.unheard", "Something has waited for more than a day without a word that it arrived."});
    if (!peer.late.members().empty()) all.push_back({"checkpoint.late", "An older bundle came late. With the next one it is proven that it belongs to the same history."});
    SANJAL_TRY(auto const asked, tx.integer(
        "select count(*) from record r where r.type = 'disclosure' and r.data like '%\"stopped\"%' and r.data not like '%\"receipt\"%' and r.data like '%' || $1 || '%'", {peer.node}));
    if (asked.value_or(0) > 0) all.push_back({"erasure.unanswered", "It was asked to erase " + std::to_string(asked.value_or(0)) + " of the things it was shown, and has not answered yet."});
    return all;
}

}  // namespace sanjal::sync
