#include "sync/courier_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/log.h"

namespace sanjal::sync {
namespace {

constexpr long connect_ms = 5'000;
constexpr long whole_ms = 30'000;
constexpr std::int64_t beat_ms = 10 * 60'000;       // also when there is nothing new: checkpoints meet, and silence says nothing
constexpr std::int64_t pause_max_ms = 10 * 60'000;
constexpr int bundles_at_once = 16;

std::size_t take_bytes(char* data, std::size_t size, std::size_t count, void* to) {
    auto& body = *static_cast<Bytes*>(to);
    if (body.size() + size * count > bundle_bytes_max) return 0;
    body.append(data, size * count);
    return size * count;
}

tl::unexpected<Error> no_answer(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return fail(Fault::Io, "line.no_such_name", "There is no computer of that name. Is the address on its card right?");
        case CURLE_COULDNT_CONNECT: return fail(Fault::Io, "line.refused", "Nobody answers at that address. Is the other node on, and does a firewall stand between?");
        case CURLE_OPERATION_TIMEDOUT: return fail(Fault::Io, "line.slow", "The other node did not answer in time.");
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR: return fail(Fault::Io, "line.certificate", "Another computer answers at that address than the one on the card.");
        default: return fail(Fault::Io, "line.broken", "The line broke off. It will be tried again.");
    }
}

// What the other side said where it did not send a bundle back: a code of ours, or the status.
std::string trouble_of(Answered const& answer) {
    auto const said = parse_json(answer.body, {64U << 10U, 16});
    for (char const* name : {"aside", "code"}) {
        if (said && !said->text_at(name).empty()) return std::string(said->text_at(name).substr(0, 60));
    }
    return "line.status_" + std::to_string(answer.status);
}

std::int64_t pause_after(std::int64_t failures) { return std::min(pause_max_ms, std::int64_t{2000} << std::min<std::int64_t>(failures, 9)); }

Result<void> remember(app::House& house, std::string const& node, std::string const& trouble, std::int64_t told) {
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto peer, find_peer(tx, node));
        if (!peer) return {};
        auto const now = milliseconds_of(house.clock().now());
        peer->trouble = trouble;
        peer->failures = trouble.empty() ? 0 : peer->failures + 1;
        peer->next_try = now + (trouble.empty() ? beat_ms : pause_after(peer->failures));
        peer->told = std::max(peer->told, told);
        return save_peer(tx, *peer);
    }, store::Priority::Low);
}

Result<void> take_answer(app::House& house, Bytes const& bytes) {
    SANJAL_TRY(auto const arrived, open_arrived(house, bytes));
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(take(house, tx, arrived));
        return {};
    });
}

// All that waits for one peer, bundle by bundle.  The Error's code is what stands in the list of peers.
Result<void> exchange_with(app::House& house, Peer const& peer) {
    std::int64_t from = 0;
    for (int count = 0; count < bundles_at_once; ++count) {
        Outgoing out;
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(out, compose(house, tx, peer.node, from));
            return {};
        }));
        std::optional<Answered> answer;
        Result<void> reached = fail(Fault::Io, "line.no_address", "The card of this node names no address. Carry bundles on a stick, or ask for a new card.");
        for (auto const& address : peer.addresses) {
            auto posted = post_bundle(address, out.bundle);
            if (posted) {
                answer = std::move(*posted);
                break;
            }
            reached = fail(posted.error());
        }
        if (!answer) return reached;
        if (answer->status != 200 || answer->media != "application/octet-stream") return fail(Fault::Io, trouble_of(*answer), "The other node did not take it.");
        SANJAL_DO(take_answer(house, answer->body));
        if (!out.more) return {};
        from = out.next;
    }
    return {};
}

}  // namespace

Result<Answered> post_bundle(std::string const& address, Bytes const& bundle) {
    static bool const ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    SANJAL_CHECK(ready);
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const curl(curl_easy_init(), &curl_easy_cleanup);
    if (curl == nullptr) return fail(Fault::Internal, "line.none", "There is no memory for a connection.");
    auto const hash = address.find('#');
    std::string url = address.substr(0, hash);
    while (!url.empty() && url.back() == '/') url.pop_back();
    url += "/api/v1/peers/inbox";
    Answered answer;
    curl_slist* const list = curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/octet-stream"), "Expect:");
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> const headers(list, &curl_slist_free_all);
    auto* const c = curl.get();
    curl_easy_setopt(c, CURLOPT_URL, url.c_str());
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, whole_ms);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, bundle.data());
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bundle.size()));
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer.body);
    std::string pinned;
    if (hash != std::string::npos && url.starts_with("https://")) {
        auto const pin = from_base64url(address.substr(hash + 1));
        if (!pin || pin->size() != 32) return fail(Fault::Invalid, "line.certificate", "The key behind the address on the card is not one.");
        pinned = "sha256//" + to_base64(*pin);
        curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, pinned.c_str());
        curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);  // the pin says more than any authority
        curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
        curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    }
    auto const code = curl_easy_perform(c);
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status == 0) return no_answer(code);
    char const* media = nullptr;
    curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &media);
    answer.status = static_cast<int>(status);
    answer.media = media != nullptr ? media : "";
    answer.media = answer.media.substr(0, answer.media.find(';'));
    return answer;
}

Result<std::int64_t> exchange_round(app::House& house, Whom whom) {
    auto const now = milliseconds_of(house.clock().now());
    std::vector<Peer> due;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const all, peers(tx));
        for (auto const& peer : all) {
            if (!peer.confirmed || !peer.stopped.empty() || peer.addresses.empty()) continue;
            SANJAL_TRY(bool const news, has_something_to_say(tx, peer));
            if (whom == Whom::All || now >= peer.next_try || (news && peer.failures == 0)) due.push_back(peer);
        }
        return {};
    }));
    std::int64_t reached = 0;
    for (auto const& peer : due) {
        auto const done = exchange_with(house, peer);
        if (!done) log::write(log::Level::Warning, "peer.not_reached", {{"code", log::Safe::id(done.error().code)}});
        reached += done ? 1 : 0;
        SANJAL_DO(remember(house, peer.node, done ? std::string() : done.error().code, done ? peer.received : 0));
    }
    return reached;
}

}  // namespace sanjal::sync
