// Sign in, sign out, who am I, where else am I signed in.  The password is proved on a worker thread (Argon2id), the session is opened in the writer.
#include <algorithm>

#include "app/account.h"
#include "app/context.h"
#include "app/escrow.h"
#include "app/feature.h"
#include "app/problem.h"
#include "base/bytes.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "policy/decide.h"

namespace sanjal::session {
namespace {

// Runs before the writer: slow.
Result<void> prove(app::House& house, app::Request const& request, std::optional<app::Proven>& proven) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const user = body.text_at("user");
    auto const password = body.text_at("password");
    if (!body.is_object() || user.empty() || password.empty()) {
        return fail(Fault::Invalid, "session.incomplete", "Send your name and your password.", user.empty() ? "/user" : "/password");
    }
    for (auto const& [name, value] : body.members()) {
        if (name != "user" && name != "password") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    SANJAL_TRY(proven, app::prove(house, std::string(user), std::string(password)));
    return app::keep_escrow(house, *proven);
}

app::Response open(app::Context& context, app::Request const&) {
    SANJAL_CHECK(context.proven.has_value());
    auto opened = app::open_session(context.house(), context.tx(), *context.proven);
    if (!opened) return app::problem(opened.error());
    Json json = Json::object({{"actor", context.proven->actor.id}, {"csrf", opened->csrf}});
    if (opened->ended > 0) json.set("says", "You were signed in at too many places. Where you had not been for longest, you are signed out now; what waits there to be sent stays.");
    app::Response response = app::json(201, json);
    response.session_cookie = opened->token;
    return response;
}

app::Response close(app::Context& context, app::Request const&) {
    if (auto closed = app::close_session(context.tx(), context.session()); !closed) return app::problem(closed.error());
    app::Response response = app::empty(204);
    response.session_cookie = "";
    // What was written and not yet sent stays, sealed under the key that /me gives: signing out loses nothing.
    response.headers.emplace_back("Clear-Site-Data", "\"cache\"");
    return response;
}

// The key under which this person's browsers seal what is not yet sent.  It comes from the account's own key, which only a
// session opens: the same in every session, and not to be had without one.
Result<std::string> keep_key(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const box, app::box_key(context.session(), request.token));
    return to_base64url(crypto::hkdf_sha256(box.secret(), "", "sanjal/keep/" + context.actor().id, 32));
}

Result<std::string> chosen_language(app::Context& context) {
    std::string language;
    SANJAL_DO(context.house().key_store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const found, tx.text("select language from account where actor = $1", {context.actor().id}));
        language = found.value_or("");
        return {};
    }));
    return language;
}

Result<app::Response> me(app::Context& context, app::Request const& request) {
    auto const& actor = context.actor();
    SANJAL_TRY(auto const language, chosen_language(context));
    SANJAL_TRY(auto const keep, keep_key(context, request));
    auto const sees = policy::oversight(actor.role, context.pack());
    Json json = Json::object({{"actor", actor.id}, {"user", actor.name}, {"role", actor.role}, {"unit", actor.unit}, {"unit_code", actor.unit_code}, {"nodal", actor.is_nodal},
                              {"head", actor.is_head}, {"watches", sees.counts || sees.clocks}, {"csrf", context.session().csrf}, {"keep", keep}});
    if (!language.empty()) json.set("language", language);
    return app::json(200, json);
}

// The language of one's screens; nothing else about oneself is one's own to change.
Result<app::Response> change_me(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (name != "language") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    auto const language = body.text_at("language");
    auto const* languages = context.pack().document.find("languages");
    bool const known = languages != nullptr && languages->is_list() &&
                       std::any_of(languages->items().begin(), languages->items().end(), [&](Json const& one) { return one.is_text() && one.text() == language; });
    if (!known) return fail(Fault::Invalid, "session.language", "The rules in force do not speak this language. GET /packs names those that they speak.", "/language");
    SANJAL_DO(context.house().key_store().change([&](store::Transaction& tx) { return tx.put("update account set language = $1 where actor = $2", {language, context.actor().id}); }));
    return me(context, request);
}

// The name under which this session signed in; empty where there is none any more.
Result<std::string> name_in(app::House& house, std::string_view token) {
    std::string name;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, app::find_session(house, tx, token));
        if (session) name = session->actor.name;
        return {};
    }));
    return name;
}

// One is signed in already: a wrong password is a wrong value and not the end of the session.
Result<app::Proven> prove_own(app::House& house, app::Request const& request, std::string_view password) {
    SANJAL_TRY(auto const name, name_in(house, request.token));
    auto proof = app::prove(house, name, std::string(password));
    if (!proof && proof.error().fault == Fault::Unsigned) return fail(Fault::Invalid, "session.wrong", "This is not your password.", "/password");
    return proof;
}

// Before something dangerous: the password once more.
Result<void> prepare_proof(app::House& house, app::Request const& request, std::optional<app::Proven>& proven) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const password = body.text_at("password");
    if (!body.is_object() || password.empty()) return fail(Fault::Invalid, "session.incomplete", "Send your password.", "/password");
    for (auto const& [name, value] : body.members()) {
        if (name != "password") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    SANJAL_TRY(proven, prove_own(house, request, password));
    return {};
}

Result<app::Response> proof(app::Context& context, app::Request const&) {
    SANJAL_CHECK(context.proven && context.proven->actor.id == context.actor().id);
    SANJAL_DO(app::prove_again(context.house(), context.tx(), context.session()));
    return app::empty(204);
}

// A new password for oneself, by the old one.  Proved and made on a worker thread; the key that was wrapped is wrapped anew.
Result<void> prepare_password(app::House& house, app::Request const& request, std::optional<app::Proven>& proven) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const password = body.text_at("password");
    auto const fresh = body.text_at("new_password");
    if (!body.is_object() || password.empty() || fresh.empty()) return fail(Fault::Invalid, "session.incomplete", "Send your password and the new one.", password.empty() ? "/password" : "/new_password");
    for (auto const& [name, value] : body.members()) {
        if (name != "password" && name != "new_password") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    if (auto const good = app::check_new_password(fresh); !good) return fail(Fault::Invalid, good.error().code, good.error().message, "/new_password");
    SANJAL_TRY(proven, prove_own(house, request, password));
    SANJAL_TRY(auto made, crypto::make_password(fresh, {house.kdf_memory_kib(), 3}, house.random()));
    request.prepared = std::make_shared<crypto::NewPassword>(std::move(made));
    return {};
}

Result<app::Response> change_password(app::Context& context, app::Request const& request) {
    auto const& made = *std::any_cast<std::shared_ptr<crypto::NewPassword>>(request.prepared);
    SANJAL_CHECK(context.proven && context.proven->actor.id == context.actor().id);
    auto& house = context.house();
    Bytes const wrapped = crypto::seal(made.key, context.proven->box_secret, "sanjal/account/" + context.actor().id, house.random());
    SANJAL_DO(house.key_store().change([&](store::Transaction& tx) {
        return tx.put("update account set password = $1, box_wrapped = $2 where actor = $3", {made.record.to_text(), store::Blob{wrapped}, context.actor().id});
    }));
    SANJAL_DO(app::close_sessions(context.tx(), context.actor().id, context.session().token_hash));
    return app::empty(204);
}

Result<app::Response> list(app::Context& context, app::Request const&) {
    SANJAL_TRY(auto const rows, app::sessions_of(context.house(), context.tx(), context.actor().id));
    Json sessions = Json::list();
    for (auto const& row : rows) {
        sessions.push_back(Json::object({{"session", row.id}, {"opened", format_instant(instant_of(row.created))}, {"seen", format_instant(instant_of(row.seen))},
                                         {"current", row.token_hash == context.session().token_hash}}));
    }
    return app::json(200, Json::object({{"sessions", std::move(sessions)}}));
}

// One of one's own, on a computer that one left, say.
Result<app::Response> end(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const rows, app::sessions_of(context.house(), context.tx(), context.actor().id));
    auto const found = std::find_if(rows.begin(), rows.end(), [&](auto const& row) { return row.id == request.param("id"); });
    if (found == rows.end()) return fail(Fault::NotFound, "session.no_such", "You have no such session, or it has ended already.");
    SANJAL_DO(context.tx().put("delete from session where token_hash = $1", {store::Blob{found->token_hash}}));
    return app::empty(204);
}

constexpr app::Route routes[] = {
    {app::Method::Post, "/api/v1/sessions", "session.open", app::Needs::Nothing, app::Run::Write, open, prove, app::Body::Json, app::Guard::SignIn},
    {app::Method::Delete, "/api/v1/sessions/current", "session.close", app::Needs::Session, app::Run::Write, close},
    {app::Method::Post, "/api/v1/sessions/current/proof", "session.prove", app::Needs::Session, app::Run::Write, app::answered<proof>, prepare_proof},
    {app::Method::Get, "/api/v1/me", "session.me", app::Needs::Session, app::Run::Read, app::answered<me>},
    {app::Method::Patch, "/api/v1/me", "session.me", app::Needs::Session, app::Run::Write, app::answered<change_me>},
    {app::Method::Post, "/api/v1/me/password", "session.password", app::Needs::Session, app::Run::Write, app::answered<change_password>, prepare_password},
    {app::Method::Get, "/api/v1/sessions", "session.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Delete, "/api/v1/sessions/{id}", "session.close", app::Needs::Session, app::Run::Write, app::answered<end>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "session", .routes = routes};

}  // namespace sanjal::session
