#include "app/escrow.h"

#include <algorithm>

#include "crypto/seal.h"

namespace sanjal::app {
namespace {

constexpr std::int64_t reset_ms = std::int64_t{24} * 60 * 60 * 1000;
constexpr std::size_t officers_max = 8;

struct Officer {
    std::string actor;
    crypto::BoxPublicKey box;
};

bool is_true(Json const* value) { return value != nullptr && value->is_bool() && value->boolean(); }

// The nodal officers and the heads of that unit, less one and those who are suspended.
Result<std::vector<Officer>> officers_for(House& house, policy::Actor const& actor) {
    std::vector<Officer> all;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) {
        return tx.each("select id, data from record where type = 'actor' order by id", {}, [&](store::Row const& row) -> Result<void> {
            SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
            auto const* unit = state.value("unit");
            auto const* box = state.value("box");
            bool const heads = is_true(state.value("heads_unit")) && unit != nullptr && unit->is_text() && unit->text() == actor.unit;
            if (row.text(0) == actor.id || box == nullptr || is_true(state.value("suspended")) || (!is_true(state.value("nodal")) && !heads)) return {};
            SANJAL_TRY(auto const key, crypto::box_from_jwk(*box));
            all.push_back({std::string(row.text(0)), key});
            return {};
        });
    }));
    if (all.size() > officers_max) all.erase(all.begin() + officers_max, all.end());
    return all;
}

struct Half {
    std::string first, second;
    Bytes to_first, to_second;
    static Half from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1)), Bytes(row.bytes(2)), Bytes(row.bytes(3))}; }
};

Result<std::vector<Half>> halves_of(House& house, std::string const& actor) {
    std::vector<Half> halves;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(halves, tx.rows<Half>("select first, second, to_first, to_second from account_escrow where actor = $1 order by first, second", {actor}));
        return {};
    }));
    return halves;
}

Bytes joined(std::string_view a, std::string_view b) {
    Bytes out(a);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

}  // namespace

Result<void> keep_escrow(House& house, Proven const& proven) {
    SANJAL_TRY(auto const officers, officers_for(house, proven.actor));
    SANJAL_TRY(auto const there, halves_of(house, proven.actor.id));
    std::vector<std::pair<std::string, std::string>> wanted, kept;
    for (std::size_t i = 0; i < officers.size(); ++i) {
        for (std::size_t j = i + 1; j < officers.size(); ++j) wanted.emplace_back(officers[i].actor, officers[j].actor);
    }
    for (auto const& half : there) kept.emplace_back(half.first, half.second);
    if (wanted == kept) return {};
    return house.key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.put("delete from account_escrow where actor = $1", {proven.actor.id}));
        for (std::size_t i = 0; i < officers.size(); ++i) {
            for (std::size_t j = i + 1; j < officers.size(); ++j) {
                Bytes const one = house.random().bytes(proven.box_secret.size());
                Bytes const other = joined(one, proven.box_secret);
                SANJAL_DO(tx.put("insert into account_escrow (actor, first, second, to_first, to_second) values ($1, $2, $3, $4, $5)",
                                 {proven.actor.id, officers[i].actor, officers[j].actor, store::Blob{crypto::box_seal(officers[i].box, one, house.random())},
                                  store::Blob{crypto::box_seal(officers[j].box, other, house.random())}}));
            }
        }
        return {};
    });
}

Result<void> begin_reset(House& house, std::string const& actor, std::string const& officer, crypto::BoxKey const& key) {
    SANJAL_TRY(auto const halves, halves_of(house, actor));
    Json shares = Json::list();
    for (auto const& half : halves) {
        if (half.first != officer && half.second != officer) continue;
        std::string const other = half.first == officer ? half.second : half.first;
        SANJAL_TRY(auto const own, crypto::box_open(key, half.first == officer ? half.to_first : half.to_second));
        std::optional<crypto::BoxPublicKey> to;
        SANJAL_DO(house.key_store().read([&](store::Transaction& tx) {
            return tx.each("select box_public from account where actor = $1", {other}, [&](store::Row const& row) -> Result<void> {
                SANJAL_TRY(to, crypto::BoxPublicKey::from_bytes(row.bytes(0)));
                return {};
            });
        }));
        if (to) shares.push_back(Json::object({{"to", other}, {"box", to_base64url(crypto::box_seal(*to, own, house.random()))}}));
    }
    if (shares.items().empty()) {
        return fail(Fault::Conflict, "reset.no_halves", "This takes two officers (nodal officers, or the head of the unit) who were officers when this person last signed in. There are none, so a new account must be made.");
    }
    return house.key_store().change([&](store::Transaction& tx) {
        return tx.put("insert into account_reset (actor, officer, shares, at) values ($1, $2, $3, $4) on conflict (actor) do update set officer = excluded.officer,"
                      " shares = excluded.shares, at = excluded.at",
                      {actor, officer, write_json(shares), milliseconds_of(house.clock().now())});
    });
}

Result<std::string> finish_reset(House& house, std::string const& actor, std::string const& officer, crypto::BoxKey const& key, Renewed const& renewed) {
    std::string first;
    std::string shares_text;
    Bytes box_public;
    std::int64_t const now = milliseconds_of(house.clock().now());
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.each("select officer, shares from account_reset where actor = $1 and at > $2", {actor, now - reset_ms}, [&](store::Row const& row) -> Result<void> {
            first = row.text(0);
            shares_text = row.text(1);
            return {};
        }));
        return tx.each("select box_public from account where actor = $1", {actor}, [&](store::Row const& row) -> Result<void> {
            box_public = Bytes(row.bytes(0));
            return {};
        });
    }));
    if (first.empty()) return fail(Fault::Conflict, "reset.not_begun", "No other officer has begun this today. One begins it, and another one ends it.");
    if (first == officer) return fail(Fault::Conflict, "reset.same_officer", "You began this yourself: it takes another officer to end it.");
    SANJAL_TRY(auto const shares, parse_json(shares_text));
    SANJAL_TRY(auto const halves, halves_of(house, actor));
    std::optional<Bytes> own;
    for (auto const& half : halves) {
        bool const is_first = half.first == officer && half.second == first;
        if (!is_first && !(half.second == officer && half.first == first)) continue;
        SANJAL_TRY(own, crypto::box_open(key, is_first ? half.to_first : half.to_second));
    }
    std::optional<Bytes> others;
    for (auto const& share : shares.items()) {
        if (share.text_at("to") != officer) continue;
        SANJAL_TRY(auto const sealed, from_base64url(share.text_at("box")));
        SANJAL_TRY(others, crypto::box_open(key, sealed));
    }
    if (!own || !others || own->size() != others->size()) return fail(Fault::Conflict, "reset.not_begun", "No other officer has begun this today. One begins it, and another one ends it.");
    Bytes secret = joined(*own, *others);
    auto const box = crypto::BoxKey::from_secret(secret);
    crypto::wipe(secret);
    if (!box || box->public_key().bytes() != box_public) return fail(Fault::Corrupt, "reset.halves", "The two halves do not make this person's key. Begin again with other officers.");
    Bytes const wrapped = crypto::seal(renewed.made.key, box->secret(), "sanjal/account/" + actor, house.random());
    SANJAL_DO(house.key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.put("delete from account_reset where actor = $1", {actor}));
        return tx.put("update account set password = $1, box_wrapped = $2, failures = 0, closed_until = 0 where actor = $3", {renewed.made.record.to_text(), store::Blob{wrapped}, actor});
    }));
    return first;
}

}  // namespace sanjal::app
