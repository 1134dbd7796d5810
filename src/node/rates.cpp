#include "node/rates.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "http/limits.h"

namespace sanjal::node {
namespace {

constexpr Bucket by_address{60, 60};
constexpr Bucket by_name{30, 60};
constexpr Bucket joining{2, 10};
constexpr Bucket arriving{20, 20};  // a whole office comes through one router; a code has 80 bits
constexpr std::int64_t kept_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::int64_t one = 60'000;  // a token, so that per_minute tokens come in a minute of milliseconds

}  // namespace

Result<void> take(store::Transaction& tx, std::string_view what, std::string_view whose, Bucket const& bucket, Instant now) {
    std::string const name = std::string(what) + "." + to_base64url(crypto::sha256(whose)).substr(0, 22);
    std::int64_t const at = milliseconds_of(now);
    std::int64_t tokens = bucket.burst * one;
    SANJAL_DO(tx.each("select tokens, at from rate where name = $1", {name}, [&](store::Row const& row) -> Result<void> {
        std::int64_t const passed = std::clamp<std::int64_t>(at - row.integer(1), 0, kept_ms);
        tokens = std::min(tokens, row.integer(0) + passed * bucket.per_minute);
        return {};
    }));
    if (tokens < one) {
        std::int64_t const seconds = (one - tokens + bucket.per_minute * 1000 - 1) / (bucket.per_minute * 1000);
        return fail(Fault::TooMany, "rate." + std::string(what), "This came too often in a short time. Wait a little and try again; what you typed is kept.", std::to_string(seconds));
    }
    return tx.put("insert into rate (name, tokens, at) values ($1, $2, $3) on conflict (name) do update set tokens = excluded.tokens, at = excluded.at", {name, tokens - one, at});
}

Result<void> may_try(app::House& house, app::Request const& request, app::Guard guard) {
    if (guard == app::Guard::None) return {};
    bool const here = http::is_loopback(request.peer) && !house.limits().loopback_too;
    std::string user;
    if (auto const body = parse_json(request.body); guard == app::Guard::SignIn && body) user = body->text_at("user").substr(0, 64);
    if (here && user.empty()) return {};
    Instant const now = house.clock().now();
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.put("delete from rate where at < $1", {milliseconds_of(now) - kept_ms}));
        if (guard == app::Guard::Arrive) return here ? Result<void>{} : take(tx, "arriving", request.peer, arriving, now);
        if (guard == app::Guard::Join) return here ? Result<void>{} : take(tx, "joining", request.peer, joining, now);
        if (!here) SANJAL_DO(take(tx, "address", request.peer, by_address, now));
        return user.empty() ? Result<void>{} : take(tx, "account", user, by_name, now);
    });
}

Result<void> may_write(app::House& house, store::Transaction& tx, std::string const& actor) {
    auto const per_minute = house.limits().writes_per_minute;
    if (per_minute == 0) return {};
    return take(tx, "writing", actor, {per_minute, per_minute}, house.clock().now());
}

}  // namespace sanjal::node
