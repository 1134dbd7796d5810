// A device that writes by itself: it is introduced with its key, and hands over entries that it signed, at once or weeks
// later.  What came is never altered and never thrown away: it is appended, or it waits (for the rest of its submission, or
// because a rule said no) and says why.
#include <algorithm>
#include <map>

#include "app/feature.h"
#include "app/problem.h"
#include "app/receipt.h"
#include "app/refusals.h"
#include "base/bytes.h"
#include "base/id.h"
#include "crypto/age.h"
#include "crypto/hash.h"
#include "crypto/jws.h"
#include "crypto/sd_jwt.h"
#include "crypto/seal.h"
#include "features/devices/judge.h"

namespace sanjal::devices {
namespace {

constexpr std::size_t entries_max = 2000;       // in one request
constexpr std::size_t file_bytes_max = 8U << 20U;
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

// The key to which phones seal what they cannot send: a file that somebody carries to the node.
Result<crypto::BoxKey> file_key(app::House& house) { return crypto::BoxKey::from_secret(house.keys().derived("device-file").view()); }

// What a device keeps to go by without a line: whose receipts hold, and to whom a file is sealed.
Result<app::Response> node(app::Context& context, app::Request const&) {
    Json keys = Json::list();
    SANJAL_DO(context.tx().each("select key from ledger_signer where issuer = $1 and use = 'entry' order by introduced", {context.house().ledger().node()}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const key, crypto::PublicKey::from_bytes(row.bytes(0)));
        keys.push_back(crypto::to_jwk(key));
        return {};
    }));
    SANJAL_TRY(auto const file, file_key(context.house()));
    Json answer = Json::object({{"node", context.house().ledger().node()}, {"recipient", crypto::age_recipient(file.public_key())}});
    answer.set("file", crypto::to_jwk(file.public_key())).set("keys", std::move(keys)).set("pack", context.pack().reference());
    return app::json(200, std::move(answer));
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

// The same was handed in before: over the line, when the answer got lost and the device signs under the name by which it had asked;
// or under a key that is retired since, and signed anew.
Result<std::optional<Json>> asked_before(app::Context& context, std::string const& submission) {
    SANJAL_TRY(auto const taken, context.tx().text("select entries from entry_taken where submission = $1 and actor = $2", {submission, context.actor().id}));
    if (taken) {
        SANJAL_TRY(auto entries, parse_json(*taken));
        std::vector<std::string> ids;
        for (auto const& one : entries.items()) ids.emplace_back(one.text_at("entry"));
        SANJAL_TRY(auto receipt, app::receipt_for_entries(context.house(), context.actor().id, submission, ids));
        Json answer = Json::object({{"submission", submission}, {"state", "known"}, {"receipt", std::move(receipt)}});
        return std::optional<Json>(answer.set("entries", std::move(entries)));
    }
    std::string body, receipt;
    SANJAL_DO(context.tx().each("select body, receipt from idempotency where actor = $1 and name like $2", {context.actor().id, "% " + submission}, [&](store::Row const& row) -> Result<void> {
        body = row.text(0);
        receipt = row.text(1);
        return {};
    }));
    if (receipt.empty()) return std::optional<Json>();
    SANJAL_TRY(auto const answered, parse_json(body));
    Json answer = Json::object({{"submission", submission}, {"state", "known"}, {"receipt", receipt}});
    if (auto const* records = answered.find("records")) answer.set("records", *records);
    return std::optional<Json>(answer.set("entries", Json::list()));
}

// One submission: appended, or waiting with the reason.
Result<Json> take(app::Context& context, std::string const& submission, Submission entries) {
    SANJAL_TRY(auto before, asked_before(context, submission));
    if (before) return std::move(*before);
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
    std::vector<std::string> ids;
    for (auto const& entry : accepted) {
        if (entry.signer == context.house().ledger().node()) continue;
        list.push_back(Json::object({{"entry", entry.id}, {"record", entry.head.record}, {"position", entry.position}}));
        ids.push_back(entry.id);
    }
    SANJAL_TRY(auto receipt, app::receipt_for_entries(context.house(), context.actor().id, submission, ids));
    SANJAL_DO(context.tx().put("insert into entry_taken (submission, actor, entries) values ($1, $2, $3)", {submission, context.actor().id, write_json(list)}));
    answer.set("state", "accepted").set("entries", std::move(list)).set("receipt", std::move(receipt));
    return answer;
}

// What became of each submission among these entries; an Error where one of them is not to be believed.
Result<Json> hand_in(app::Context& context, Json const& given, std::string const& at) {
    std::map<std::string, Submission> submissions;
    std::map<std::string, Json> known;
    for (std::size_t i = 0; i < given.items().size(); ++i) {
        auto const& one = given.items()[i];
        std::string const where = at + "/" + std::to_string(i);
        if (!one.is_text()) return fail(Fault::Invalid, "entry.not_text", "An entry is a text.", where);
        // An entry that is in the ledger already is answered as what it is, whoever signed it, and though its key is retired since.
        SANJAL_TRY(auto const position, context.house().ledger().position_of(context.tx(), crypto::entry_id(std::string_view(one.text()).substr(0, one.text().find('~')))));
        if (position) {
            SANJAL_TRY(auto const there, context.house().ledger().read(context.tx(), *position));
            if (there.head.actor == context.actor().id) {
                auto [place, fresh] = known.try_emplace(there.head.submission, Json::list());
                place->second.push_back(Json::object({{"entry", there.id}, {"record", there.head.record}, {"position", there.position}}));
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
        std::vector<std::string> ids;
        for (auto const& one : there.items()) ids.emplace_back(one.text_at("entry"));
        SANJAL_TRY(auto receipt, app::receipt_for_entries(context.house(), context.actor().id, submission, ids));
        Json one = Json::object({{"submission", submission}, {"state", "known"}, {"receipt", std::move(receipt)}});
        list.push_back(std::move(one.set("entries", std::move(there))));
    }
    for (auto& [submission, entries] : submissions) {
        SANJAL_TRY(auto answer, take(context, submission, std::move(entries)));
        list.push_back(std::move(answer));
    }
    return list;
}

bool is_in(Json const& submission) { return submission.text_at("state") == "accepted" || submission.text_at("state") == "known"; }

// What was not taken says why in the reader's language.
void say_all_in(Json& submissions, app::Request const& request) {
    auto const language = app::language_asked(request.header("accept-language").value_or(""));
    for (auto& one : submissions.items()) app::say_in(one, language);
}

Result<app::Response> receive(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const* given = body.find("entries");
    if (!body.is_object() || given == nullptr || !given->is_list() || given->items().empty() || body.members().size() != 1) {
        return fail(Fault::Invalid, "entry.none", "Send a list of signed entries.", "/entries");
    }
    if (given->items().size() > entries_max) return fail(Fault::TooLarge, "entry.too_many", "Send at most two thousand entries at once.", "/entries");
    SANJAL_TRY(auto list, hand_in(context, *given, "/entries"));
    bool const all_in = std::all_of(list.items().begin(), list.items().end(), is_in);
    say_all_in(list, request);
    return app::json(all_in ? 200 : 202, Json::object({{"submissions", std::move(list)}}));
}

// --- a file that was carried -------------------------------------------------------------------------------------------

tl::unexpected<Error> no_file(std::string where) {
    return fail(Fault::Invalid, "unsent.malformed", "This is not a whole file of things not yet sent, or it is for another node. Copy it from the phone again; nothing of it was taken in.", std::move(where));
}

// Opened before the writer is asked.
Result<void> open_file(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_CHECK(request.source != nullptr);
    Bytes body;
    std::string buffer(64U << 10U, '\0');
    while (true) {
        SANJAL_TRY(auto const count, request.source->read(buffer.data(), buffer.size()));
        if (count == 0) break;
        if (body.size() + count > file_bytes_max) return fail(Fault::TooLarge, "unsent.too_large", "A file of things not yet sent has at most 8 MiB; this is larger, so nothing of it was read.");
        body.append(buffer.data(), count);
    }
    SANJAL_TRY(auto const key, file_key(house));
    auto const plain = crypto::age_open(key, body);
    if (!plain) return no_file("file");
    auto content = parse_json(*plain);
    if (!content || content->text_at("sanjal") != "unsent/1" || content->text_at("node") != house.ledger().node() || !is_uuid(content->text_at("actor"))) return no_file("head");
    auto const* items = content->find("items");
    bool const sound = items != nullptr && items->is_list() && !items->items().empty() &&
                       std::all_of(items->items().begin(), items->items().end(), [](Json const& one) { return one.is_list() && !one.items().empty() && one.items().size() <= entries_max; });
    if (!sound) return no_file("items");
    request.body_digest = crypto::sha256(body);
    request.prepared = std::make_shared<Json>(std::move(*content));
    return {};
}

// Who wrote what is in the file, with the rights of today; nobody who has none.
Result<app::Session> writer_of(app::Context& context, std::string const& actor) {
    SANJAL_TRY(auto const state, record::find(context.tx(), actor));
    auto const is = [&](char const* name) {
        auto const* value = state->value(name);
        return value != nullptr && value->is_bool() && value->boolean();
    };
    if (!state || state->type() != "actor" || is("suspended")) return fail(Fault::Forbidden, "unsent.writer", "Whoever wrote this has no account here any more, or it is suspended. Ask the nodal officer; the file stays as it is.");
    app::Session session;
    session.actor.id = actor;
    session.actor.role = state->value("role") != nullptr ? state->value("role")->text() : std::string();
    session.actor.unit = state->value("unit") != nullptr ? state->value("unit")->text() : std::string();
    session.actor.is_nodal = is("nodal");
    session.actor.is_head = is("heads_unit");
    SANJAL_TRY(auto const unit, record::find(context.tx(), session.actor.unit));
    if (unit && unit->value("code") != nullptr) session.actor.unit_code = unit->value("code")->text();
    return session;
}

// Anybody who is signed in may carry it: what is in it stands by its own signatures, and nothing of it is shown.
Result<app::Response> take_file(app::Context& context, app::Request const& request) {
    auto const* prepared = std::any_cast<std::shared_ptr<Json>>(&request.prepared);
    SANJAL_CHECK(prepared != nullptr);
    auto const& content = **prepared;
    SANJAL_TRY(auto const writer, writer_of(context, std::string(content.text_at("actor"))));
    app::Context as_writer(context.house(), context.tx(), &writer, {});
    Json list = Json::list();
    Json receipts = Json::list();
    bool all_in = true;
    auto const& items = content.find("items")->items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        // One bad thing never holds up the others: what is refused here has written nothing yet.
        auto answers = hand_in(as_writer, items[i], "/items/" + std::to_string(i));
        if (!answers) {
            auto const& error = answers.error();
            bool const is_no = error.fault == Fault::Invalid || error.fault == Fault::Forbidden || error.code == "custody.elsewhere";
            if (!is_no) return fail(error);
            all_in = false;
            list.push_back(Json::object({{"state", "refused"}, {"code", error.code}, {"detail", error.message}, {"where", error.where}}));
            continue;
        }
        for (auto const& one : answers->items()) {
            all_in = all_in && is_in(one);
            if (is_in(one)) receipts.push_back(std::string(one.text_at("receipt")));
            list.push_back(one);
        }
    }
    Json answer = Json::object({{"sanjal", "receipts/1"}, {"node", context.house().ledger().node()}, {"actor", writer.actor.id}});
    say_all_in(list, request);
    answer.set("receipts", std::move(receipts)).set("submissions", std::move(list));
    return app::json(all_in ? 200 : 202, std::move(answer));
}

// What waits: one's own, and for a nodal officer the unit's.  It says why, never what.
Result<app::Response> waiting(app::Context& context, app::Request const& request) {
    Json list = Json::list();
    SANJAL_DO(context.tx().each("select submission, actor, wanted, count(*), min(received), min(code), min(message), min(place) from entry_waiting where actor = $1 or (unit = $2 and $3 = 1)"
                                " group by submission, actor, wanted order by min(received), submission",
                                {context.actor().id, context.actor().unit, std::int64_t{context.actor().is_nodal}}, [&](store::Row const& row) -> Result<void> {
                                    list.push_back(Json::object({{"submission", row.text(0)}, {"by", row.text(1)}, {"state", row.text(5) == "entry.incomplete" ? "waiting" : "held"},
                                                                 {"have", row.integer(3)}, {"of", row.integer(2)}, {"received", format_instant(instant_of(row.integer(4)))},
                                                                 {"code", row.text(5)}, {"detail", row.text(6)}, {"where", row.text(7)}}));
                                    return {};
                                }));
    say_all_in(list, request);
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
    {2, "devices: submissions that were taken", "create table entry_taken (submission {text} not null, actor {text} not null, entries {text} not null, primary key (submission, actor));"},
};

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/devices", "device.list", app::Needs::Session, app::Run::Read, app::answered<devices>},
    {app::Method::Post, "/api/v1/devices", "device.introduce", app::Needs::Session, app::Run::Write, app::answered<introduce>},
    {app::Method::Delete, "/api/v1/devices/{id}", "device.retire", app::Needs::Session, app::Run::Write, app::answered<retire>},
    {app::Method::Get, "/api/v1/devices/node", "device.list", app::Needs::Session, app::Run::Read, app::answered<node>},
    {app::Method::Post, "/api/v1/entries/file", "entry.send", app::Needs::Session, app::Run::Write, app::answered<take_file>, open_file, app::Body::Streamed},
    {app::Method::Post, "/api/v1/entries", "entry.send", app::Needs::Session, app::Run::Write, app::answered<receive>},
    {app::Method::Get, "/api/v1/entries/waiting", "entry.waiting", app::Needs::Session, app::Run::Read, app::answered<waiting>},
    {app::Method::Post, "/api/v1/entries/waiting/{id}", "entry.send", app::Needs::Session, app::Run::Write, app::answered<again>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "devices", .routes = routes, .migrations = tables};

}  // namespace sanjal::devices
