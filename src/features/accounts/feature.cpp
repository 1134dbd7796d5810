// Who may sign in here: people ask to join or the nodal officer makes accounts; the officer approves, changes roles, lets
// accounts rest, ends sessions; two officers give a password back.  Each of these is an entry.  Names stay in keys.db and are
// shown to the nodal officer, and to people of the same unit so that work can be given.
#include <algorithm>
#include <map>

#include "app/context.h"
#include "app/escrow.h"
#include "app/feature.h"
#include "base/id.h"
#include "features/accounts/invitation.h"

namespace sanjal::accounts {

Result<Json> body_with(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto body, request.body.empty() ? Result<Json>(Json::object()) : parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        bool const flag = name == "nodal" || name == "head";
        if (flag ? !value.is_bool() : !value.is_text()) return fail(Fault::Invalid, "request.kind", flag ? "This is true or false." : "This must be a text.", "/" + name);
    }
    return body;
}

namespace {

constexpr std::int64_t waiting_max = 200;

tl::unexpected<Error> only_nodal() { return fail(Fault::Forbidden, "account.nodal", "Only the nodal officer does this."); }
tl::unexpected<Error> no_account() { return fail(Fault::NotFound, "account.none", "There is no such account."); }

// A unit by its id or its code.
Result<std::optional<std::string>> find_unit(store::Transaction& tx, std::string_view named) {
    std::optional<std::string> found;
    SANJAL_DO(tx.each("select id, data from record where type = 'unit' order by id", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        auto const* code = state.value("code");
        if (row.text(0) == named || (code != nullptr && code->is_text() && code->text() == named)) found = std::string(row.text(0));
        return {};
    }));
    return found;
}

}  // namespace

Result<void> be_nodal(app::Context& context) { return context.actor().is_nodal ? Result<void>{} : only_nodal(); }

// Role and unit as somebody wishes them: there must be such.
Result<void> check_wish(app::House& house, store::Transaction& tx, app::NewAccount& account) {
    auto const pack = house.packs().in_force();
    auto const* roles = pack != nullptr ? pack->document.find("roles") : nullptr;
    if (roles == nullptr || roles->find(account.role) == nullptr) return fail(Fault::Invalid, "account.role", "There is no such role in the rules in force.", "/role");
    SANJAL_TRY(auto const unit, find_unit(tx, account.unit));
    if (!unit) return fail(Fault::Invalid, "unit.none", "There is no such unit at this node. Choose one from the list.", "/unit");
    account.unit = *unit;
    return {};
}

namespace {

// Reads {user, password, role, unit, nodal?, head?} and keeps the account, with which nobody can sign in yet.
struct Prepared {
    app::NewAccount account;
    app::Kept kept;
};
Result<app::NewAccount> read_wish(app::House& house, app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto const body, body_with(request, allowed));
    app::NewAccount account{std::string(body.text_at("user")), std::string(body.text_at("password")), std::string(body.text_at("role")), std::string(body.text_at("unit")),
                            body.bool_at("nodal"), body.bool_at("head")};
    SANJAL_DO(house.store().read([&](store::Transaction& tx) { return check_wish(house, tx, account); }));
    return account;
}

Result<void> prepare_create(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, request.token));
        return session && session->actor.is_nodal ? Result<void>{} : only_nodal();
    }));
    SANJAL_TRY(auto account, read_wish(house, request, {"user", "password", "role", "unit", "nodal", "head"}));
    SANJAL_TRY(auto const kept, app::keep_account(house, account));
    request.prepared = std::make_shared<Prepared>(Prepared{std::move(account), kept});
    return {};
}

Result<app::Response> create(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    auto const& made = *std::any_cast<std::shared_ptr<Prepared>>(request.prepared);
    SANJAL_DO(app::introduce_actor(context.house(), context.tx(), made.kept, made.account, context.actor().id));
    return app::json(201, Json::object({{"actor", made.kept.actor}}));
}

// The answer is the same whether or not somebody has that name: who asks learns it from the officer.
Result<void> prepare_join(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_TRY(auto const account, read_wish(house, request, {"user", "password", "role", "unit"}));
    std::int64_t waiting = 0;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const count, tx.integer("select count(*) from account where asked > 0"));
        waiting = count.value_or(0);
        return {};
    }));
    if (waiting >= waiting_max) return fail(Fault::TooMany, "account.too_many", "Too many people wait for the nodal officer already. Ask there first.");
    auto const kept = app::keep_account(house, account);
    if (!kept && kept.error().code != "account.taken") return fail(kept.error());
    return {};
}

Result<app::Response> join(app::Context&, app::Request const&) {
    return app::json(202, Json::object({{"says", "If this name is free, your wish is kept. The nodal officer will see it."}}));
}

struct Account {
    std::string actor, name, role, unit;
    std::int64_t asked = 0;
    static Account from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)), row.integer(4)}; }
};
Result<std::vector<Account>> all_accounts(app::House& house) {
    std::vector<Account> all;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(all, tx.rows<Account>("select actor, name, wanted_role, wanted_unit, asked from account order by name"));
        return {};
    }));
    return all;
}

bool flag(record::State const& state, char const* name) {
    auto const* value = state.value(name);
    return value != nullptr && value->is_bool() && value->boolean();
}
std::string word(record::State const& state, char const* name) {
    auto const* value = state.value(name);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

Result<app::Response> list(app::Context& context, app::Request const&) {
    SANJAL_DO(be_nodal(context));
    SANJAL_TRY(auto const all, all_accounts(context.house()));
    Json accounts = Json::list();
    for (auto const& one : all) {
        SANJAL_TRY(auto const state, record::find(context.tx(), one.actor));
        Json json = Json::object({{"actor", one.actor}, {"user", one.name}, {"role", state ? word(*state, "role") : one.role}, {"unit", state ? word(*state, "unit") : one.unit},
                                  {"nodal", state && flag(*state, "nodal")}, {"head", state && flag(*state, "heads_unit")},
                                  {"state", !state ? "waiting" : flag(*state, "suspended") ? "suspended" : "active"}});
        if (!state) json.set("asked", format_instant(instant_of(one.asked)));
        auto const* role = context.pack().document.find("roles")->find(json.text_at("role"));
        if (role != nullptr && role->find("under_order") != nullptr) json.set("by_order", true);
        accounts.push_back(std::move(json));
    }
    return app::json(200, Json::object({{"accounts", std::move(accounts)}}));
}

// The people of one's own unit, and nobody else: to whom a task can be given.
Result<app::Response> colleagues(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const all, all_accounts(context.house()));
    Json people = Json::list();
    for (auto const& one : all) {
        SANJAL_TRY(auto const state, record::find(context.tx(), one.actor));
        if (!state || word(*state, "unit") != context.actor().unit || flag(*state, "suspended")) continue;
        people.push_back(Json::object({{"actor", one.actor}, {"user", one.name}, {"role", word(*state, "role")}, {"head", flag(*state, "heads_unit")}}));
    }
    return app::json(200, Json::object({{"colleagues", std::move(people)}}));
}

// An account that an actor stands behind.
Result<record::State> active(app::Context& context, std::string const& actor) {
    SANJAL_TRY(auto state, record::find(context.tx(), actor));
    if (!state || state->type() != "actor" || word(*state, "role").empty()) return no_account();
    return std::move(*state);
}

Result<void> write_down(app::Context& context, std::string const& actor, std::string verb, std::vector<ledger::Field> fields) {
    auto submission = context.submission();
    submission.entries.push_back({std::move(verb), actor, std::move(fields), std::nullopt, std::nullopt});
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return {};
}

Result<app::Response> approve(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_TRY(auto const body, body_with(request, {"role", "unit", "nodal", "head"}));
    SANJAL_TRY(auto const there, record::find(context.tx(), actor));
    if (there && there->type() == "actor") return fail(Fault::Conflict, "account.approved", "This account was approved already.");
    app::NewAccount account;
    std::optional<app::Kept> kept;
    SANJAL_DO(context.house().key_store().read([&](store::Transaction& tx) {
        return tx.each("select box_public, wanted_role, wanted_unit from account where actor = $1", {actor}, [&](store::Row const& row) -> Result<void> {
            SANJAL_TRY(auto const box, crypto::BoxPublicKey::from_bytes(row.bytes(0)));
            kept = app::Kept{actor, box};
            account.role = body.text_at("role", row.text(1));
            account.unit = body.text_at("unit", row.text(2));
            return {};
        });
    }));
    if (!kept) return no_account();
    account.nodal = body.bool_at("nodal");
    account.head = body.bool_at("head");
    SANJAL_DO(check_wish(context.house(), context.tx(), account));
    SANJAL_DO(app::introduce_actor(context.house(), context.tx(), *kept, account, context.actor().id));
    SANJAL_DO(context.house().key_store().change([&](store::Transaction& tx) { return tx.put("update account set asked = 0 where actor = $1", {actor}); }));
    return app::json(200, Json::object({{"actor", actor}}));
}

// A wish that is not granted is forgotten.  What an actor stands behind is never taken away: it rests.
Result<app::Response> decline(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_TRY(auto const there, record::find(context.tx(), actor));
    if (there) return fail(Fault::Conflict, "account.approved", "This account was approved already. It can be suspended.");
    std::int64_t gone = 0;
    SANJAL_DO(context.house().key_store().change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(gone, tx.run("delete from account where actor = $1", {actor}));
        return {};
    }));
    return gone > 0 ? Result<app::Response>(app::empty(204)) : no_account();
}

// There is always somebody left who can do this.
Result<void> keep_an_officer(app::Context& context, std::string const& less) {
    bool left = false;
    SANJAL_DO(context.tx().each("select id, data from record where type = 'actor'", {}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        left = left || (row.text(0) != less && flag(state, "nodal") && !flag(state, "suspended"));
        return {};
    }));
    return left ? Result<void>{} : fail(Fault::Conflict, "account.last_officer", "This is the last nodal officer. Appoint another one first.");
}

Result<app::Response> change(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_TRY(auto const state, active(context, actor));
    SANJAL_TRY(auto const body, body_with(request, {"role", "unit", "nodal", "head"}));
    app::NewAccount account;
    account.role = body.text_at("role", word(state, "role"));
    account.unit = body.text_at("unit", word(state, "unit"));
    SANJAL_DO(check_wish(context.house(), context.tx(), account));
    if (flag(state, "nodal") && body.find("nodal") != nullptr && !body.bool_at("nodal")) SANJAL_DO(keep_an_officer(context, actor));
    std::vector<ledger::Field> fields;
    for (auto const& [name, as] : {std::pair("head", "heads_unit"), std::pair("nodal", "nodal")}) {
        if (auto const* value = body.find(name); value != nullptr && value->boolean() != flag(state, as)) fields.push_back({as, *value, "public"});
    }
    if (account.role != word(state, "role")) fields.push_back({"role", account.role, "public"});
    if (account.unit != word(state, "unit")) fields.push_back({"unit", account.unit, "public"});
    if (fields.empty()) return fail(Fault::Invalid, "answers.empty", "There is nothing to change.");
    SANJAL_DO(write_down(context, actor, "actor.changed", std::move(fields)));
    SANJAL_DO(app::close_sessions(context.tx(), actor));  // what somebody may do changes at once
    return app::json(200, Json::object({{"actor", actor}}));
}

Result<app::Response> rest(app::Context& context, app::Request const& request, bool suspended) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_TRY(auto const state, active(context, actor));
    SANJAL_TRY(auto const body, body_with(request, {"reason"}));
    if (flag(state, "suspended") == suspended) return fail(Fault::Conflict, "account.state", suspended ? "This account rests already." : "This account does not rest.");
    if (suspended && flag(state, "nodal")) SANJAL_DO(keep_an_officer(context, actor));
    std::vector<ledger::Field> fields;
    if (auto const reason = body.text_at("reason"); !reason.empty()) fields.push_back({"reason", reason, "operational"});
    fields.push_back({"suspended", suspended, "public"});
    SANJAL_DO(write_down(context, actor, suspended ? "actor.suspended" : "actor.resumed", std::move(fields)));
    if (suspended) SANJAL_DO(app::close_sessions(context.tx(), actor));
    return app::json(200, Json::object({{"actor", actor}}));
}
Result<app::Response> suspend(app::Context& c, app::Request const& r) { return rest(c, r, true); }
Result<app::Response> resume(app::Context& c, app::Request const& r) { return rest(c, r, false); }

Result<app::Response> end_sessions(app::Context& context, app::Request const& request) {
    SANJAL_DO(be_nodal(context));
    std::string const actor(request.param("id"));
    SANJAL_DO(active(context, actor));
    SANJAL_DO(write_down(context, actor, "actor.sessions_ended", {{"ended", format_instant(context.now()), "public"}}));
    SANJAL_DO(app::close_sessions(context.tx(), actor));
    return app::empty(204);
}

// Who may give a password back to this person: a nodal officer, or the head of the unit; never oneself.
Result<void> be_officer_of(app::Context& context, std::string const& actor) {
    auto const& me = context.actor();
    if (!me.is_nodal && !me.is_head) return only_nodal();
    SANJAL_TRY(auto const state, active(context, actor));
    if (!me.is_nodal && word(state, "unit") != me.unit) return no_account();
    if (actor == me.id) return fail(Fault::Conflict, "reset.self", "Others give you your password back. To change it, you need the old one.");
    return {};
}

Result<app::Response> begin_reset(app::Context& context, app::Request const& request) {
    std::string const actor(request.param("id"));
    SANJAL_DO(be_officer_of(context, actor));
    SANJAL_TRY(auto const key, context.own_key());
    SANJAL_DO(app::begin_reset(context.house(), actor, context.actor().id, key));
    SANJAL_DO(write_down(context, actor, "actor.reset_begun", {{"reset_begun", format_instant(context.now()), "public"}}));
    return app::json(202, Json::object({{"actor", actor}, {"says", "Now another officer ends it, until tomorrow at this time."}}));
}

Result<void> prepare_reset(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, request.token));
        return session && (session->actor.is_nodal || session->actor.is_head) ? Result<void>{} : only_nodal();
    }));
    std::string password = to_base64url(house.random().bytes(12));
    SANJAL_TRY(auto made, crypto::make_password(password, {house.kdf_memory_kib(), 3}, house.random()));
    request.prepared = std::make_shared<app::Renewed>(app::Renewed{std::move(password), std::move(made)});
    return {};
}

Result<app::Response> finish_reset(app::Context& context, app::Request const& request) {
    std::string const actor(request.param("id"));
    SANJAL_DO(be_officer_of(context, actor));
    auto const& renewed = *std::any_cast<std::shared_ptr<app::Renewed>>(request.prepared);
    SANJAL_TRY(auto const key, context.own_key());
    SANJAL_TRY(auto const first, app::finish_reset(context.house(), actor, context.actor().id, key, renewed));
    SANJAL_DO(write_down(context, actor, "actor.reset", {{"reset_by", Json::list({first, context.actor().id}), "public"}}));
    SANJAL_DO(app::close_sessions(context.tx(), actor));
    return app::json(200, Json::object({{"actor", actor}, {"password", renewed.password}, {"says", "Tell it to the person alone, who changes it at once."}}));
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/accounts", "account.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    app::behind_password({app::Method::Post, "/api/v1/accounts", "account.create", app::Needs::Session, app::Run::Write, app::answered<create>, prepare_create}),
    {app::Method::Post, "/api/v1/accounts/requests", "account.join", app::Needs::Nothing, app::Run::Write, app::answered<join>, prepare_join, app::Body::Json, app::Guard::Join},
    app::behind_password({app::Method::Patch, "/api/v1/accounts/{id}", "account.change", app::Needs::Session, app::Run::Write, app::answered<change>}),
    {app::Method::Delete, "/api/v1/accounts/{id}", "account.approve", app::Needs::Session, app::Run::Write, app::answered<decline>},
    app::behind_password({app::Method::Post, "/api/v1/accounts/{id}/approve", "account.approve", app::Needs::Session, app::Run::Write, app::answered<approve>}),
    {app::Method::Post, "/api/v1/accounts/{id}/suspend", "account.change", app::Needs::Session, app::Run::Write, app::answered<suspend>},
    app::behind_password({app::Method::Post, "/api/v1/accounts/{id}/resume", "account.change", app::Needs::Session, app::Run::Write, app::answered<resume>}),
    {app::Method::Delete, "/api/v1/accounts/{id}/sessions", "account.change", app::Needs::Session, app::Run::Write, app::answered<end_sessions>},
    app::behind_password({app::Method::Post, "/api/v1/accounts/{id}/reset", "account.reset", app::Needs::Session, app::Run::Write, app::answered<begin_reset>}),
    app::behind_password({app::Method::Post, "/api/v1/accounts/{id}/reset/finish", "account.reset", app::Needs::Session, app::Run::Write, app::answered<finish_reset>, prepare_reset}),
    {app::Method::Get, "/api/v1/invitations", "account.invite", app::Needs::Session, app::Run::Read, app::answered<invitations>},
    {app::Method::Post, "/api/v1/invitations", "account.invite", app::Needs::Session, app::Run::Write, app::answered<invite>},
    {app::Method::Delete, "/api/v1/invitations/{id}", "account.invite", app::Needs::Session, app::Run::Write, app::answered<withdraw_invitation>},
    {app::Method::Post, "/api/v1/invitations/open", "account.arrive", app::Needs::Nothing, app::Run::Read, app::answered<show_invitation>, nullptr, app::Body::Json, app::Guard::Arrive},
    {app::Method::Post, "/api/v1/invitations/take", "account.arrive", app::Needs::Nothing, app::Run::Write, app::answered<arrive>, prepare_arrival, app::Body::Json, app::Guard::Arrive},
    {app::Method::Get, "/api/v1/colleagues", "account.colleagues", app::Needs::Session, app::Run::Read, app::answered<colleagues>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "accounts", .routes = routes, .migrations = invitation_tables()};

}  // namespace sanjal::accounts
