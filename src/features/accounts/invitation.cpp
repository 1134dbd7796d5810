#include "features/accounts/invitation.h"

#include "crypto/hash.h"
#include "crypto/secret.h"

namespace sanjal::accounts {
namespace {

constexpr std::int64_t lasts_ms = std::int64_t{48} * 60 * 60 * 1000;
constexpr std::int64_t kept_ms = std::int64_t{30} * 24 * 60 * 60 * 1000;
constexpr std::int64_t open_max = 200;
constexpr std::size_t code_characters = 16;  // of 32: 80 bits
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's: nothing that is mistaken for another

// As it was typed or read aloud: in small letters, with spaces or dashes, O for 0, I and L for 1.
std::string normal_code(std::string_view typed) {
    std::string made;
    for (char c : typed) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c == ' ' || c == '-') continue;
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        made.push_back(c);
    }
    return made;
}

store::Blob hash_of(std::string_view code) { return store::Blob{crypto::sha256("sanjal/invitation/" + normal_code(code))}; }

std::string new_code(Randomness& random) {
    std::string made;
    for (char const c : random.bytes(code_characters)) {
        if (!made.empty() && made.size() % 5 == 4) made.push_back('-');
        made.push_back(alphabet[static_cast<unsigned char>(c) & 31U]);
    }
    return made;
}

tl::unexpected<Error> no_invitation() {
    return fail(Fault::NotFound, "invitation.none", "There is no such invitation, or it was used already, or two days have passed. Ask the nodal officer for a new one.");
}

struct Invitation {
    std::string id;
    std::string by;
    app::NewAccount account;
};

// One that still holds.
Result<Invitation> open_one(store::Transaction& tx, std::string_view code, Instant now) {
    std::optional<Invitation> found;
    SANJAL_DO(tx.each("select id, invited_by, name, role, unit, nodal, head from invitation where code_hash = $1 and used = 0 and ends > $2", {hash_of(code), milliseconds_of(now)},
                      [&](store::Row const& row) -> Result<void> {
                          found = Invitation{std::string(row.text(0)), std::string(row.text(1)),
                                             {std::string(row.text(2)), {}, std::string(row.text(3)), std::string(row.text(4)), row.integer(5) != 0, row.integer(6) != 0}};
                          return {};
                      }));
    return found ? Result<Invitation>(std::move(*found)) : no_invitation();
}

Result<bool> is_name_taken(app::House& house, std::string const& name) {
    bool taken = false;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const there, tx.text("select actor from account where name = $1", {name}));
        taken = there.has_value();
        return {};
    }));
    return taken;
}

Result<Json> unit_json(store::Transaction& tx, std::string const& unit) {
    SANJAL_TRY(auto const state, record::load(tx, unit));
    Json json = Json::object({{"unit", unit}});
    for (auto const* name : {"code", "title"}) {
        if (auto const* value = state.value(name); value != nullptr && value->is_text()) json.set(name, value->text());
    }
    return json;
}

struct Arrival {
    std::string code;
    app::Kept kept;
};

}  // namespace

Result<app::Response> invite(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    SANJAL_TRY(auto const body, body_with(request, {"user", "role", "unit", "nodal", "head"}));
    app::NewAccount account{std::string(body.text_at("user")), {}, std::string(body.text_at("role")), std::string(body.text_at("unit")), body.bool_at("nodal"), body.bool_at("head")};
    SANJAL_DO(app::check_account_name(account.name));
    SANJAL_DO(check_wish(context.house(), context.tx(), account));
    SANJAL_TRY(bool const taken, is_name_taken(context.house(), account.name));
    if (taken) return fail(Fault::Conflict, "account.taken", "Somebody has this name already. Choose another one.", "/user");
    std::int64_t const now = milliseconds_of(context.now());
    SANJAL_DO(context.tx().put("delete from invitation where ends < $1", {now - kept_ms}));
    SANJAL_TRY(auto const waiting, context.tx().integer("select count(*) from invitation where used = 0 and ends > $1", {now}));
    if (waiting.value_or(0) >= open_max) return fail(Fault::TooMany, "invitation.too_many", "Two hundred invitations are open already. Withdraw those that nobody needs.");
    std::string const id = context.house().new_id();
    std::string const code = new_code(context.house().random());
    SANJAL_DO(context.tx().put("insert into invitation (id, code_hash, invited_by, name, role, unit, nodal, head, made, ends, used) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
                               {id, hash_of(code), context.actor().id, account.name, account.role, account.unit, std::int64_t{account.nodal}, std::int64_t{account.head}, now, now + lasts_ms}));
    return app::json(201, Json::object({{"invitation", id}, {"code", code}, {"ends", format_instant(instant_of(now + lasts_ms))}}));
}

Result<app::Response> invitations(app::Context& context, app::Request const&) {
    SANJAL_DO(be_nodal(context));
    Json list = Json::list();
    std::int64_t const now = milliseconds_of(context.now());
    SANJAL_DO(context.tx().each("select id, name, role, unit, made, ends, used from invitation where ends > $1 order by made desc, id", {now - kept_ms}, [&](store::Row const& row) -> Result<void> {
        char const* const state = row.integer(6) != 0 ? "used" : row.integer(5) > now ? "open" : "ended";
        list.push_back(Json::object({{"invitation", row.text(0)}, {"user", row.text(1)}, {"role", row.text(2)}, {"unit", row.text(3)}, {"made", format_instant(instant_of(row.integer(4)))},
                                     {"ends", format_instant(instant_of(row.integer(5)))}, {"state", state}}));
        return {};
    }));
    return app::json(200, Json::object({{"invitations", std::move(list)}}));
}

Result<app::Response> withdraw_invitation(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    SANJAL_TRY(auto const gone, context.tx().run("delete from invitation where id = $1 and used = 0", {std::string(request.param("id"))}));
    return gone > 0 ? Result<app::Response>(app::empty(204)) : no_invitation();
}

// What is written on it, so that the person sees that it is meant for them.
Result<app::Response> show_invitation(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, body_with(request, {"code"}));
    SANJAL_TRY(auto const one, open_one(context.tx(), body.text_at("code"), context.now()));
    SANJAL_TRY(auto unit, unit_json(context.tx(), one.account.unit));
    return app::json(200, Json::object({{"user", one.account.name}, {"role", one.account.role}, {"unit", std::move(unit)}}));
}

// Makes the account, with which nobody can sign in before the invitation is taken up.
Result<void> prepare_arrival(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_TRY(auto const body, body_with(request, {"code", "password"}));
    std::string const code(body.text_at("code"));
    app::NewAccount account;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto one, open_one(tx, code, house.clock().now()));
        account = std::move(one.account);
        return {};
    }));
    account.password = body.text_at("password");
    SANJAL_TRY(auto const kept, app::keep_account(house, account));
    crypto::wipe(account.password);
    request.prepared = std::make_shared<Arrival>(Arrival{code, kept});
    return {};
}

Result<app::Response> arrive(app::Context& context, app::Request const& request) {
    auto const& arrival = *std::any_cast<std::shared_ptr<Arrival>>(request.prepared);
    auto const forget = [&] { return context.house().key_store().change([&](store::Transaction& tx) { return tx.put("delete from account where actor = $1", {arrival.kept.actor}); }); };
    // Another phone may have been quicker, or the officer have withdrawn it.
    auto const one = open_one(context.tx(), arrival.code, context.now());
    if (!one) {
        SANJAL_DO(forget());
        return fail(one.error());
    }
    SANJAL_DO(context.tx().put("update invitation set used = 1 where id = $1", {one->id}));
    SANJAL_DO(app::introduce_actor(context.house(), context.tx(), arrival.kept, one->account, one->by));
    SANJAL_DO(context.house().key_store().change([&](store::Transaction& tx) { return tx.put("update account set asked = 0 where actor = $1", {arrival.kept.actor}); }));
    return app::json(201, Json::object({{"actor", arrival.kept.actor}, {"user", one->account.name}}));
}

std::span<store::Migration const> invitation_tables() {
    static constexpr store::Migration tables[] = {
        {1, "accounts: invitations",
         "create table invitation (id {text} primary key, code_hash {blob} not null unique, invited_by {text} not null, name {text} not null, role {text} not null, unit {text} not null,"
         " nodal {int} not null, head {int} not null, made {int} not null, ends {int} not null, used {int} not null);"},
    };
    return tables;
}

}  // namespace sanjal::accounts
