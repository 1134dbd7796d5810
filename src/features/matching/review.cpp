#include "features/matching/review.h"

#include <algorithm>
#include <set>

#include "features/matching/person_of.h"
#include "features/matching/search.h"
#include "match/explain.h"
#include "match/index.h"
#include "policy/matches.h"

namespace sanjal::matching {
namespace {

constexpr std::size_t words_max = 2000;

tl::unexpected<Error> none() { return fail(Fault::NotFound, "match.none", "There is no such comparison, or it is not yours to see."); }

policy::Asking asking(app::Context& context) { return {context.actor(), context.purpose, context.now()}; }

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

// How two persons compare, less what this reader may not see on either side.
match::Score compared(record::State const& one, record::State const& other, policy::Mask const& mask_one, policy::Mask const& mask_other) {
    match::Index index;
    auto person = person_of(one);
    person.key = 1;
    index.put(person);
    auto const found = index.search(person_of(other), 1);
    return found.empty() ? match::Score() : within(within(found.front().score, mask_one), mask_other);
}

// The cases and the part of a record, as far as they are within reach.
Result<Json> stands_in(app::Context& context, std::string const& id, record::State const& state) {
    Json all = Json::list();
    auto const add = [&](std::string const& part, std::string const& root) -> Result<void> {
        SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), part, context.now()));
        if (stands.relations.empty() || stands.blocked) return {};
        SANJAL_TRY(auto const in, record::find(context.tx(), part));
        SANJAL_TRY(auto const known, record::find(context.tx(), root));
        if (!in || !known) return {};
        Json one = Json::object({{"case", root}, {"part", part}});
        if (!known->number().empty()) one.set("number", known->number());
        if (auto const as = text_of(*in, "as"); !as.empty()) one.set("as", as);
        all.push_back(std::move(one));
        return {};
    };
    if (state.type() == "leg") {
        SANJAL_DO(add(id, text_of(state, "case")));
        return all;
    }
    std::vector<std::pair<std::string, std::string>> parts;
    SANJAL_DO(context.tx().each("select p.origin, c.target from record_link p join record_link c on c.origin = p.origin and c.field = 'case' join record r on r.id = p.origin and r.type = 'part'"
                                " where p.target = $1 and p.field = 'person' order by p.origin", {id}, [&](store::Row const& row) -> Result<void> {
                                    parts.emplace_back(std::string(row.text(0)), std::string(row.text(1)));
                                    return {};
                                }));
    for (auto const& [part, root] : parts) SANJAL_DO(add(part, root));
    return all;
}

Result<Json> side(app::Context& context, std::string const& id, bool reads) {
    if (!reads) return Json::object({{"withheld", true}});
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_TRY(auto shown, context.show(id));
    SANJAL_TRY(auto cases, stands_in(context, id, state));
    return Json::object({{"record", std::move(shown)}, {"cases", std::move(cases)}});
}

Json words_of(std::string const& code, std::string const& language) {
    auto const dot = code.find('.');
    std::string const field = code.substr(0, dot);
    std::string const finding = dot == std::string::npos ? std::string() : code.substr(dot + 1);
    return Json::object({{"code", code}, {"words", std::string(match::words_for(field, language)) + ": " + std::string(match::words_for(finding, language))}, {"speaks_for", finding != "apart"}});
}

// Both sides read: all that the reader may see of both, as it stands now.  One side read: that the names are alike, and no more;
// what else agreed would tell what the other file says.
Result<Json> reasons(app::Context& context, policy::KnownMatch const& known, std::string const& language) {
    bool const is_thing = known.match.kind == "vehicle" || known.match.kind == "phone";
    if (known.reads_both() && !is_thing) {
        SANJAL_TRY(auto const one, record::load(context.tx(), known.match.one));
        SANJAL_TRY(auto const other, record::load(context.tx(), known.match.other));
        SANJAL_TRY(auto const mask_one, context.require(policy::Action::Read, known.match.one, one));
        SANJAL_TRY(auto const mask_other, context.require(policy::Action::Read, known.match.other, other));
        auto json = reasons_json(compared(one, other, mask_one, mask_other), language);
        json.set("strength", known.match.strength);
        return json;
    }
    Json list = Json::list();
    for (auto const& code : known.match.why) {
        std::string const field = code.substr(0, code.find('.'));
        if (is_thing || field == "name" || field == "alias") list.push_back(words_of(code, language));
    }
    return Json::object({{"strength", known.match.strength}, {"reasons", std::move(list)}});
}

Json steps_json(casework::Match const& match) {
    Json list = Json::list();
    for (auto const& step : match.steps) {
        Json one = Json::object({{"do", step.verb}, {"at", format_instant(instant_of(step.at))}, {"by", step.by}});
        if (!step.decision.empty()) one.set("decision", step.decision);
        if (!step.words.empty()) one.set("words", step.words);
        list.push_back(std::move(one));
    }
    return list;
}

// May this officer decide, and is it his turn?
bool may_decide(app::Context& context, policy::KnownMatch const& known) {
    if (known.reads().empty()) return false;
    auto const* proposal = known.match.proposal();
    return known.match.is_open() || known.match.state == "cannot_say" || (proposal != nullptr && proposal->by != context.actor().id && casework::read_both(proposal->reads, known.reads()));
}

Result<Json> match_json(app::Context& context, policy::KnownMatch const& known, std::string const& language) {
    auto const& match = known.match;
    Json json = Json::object({{"id", match.id}, {"kind", match.kind}, {"state", match.state}, {"since", format_instant(instant_of(match.since))}});
    SANJAL_TRY(auto found, reasons(context, known, language));
    json.set("found", std::move(found));
    SANJAL_TRY(auto one, side(context, match.one, known.reads_one));
    SANJAL_TRY(auto other, side(context, match.other, known.reads_other));
    json.set("sides", Json::list({std::move(one), std::move(other)}));
    if (!known.call.empty()) {
        SANJAL_TRY(auto const unit, record::find(context.tx(), known.call));
        if (unit) json.set("call", Json::object({{"unit", known.call}, {"title", text_of(*unit, "title")}}));
    }
    json.set("steps", steps_json(match)).set("may_decide", may_decide(context, known));
    bool const settled = match.state == "different" || match.state == "cannot_say" || match.state == "one_person" || match.state == "confirmed";
    json.set("may_undo", settled && !known.reads().empty());
    return json;
}

Result<policy::KnownMatch> load_known(app::Context& context, std::string const& id) {
    SANJAL_TRY(auto const match, casework::find_match(context.tx(), id));
    if (!match) return none();
    SANJAL_TRY(auto const speakers, policy::Speakers::of(context.tx()));
    SANJAL_TRY(auto known, policy::known_match(context.tx(), asking(context), *match, speakers, context.pack()));
    if (!known) return none();
    return std::move(*known);
}

Result<Json> texts(app::Request const& request, std::initializer_list<std::string_view> allowed) {
    SANJAL_TRY(auto body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        if (!value.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a text.", "/" + name);
        if (value.text().size() > words_max) return fail(Fault::Invalid, "value.too_long", "This is longer than 2,000 bytes.", "/" + name);
    }
    return body;
}

// Whoever decides about a file may write in it.
Result<void> may_write(app::Context& context, policy::KnownMatch const& known) {
    for (auto const& [id, reads] : {std::pair(known.match.one, known.reads_one), std::pair(known.match.other, known.reads_other)}) {
        if (!reads) continue;
        SANJAL_TRY(auto const state, record::load(context.tx(), id));
        SANJAL_DO(context.require(policy::Action::Write, id, state));
    }
    if (known.reads().empty()) return fail(Fault::Forbidden, "match.not_read", "You speak for this unit and do not read its file. Call the unit; its officers decide.");
    return {};
}

// What follows from "one person", on each side where she is a survivor: a record in her case, on which the pack's steps stand.
Result<void> add_recognitions(app::Context& context, casework::Match const& match, ledger::Submission& submission) {
    for (auto const& person : {match.one, match.other}) {
        SANJAL_TRY(auto const state, record::load(context.tx(), person));
        if (state.type() != "person") continue;
        struct Part {
            std::string part, root;
            static Part from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1))}; }
        };
        SANJAL_TRY(auto const parts, context.tx().rows<Part>("select p.origin, c.target from record_link p join record_link c on c.origin = p.origin and c.field = 'case'"
                                                             " join record r on r.id = p.origin and r.type = 'part' where p.target = $1 and p.field = 'person' order by p.origin", {person}));
        for (auto const& part : parts) {
            SANJAL_TRY(auto const in, record::load(context.tx(), part.part));
            if (text_of(in, "as") != "survivor") continue;
            ledger::NewEntry entry;
            entry.verb = "recognition.opened";
            entry.record = context.house().new_record(context.tx());
            entry.fields = {{"case", part.root, "operational"}, {"match", match.id, "operational"}, {"part", part.part, "operational"}, {"stands", "yes", "operational"},
                            {"unit_of_origin", std::string(state.unit()), "operational"}};
            submission.entries.push_back(std::move(entry));
            break;
        }
    }
    return {};
}

Result<void> end_recognitions(app::Context& context, casework::Match const& match, ledger::Submission& submission) {
    SANJAL_TRY(auto const all, context.tx().texts("select l.origin from record_link l join record r on r.id = l.origin and r.type = 'recognition' where l.target = $1 and l.field = 'match'", {match.id}));
    for (auto const& id : all) {
        SANJAL_TRY(auto const state, record::load(context.tx(), id));
        if (text_of(state, "stands") != "yes") continue;
        ledger::NewEntry entry;
        entry.verb = "recognition.changed";
        entry.record = id;
        entry.fields = {{"stands", "no", "operational"}};
        submission.entries.push_back(std::move(entry));
    }
    return {};
}

Result<app::Response> answer(app::Context& context, app::Request const& request, std::string const& id) {
    SANJAL_TRY(auto const known, load_known(context, id));
    SANJAL_TRY(auto json, match_json(context, known, context.language_of(request)));
    return app::json(200, std::move(json));
}

// May the decision be taken as things stand?
Result<void> check_turn(app::Context& context, policy::KnownMatch const& known, std::string_view decision) {
    auto const& match = known.match;
    if (match.state == "confirmed" || match.state == "different") return fail(Fault::Conflict, "match.decided", "This was decided. If that was wrong, undo it first, with a reason.");
    auto const* proposal = match.proposal();
    if (proposal == nullptr || decision != "one_person") return {};
    if (proposal->by == context.actor().id) return fail(Fault::Conflict, "match.second_officer", "You have said that they are one person. A second officer must say so too.");
    if (!casework::read_both(proposal->reads, known.reads())) return fail(Fault::Conflict, "match.other_side", "The second officer must be one who reads the other file. Call the other unit.");
    return {};
}

}  // namespace

Result<app::Response> list(app::Context& context, app::Request const& request) {
    std::string record;
    bool all_states = false;
    for (auto const& [name, value] : request.queries) {
        if (name == "record") record = value;
        else if (name == "state" && (value == "open" || value == "all")) all_states = value == "all";
        else return fail(Fault::Invalid, "request.unknown_query", "Comparisons are asked for by record, and by state=open or state=all.", name);
    }
    std::vector<policy::KnownMatch> known;
    if (record.empty()) {
        SANJAL_TRY(known, policy::open_matches(context.tx(), asking(context), context.pack()));
    } else {
        SANJAL_TRY(auto const state, record::load(context.tx(), record));
        SANJAL_DO(context.require(policy::Action::Read, record, state));
        std::set<std::string> about{record};
        for (char const* field : {"person", "case"}) {
            SANJAL_TRY(auto const near, context.tx().texts("select target from record_link where origin = $1 and field = $2", {record, field}));
            if (std::string_view(field) == "person") about.insert(near.begin(), near.end());
        }
        SANJAL_TRY(auto const inside, context.tx().texts("select p.target from record_link c join record_link p on p.origin = c.origin and p.field = 'person' where c.target = $1 and c.field = 'case'"
                                                         " union select c.origin from record_link c join record r on r.id = c.origin and r.type = 'leg' where c.target = $1 and c.field = 'case'", {record}));
        about.insert(inside.begin(), inside.end());
        SANJAL_TRY(auto const speakers, policy::Speakers::of(context.tx()));
        std::set<std::string> seen;
        for (auto const& one : about) {
            SANJAL_TRY(auto const matches, casework::matches_about(context.tx(), one));
            for (auto const& match : matches) {
                bool const is_settled = match.state == "different" || match.state == "cannot_say" || match.state == "confirmed";
                if ((is_settled && !all_states) || !seen.insert(match.id).second) continue;
                SANJAL_TRY(auto found, policy::known_match(context.tx(), asking(context), match, speakers, context.pack()));
                // Of a person of the case whom one does not read there is nothing to say here.
                if (found && !found->reads().empty()) known.push_back(std::move(*found));
            }
        }
    }
    Json matches = Json::list();
    for (auto const& each : known) {
        SANJAL_TRY(auto json, match_json(context, each, context.language_of(request)));
        matches.push_back(std::move(json));
    }
    context.note_access("list", "list");
    return app::json(200, Json::object({{"matches", std::move(matches)}}));
}

Result<app::Response> one(app::Context& context, app::Request const& request) { return answer(context, request, std::string(request.param("id"))); }

Result<app::Response> decide(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const known, load_known(context, id));
    SANJAL_TRY(auto const body, texts(request, {"decision", "words"}));
    auto const decision = body.text_at("decision");
    if (decision != "one_person" && decision != "different" && decision != "cannot_say") {
        return fail(Fault::Invalid, "match.decision", "Say one_person, different or cannot_say.", "/decision");
    }
    SANJAL_DO(may_write(context, known));
    SANJAL_DO(check_turn(context, known, decision));
    bool const confirms = decision == "one_person" && known.match.proposal() != nullptr;
    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = confirms ? "match.confirmed" : "match.decided";
    entry.record = id;
    if (!confirms) entry.fields.push_back({"decision", decision, "operational"});
    entry.fields.push_back({"reads", known.reads(), "operational"});
    if (auto const words = body.text_at("words"); !words.empty()) entry.fields.push_back({"words", words, "operational"});
    submission.entries.push_back(std::move(entry));
    if (confirms) SANJAL_DO(add_recognitions(context, known.match, submission));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return answer(context, request, id);
}

Result<app::Response> undo(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const known, load_known(context, id));
    SANJAL_TRY(auto const body, texts(request, {"reason"}));
    if (body.text_at("reason").empty()) return fail(Fault::Invalid, "match.reason_missing", "Say why this is undone.", "/reason");
    SANJAL_DO(may_write(context, known));
    if (known.match.is_open()) return fail(Fault::Conflict, "match.not_decided", "Nothing was decided here yet, so there is nothing to undo.");
    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "match.undone";
    entry.record = id;
    entry.fields = {{"reads", known.reads(), "operational"}, {"words", body.text_at("reason"), "operational"}};
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(end_recognitions(context, known.match, submission));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return answer(context, request, id);
}

}  // namespace sanjal::matching
