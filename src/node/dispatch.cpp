#include "node/dispatch.h"

#include "app/context.h"
#include "app/problem.h"
#include "app/receipt.h"
#include "app/refusals.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "node/rates.h"

namespace sanjal::node {
namespace {

constexpr std::size_t idempotency_key_max = 128;
constexpr char const* receipt_header = "Sanjal-Receipt";
constexpr std::uint64_t streamed_bytes_max = std::uint64_t{100} << 20U;  // a long recording; larger ones are sent in parts

tl::unexpected<Error> not_signed_in() { return fail(Fault::Unsigned, "session.none", "Nobody is signed in here, or the session has ended. Sign in again; what you typed is kept."); }

Result<std::optional<app::Session>> session_for(app::House& house, store::Transaction& tx, app::Request const& request, app::Route const& route) {
    if (route.needs == app::Needs::Nothing) return std::optional<app::Session>();
    if (request.token.empty()) return not_signed_in();
    SANJAL_TRY(auto session, app::find_session(house, tx, request.token));
    if (!session) return not_signed_in();
    bool const writes = route.method != app::Method::Get;
    if (writes && !equal_in_constant_time(request.header("x-csrf-token").value_or(""), session->csrf)) {
        return fail(Fault::Forbidden, "session.csrf", "This request does not come from your own page: its X-CSRF-Token is missing or wrong.");
    }
    if (route.asks == app::Asks::PasswordAgain && !app::is_proved(house, *session)) {
        return fail(Fault::Forbidden, "session.prove_again", "This could do harm in other hands, so it asks who you are. Type your password again, then do it once more; nothing is lost.");
    }
    return session;
}

// What an earlier request of the same name was answered; an Error where its body was another one.
Result<std::optional<app::Response>> answered_before(store::Transaction& tx, std::string const& actor, std::string const& name, Bytes const& body_hash) {
    std::optional<app::Response> earlier;
    bool other_body = false;
    SANJAL_DO(tx.each("select body_hash, status, body, receipt from idempotency where actor = $1 and name = $2", {actor, name}, [&](store::Row const& row) -> Result<void> {
        other_body = row.bytes(0) != body_hash;
        earlier = app::Response{static_cast<int>(row.integer(1)), "application/json", std::string(row.text(2)), {{"Idempotent-Replayed", "true"}}, std::nullopt};
        if (!row.text(3).empty()) earlier->headers.emplace_back(receipt_header, row.text(3));
        return {};
    }));
    if (other_body) {
        return fail(Fault::Conflict, "idempotency.other_body", "This Idempotency-Key was used for another request. Use a new key for a new request.");
    }
    return earlier;
}

// What the request opens records for: X-Purpose, or ?purpose=, which no handler sees.  Only words that the pack knows go into
// the access log.
Result<std::string> purpose_of(app::House& house, app::Request& request) {
    std::string purpose(request.header("x-purpose").value_or(""));
    for (auto at = request.queries.begin(); at != request.queries.end();) {
        if (at->first != "purpose") {
            ++at;
            continue;
        }
        purpose = at->second;
        at = request.queries.erase(at);
    }
    auto const pack = house.packs().in_force();
    if (!purpose.empty() && (pack == nullptr || !policy::is_purpose(purpose, *pack))) {
        return fail(Fault::Invalid, "policy.purpose_unknown", "The rules in force do not know this purpose. Leave it out, or choose one of those that are asked for.", "purpose");
    }
    return purpose;
}

}  // namespace

Dispatch::Dispatch(app::House& house, Executor& workers) : house_(house), workers_(workers) {
    for (auto const* feature : app::all_features()) {
        for (auto const& route : feature->routes) router_.add(route);
    }
}

http::BodyPlan Dispatch::plan(app::Method method, std::string_view path) const {
    auto const* route = router_.find(method, path).route;
    if (route == nullptr || route->body != app::Body::Streamed) return {};
    return {streamed_bytes_max, true};
}

std::string Dispatch::cookie_name() const { return "__Host-sanjal-" + house_.ledger().node().substr(0, 8); }

void Dispatch::handle(app::Request request, Done done) {
    // A no is said in the reader's language, wherever it came from.
    auto const language = app::language_asked(request.header("accept-language").value_or(""));
    if (language != "en") {
        done = [language, done = std::move(done)](app::Response response) {
            app::say_in(response, language);
            done(std::move(response));
        };
    }
    workers_.post([this, request = std::move(request), done = std::move(done)]() mutable { run(std::move(request), done); });
}

void Dispatch::run(app::Request request, Done const& done) {
    auto routed = router_.find(request.method, request.path);
    if (routed.route == nullptr) {
        if (routed.allowed.empty()) return done(app::problem(Error{Fault::NotFound, "request.no_such_path", "There is nothing at this address.", {}}));
        app::Response response = app::problem(405, "request.method", "This address does not take that method; the Allow header says which it takes.");
        std::string allow;
        for (auto const method : routed.allowed) allow += (allow.empty() ? "" : ", ") + std::string(method);
        response.headers.emplace_back("Allow", allow);
        return done(std::move(response));
    }
    request.params = std::move(routed.params);
    auto const& route = *routed.route;
    auto purpose = purpose_of(house_, request);
    if (!purpose) return done(app::problem(purpose.error()));
    if (auto const may = may_try(house_, request, route.guard); !may) return done(app::problem(may.error()));
    std::optional<app::Proven> proven;
    if (route.prepare != nullptr) {
        // Slow work is not done for somebody who is not signed in.
        auto const known = house_.store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(session_for(house_, tx, request, route));
            return {};
        });
        if (!known) return done(app::problem(known.error()));
        if (auto prepared = route.prepare(house_, request, proven); !prepared) return done(app::problem(prepared.error()));
    }
    if (route.run == app::Run::Write) return run_write(std::move(request), route, std::move(proven), std::move(*purpose), done);

    std::optional<app::Response> response;
    bool log_first = false;
    auto read = house_.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const session, session_for(house_, tx, request, route));
        app::Context context(house_, tx, session ? &*session : nullptr, request.token);
        context.purpose = *purpose;
        context.may_refuse_reads = true;
        response = route.handle(context, request);
        log_first = context.must_log_first();
        return {};
    });
    // Who opened a sealed field or a file is durable before it is shown.
    if (read && log_first) read = house_.ledger().flush_access(false);
    done(read ? std::move(*response) : app::problem(read.error()));
}

void Dispatch::run_write(app::Request request, app::Route const& route, std::optional<app::Proven> proven, std::string purpose, Done done) {
    // What the writer's closure answered; a refusal rolls its rows back by an Error that nobody sees.
    struct Answer {
        app::Request request;
        std::optional<app::Proven> proven;
        std::string purpose;
        std::optional<app::Response> response;
    };
    auto answer = std::make_shared<Answer>(Answer{std::move(request), std::move(proven), std::move(purpose), std::nullopt});
    house_.ledger().submit(
        [this, answer, &route](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const session, session_for(house_, tx, answer->request, route));
            auto const key = answer->request.header("idempotency-key");
            Bytes body_hash;
            std::string name;
            if (key && session) {
                if (key->empty() || key->size() > idempotency_key_max || !is_utf8(*key)) {
                    return fail(Fault::Invalid, "idempotency.key", "An Idempotency-Key has 1 to 128 characters.");
                }
                name = std::string(app::name_of(answer->request.method)) + " " + answer->request.path + " " + std::string(*key);
                body_hash = answer->request.source ? answer->request.body_digest : crypto::sha256(answer->request.body);
                SANJAL_TRY(auto earlier, answered_before(tx, session->actor.id, name, body_hash));
                if (earlier) {
                    answer->response = std::move(*earlier);
                    return {};
                }
            }
            if (session) SANJAL_DO(may_write(house_, tx, session->actor.id));
            app::Context context(house_, tx, session ? &*session : nullptr, answer->request.token);
            context.proven = std::move(answer->proven);
            context.purpose = answer->purpose;
            auto* const appended = tx.memory() != nullptr ? &tx.memory()->of<app::Appended>() : nullptr;
            if (appended != nullptr) *appended = {};  // of another request of the same group
            answer->response = route.handle(context, answer->request);
            if (answer->response->status >= 400) return fail(Fault::Internal, "dispatch.refused", "");
            if (!name.empty()) {
                // Who asks under a name that can be asked again gets it in writing: what was handed in is in the ledger.
                std::string receipt;
                if (appended != nullptr && appended->entries > 0) {
                    SANJAL_TRY(receipt, app::receipt_for_request(house_, session->actor.id, *appended, body_hash));
                    answer->response->headers.emplace_back(receipt_header, receipt);
                }
                SANJAL_DO(tx.put("insert into idempotency (actor, name, body_hash, status, body, at, receipt) values ($1, $2, $3, $4, $5, $6, $7)",
                                 {session->actor.id, name, store::Blob{body_hash}, answer->response->status, answer->response->body, milliseconds_of(house_.clock().now()), receipt}));
            }
            if (session && milliseconds_of(house_.clock().now()) - session->seen > 60000) SANJAL_DO(app::touch_session(house_, tx, *session));
            return {};
        },
        [answer, done = std::move(done)](Result<void> result) {
            answer->request.prepared.reset();  // what was made ahead and not used is gone before anybody is told
            if (result || (result.error().code == "dispatch.refused" && answer->response)) return done(std::move(*answer->response));
            done(app::problem(result.error()));
        });
}

}  // namespace sanjal::node
