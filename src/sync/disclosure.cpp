#include "sync/disclosure.h"

#include <algorithm>

#include "casework/custody.h"

namespace sanjal::sync {
namespace {

constexpr std::size_t people_max = 50;

std::string text_in(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

bool is_survivor(record::State const& part) { return part.type() == "part" && text_in(part, "as") == "survivor"; }

Result<std::set<std::string>> agreed_by(store::Transaction& tx, std::string const& person) {
    std::vector<record::State> consents;
    SANJAL_DO(tx.each("select r.data from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = 'person' and r.type = 'consent'", {person},
                      [&](store::Row const& row) -> Result<void> {
                          SANJAL_TRY(auto state, record::State::parse(row.text(0)));
                          consents.push_back(std::move(state));
                          return {};
                      }));
    std::vector<record::State const*> all;
    std::set<std::string> questions;
    for (auto const& consent : consents) {
        all.push_back(&consent);
        auto const* fields = consent.data().find("fields");
        for (auto const& [name, cells] : fields != nullptr ? fields->members() : Json::Object()) questions.insert(name);
    }
    std::erase_if(questions, [&](std::string const& question) { return !record::has_agreed(all, question); });
    return questions;
}

Result<policy::Told> told_of(store::Transaction& tx, std::string const& person, std::string const& unit) {
    policy::Told told;
    SANJAL_TRY(auto const state, record::find(tx, person));
    if (!state) return told;
    told.is_adult = record::is_adult(*state);
    auto const cells = state->cells("not_to_know");
    told.must_not_know = std::any_of(cells.begin(), cells.end(), [&](Json const* cell) { return cell->text_at("v") == unit; });
    SANJAL_TRY(told.agreed, agreed_by(tx, person));
    return told;
}

bool is_across_border(app::House& house, Peer const& peer) { return house.description().text_at("country") != peer.country; }

Result<std::int64_t> made_today(app::House& house, store::Transaction& tx, std::string const& agreement, pack::Pack const& pack) {
    auto const now = house.clock().now();
    auto const offset = std::chrono::minutes(pack.offset_minutes(now));
    auto const midnight = std::chrono::floor<std::chrono::days>(now + offset) - offset;
    std::int64_t count = 0;
    SANJAL_DO(tx.each("select data from record where type = 'disclosure' and created >= $1", {milliseconds_of(std::chrono::time_point_cast<std::chrono::milliseconds>(midnight))}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(0)));
        if (text_in(state, "agreement") == agreement && state.value("made") != nullptr) ++count;
        return {};
    }));
    return count;
}

// The parts that it is about, each with its person and case.
struct Subjects {
    std::vector<std::string> people;
    std::map<std::string, record::State> records;
};

Result<void> add_part(app::Context& context, std::string const& part, record::State const& state, Subjects& subjects) {
    std::string const person = text_in(state, "person");
    std::string const root = text_in(state, "case");
    for (auto const& id : {part, person, root}) {
        if (id.empty() || subjects.records.count(id) > 0) continue;
        SANJAL_TRY(auto one, record::load(context.tx(), id));
        SANJAL_DO(context.require(policy::Action::Read, id, one));
        subjects.records.emplace(id, std::move(one));
    }
    subjects.people.push_back(person);
    return {};
}

Result<Subjects> subjects_of(app::Context& context, std::string const& record) {
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    Subjects subjects;
    if (state.type() == "part") {
        if (!is_survivor(state)) return fail(Fault::Invalid, "disclosure.about", "What is shown to another node is about survivors. Of others only an order speaks, outside this.", "/record");
        SANJAL_DO(add_part(context, record, state, subjects));
    } else if (state.type() == "case") {
        SANJAL_TRY(auto const cluster, record::load_cluster(context.tx(), record));
        for (auto const& part : cluster.parts) {
            auto const found = cluster.records.find(part.part);
            if (found == cluster.records.end() || !is_survivor(found->second)) continue;
            SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), part.part, context.now()));
            if (!stands.relations.empty() && !stands.blocked) SANJAL_DO(add_part(context, part.part, found->second, subjects));
        }
    }
    if (subjects.people.empty()) return fail(Fault::Invalid, "disclosure.about_nobody", "Say whom it is about: a survivor's part, or a case with one.", "/record");
    if (subjects.people.size() > people_max) return fail(Fault::Invalid, "disclosure.too_many", "Show at most 50 people at a time.", "/record");
    return subjects;
}

// Of one record: the cells that the agreement names and the actor may read, by the entry in which they stand.
void choose(pack::Pack const& pack, Json const& terms, policy::Mask const& mask, std::string const& id, record::State const& state, std::map<std::int64_t, Chosen>& chosen, bool& withheld) {
    auto const* fields = state.data().find("fields");
    std::string const type(state.type());
    for (auto const& [name, cells] : fields != nullptr ? fields->members() : Json::Object()) {
        for (auto const& cell : cells.items()) {
            auto const sensitivity = cell.text_at("class");
            auto const* definition = pack.field(type, name);
            auto const* value = cell.find("v");
            bool const erased = value != nullptr && value->find("erased") != nullptr;
            if (definition == nullptr || erased || !policy::may_go(terms, type, name, sensitivity) || !mask.allows(type, name, sensitivity)) {
                withheld = true;
                continue;
            }
            auto& one = chosen[cell.integer_at("p")];
            one.position = cell.integer_at("p");
            one.entry = cell.text_at("e");
            one.record = id;
            one.type = type;
            auto const element = cell.text_at("el");
            one.fields.insert(element.empty() ? name : name + "/" + std::string(element));
        }
    }
}

struct Plan {
    policy::Agreement agreement;
    Peer peer;
    Subjects subjects;
    std::map<std::int64_t, Chosen> chosen;
    std::set<std::string> withheld;  // records of which something stays here
};

Result<Plan> plan_of(app::Context& context, Wanted const& wanted) {
    Plan plan;
    SANJAL_TRY(plan.agreement, policy::load_agreement(context.tx(), wanted.agreement));
    SANJAL_TRY(auto peer, find_peer(context.tx(), plan.agreement.peer));
    if (!peer) return fail(Fault::NotFound, "agreement.none", "There is no such agreement.");
    plan.peer = std::move(*peer);
    SANJAL_TRY(plan.subjects, subjects_of(context, wanted.record));
    policy::Disclosing question;
    question.agreement = &plan.agreement;
    question.purpose = wanted.purpose;
    question.basis = wanted.basis;
    question.reference = wanted.reference;
    question.sanction = wanted.sanction;
    question.role = context.actor().role;
    question.across_border = is_across_border(context.house(), plan.peer);
    question.peer_stopped = !plan.peer.stopped.empty() || !plan.peer.confirmed;
    for (auto const& person : plan.subjects.people) {
        SANJAL_TRY(auto told, told_of(context.tx(), person, plan.peer.unit));
        question.people.push_back(std::move(told));
    }
    SANJAL_TRY(question.today, made_today(context.house(), context.tx(), plan.agreement.record, context.pack()));
    question.now = context.now();
    auto const showing = policy::may_disclose(question);
    if (!showing.allowed) {
        bool const quota = showing.refusal.code == "disclosure.quota";
        std::string missing;
        for (auto const& one : showing.missing) missing += (missing.empty() ? "" : " ") + one;
        return fail(quota ? Fault::TooMany : Fault::Conflict, showing.refusal.code, showing.refusal.message, missing);
    }
    for (auto const& [id, state] : plan.subjects.records) {
        SANJAL_TRY(auto const mask, context.require(policy::Action::Read, id, state));
        bool withheld = false;
        choose(context.pack(), plan.agreement.terms, mask, id, state, plan.chosen, withheld);
        if (withheld) plan.withheld.insert(id);
    }
    if (plan.chosen.empty()) return fail(Fault::Conflict, "disclosure.nothing", "Nothing that the agreement names is known yet, so there is nothing to show.");
    return plan;
}

Result<std::int64_t> next_number(store::Transaction& tx, std::string const& peer) {
    SANJAL_DO(tx.put("insert into network_count (peer, disclosures) values ($1, 1) on conflict (peer) do update set disclosures = network_count.disclosures + 1", {peer}));
    SANJAL_TRY(auto const count, tx.integer("select disclosures from network_count where peer = $1", {peer}));
    return count.value_or(1);
}

}  // namespace

Result<Json> preview(app::Context& context, Wanted const& wanted) {
    SANJAL_TRY(auto const plan, plan_of(context, wanted));
    std::map<std::string, Json> fields;
    for (auto const& [position, one] : plan.chosen) {
        SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), position));
        auto& shown = fields.try_emplace(one.record, Json::object()).first->second;
        for (auto const& name : one.fields) {
            auto const* value = entry.field(name);
            if (value == nullptr) continue;
            std::string const base = name.substr(0, name.find('/'));
            if (base == name) {
                shown.set(name, *value);
            } else {
                if (shown.find(base) == nullptr) shown.set(base, Json::list());
                shown.find(base)->push_back(*value);
            }
        }
    }
    Json records = Json::list();
    for (auto& [id, shown] : fields) {
        context.note_access(id, "read");
        Json one = Json::object({{"record", id}, {"type", plan.subjects.records.at(id).type()}, {"fields", std::move(shown)}});
        if (plan.withheld.count(id) > 0) one.set("withheld", true);
        records.push_back(std::move(one));
    }
    return Json::object({{"to", plan.peer.node}, {"name", plan.peer.name}, {"agreement", plan.agreement.record}, {"purpose", wanted.purpose}, {"basis", wanted.basis}, {"records", std::move(records)}});
}

Result<std::string> disclose(app::Context& context, Wanted const& wanted) {
    SANJAL_TRY(auto const plan, plan_of(context, wanted));
    auto& tx = context.tx();
    std::string const record = context.house().new_record(tx);
    Json shown = Json::list();
    for (auto const& [position, one] : plan.chosen) {
        Json names = Json::list();
        for (auto const& name : one.fields) names.push_back(name);
        shown.push_back(Json::object({{"entry", one.entry}, {"position", position}, {"record", one.record}, {"type", one.type}, {"fields", std::move(names)}}));
        context.note_access(one.record, "export", wanted.purpose);
    }
    Json people = Json::list();
    for (auto const& person : plan.subjects.people) people.push_back(person);
    SANJAL_TRY(auto const number, next_number(tx, plan.peer.node));
    std::vector<ledger::Field> fields{{"peer", plan.peer.node, "operational"}, {"agreement", plan.agreement.record, "operational"}, {"shared", plan.agreement.shared, "operational"},
                                      {"purpose", wanted.purpose, "operational"}, {"basis", wanted.basis, "operational"}, {"number", number, "operational"},
                                      {"made", format_instant(context.now()), "operational"}, {"shown", std::move(shown), "operational"}, {"people", std::move(people), "operational"},
                                      {"role", context.actor().role, "operational"}, {"about", wanted.record, "operational"}, {"unit_of_origin", context.actor().unit, "operational"}};
    if (!wanted.reference.empty()) fields.push_back({"reference", wanted.reference, "legal"});
    if (!wanted.sanction.empty()) fields.push_back({"sanction", wanted.sanction, "legal"});
    SANJAL_DO(append_one(context.house(), tx, context.actor().id, "disclosure.made", record, std::move(fields)));
    for (auto const& person : std::set<std::string>(plan.subjects.people.begin(), plan.subjects.people.end())) {
        SANJAL_DO(tx.put("insert into network_told (person, disclosure) values ($1, $2)", {person, record}));
    }
    return record;
}

Result<std::vector<Chosen>> chosen_of(record::State const& disclosure) {
    std::vector<Chosen> all;
    auto const* shown = disclosure.value("shown");
    for (auto const& one : shown != nullptr && shown->is_list() ? shown->items() : Json::List()) {
        Chosen chosen;
        chosen.position = one.integer_at("position");
        chosen.entry = one.text_at("entry");
        chosen.record = one.text_at("record");
        chosen.type = one.text_at("type");
        for (auto const& name : one.find("fields")->items()) chosen.fields.insert(name.text());
        all.push_back(std::move(chosen));
    }
    return all;
}

Result<policy::Showing> may_still_go(app::House& house, store::Transaction& tx, record::State const& disclosure, policy::Agreement const& agreement, Peer const& peer, Asked asked) {
    policy::Disclosing question;
    std::string const purpose = text_in(disclosure, "purpose"), basis = text_in(disclosure, "basis"), reference = text_in(disclosure, "reference"), sanction = text_in(disclosure, "sanction"), role = text_in(disclosure, "role");
    question.agreement = &agreement;
    question.purpose = purpose;
    question.basis = basis;
    question.reference = reference;
    question.sanction = sanction;
    question.role = role;
    question.across_border = is_across_border(house, peer);
    question.peer_stopped = !peer.stopped.empty();
    auto const* people = disclosure.value("people");
    for (auto const& person : people != nullptr && people->is_list() ? people->items() : Json::List()) {
        SANJAL_TRY(auto told, told_of(tx, person.text(), peer.unit));
        question.people.push_back(std::move(told));
    }
    question.now = house.clock().now();
    // The quota was counted when it was made.
    return asked == Asked::Kept ? policy::may_keep(question) : policy::may_disclose(question);
}

}  // namespace sanjal::sync
