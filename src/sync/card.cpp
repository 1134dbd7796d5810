// A node's card: made, read, compared.
#include <algorithm>

#include "base/spoken.h"
#include "crypto/age.h"
#include "crypto/hash.h"
#include "crypto/jws.h"
#include "sync/peer.h"

namespace sanjal::sync {
namespace {

constexpr std::string_view card_type = "card+jwt";
constexpr std::size_t addresses_max = 8;
constexpr std::size_t keys_max = 200;

tl::unexpected<Error> malformed(std::string where) {
    return fail(Fault::Invalid, "card.malformed", "This is not a whole card of a node. Ask for it again: the file, or the whole text under its picture.", std::move(where));
}

bool is_address(std::string_view text) {
    if (text.size() > 300 || !(text.starts_with("http://") || text.starts_with("https://"))) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

}  // namespace

Result<std::vector<KeyEntry>> own_keys(app::House& house, store::Transaction& tx) {
    std::vector<std::int64_t> positions;
    SANJAL_DO(tx.each("select introduced, retired from ledger_signer where issuer = $1 order by introduced", {house.ledger().node()}, [&](store::Row const& row) -> Result<void> {
        positions.push_back(row.integer(0));
        if (!row.is_null(1)) positions.push_back(row.integer(1));
        return {};
    }));
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    std::vector<KeyEntry> keys;
    for (auto const position : positions) {
        SANJAL_TRY(auto compact, house.ledger().compact(tx, position, [](std::string_view, std::string_view) { return true; }));
        keys.push_back({position, std::move(compact)});
    }
    return keys;
}

Result<ledger::Signers> learn_keys(std::string const& node, std::vector<KeyEntry> const& keys) {
    ledger::Signers signers(node);
    std::int64_t before = -1;
    for (auto const& one : keys) {
        if (one.position <= before) return fail(Fault::Invalid, "card.not_proven", "The history of this node's keys is not in order.");
        before = one.position;
        SANJAL_TRY(auto const parsed, crypto::parse(one.compact));
        SANJAL_TRY(auto const key, signers.key_for(parsed, one.position));
        if (!crypto::verify(parsed, key)) return fail(Fault::Invalid, "card.not_proven", "The history of this node's keys does not hold: a signature in it is wrong.");
        SANJAL_DO(signers.learn(parsed, one.position));
    }
    return signers;
}

Result<std::string> own_card(app::House& house, store::Transaction& tx) {
    SANJAL_TRY(auto const transport, house.keys().signing_key("transport"));
    SANJAL_TRY(auto const bundle, bundle_key(house));
    SANJAL_TRY(auto const keys, own_keys(house, tx));
    Json chain = Json::list();
    for (auto const& one : keys) chain.push_back(Json::list({one.position, one.compact}));
    Json addresses = Json::list();
    SANJAL_TRY(auto const given, tx.text("select addresses from network_self where one = 1"));
    if (given) {
        SANJAL_TRY(addresses, parse_json(*given));
    }
    Json payload = Json::object({{"card", 1}, {"node", house.ledger().node()}, {"name", house.description().text_at("name")}, {"country", house.description().text_at("country")},
                                 {"addresses", std::move(addresses)}, {"bundle", crypto::age_recipient(bundle.public_key())}, {"keys", std::move(chain)}});
    return crypto::sign_jws(card_type, crypto::thumbprint(transport.public_key()), payload, transport);
}

Result<void> set_addresses(store::Transaction& tx, std::vector<std::string> const& addresses) {
    if (addresses.size() > addresses_max) return fail(Fault::TooLarge, "card.addresses", "A card names at most eight addresses.", "/addresses");
    Json list = Json::list();
    for (auto const& one : addresses) {
        if (!is_address(one)) return fail(Fault::Invalid, "card.address", "An address is written like http://192.168.1.7:8080 or https://name:8443#key.", "/addresses");
        list.push_back(one);
    }
    return tx.put("insert into network_self (one, addresses, followed, followed_epoch) values (1, $1, 0, 1) on conflict (one) do update set addresses = excluded.addresses", {write_json(list)});
}

Result<Card> parse_card(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    if (text.size() > card_bytes_max) return malformed("size");
    auto const jws = crypto::parse_jws(text, card_type);
    if (!jws) return malformed("signature");
    auto const& payload = jws->payload;
    Card card;
    card.text = text;
    card.node = payload.text_at("node");
    card.name = payload.text_at("name");
    card.country = payload.text_at("country");
    card.bundle = payload.text_at("bundle");
    auto const* addresses = payload.find("addresses");
    auto const* keys = payload.find("keys");
    bool const whole = payload.integer_at("card") == 1 && card.node.size() == 43 && !card.name.empty() && card.name.size() <= 200 && card.country.size() == 2 && addresses != nullptr &&
                       addresses->is_list() && addresses->items().size() <= addresses_max && keys != nullptr && keys->is_list() && keys->items().size() <= keys_max;
    if (!whole) return malformed("members");
    if (!crypto::parse_age_recipient(card.bundle)) return malformed("bundle");
    for (auto const& one : addresses->items()) {
        if (!one.is_text() || !is_address(one.text())) return malformed("addresses");
        card.addresses.push_back(one.text());
    }
    for (auto const& one : keys->items()) {
        if (!one.is_list() || one.items().size() != 2 || !one.items()[0].is_integer() || !one.items()[1].is_text()) return malformed("keys");
        card.keys.push_back({one.items()[0].integer(), one.items()[1].text()});
    }
    SANJAL_TRY(auto const signers, learn_keys(card.node, card.keys));
    auto const* signer = signers.find(jws->kid);
    if (signer == nullptr || signer->use != "transport" || signer->retired || !crypto::verify_jws(*jws, signer->key)) {
        return fail(Fault::Invalid, "card.not_proven", "This card was not signed by the node that it names. Do not use it; ask for another one.");
    }
    return card;
}

Result<std::string> code_of(std::string_view one_card, std::string_view other_card) {
    std::vector<Bytes> both;
    for (auto const text : {one_card, other_card}) {
        SANJAL_TRY(auto const card, parse_card(text));
        SANJAL_TRY(auto const jws, crypto::parse_jws(card.text, card_type));
        both.push_back(crypto::sha256("sanjal/card/1 " + card.node + " " + jws.kid + " " + card.bundle));
    }
    std::sort(both.begin(), both.end());
    return spoken(std::string_view(crypto::sha256("sanjal/meeting/1 " + both[0] + both[1])).substr(0, 16));
}

}  // namespace sanjal::sync
