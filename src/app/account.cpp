#include "app/account.h"

#include <algorithm>

#include "base/id.h"
#include "crypto/hash.h"
#include "crypto/seal.h"

namespace sanjal::app {
namespace {

constexpr store::Migration of_house[] = {
    {1, "house: sessions and idempotency",
     "create table session (token_hash {blob} primary key, actor {text} not null, name {text} not null, role {text} not null, unit {text} not null,"
     " unit_code {text} not null, nodal {int} not null, csrf {text} not null, created {int} not null, seen {int} not null, box_wrapped {blob} not null);"
     "create index session_actor on session (actor);"
     "create table idempotency (actor {text} not null, name {text} not null, body_hash {blob} not null, status {int} not null, body {text} not null,"
     " at {int} not null, primary key (actor, name));"
     "create index idempotency_at on idempotency (at);"},
    {2, "house: which program made the views", "create table house_state (name {text} primary key, value {text} not null);"},
    {3, "house: heads of units; how often somebody came",
     "alter table session add column head {int} not null default 0;"
     "create table rate (name {text} primary key, tokens {int} not null, at {int} not null);"},
    {4, "house: when a password was typed last", "alter table session add column proved {int} not null default 0;"},
    {5, "house: whose files one opened", "create table record_opened (actor {text} not null, day {int} not null, record {text} not null, primary key (actor, day, record));"},
    {6, "house: what was signed for a request", "alter table idempotency add column receipt {text} not null default '';"},
};

constexpr std::size_t password_characters_min = 12;
constexpr std::int64_t failures_max = 10;
constexpr std::int64_t rest_ms = 15 * 60 * 1000;
constexpr std::int64_t idempotency_kept_ms = std::int64_t{15} * 24 * 60 * 60 * 1000;

tl::unexpected<Error> wrong_password() {
    return fail(Fault::Unsigned, "session.wrong", "The name or the password is not right. Ask your nodal officer if you have forgotten it; nothing is lost.");
}

struct Row {
    std::string actor;
    std::string password;
    Bytes box_wrapped;
    std::int64_t failures = 0;
    std::int64_t closed_until = 0;
};

crypto::Secret session_secret(std::string_view token) {
    Bytes bytes = crypto::hkdf_sha256(token, "", "sanjal/session", crypto::Secret::size);
    auto secret = crypto::Secret::from_bytes(bytes);
    crypto::wipe(bytes);
    SANJAL_CHECK(secret.has_value());
    return std::move(*secret);
}

}  // namespace

std::span<store::Migration const> house_migrations() { return of_house; }

Result<std::string> register_unit(House& house, store::Transaction& tx, NewUnit const& unit, std::string const& by) {
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = by;
    if (auto const pack = house.packs().in_force()) submission.pack = pack->reference();
    ledger::NewEntry entry;
    entry.verb = "unit.registered";
    entry.record = house.new_id();
    entry.fields = {{"code", unit.code, "public"}, {"kind", unit.kind, "public"}, {"title", unit.title, "public"}};
    std::string id = entry.record;
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return id;
}

Result<void> check_new_password(std::string_view password) {
    auto const characters = std::count_if(password.begin(), password.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    if (characters < static_cast<std::ptrdiff_t>(password_characters_min) || !is_utf8(password)) {
        return fail(Fault::Invalid, "account.password", "A password has at least twelve characters. Five words are easy to remember.", "/password");
    }
    if (password.size() > crypto::password_bytes_max) return fail(Fault::Invalid, "account.password", "A password has at most 1,024 bytes.", "/password");
    return {};
}

Result<void> check_account_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") != std::string_view::npos) {
        return fail(Fault::Invalid, "account.name", "A name to sign in with has small letters, digits, dots and dashes, at most 64.", "/user");
    }
    return {};
}

Result<Kept> keep_account(House& house, NewAccount const& account) {
    SANJAL_DO(check_account_name(account.name));
    SANJAL_DO(check_new_password(account.password));
    SANJAL_TRY(auto made, crypto::make_password(account.password, {house.kdf_memory_kib(), 3}, house.random()));
    auto const box = crypto::BoxKey::generate(house.random());
    std::string const actor = house.new_id();
    Bytes const wrapped = crypto::seal(made.key, box.secret(), "sanjal/account/" + actor, house.random());
    std::int64_t fresh = 0;
    // The account first: an actor without an account can do nothing, an account without an actor cannot sign in.
    SANJAL_DO(house.key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(fresh, tx.run("insert into account (name, actor, password, box_public, box_wrapped, failures, closed_until, wanted_role, wanted_unit, asked)"
                                 " values ($1, $2, $3, $4, $5, 0, 0, $6, $7, $8) on conflict (name) do nothing",
                                 {account.name, actor, made.record.to_text(), store::Blob{Bytes(box.public_key().bytes())}, store::Blob{wrapped}, account.role, account.unit,
                                  milliseconds_of(house.clock().now())}));
        return {};
    }));
    if (fresh == 0) return fail(Fault::Conflict, "account.taken", "Somebody has this name already. Choose another one.");
    return Kept{actor, box.public_key()};
}

Result<void> introduce_actor(House& house, store::Transaction& tx, Kept const& kept, NewAccount const& account, std::string const& by) {
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = by.empty() ? kept.actor : by;
    if (auto const pack = house.packs().in_force()) submission.pack = pack->reference();
    ledger::NewEntry entry;
    entry.verb = "actor.introduced";
    entry.record = kept.actor;
    entry.fields = {{"box", crypto::to_jwk(kept.box), "public"}, {"nodal", account.nodal, "public"}, {"role", account.role, "public"}, {"unit", account.unit, "public"}};
    if (account.head) entry.fields.insert(entry.fields.begin() + 1, {"heads_unit", true, "public"});  // "head" is what every entry has
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return {};
}

Result<std::string> add_account(House& house, NewAccount const& account, std::string const& by) {
    SANJAL_TRY(auto const kept, keep_account(house, account));
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return introduce_actor(house, tx, kept, account, by); }));
    return kept.actor;
}

Result<Proven> prove(House& house, std::string const& name, std::string const& password) {
    std::optional<Row> row;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) {
        return tx.each("select actor, password, box_wrapped, failures, closed_until from account where name = $1", {name}, [&](store::Row const& r) -> Result<void> {
            row = Row{std::string(r.text(0)), std::string(r.text(1)), Bytes(r.bytes(2)), r.integer(3), r.integer(4)};
            return {};
        });
    }));
    std::int64_t const now = milliseconds_of(house.clock().now());
    crypto::PasswordRecord record = crypto::unopenable_record({house.kdf_memory_kib(), 3});
    if (row) {
        SANJAL_TRY(record, crypto::PasswordRecord::parse(row->password));
    }
    auto key = crypto::check_password(password, record);
    if (!row) return wrong_password();
    if (row->closed_until > now) {
        return fail(Fault::TooMany, "session.resting", "Too many wrong passwords for this name. Try again in a quarter of an hour.");
    }
    if (!key) {
        if (key.error().fault != Fault::Unsigned) return fail(key.error());
        std::int64_t const failures = row->failures + 1;
        SANJAL_DO(house.key_store().change([&](store::Transaction& tx) {
            return tx.put("update account set failures = $1, closed_until = $2 where name = $3",
                          {failures >= failures_max ? std::int64_t{0} : failures, failures >= failures_max ? now + rest_ms : std::int64_t{0}, name});
        }));
        return wrong_password();
    }
    if (row->failures != 0) {
        SANJAL_DO(house.key_store().change([&](store::Transaction& tx) {
            return tx.put("update account set failures = 0, closed_until = 0 where name = $1", {name});
        }));
    }
    Proven proven;
    SANJAL_TRY(proven.box_secret, crypto::open(*key, row->box_wrapped, "sanjal/account/" + row->actor));
    proven.actor.id = row->actor;
    proven.actor.name = name;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const found, record::find(tx, row->actor));
        if (!found) return fail(Fault::Forbidden, "account.waiting", "Your account is kept and waits for the nodal officer's yes.");
        auto const& state = *found;
        auto const* role = state.value("role");
        auto const* unit = state.value("unit");
        auto const* nodal = state.value("nodal");
        if (role == nullptr || unit == nullptr) return wrong_password();
        if (auto const* suspended = state.value("suspended"); suspended != nullptr && suspended->is_bool() && suspended->boolean()) {
            return fail(Fault::Forbidden, "account.suspended", "This account rests. Nothing of it is lost; ask the nodal officer.");
        }
        auto const* head = state.value("heads_unit");
        proven.actor.is_head = head != nullptr && head->is_bool() && head->boolean();
        proven.actor.role = role->text();
        proven.actor.unit = unit->text();
        proven.actor.is_nodal = nodal != nullptr && nodal->is_bool() && nodal->boolean();
        SANJAL_TRY(auto const place, record::load(tx, proven.actor.unit));
        if (auto const* code = place.value("code")) proven.actor.unit_code = code->text();
        return {};
    }));
    return proven;
}

namespace {

// How many ended: those that were unused longest, of one account that has more than it may.
// The one just opened stays, also where others were seen in the same millisecond.
Result<std::int64_t> end_surplus(House& house, store::Transaction& tx, std::string const& actor, Bytes const& opened) {
    if (house.limits().sessions_max == 0) return 0;
    std::vector<Bytes> surplus;
    SANJAL_DO(tx.each("select token_hash from session where actor = $1 and token_hash <> $2 order by seen desc, created desc, token_hash limit 1000 offset $3",
                      {actor, store::Blob{opened}, house.limits().sessions_max - 1},
                      [&](store::Row const& row) -> Result<void> {
                          surplus.emplace_back(row.bytes(0));
                          return {};
                      }));
    for (auto const& hash : surplus) SANJAL_DO(tx.put("delete from session where token_hash = $1", {store::Blob{hash}}));
    return static_cast<std::int64_t>(surplus.size());
}

}  // namespace

Result<Opened> open_session(House& house, store::Transaction& tx, Proven const& proven) {
    Opened opened;
    opened.token = to_base64url(house.random().bytes(32));
    opened.csrf = to_base64url(house.random().bytes(18));
    std::int64_t const now = milliseconds_of(house.clock().now());
    SANJAL_DO(tx.put("delete from session where seen < $1 or created < $2", {now - house.session_idle_ms(), now - session_absolute_ms}));
    // A device that was away for a fortnight still gets the answer that it had missed.
    SANJAL_DO(tx.put("delete from idempotency where at < $1", {now - idempotency_kept_ms}));
    SANJAL_DO(tx.put("insert into session (token_hash, actor, name, role, unit, unit_code, nodal, csrf, created, seen, proved, box_wrapped, head)"
                     " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11)",
                     {store::Blob{crypto::sha256(opened.token)}, proven.actor.id, proven.actor.name, proven.actor.role, proven.actor.unit, proven.actor.unit_code,
                      static_cast<std::int64_t>(proven.actor.is_nodal), opened.csrf, now,
                      store::Blob{crypto::seal(session_secret(opened.token), proven.box_secret, "sanjal/session/" + proven.actor.id, house.random())},
                      static_cast<std::int64_t>(proven.actor.is_head)}));
    SANJAL_TRY(opened.ended, end_surplus(house, tx, proven.actor.id, crypto::sha256(opened.token)));
    return opened;
}

Result<void> prove_again(House& house, store::Transaction& tx, Session const& session) {
    std::int64_t const now = milliseconds_of(house.clock().now());
    return tx.put("update session set proved = $1, seen = $1 where token_hash = $2", {now, store::Blob{session.token_hash}});
}

bool is_proved(House& house, Session const& session) { return milliseconds_of(house.clock().now()) - session.proved <= house.limits().prove_again_ms; }

Result<void> close_session(store::Transaction& tx, Session const& session) {
    return tx.put("delete from session where token_hash = $1", {store::Blob{session.token_hash}});
}

Result<void> close_sessions(store::Transaction& tx, std::string const& actor, Bytes const& but) {
    return tx.put("delete from session where actor = $1 and token_hash <> $2", {actor, store::Blob{but}});
}

Result<std::vector<SessionRow>> sessions_of(House& house, store::Transaction& tx, std::string const& actor) {
    std::vector<SessionRow> all;
    std::int64_t const now = milliseconds_of(house.clock().now());
    SANJAL_DO(tx.each("select token_hash, created, seen from session where actor = $1 and created > $2 and seen > $3 order by created, token_hash",
                      {actor, now - session_absolute_ms, now - house.session_idle_ms()}, [&](store::Row const& row) -> Result<void> {
                          Bytes const hash(row.bytes(0));
                          all.push_back({to_base64url(crypto::sha256(hash)).substr(0, 22), hash, row.integer(1), row.integer(2)});
                          return {};
                      }));
    return all;
}

Result<std::optional<Session>> find_session(House& house, store::Transaction& tx, std::string_view token) { return find_session_by_hash(house, tx, crypto::sha256(token)); }

Result<std::optional<Session>> find_session_by_hash(House& house, store::Transaction& tx, Bytes const& hash) {
    std::optional<Session> found;
    std::int64_t const now = milliseconds_of(house.clock().now());
    SANJAL_DO(tx.each("select actor, name, role, unit, unit_code, nodal, csrf, created, seen, box_wrapped, head, proved from session where token_hash = $1", {store::Blob{hash}},
                      [&](store::Row const& row) -> Result<void> {
                          if (now - row.integer(7) > session_absolute_ms || now - row.integer(8) > house.session_idle_ms()) return {};
                          Session session;
                          session.actor.id = row.text(0);
                          session.actor.name = row.text(1);
                          session.actor.role = row.text(2);
                          session.actor.unit = row.text(3);
                          session.actor.unit_code = row.text(4);
                          session.actor.is_nodal = row.integer(5) != 0;
                          session.actor.is_head = row.integer(10) != 0;
                          session.csrf = row.text(6);
                          session.token_hash = hash;
                          session.box_wrapped = Bytes(row.bytes(9));
                          session.seen = row.integer(8);
                          session.proved = row.integer(11);
                          found = std::move(session);
                          return {};
                      }));
    return found;
}

Result<crypto::BoxKey> box_key(Session const& session, std::string_view token) {
    SANJAL_TRY(auto secret, crypto::open(session_secret(token), session.box_wrapped, "sanjal/session/" + session.actor.id));
    auto key = crypto::BoxKey::from_secret(secret);
    crypto::wipe(secret);
    return key;
}

Result<void> touch_session(House& house, store::Transaction& tx, Session const& session) {
    return tx.put("update session set seen = $1 where token_hash = $2", {milliseconds_of(house.clock().now()), store::Blob{session.token_hash}});
}

Result<Json> seal_to(House& house, store::Transaction& tx, Json const& value, std::string const& writer, std::string_view type_and_field, std::string const& unit) {
    auto const pack = house.packs().in_force();
    auto const opens = [&](std::string_view role) { return pack != nullptr && policy::is_holder(role, type_and_field, *pack); };
    std::vector<std::pair<std::string, crypto::BoxPublicKey>> holders;
    std::optional<Error> broken;
    SANJAL_DO(tx.each("select id, data from record where type = 'actor' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const* role = state.value("role");
        auto const* own = state.value("unit");
        auto const* box = state.value("box");
        if (role == nullptr || own == nullptr || box == nullptr) return {};
        if (row.text(0) != writer && !(own->text() == unit && opens(role->text()))) return {};
        SANJAL_TRY(auto const key, crypto::box_from_jwk(*box));
        holders.emplace_back(row.text(0), key);
        return {};
    }));
    if (holders.empty()) return fail(Fault::Forbidden, "sealed.no_holder", "Nobody could open this sealed answer again, so it was not written down.");
    Json boxes = Json::list();
    std::string const plain = write_json(Json::object({{"value", value}}));
    for (auto const& [actor, key] : holders) {
        boxes.push_back(Json::object({{"actor", actor}, {"box", to_base64url(crypto::box_seal(key, plain, house.random()))}}));
    }
    return Json::object({{"sealed_to", std::move(boxes)}});
}

std::optional<Json> open_sealed(Json const& value, std::string const& actor, crypto::BoxKey const& key) {
    auto const* boxes = value.find("sealed_to");
    if (boxes == nullptr || !boxes->is_list()) return std::nullopt;
    for (auto const& box : boxes->items()) {
        if (box.text_at("actor") != actor) continue;
        auto const sealed = from_base64url(box.text_at("box"));
        if (!sealed) return std::nullopt;
        auto const plain = crypto::box_open(key, *sealed);
        if (!plain) return std::nullopt;
        auto const json = parse_json(*plain);
        if (!json || json->find("value") == nullptr) return std::nullopt;
        return *json->find("value");
    }
    return std::nullopt;
}

}  // namespace sanjal::app
