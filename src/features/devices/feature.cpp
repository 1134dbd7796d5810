// A device that writes by itself: it is introduced with its key, and hands over entries that it signed, at once or weeks
// later.  What came is never altered and never thrown away: it is appended, or it waits (for the rest of its submission, or
// because a rule said no) and says why.
#include <algorithm>
#include <map>

#include "app/feature.h"
#include "app/problem.h"
#include "base/bytes.h"
#include "base/id.h"
#include "crypto/jws.h"
#include "crypto/sd_jwt.h"
#include "crypto/seal.h"
#include "features/devices/judge.h"

namespace sanjal::devices {
namespace {

constexpr std::size_t entries_max = 2000;       // in one request
constexpr std::int64_t waiting_max = 2000;      // of one person
constexpr std::int64_t devices_max = 20;        // of one person

// --- devices -----------------------------------------------------------------------------------------------------------

// {jwk, proof}: the proof is a JWS of the key over {node, actor}, so that nobody introduces a key that he does not hold.
Result<app::Response> introduce(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const* jwk = body.find("jwk");
    if (!body.is_object() || jwk == nullptr) return fail(Fault::Invalid, "device.incomplete", "Send the device's public key.", "/jwk");
    for (auto const& [name, value] : body.members()) {
        if (name != "jwk" && name != "proof") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    auto const key = crypto::from_jwk(*jwk);
    if (!key) return fail(Fault::Invalid, "device.key", "This is no Ed25519 public key.", "/jwk");
    std::string const kid = crypto::thumbprint(*key);
    auto const proof = crypto::parse_jws(body.text_at("proof"), "device+jwt");
    bool const proved = proof && proof->kid == kid && proof->payload.text_at("node") == context.house().ledger().node() && proof->payload.text_at("actor") == context.actor().id &&
                        crypto::verify_jws(*proof, *key);
    if (!proved) return fail(Fault::Invalid, "device.proof", "The proof is not this key's signature over this node and your own actor.", "/proof");

    std::int64_t mine = 0;
    bool known = false;
    SANJAL_DO(context.tx().each("select kid from ledger_signer where actor = $1 or kid = $2", {context.actor().id, kid}, [&](store::Row const& row) -> Result<void> {
        ++mine;
        known = known || row.text(0) == kid;
        return {};
    }));
    if (known) return fail(Fault::Conflict, "device.known", "This key is known here already. A device makes a new key when it is introduced anew.", "/jwk");
    if (mine >= devices_max) return fail(Fault::TooMany, "device.too_many", "You have twenty devices already. Retire one that you do not use.");

    auto submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "key.introduced";
    entry.record = context.house().new_id();
    entry.fields = {{"actor", context.actor().id, "operational"}, {"use", "device", "operational"}};
    entry.jwk = crypto::to_jwk(*key);
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return app::json(201, Json::object({{"device", kid}}));
}

Result<app::Response> devices(app::Context& context, app::Request const&) {
    Json list = Json::list();
    SANJAL_DO(context.tx().each("select kid, coalesce(retired, -1) from ledger_signer where actor = $1 and use = 'device' order by introduced", {context.actor().id},
                                [&](store::Row const& row) -> Result<void> {
                                    list.push_back(Json::object({{"device", row.text(0)}, {"state", row.integer(1) < 0 ? "in_use" : "retired"}}));
                                    return {};
                                }));
    return app::json(200, Json::object({{"devices", std::move(list)}}));
}

// One's own, or as a nodal officer one of one's unit: a phone is lost and its owner cannot sign in.
Result<app::Response> retire(app::Context& context, app::Request const& request) {
    std::string const kid(request.param("id"));
    std::string owner;
    bool retired = false;
    SANJAL_DO(context.tx().each("select actor, coalesce(retired, -1) from ledger_signer where kid = $1 and use = 'device'", {kid}, [&](store::Row const& row) -> Result<void> {
        owner = row.text(0);
        retired = row.integer(1) >= 0;
        return {};
    }));
    bool mine = !owner.empty() && owner == context.actor().id;
    if (!mine && !owner.empty() && context.actor().is_nodal) {
        SANJAL_TRY(auto const state, record::find(context.tx(), owner));
        auto const* unit = state ? state->value("unit") : nullptr;
        mine = unit != nullptr && unit->is_text() && unit->text() == context.actor().unit;
    }
    if (!mine) return fail(Fault::NotFound, "device.none", "There is no such device, or it is not yours.");
    if (retired) return fail(Fault::Conflict, "device.retired", "This device is retired already.");
    auto submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "key.retired";
    entry.record = context.house().new_id();
    entry.fields = {{"kid", kid, "operational"}};
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return app::empty(204);
}

// --- entries -----------------------------------------------------------------------------------------------------------

std::string waiting_context(std::string_view id) { return "sanjal/waiting/" + std::string(id); }

struct Arrived {
    std::string compact;
    ledger::DeviceEntry entry;
    bool is_stored = false;
};
using Submission = std::vector<Arrived>;

// What of this submission came earlier and still waits.
Result<void> add_waiting(app::Context& context, std::string const& submission, Submission& entries) {
    struct Row {
        std::string id;
        Bytes sealed;
    };
    std::vector<Row> rows;
    SANJAL_DO(context.tx().each("select id, sealed from entry_waiting where submission = $1 and actor = $2 order by id", {submission, context.actor().id},
                                [&](store::Row const& row) -> Result<void> {
                                    rows.push_back({std::string(row.text(0)), Bytes(row.bytes(1))});
                                    return {};
                                }));
    auto const key = context.house().keys().derived("waiting");
    for (auto const& row : rows) {
        SANJAL_TRY(auto const compact, crypto::open(key, row.sealed, waiting_context(row.id)));
        SANJAL_TRY(auto entry, context.house().ledger().inspect(context.tx(), compact, context.actor().id));
        auto const same = std::find_if(entries.begin(), entries.end(), [&](Arrived const& one) { return one.entry.entry.id == row.id; });
        if (same != entries.end()) same->is_stored = true;
        else entries.push_back({compact, std::move(entry), true});
    }
    return {};
}

Result<void> keep_waiting(app::Context& context, Submission const& entries, Held const& why) {
    auto const key = context.house().keys().derived("waiting");
    std::int64_t waiting = 0;
    SANJAL_DO(context.tx().each("select count(*) from entry_waiting where actor = $1", {context.actor().id}, [&](store::Row const& row) -> Result<void> {
        waiting = row.integer(0);
        return {};
    }));
    for (auto const& one : entries) {
        auto const& entry = one.entry.entry;
        if (one.is_stored) {
            SANJAL_DO(context.tx().put("update entry_waiting set code = $2, message = $3, place = $4 where id = $1", {entry.id, why.code, why.message, why.where}));
            continue;
        }
        if (++waiting > waiting_max) return fail(Fault::TooMany, "entry.too_many_waiting", "Too many entries of yours are waiting here. Settle those first; keep these on the device.");
        SANJAL_DO(context.tx().put("insert into entry_waiting (id, submission, actor, unit, wanted, sequence, sealed, received, code, message, place)"
                                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                                   {entry.id, entry.head.submission, context.actor().id, context.actor().unit, entry.head.of, entry.head.sequence,
                                    store::Blob{crypto::seal(key, one.compact, waiting_context(entry.id), context.house().random())},
                                    milliseconds_of(context.now()), why.code, why.message, why.where}));
    }
    return {};
}

// One submission: appended, or waiting with the reason.
Result<Json> take(app::Context& context, std::string const& submission, Submission entries) {
    SANJAL_DO(add_waiting(context, submission, entries));
    std::sort(entries.begin(), entries.end(), [](Arrived const& a, Arrived const& b) {
        return std::pair(a.entry.entry.head.sequence, a.entry.entry.id) < std::pair(b.entry.entry.head.sequence, b.entry.entry.id);
    });
    std::int64_t const of = entries.front().entry.entry.head.of;
    auto const have = static_cast<std::int64_t>(entries.size());
    bool const agree = std::all_of(entries.begin(), entries.end(), [&](Arrived const& one) { return one.entry.entry.head.of == of; });
    Json answer = Json::object({{"submission", submission}});
    auto const waits = [&](char const* state, Held const& why) -> Result<Json> {
        SANJAL_DO(keep_waiting(context, entries, why));
        answer.set("state", state).set("have", have).set("of", of).set("code", why.code).set("detail", why.message);
        if (!why.where.empty()) answer.set("where", why.where);
        return answer;
    };
    if (!agree || have > of) return waits("held", {"entry.disagree", "The entries of this submission do not agree on how many they are.", {}});
    if (have < of) {
        return waits("waiting", {"entry.incomplete", std::to_string(of - have) + " of the " + std::to_string(of) + " entries of this submission have not come yet. Send them; until then nothing of it counts.", {}});
    }
    std::vector<ledger::DeviceEntry> whole;
    for (auto const& one : entries) whole.push_back(one.entry);
    SANJAL_TRY(auto const held, judge(context, whole));
    if (held) return waits("held", *held);
    SANJAL_TRY(auto const accepted, context.house().accept(context.tx(), std::move(whole)));
    SANJAL_DO(context.tx().put("delete from entry_waiting where submission = $1 and actor = $2", {submission, context.actor().id}));
    Json list = Json::list();
    for (auto const& entry : accepted) {
        if (entry.signer != context.house().ledger().node()) list.push_back(Json::object({{"entry", entry.id}, {"record", entry.head.record}, {"position", entry.position}}));
    }
    answer.set("state", "accepted").set("entries", std::move(list));
    return answer;
}

Result<app::Response> receive(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const* given = body.find("entries");
    if (!body.is_object() || given == nullptr || !given->is_list() || given->items().empty() || body.members().size() != 1) {
        return fail(Fault::Invalid, "entry.none", "Send a list of signed entries.", "/entries");
    }
    if (given->items().size() > entries_max) return fail(Fault::TooLarge, "entry.too_many", "Send at most two thousand entries at once.", "/entries");
    std::map<std::string, Submission> submissions;
    std::map<std::string, Json> known;
    for (std::size_t i = 0; i < given->items().size(); ++i) {
        auto const& one = given->items()[i];
        std::string const where = "/entries/" + std::to_string(i);
        if (!one.is_text()) return fail(Fault::Invalid, "entry.not_text", "An entry is a text.", where);
        // An entry that is in the ledger already is answered as what it is, whoever signed it.
        SANJAL_TRY(auto const position, context.house().ledger().position_of(context.tx(), crypto::entry_id(std::string_view(one.text()).substr(0, one.text().find('~')))));
        if (position) {
            SANJAL_TRY(auto const there, context.house().ledger().read(context.tx(), *position));
            if (there.head.actor == context.actor().id) {
                auto [at, fresh] = known.try_emplace(there.head.submission, Json::list());
                at->second.push_back(Json::object({{"entry", there.id}, {"record", there.head.record}, {"position", there.position}}));
                continue;
            }
        }
        auto arrived = context.house().ledger().inspect(context.tx(), one.text(), context.actor().id);
        if (!arrived) {
            auto error = arrived.error();
            error.where = where;
            return fail(std::move(error));
        }
        auto& all = submissions[arrived->entry.head.submission];
        bool const twice = std::any_of(all.begin(), all.end(), [&](Arrived const& other) { return other.entry.entry.id == arrived->entry.id; });
        if (!twice) all.push_back({one.text(), std::move(*arrived), false});
    }
    Json list = Json::list();
    for (auto& [submission, there] : known) {
        Json one = Json::object({{"submission", submission}, {"state", "known"}});
        list.push_back(std::move(one.set("entries", std::move(there))));
    }
    bool all_accepted = true;
    for (auto& [submission, entries] : submissions) {
        SANJAL_TRY(auto answer, take(context, submission, std::move(entries)));
        all_accepted = all_accepted && answer.text_at("state") == "accepted";
        list.push_back(std::move(answer));
    }
    return app::json(all_accepted ? 200 : 202, Json::object({{"submissions", std::move(list)}}));
}

// What waits: one's own, and for a nodal officer the unit's.  It says why, never what.
Result<app::Response> waiting(app::Context& context, app::Request const&) {
    Json list = Json::list();
    SANJAL_DO(context.tx().each("select submission, actor, wanted, count(*), min(received), min(code), min(message), min(place) from entry_waiting where actor = $1 or (unit = $2 and $3 = 1)"
                                " group by submission, actor, wanted order by min(received), submission",
                                {context.actor().id, context.actor().unit, std::int64_t{context.actor().is_nodal}}, [&](store::Row const& row) -> Result<void> {
                                    list.push_back(Json::object({{"submission", row.text(0)}, {"by", row.text(1)}, {"state", row.text(5) == "entry.incomplete" ? "waiting" : "held"},
                                                                 {"have", row.integer(3)}, {"of", row.integer(2)}, {"received", format_instant(instant_of(row.integer(4)))},
                                                                 {"code", row.text(5)}, {"detail", row.text(6)}, {"where", row.text(7)}}));
                                    return {};
                                }));
    return app::json(200, Json::object({{"waiting", std::move(list)}}));
}

// Judges a held submission of one's own anew: a pack was loaded, a right was given, an earlier entry came.
Result<app::Response> again(app::Context& context, app::Request const& request) {
    std::string const submission(request.param("id"));
    Submission entries;
    SANJAL_DO(add_waiting(context, submission, entries));
    if (entries.empty()) return fail(Fault::NotFound, "entry.none_waiting", "Nothing of this submission waits here, or it is not yours.");
    SANJAL_TRY(auto answer, take(context, submission, std::move(entries)));
    return app::json(answer.text_at("state") == "accepted" ? 200 : 202, std::move(answer));
}

constexpr store::Migration tables[] = {
    {1, "devices: entries that wait",
     "create table entry_waiting (id {text} primary key, submission {text} not null, actor {text} not null, unit {text} not null, wanted {int} not null,"
     " sequence {int} not null, sealed {blob} not null, received {int} not null, code {text} not null, message {text} not null, place {text} not null);"
     "create index entry_waiting_submission on entry_waiting (submission, actor);"
     "create index entry_waiting_actor on entry_waiting (actor);"},
};

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/devices", "device.list", app::Needs::Session, app::Run::Read, app::answered<devices>},
    {app::Method::Post, "/api/v1/devices", "device.introduce", app::Needs::Session, app::Run::Write, app::answered<introduce>},
    {app::Method::Delete, "/api/v1/devices/{id}", "device.retire", app::Needs::Session, app::Run::Write, app::answered<retire>},
    {app::Method::Post, "/api/v1/entries", "entry.send", app::Needs::Session, app::Run::Write, app::answered<receive>},
    {app::Method::Get, "/api/v1/entries/waiting", "entry.waiting", app::Needs::Session, app::Run::Read, app::answered<waiting>},
    {app::Method::Post, "/api/v1/entries/waiting/{id}", "entry.send", app::Needs::Session, app::Run::Write, app::answered<again>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "devices", .routes = routes, .migrations = tables};

}  // namespace sanjal::devices
