#pragma once
// Accounts and sessions.  In the ledger an actor is a pseudonym with a role and a unit; who that is, and the password's
// verifier, lie in keys.db.  Every account has an X25519 key pair from the start, to be named as a holder of sealed fields;
// its private half opens only with the password, and while a session lasts, with the session's token.

#include <optional>
#include <string>

#include "app/house.h"
#include "crypto/key.h"
#include "crypto/password.h"

namespace sanjal::app {

struct NewUnit {
    std::string code;   // in case numbers: GHY-RLY
    std::string title;
    std::string kind;   // the role its people have
};
// Inside the writer.  Gives the unit's record id.
Result<std::string> register_unit(House& house, store::Transaction& tx, NewUnit const& unit, std::string const& by);

struct NewAccount {
    std::string name;      // to sign in with
    std::string password;  // at least 12 characters (ASVS 6.2.1)
    std::string role;
    std::string unit;      // record id
    bool nodal = false;
    bool head = false;     // of the unit
};
// The two halves of add_account.  keep_account is slow (Argon2id) and not inside the writer: a name and a password, with which
// nobody can sign in yet.  Inside the writer introduce_actor makes an actor of it.
struct Kept {
    std::string actor;
    crypto::BoxPublicKey box;
};
Result<Kept> keep_account(House& house, NewAccount const& account);
Result<void> introduce_actor(House& house, store::Transaction& tx, Kept const& kept, NewAccount const& account, std::string const& by);
// At least twelve characters (ASVS 6.2.1), at most 1,024 bytes.
Result<void> check_account_name(std::string_view name);
Result<void> check_new_password(std::string_view password);
// Slow (Argon2id) and writes by itself; not inside the writer.  Gives the actor's id.
Result<std::string> add_account(House& house, NewAccount const& account, std::string const& by);

// The password was right: what a session is made of.  Slow; on a worker thread.  Fault::Unsigned where it was not, in the
// same time whether or not there is such an account; after ten failures the account rests for a quarter of an hour.
struct Proven {
    policy::Actor actor;
    Bytes box_secret;
};
Result<Proven> prove(House& house, std::string const& name, std::string const& password);

struct Session {
    policy::Actor actor;
    std::string csrf;
    Bytes token_hash;
    Bytes box_wrapped;
    std::int64_t seen = 0;    // milliseconds since 1970
    std::int64_t proved = 0;  // when the password was typed last
};
struct Opened {
    std::string token;  // for the cookie; not kept
    std::string csrf;
    std::int64_t ended = 0;  // sessions of this account that were one too many
};
inline constexpr std::int64_t session_absolute_ms = std::int64_t{8} * 60 * 60 * 1000;

// Inside the writer.  Of more sessions than the house lets one account have, those end that were unused longest.
Result<Opened> open_session(House& house, store::Transaction& tx, Proven const& proven);
// The password was typed again: for a while this session may do what is dangerous (ASVS 7.5.3).
Result<void> prove_again(House& house, store::Transaction& tx, Session const& session);
bool is_proved(House& house, Session const& session);
Result<void> close_session(store::Transaction& tx, Session const& session);
// Every session of an actor, but not the one that is kept.
Result<void> close_sessions(store::Transaction& tx, std::string const& actor, Bytes const& but = {});
struct SessionRow {
    std::string id;  // to name it by; opens nothing
    Bytes token_hash;
    std::int64_t created = 0, seen = 0;
};
Result<std::vector<SessionRow>> sessions_of(House& house, store::Transaction& tx, std::string const& actor);
// Any transaction; nullopt where there is none, it was idle too long, or its time is over.
Result<std::optional<Session>> find_session(House& house, store::Transaction& tx, std::string_view token);
Result<std::optional<Session>> find_session_by_hash(House& house, store::Transaction& tx, Bytes const& token_hash);
// The session's owner as a holder of sealed fields.
Result<crypto::BoxKey> box_key(Session const& session, std::string_view token);
// Inside the writer, at most once a minute a session.
Result<void> touch_session(House& house, store::Transaction& tx, Session const& session);

std::span<store::Migration const> house_migrations();

// A sealed field's value: boxes to its holders.  {"sealed_to":[{"actor":id,"box":base64url}]}
Result<Json> seal_to(House& house, store::Transaction& tx, Json const& value, std::string const& writer, std::string_view type_and_field, std::string const& unit);
std::optional<Json> open_sealed(Json const& value, std::string const& actor, crypto::BoxKey const& key);

}  // namespace sanjal::app
