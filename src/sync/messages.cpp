// What each message means here, once its entry is proven.  Everything is checked before anything is written, so that a message that is
// set aside leaves nothing behind but its reason.
#include <algorithm>

#include "casework/custody.h"
#include "casework/referral.h"
#include "crypto/sd_jwt.h"
#include "policy/agreement.h"
#include "policy/disclose.h"
#include "rules/value.h"
#include "sync/exchange.h"
#include "sync/proof.h"

namespace sanjal::sync {
namespace {

struct Coming {
    app::House& house;
    store::Transaction& tx;
    Peer& peer;
    Json const& message;
    std::int64_t size;
    std::string const& root;
    ledger::Signers signers;
    Proven main;

    [[nodiscard]] std::string theirs() const { return main.entry.head.record; }
    [[nodiscard]] Json const* field(std::string_view name) const { return main.entry.field(name); }
    [[nodiscard]] std::string text(std::string_view name) const { return std::string(main.entry.text(name)); }
    Result<ledger::Entry> append(std::string verb, std::string record, std::vector<ledger::Field> fields) {
        fields.push_back({"their_entry", main.entry.id, "operational"});
        return append_one(house, tx, house.operator_id(), std::move(verb), std::move(record), std::move(fields));
    }
};

std::string text_in(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

tl::unexpected<Error> unknown() { return fail(Fault::NotFound, "message.unknown_subject", "This message is about something that this node does not know."); }
tl::unexpected<Error> incomplete() { return fail(Fault::Invalid, "message.incomplete", "This message does not say what it must."); }

Result<std::optional<policy::Agreement>> agreement_with(Coming& coming, std::string const& shared) {
    SANJAL_TRY(auto const all, policy::agreements(coming.tx));
    for (auto const& one : all) {
        if (one.peer == coming.peer.node && one.shared == shared) return std::optional(one);
    }
    return std::optional<policy::Agreement>();
}

// --- agreements ------------------------------------------------------------------------------------------------------

Result<void> agreement_signed(Coming& coming) {
    std::string const shared = coming.text("agreement");
    auto const* terms = coming.field("terms");
    if (shared.empty() || terms == nullptr || !terms->is_object() || coming.text("name").empty()) return incomplete();
    std::string const digest = policy::digest_of(*terms);
    SANJAL_TRY(auto const known, agreement_with(coming, shared));
    if (known) {
        if (known->digest != digest) return fail(Fault::Conflict, "agreement.other_terms", "The other side signed other terms than these.");
        SANJAL_DO(coming.append("agreement.countersigned", known->record, {{"signed_there", digest, "operational"}}));
        return {};
    }
    std::string const record = coming.house.new_record(coming.tx);
    SANJAL_DO(coming.append("agreement.offered", record, {{"peer", coming.peer.node, "operational"}, {"agreement", shared, "operational"}, {"name", coming.text("name"), "operational"},
                                                          {"terms", *terms, "operational"}, {"signed_there", digest, "operational"}}));
    return {};
}

Result<void> agreement_ended(Coming& coming) {
    SANJAL_TRY(auto const known, agreement_with(coming, coming.text("agreement")));
    if (!known) return unknown();
    SANJAL_DO(coming.append("agreement.ended", known->record, {{"ended", "there", "operational"}}));
    return {};
}

// --- disclosures -----------------------------------------------------------------------------------------------------

Result<void> learn_devices(Coming& coming) {
    auto const* keys = coming.message.find("keys");
    for (auto const& sent : keys != nullptr && keys->is_list() ? keys->items() : Json::List()) {
        SANJAL_TRY(auto const proven, prove_entry(coming.signers, sent, coming.size, coming.root));
        SANJAL_TRY(auto const parsed, crypto::parse(proven.compact));
        SANJAL_DO(coming.signers.learn(parsed, proven.entry.position));
    }
    return {};
}

// Every field that came is one that the agreement names, of a type that its entry speaks of.
Result<std::vector<Proven>> content_of(Coming& coming, Json const& terms) {
    SANJAL_DO(learn_devices(coming));
    auto const* content = coming.message.find("content");
    if (content == nullptr || !content->is_list() || content->items().empty()) return incomplete();
    std::vector<Proven> all;
    for (auto const& sent : content->items()) {
        SANJAL_TRY(auto proven, prove_entry(coming.signers, sent, coming.size, coming.root));
        std::string const type = proven.entry.head.verb.substr(0, proven.entry.head.verb.find('.'));
        for (auto const& field : proven.entry.fields) {
            if (!policy::may_go(terms, type, field.name.substr(0, field.name.find('/')), "operational")) {
                return fail(Fault::Forbidden, "disclosure.beyond_agreement", "More was sent than the agreement names. Nothing of it was kept.");
            }
        }
        all.push_back(std::move(proven));
    }
    return all;
}

// What came is kept in this node's own entry, class by class, so that it is sealed, read and erased as everything else is; the proof
// that it stands in the other ledger lies beside it.
std::vector<ledger::Field> kept(pack::Pack const& pack, std::vector<Proven> const& content) {
    std::map<std::string, Json> by_class;
    Json proofs = Json::list();
    for (std::size_t i = 0; i < content.size(); ++i) {
        auto const& entry = content[i].entry;
        std::string const type = entry.head.verb.substr(0, entry.head.verb.find('.'));
        proofs.push_back(Json::object({{"record", entry.head.record}, {"type", type}, {"entry", entry.id}, {"position", entry.position}, {"withheld", content[i].withheld}}));
        for (auto const& field : entry.fields) {
            auto const* definition = pack.field(type, field.name.substr(0, field.name.find('/')));
            // What this node's pack does not know is kept where nobody reads it by role.
            std::string const sensitivity(definition != nullptr ? definition->text_at("class") : std::string_view("medical"));
            auto& list = by_class.try_emplace(sensitivity, Json::list()).first->second;
            list.push_back(Json::object({{"i", static_cast<std::int64_t>(i)}, {"name", field.name}, {"value", field.value}}));
        }
    }
    std::vector<ledger::Field> fields{{"content", std::move(proofs), "operational"}};
    for (auto& [sensitivity, list] : by_class) fields.push_back({"content_" + sensitivity, std::move(list), sensitivity});
    // Word for word, with its path: what a court is shown.
    Json sent = Json::list();
    for (auto const& one : content) sent.push_back(one.as_sent);
    fields.push_back({"as_sent", std::move(sent), "medical"});
    return fields;
}

Result<bool> was_stopped(Coming& coming, std::string const& theirs) {
    SANJAL_TRY(auto const found, coming.tx.integer("select count(*) from network_stopped where peer = $1 and disclosure = $2", {coming.peer.node, theirs}));
    return found.value_or(0) > 0;
}

Result<void> disclosure_made(Coming& coming) {
    SANJAL_TRY(auto const agreement, agreement_with(coming, coming.text("shared")));
    if (!agreement || policy::state_of(*agreement, coming.house.clock().now()) != "live") return fail(Fault::Forbidden, "agreement.not_live", "This was sent under no agreement that is in force here.");
    SANJAL_TRY(bool const stopped, was_stopped(coming, coming.theirs()));
    if (stopped) return {};  // it was called back before it came; nothing of it is kept
    auto const* purposes = agreement->terms.find("purposes");
    auto const* number = coming.field("number");
    if (number == nullptr || !number->is_integer() || purposes == nullptr || purposes->find(coming.text("purpose")) == nullptr) return incomplete();
    SANJAL_TRY(auto const content, content_of(coming, agreement->terms));
    std::string const record = coming.house.new_record(coming.tx);
    auto fields = kept(*coming.house.packs().in_force(), content);
    for (auto const& [name, value] : {std::pair<char const*, Json>("peer", coming.peer.node), {"theirs", coming.theirs()}, {"agreement", agreement->record}, {"purpose", coming.text("purpose")},
                                      {"basis", coming.text("basis")}, {"number", *number}, {"received", format_instant(coming.house.clock().now())},
                                      {"checkpoint", coming.peer.known_note}, {"unit_of_origin", agreement->desk}}) {
        fields.push_back({name, value, "operational"});
    }
    SANJAL_DO(coming.append("disclosure.received", record, std::move(fields)));
    return link(coming.tx, coming.peer.node, coming.theirs(), record, "disclosure");
}

// "Stop and erase part n", and no reason (P18).
Result<void> disclosure_stopped(Coming& coming) {
    auto const* number = coming.field("number");
    if (number == nullptr || !number->is_integer()) return incomplete();
    SANJAL_TRY(bool const before, was_stopped(coming, coming.theirs()));
    if (before) return {};
    SANJAL_TRY(auto const ours, ours_of(coming.tx, coming.peer.node, coming.theirs(), "disclosure"));
    SANJAL_DO(coming.tx.put("insert into network_stopped (peer, disclosure, number, done) values ($1, $2, $3, $4)", {coming.peer.node, coming.theirs(), number->integer(), std::int64_t{ours ? 0 : 1}}));
    if (ours) return {};  // erased outside the writer: erase_stopped
    std::string const record = coming.house.new_record(coming.tx);
    SANJAL_DO(link(coming.tx, coming.peer.node, coming.theirs(), record, "disclosure"));
    SANJAL_DO(coming.append("disclosure.forgotten", record, {{"peer", coming.peer.node, "operational"}, {"number", *number, "operational"}}));
    return {};
}

Result<void> disclosure_erased(Coming& coming) {
    std::string const ours(coming.message.text_at("yours"));
    SANJAL_TRY(auto const state, record::find(coming.tx, ours));
    if (!state || state->type() != "disclosure" || text_in(*state, "peer") != coming.peer.node || state->value("made") == nullptr) return unknown();
    if (state->value("receipt") != nullptr) return {};
    SANJAL_DO(coming.append("disclosure.receipt", ours, {{"receipt", format_instant(coming.house.clock().now()), "operational"}, {"signed_receipt", coming.main.as_sent, "operational"}}));
    return {};
}

// --- referrals -------------------------------------------------------------------------------------------------------

Result<std::vector<ledger::Field>> outline_of(Coming& coming) {
    auto const pack = coming.house.packs().in_force();
    static Json const none = Json::object();
    auto const* codes = pack->document.find("codes");
    std::vector<ledger::Field> fields;
    for (char const* name : {"asks", "basis", "until", "words", "number", "sexes", "ages", "languages"}) {
        auto const* value = coming.field(name);
        auto const* definition = pack->field("referral", name);
        if (value == nullptr || definition == nullptr) continue;
        auto const checked = rules::check_value(*definition, codes != nullptr ? *codes : none, *value);
        if (!checked) return fail(Fault::Invalid, "referral.not_understood", "This referral says something that the pack in force here does not know.", name);
        fields.push_back({name, *value, "operational"});
    }
    return fields;
}

Result<void> referral_offered(Coming& coming) {
    SANJAL_TRY(auto const live, policy::live_agreements(coming.tx, coming.peer.node, coming.house.clock().now()));
    if (live.empty()) return fail(Fault::Forbidden, "agreement.not_live", "This was sent under no agreement that is in force here.");
    SANJAL_TRY(auto fields, outline_of(coming));
    std::string const record = coming.house.new_record(coming.tx);
    fields.push_back({"to", live.front().desk, "operational"});
    fields.push_back({"unit_of_origin", coming.peer.unit, "operational"});
    fields.push_back({"peer", coming.peer.node, "operational"});
    SANJAL_DO(coming.append("referral.offered", record, std::move(fields)));
    return link(coming.tx, coming.peer.node, coming.theirs(), record, "referral");
}

Result<void> referral_followed(Coming& coming) {
    std::string const verb = coming.main.entry.head.verb;
    std::string const act = verb.substr(verb.find('.') + 1);
    std::string record;
    if (act == "withdrawn") {
        SANJAL_TRY(auto const ours, ours_of(coming.tx, coming.peer.node, coming.theirs(), "referral"));
        record = ours.value_or("");
    } else {
        record = coming.message.text_at("yours");
    }
    SANJAL_TRY(auto const state, record::find(coming.tx, record));
    if (!state || state->type() != "referral") return unknown();
    auto const referral = casework::Referral::from_state(record, *state);
    if ((act == "withdrawn" ? referral.from : referral.to) != coming.peer.unit) return unknown();
    // Its answer counts as written, also where it was on its way while the time ran out.
    if (!casework::may_follow(referral.written, act)) return fail(Fault::Conflict, "referral.ended", "This offer had ended before the answer came.");
    SANJAL_DO(link(coming.tx, coming.peer.node, coming.theirs(), record, "referral"));
    std::vector<ledger::Field> fields{{"by_peer", coming.peer.node, "operational"}};
    for (char const* name : {"reason", "words", "answer"}) {
        auto const* value = coming.field(name);
        if (value != nullptr && value->is_text() && value->text().size() <= 4000) fields.push_back({name, *value, "operational"});
    }
    SANJAL_DO(coming.append(verb, record, std::move(fields)));
    return {};
}

// --- custody ---------------------------------------------------------------------------------------------------------

struct Subject {
    std::string record;
    casework::Custody custody;
};

// Our record for a case of which the peer speaks: the one that it names, if it may; or the one that we linked.
Result<std::optional<Subject>> custody_subject(Coming& coming) {
    std::string record(coming.message.text_at("yours"));
    if (record.empty()) {
        SANJAL_TRY(auto const ours, ours_of(coming.tx, coming.peer.node, coming.theirs(), "custody"));
        record = ours.value_or("");
    }
    SANJAL_TRY(auto const state, record::find(coming.tx, record));
    if (!state) return std::optional<Subject>();
    auto custody = casework::Custody::from_state(*state);
    bool const theirs = custody.with == coming.peer.node || custody.offered_to == coming.peer.node || custody.offer_from == coming.peer.node || text_in(*state, "peer") == coming.peer.node;
    if ((state->type() != "case" && state->type() != "custody") || !theirs) return std::optional<Subject>();
    return std::optional(Subject{std::move(record), std::move(custody)});
}

Result<void> say_custody(Coming& coming, std::string const& record, char const* verb, std::int64_t turn) {
    SANJAL_DO(coming.append(verb, record, {{"peer", coming.peer.node, "operational"}, {"turn", turn, "operational"}}));
    return {};
}

Result<void> custody_offered(Coming& coming, std::int64_t turn) {
    SANJAL_TRY(auto subject, custody_subject(coming));
    if (!subject) {
        if (!coming.message.text_at("yours").empty()) return unknown();
        SANJAL_TRY(auto const live, policy::live_agreements(coming.tx, coming.peer.node, coming.house.clock().now()));
        if (live.empty()) return fail(Fault::Forbidden, "agreement.not_live", "This was sent under no agreement that is in force here.");
        std::string const record = coming.house.new_record(coming.tx);
        SANJAL_DO(coming.append("custody.linked", record, {{"peer", coming.peer.node, "operational"}, {"theirs", coming.theirs(), "operational"}, {"unit_of_origin", live.front().desk, "operational"}}));
        SANJAL_DO(link(coming.tx, coming.peer.node, coming.theirs(), record, "custody"));
        return say_custody(coming, record, "custody.asked", turn);
    }
    if (subject->custody.here || turn <= subject->custody.turn) return fail(Fault::Conflict, "custody.not_theirs", "The sender does not have custody of this case.");
    SANJAL_DO(link(coming.tx, coming.peer.node, coming.theirs(), subject->record, "custody"));
    return say_custody(coming, subject->record, "custody.asked", turn);
}

Result<void> custody_moved(Coming& coming) {
    std::string const verb = coming.main.entry.head.verb;
    auto const* said = coming.field("turn");
    if (said == nullptr || !said->is_integer() || said->integer() < 1) return incomplete();
    std::int64_t const turn = said->integer();
    if (verb == "custody.offered") return custody_offered(coming, turn);
    SANJAL_TRY(auto const subject, custody_subject(coming));
    if (!subject) return unknown();
    auto const& custody = subject->custody;
    SANJAL_DO(link(coming.tx, coming.peer.node, coming.theirs(), subject->record, "custody"));
    bool const asked_them = custody.here && custody.offered_to == coming.peer.node && turn == custody.turn + 1;
    if (verb == "custody.accepted" && asked_them) {
        // From this entry on the case is there.
        return say_custody(coming, subject->record, "custody.handed", turn);
    }
    if (verb == "custody.declined" && asked_them) return say_custody(coming, subject->record, "custody.ended", turn);
    bool const they_asked = !custody.here && custody.offer_from == coming.peer.node && turn > custody.turn;
    if (verb == "custody.handed" && they_asked && custody.accepted) return say_custody(coming, subject->record, "custody.taken", turn);
    if (verb == "custody.withdrawn" && they_asked) return say_custody(coming, subject->record, "custody.ended", turn);
    // What came too late to matter (an answer to an offer that was taken back) is no fault.
    return {};
}

}  // namespace

Result<void> apply_message(app::House& house, store::Transaction& tx, Peer& peer, Json const& message, std::int64_t size, std::string const& root) {
    std::string const kind(message.text_at("do"));
    if (kind == "void") return {};
    SANJAL_TRY(auto signers, learn_keys(peer.node, peer.keys));
    auto const* sent = message.find("entry");
    if (sent == nullptr) return incomplete();
    SANJAL_TRY(auto main, prove_entry(signers, *sent, size, root));
    // The same entry twice, under whatever number (a peer that was restored numbers anew).
    SANJAL_TRY(auto const before, tx.integer("select count(*) from network_entry where peer = $1 and id = $2", {peer.node, main.entry.id}));
    if (before.value_or(0) > 0) return {};
    std::string const verb = main.entry.head.verb;
    bool const fits = verb == kind || (kind == "disclosure.erased" && (verb == "record.erased" || verb == "disclosure.forgotten"));
    if (!fits || main.entry.signer != peer.node) return fail(Fault::Invalid, "message.other_entry", "This message says one thing and its entry another.");
    Coming coming{house, tx, peer, message, size, root, std::move(signers), std::move(main)};
    auto const applied = kind == "agreement.signed"     ? agreement_signed(coming)
                         : kind == "agreement.ended"    ? agreement_ended(coming)
                         : kind == "disclosure.made"    ? disclosure_made(coming)
                         : kind == "disclosure.stopped" ? disclosure_stopped(coming)
                         : kind == "disclosure.erased"  ? disclosure_erased(coming)
                         : kind == "referral.offered"   ? referral_offered(coming)
                         : kind.starts_with("referral.") ? referral_followed(coming)
                         : kind.starts_with("custody.") ? custody_moved(coming)
                                                        : Result<void>(fail(Fault::Invalid, "message.unknown_kind", "This node does not know this kind of message. It may be of a newer version."));
    if (!applied) return applied;
    return tx.put("insert into network_entry (peer, id) values ($1, $2)", {peer.node, coming.main.entry.id});
}

Result<std::int64_t> erase_stopped(app::House& house) {
    struct Stop {
        std::string peer, disclosure, ours;
        static Stop from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))}; }
    };
    std::vector<Stop> stops;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(stops, tx.rows<Stop>(
            "select s.peer, s.disclosure, l.ours from network_stopped s join network_link l on l.peer = s.peer and l.theirs = s.disclosure and l.kind = 'disclosure' where s.done = 0 order by s.disclosure"));
        return {};
    }));
    for (auto const& stop : stops) {
        bool erased = false;
        SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const state, record::load(tx, stop.ours));
            erased = !state.events("record.erased").empty();
            return {};
        }));
        if (!erased) {
            ledger::Ledger::Erasure erasure;
            erasure.record = stop.ours;
            erasure.fields = {"content", "as_sent", "checkpoint"};
            for (char const* sensitivity : {"public", "operational", "identity", "contact", "medical", "legal"}) erasure.fields.push_back(std::string("content_") + sensitivity);
            erasure.reason = "stop and erase";
            erasure.approvals = {stop.peer};
            erasure.actor = house.operator_id();
            erasure.pack = house.packs().in_force()->reference();
            erasure.submission = house.new_id();
            SANJAL_DO(house.erase(erasure));
        }
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> { return tx.put("update network_stopped set done = 1 where peer = $1 and disclosure = $2", {stop.peer, stop.disclosure}); }));
    }
    return static_cast<std::int64_t>(stops.size());
}

}  // namespace sanjal::sync
