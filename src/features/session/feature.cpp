// Sign in, sign out, who am I.  The password is proved on a worker thread (Argon2id), the session is opened in the writer.
#include "app/account.h"
#include "app/context.h"
#include "app/feature.h"
#include "app/problem.h"
#include "base/bytes.h"
#include "base/json.h"
#include "crypto/hash.h"

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
    return {};
}

app::Response open(app::Context& context, app::Request const&) {
    SANJAL_CHECK(context.proven.has_value());
    auto opened = app::open_session(context.house(), context.tx(), *context.proven);
    if (!opened) return app::problem(opened.error());
    app::Response response = app::json(201, Json::object({{"actor", context.proven->actor.id}, {"csrf", opened->csrf}}));
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

Result<app::Response> me(app::Context& context, app::Request const& request) {
    auto const& actor = context.actor();
    SANJAL_TRY(auto const keep, keep_key(context, request));
    return app::json(200, Json::object({{"actor", actor.id}, {"user", actor.name}, {"role", actor.role}, {"unit", actor.unit}, {"unit_code", actor.unit_code},
                                        {"nodal", actor.is_nodal}, {"csrf", context.session().csrf}, {"keep", keep}}));
}

constexpr app::Route routes[] = {
    {app::Method::Post, "/api/v1/sessions", "session.open", app::Needs::Nothing, app::Run::Write, open, prove},
    {app::Method::Delete, "/api/v1/sessions/current", "session.close", app::Needs::Session, app::Run::Write, close},
    {app::Method::Get, "/api/v1/me", "session.me", app::Needs::Session, app::Run::Read, app::answered<me>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "session", .routes = routes};

}  // namespace sanjal::session
