// Webhooks: what is new for the nodal officer who registered an address, told there by signed POSTs (Standard Webhooks 1.0.0:
// HMAC-SHA-256 over id, timestamp and body).  A delivery holds ids and kinds and never a name; it is repeated with growing
// pauses until it is taken or given up.  Of several processes on one database one does this.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "app/changes.h"
#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "crypto/seal.h"

namespace sanjal::webhooks {
namespace {

constexpr store::Migration migrations[] = {
    {1, "webhooks: addresses and deliveries",
     "create table webhook (id {text} primary key, url {text} not null, secret {blob} not null, actor {text} not null, created {int} not null, position {int} not null);"
     "create table webhook_delivery (id {text} primary key, webhook {text} not null, position {int} not null, kind {text} not null, record {text} not null, type {text} not null,"
     " created {int} not null, attempts {int} not null, next_at {int} not null, state {text} not null, status {int} not null, error {text} not null);"
     "create index webhook_delivery_due on webhook_delivery (state, next_at);"
     "create index webhook_delivery_of on webhook_delivery (webhook, id);"},
};

constexpr std::size_t secret_bytes = 32;
constexpr std::int64_t webhooks_max = 20;
constexpr std::int64_t shown_max = 100;
constexpr std::int64_t kept_ms = std::int64_t{7} * 24 * 60 * 60 * 1000;
constexpr int sent_at_once_max = 8;

tl::unexpected<Error> only_nodal() { return fail(Fault::Forbidden, "account.nodal", "Only the nodal officer does this."); }
tl::unexpected<Error> no_webhook() { return fail(Fault::NotFound, "webhook.none", "There is no such webhook."); }

// The pauses before each further attempt, in seconds; a test makes them shorter.
std::vector<std::int64_t> pauses() {
    char const* const given = std::getenv("SANJAL_WEBHOOK_PAUSES");
    std::string_view text = given != nullptr ? given : "5,300,1800,7200,18000,36000,50400,72000";
    std::vector<std::int64_t> all;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        std::int64_t seconds = 0;
        std::from_chars(text.data(), text.data() + end, seconds);
        all.push_back(seconds * 1000);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

// https (http only where the owner of the node allowed that very address), a host, no name and password, nothing odd.
bool is_url(std::string_view url) {
    auto const rest = url.starts_with("https://") ? url.substr(8) : url.starts_with("http://") ? url.substr(7) : std::string_view();
    auto const host = rest.substr(0, rest.find_first_of("/?"));
    return !host.empty() && host.find('@') == std::string_view::npos && url.size() <= 500 && url.find('#') == std::string_view::npos &&
           std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\' && c != '<' && c != '>'; });
}

Result<void> write_down(app::Context& context, std::string const& id, std::string verb, std::string_view url) {
    auto submission = context.submission();
    auto const start = url.find("//") + 2;
    std::string const host(url.substr(start, url.find_first_of("/?", start) - start));
    submission.entries.push_back({std::move(verb), id, {{"host", host, "operational"}}, std::nullopt, std::nullopt});
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return {};
}

Result<void> put_delivery(app::House& house, store::Transaction& tx, std::string const& webhook, app::Changed const& changed) {
    std::int64_t const now = milliseconds_of(house.clock().now());
    return tx.put("insert into webhook_delivery (id, webhook, position, kind, record, type, created, attempts, next_at, state, status, error)"
                  " values ($1, $2, $3, $4, $5, $6, $7, 0, $7, 'waiting', 0, '')",
                  {house.new_id(), webhook, changed.position, changed.kind, changed.record, changed.type, now});
}

Result<app::Response> create(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return only_nodal();
    SANJAL_TRY(auto const body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (name != "url") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    std::string const url(body.text_at("url"));
    if (!is_url(url)) return fail(Fault::Invalid, "webhook.url", "Give an https address of at most 500 characters, without a name and a password in it.", "/url");
    SANJAL_TRY(auto const count, context.tx().integer("select count(*) from webhook"));
    if (count.value_or(0) >= webhooks_max) return fail(Fault::Conflict, "webhook.too_many", "There are twenty webhooks already. Take one away first.");
    auto& house = context.house();
    std::string const id = house.new_id();
    Bytes const secret = house.random().bytes(secret_bytes);
    SANJAL_DO(write_down(context, id, "webhook.registered", url));
    SANJAL_TRY(auto const frontier, house.ledger().frontier(context.tx()));
    SANJAL_DO(context.tx().put("insert into webhook (id, url, secret, actor, created, position) values ($1, $2, $3, $4, $5, $6)",
                               {id, url, store::Blob{crypto::seal(house.keys().derived("webhooks"), secret, "sanjal/webhook/" + id, house.random())}, context.actor().id,
                                milliseconds_of(context.now()), static_cast<std::int64_t>(frontier.size())}));
    SANJAL_DO(put_delivery(house, context.tx(), id, {static_cast<std::int64_t>(frontier.size()), id, "webhook", "webhook.registered", {}, 0}));
    // Shown once.
    return app::json(201, Json::object({{"webhook", id}, {"url", url}, {"secret", "whsec_" + to_base64(secret)}}));
}

Result<app::Response> list(app::Context& context, app::Request const&) {
    if (!context.actor().is_nodal) return only_nodal();
    Json all = Json::list();
    SANJAL_DO(context.tx().each("select id, url, actor, created from webhook order by id", {}, [&](store::Row const& row) -> Result<void> {
        all.push_back(Json::object({{"webhook", row.text(0)}, {"url", row.text(1)}, {"by", row.text(2)}, {"created", format_instant(instant_of(row.integer(3)))}}));
        return {};
    }));
    return app::json(200, Json::object({{"webhooks", std::move(all)}}));
}

Result<app::Response> remove(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return only_nodal();
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const url, context.tx().text("select url from webhook where id = $1", {id}));
    if (!url) return no_webhook();
    SANJAL_DO(context.tx().put("delete from webhook where id = $1", {id}));
    SANJAL_DO(context.tx().put("delete from webhook_delivery where webhook = $1", {id}));
    SANJAL_DO(write_down(context, id, "webhook.removed", *url));
    return app::empty(204);
}

// The newest hundred, with what came back.
Result<app::Response> deliveries(app::Context& context, app::Request const& request) {
    if (!context.actor().is_nodal) return only_nodal();
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const url, context.tx().text("select url from webhook where id = $1", {id}));
    if (!url) return no_webhook();
    Json all = Json::list();
    SANJAL_DO(context.tx().each("select id, kind, record, created, attempts, next_at, state, status, error from webhook_delivery where webhook = $1 order by id desc limit " + std::to_string(shown_max), {id},
                                [&](store::Row const& row) -> Result<void> {
                                    Json one = Json::object({{"delivery", row.text(0)}, {"kind", row.text(1)}, {"record", row.text(2)}, {"created", format_instant(instant_of(row.integer(3)))},
                                                             {"attempts", row.integer(4)}, {"state", row.text(6)}});
                                    if (row.text(6) == "waiting") one.set("next", format_instant(instant_of(row.integer(5))));
                                    if (row.integer(7) != 0) one.set("status", row.integer(7));
                                    if (!row.text(8).empty()) one.set("error", row.text(8));
                                    all.push_back(std::move(one));
                                    return {};
                                }));
    return app::json(200, Json::object({{"deliveries", std::move(all)}}));
}

// Who registered it, as what that person is now; nobody where the person is not a nodal officer any more.
Result<std::optional<policy::Actor>> whose(store::Transaction& tx, std::string const& actor) {
    SANJAL_TRY(auto const state, record::find(tx, actor));
    if (!state) return std::optional<policy::Actor>();
    auto const flag = [&](char const* name) {
        auto const* value = state->value(name);
        return value != nullptr && value->is_bool() && value->boolean();
    };
    auto const* role = state->value("role");
    auto const* unit = state->value("unit");
    if (role == nullptr || unit == nullptr || !flag("nodal") || flag("suspended")) return std::optional<policy::Actor>();
    policy::Actor known;
    known.id = actor;
    known.role = role->text();
    known.unit = unit->text();
    known.is_nodal = true;
    return std::optional(std::move(known));
}

// What came since the last time becomes deliveries.
Result<void> collect(app::House& house) {
    struct Hook {
        std::string id, actor;
        std::int64_t position;
        static Hook from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1)), row.integer(2)}; }
    };
    std::vector<Hook> behind;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
        SANJAL_TRY(behind, tx.rows<Hook>("select id, actor, position from webhook where position < $1", {static_cast<std::int64_t>(frontier.size())}));
        return {};
    }));
    for (auto const& hook : behind) {
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const actor, whose(tx, hook.actor));
            app::Changes changes;
            if (actor) {
                SANJAL_TRY(changes, app::changes_for(house, tx, *actor, hook.position));
            } else {
                SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
                changes.next = static_cast<std::int64_t>(frontier.size());
            }
            for (auto const& changed : changes.all) SANJAL_DO(put_delivery(house, tx, hook.id, changed));
            return tx.put("update webhook set position = $1 where id = $2", {changes.next, hook.id});
        }, store::Priority::Low));
    }
    return {};
}

struct Due {
    std::string id, webhook, url, kind, record, type, actor;
    Bytes secret;
    std::int64_t position, created, attempts;
    static Due from(store::Row const& row) {
        return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5)), std::string(row.text(6)),
                Bytes(row.bytes(7)), row.integer(8), row.integer(9), row.integer(10)};
    }
};

Result<int> send(app::House& house, app::Outbound& outbound, Due const& due) {
    SANJAL_TRY(auto const secret, crypto::open(house.keys().derived("webhooks"), due.secret, "sanjal/webhook/" + due.webhook));
    std::string const body = write_json(Json::object({{"type", due.kind}, {"timestamp", format_instant(instant_of(due.created))},
                                                      {"data", Json::object({{"record", due.record}, {"type", due.type}, {"position", due.position}})}}));
    std::string const seconds = std::to_string(milliseconds_of(house.clock().now()) / 1000);
    std::string const signature = to_base64(crypto::hmac_sha256(secret, due.id + "." + seconds + "." + body));
    return outbound.post({due.url, {{"Content-Type", "application/json"}, {"webhook-id", due.id}, {"webhook-timestamp", seconds}, {"webhook-signature", "v1," + signature}}, body});
}

Result<void> deliver(app::House& house, app::Outbound& outbound) {
    std::int64_t const now = milliseconds_of(house.clock().now());
    std::vector<Due> due;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(due, tx.rows<Due>("select d.id, d.webhook, w.url, d.kind, d.record, d.type, w.actor, w.secret, d.position, d.created, d.attempts from webhook_delivery d"
                                     " join webhook w on w.id = d.webhook where d.state = 'waiting' and d.next_at <= $1 order by d.next_at, d.id limit " + std::to_string(sent_at_once_max),
                                     {now}));
        return {};
    }));
    auto const after = pauses();
    for (auto const& one : due) {
        auto const status = send(house, outbound, one);
        bool const taken = status && *status >= 200 && *status < 300;
        auto const attempts = static_cast<std::size_t>(one.attempts) + 1;
        // 410: the receiver wants no more.  What may never be called is not tried again.
        bool const given_up = !taken && (attempts > after.size() || (status && *status == 410) || (!status && status.error().code == "outside.private"));
        std::int64_t const next = taken || given_up ? 0 : now + after[attempts - 1];
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.put("delete from webhook_delivery where state <> 'waiting' and created < $1", {now - kept_ms}));
            return tx.put("update webhook_delivery set attempts = $1, state = $2, next_at = $3, status = $4, error = $5 where id = $6",
                          {static_cast<std::int64_t>(attempts), taken ? "delivered" : given_up ? "given_up" : "waiting", next, status ? std::int64_t{*status} : std::int64_t{0},
                           status ? std::string() : status.error().code, one.id});
        }, store::Priority::Low));
    }
    return {};
}

void tick(app::House& house, app::Outbound& outbound) {
    auto const ours = house.store().try_lock_forever("webhooks");
    if (!ours || !*ours) return;
    auto done = collect(house);
    if (done) done = deliver(house, outbound);
    if (!done) log::write(log::Level::Alarm, "webhooks.not_done", {{"code", log::Safe::id(done.error().code)}});
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/webhooks", "webhook.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    app::behind_password({app::Method::Post, "/api/v1/webhooks", "webhook.create", app::Needs::Session, app::Run::Write, app::answered<create>}),
    {app::Method::Delete, "/api/v1/webhooks/{id}", "webhook.create", app::Needs::Session, app::Run::Write, app::answered<remove>},
    {app::Method::Get, "/api/v1/webhooks/{id}/deliveries", "webhook.list", app::Needs::Session, app::Run::Read, app::answered<deliveries>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "webhooks", .routes = routes, .migrations = migrations, .tick = tick};

}  // namespace sanjal::webhooks
