#include "features/referral/offer.h"

#include <algorithm>
#include <set>

#include "policy/agreement.h"
#include "rules/value.h"

namespace sanjal::referral {
namespace {

constexpr auto answer_within = std::chrono::hours(48);  // practice, a proposal: as long as an alert may wait for its answer
constexpr std::size_t people_max = 200;

struct Subject {
    std::string id;        // of the person; empty where nobody is named yet
    record::State person;
};

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

bool must_not_know(record::State const& person, std::string const& unit) {
    auto const cells = person.cells("not_to_know");
    return std::any_of(cells.begin(), cells.end(), [&](Json const* cell) { return cell->text_at("v") == unit; });
}

// A name that the pack's list has.
Result<std::string> code_of(app::Context& context, Json const& body, char const* member, char const* list) {
    auto const given = body.text_at(member);
    auto const* codes = context.pack().document.find("codes");
    auto const* found = codes != nullptr ? codes->find(list) : nullptr;
    auto const* values = found != nullptr ? found->find("values") : nullptr;
    if (given.empty() || values == nullptr || values->find(given) == nullptr) {
        return fail(Fault::Invalid, "referral.choice", std::string("Choose one of the list \"") + list + "\".", std::string("/") + member);
    }
    return std::string(given);
}

Result<std::vector<Subject>> subjects_of(app::Context& context, std::vector<std::string> const& parts) {
    std::vector<Subject> all;
    for (auto const& part : parts) {
        SANJAL_TRY(auto const state, record::load(context.tx(), part));
        SANJAL_DO(context.require(policy::Action::Read, part, state));
        SANJAL_DO(context.require(policy::Action::Write, part, state));
        if (state.type() != "part") return fail(Fault::Invalid, "referral.about", "A referral is about people's parts in a case.", "/about");
        Subject subject;
        subject.id = text_of(state, "person");
        SANJAL_TRY(auto person, record::find(context.tx(), subject.id));
        if (person) subject.person = std::move(*person);
        all.push_back(std::move(subject));
    }
    return all;
}

Result<void> check_unit(app::Context& context, std::string const& to) {
    SANJAL_TRY(auto const unit, record::find(context.tx(), to));
    if (!unit || unit->type() != "unit") return fail(Fault::Invalid, "unit.none", "There is no such unit at this node. Choose one from the list.", "/to");
    if (to == context.actor().unit) return fail(Fault::Invalid, "referral.to_oneself", "This is your own unit. Choose another one.", "/to");
    // A unit that stands for another node.
    SANJAL_DO(policy::may_ask_unit(context.tx(), *unit, to, context.now()));
    return {};
}

// Has she herself said that the unit may be told who she is?
Result<bool> may_be_told(app::Context& context, std::string const& person) {
    std::vector<record::State> consents;
    SANJAL_DO(context.tx().each("select r.data from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = 'person' and r.type = 'consent'", {person},
                                [&](store::Row const& row) -> Result<void> {
                                    SANJAL_TRY(auto state, record::State::parse(row.text(0)));
                                    consents.push_back(std::move(state));
                                    return {};
                                }));
    std::vector<record::State const*> all;
    for (auto const& consent : consents) all.push_back(&consent);
    auto const today = format_instant(context.now(), context.pack().offset_minutes(context.now())).substr(0, 10);
    return record::has_agreed(all, "C_share_min", today);
}

Result<void> check_basis(app::Context& context, std::vector<Subject> const& subjects, std::string const& basis) {
    for (auto const& subject : subjects) {
        if (!record::is_adult(subject.person)) continue;
        if (basis == "child_law") return fail(Fault::Invalid, "referral.basis", "The law for children does not speak of an adult. Ask her or him first, or name the order or the danger.", "/basis");
        if (basis != "consent") continue;
        SANJAL_TRY(bool const agreed, may_be_told(context, subject.id));
        if (!agreed) return fail(Fault::Conflict, "referral.no_consent", "She or he has not agreed that this unit is told. Ask first and write the answer down; only an order or danger stands in its place.", "/basis");
    }
    return {};
}

void add_choices(ledger::NewEntry& entry, char const* name, std::set<std::string> const& codes) {
    if (codes.empty()) return;
    Json list = Json::list();
    for (auto const& code : codes) list.push_back(code);
    entry.fields.push_back({name, std::move(list), "operational"});
}

// P15: how many, sex, age band, language; nothing by which anybody could be known.
void add_outline(ledger::NewEntry& entry, std::vector<Subject> const& subjects) {
    std::set<std::string> sexes;
    std::set<std::string> ages;
    std::set<std::string> languages;
    for (auto const& subject : subjects) {
        if (auto const sex = text_of(subject.person, "sex"); !sex.empty()) sexes.insert(sex);
        if (auto const language = text_of(subject.person, "language"); !language.empty()) languages.insert(language);
        auto const under = text_of(subject.person, "under_18");
        ages.insert(under == "yes" ? "child" : under == "no" ? "adult" : "not_sure");
    }
    entry.fields.push_back({"number", static_cast<std::int64_t>(subjects.size()), "operational"});
    add_choices(entry, "sexes", sexes);
    add_choices(entry, "ages", ages);
    add_choices(entry, "languages", languages);
}

Result<std::string> until_of(app::Context& context, Json const& body) {
    auto const given = body.text_at("until");
    if (given.empty()) return format_instant(context.now() + answer_within);
    auto const until = parse_instant(given);
    if (!until) return fail(Fault::Invalid, until.error().code, until.error().message, "/until");
    if (*until <= context.now()) return fail(Fault::Invalid, "referral.until_past", "Until when you need an answer must lie ahead.", "/until");
    return std::string(given);
}

Result<std::vector<std::string>> wanted_parts(app::Context& context, Json const& body) {
    std::vector<std::string> parts;
    if (auto const* about = body.find("about")) {
        for (auto const& one : about->items()) {
            if (!one.is_text()) return fail(Fault::Invalid, "request.not_a_text", "This must be a list of ids.", "/about");
            parts.push_back(one.text());
        }
    }
    if (auto const record = body.text_at("record"); !record.empty()) {
        SANJAL_TRY(auto const found, parts_within_reach(context, std::string(record)));
        parts.insert(parts.end(), found.begin(), found.end());
    }
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    if (parts.empty()) return fail(Fault::Invalid, "referral.about_nobody", "Say whom it is about: a part, a person or a case with somebody in it.", "/record");
    if (parts.size() > people_max) return fail(Fault::Invalid, "referral.too_many", "A referral is about at most 200 people.", "/about");
    return parts;
}

}  // namespace

Result<std::vector<std::string>> parts_within_reach(app::Context& context, std::string const& record) {
    SANJAL_TRY(auto const state, record::load(context.tx(), record));
    SANJAL_DO(context.require(policy::Action::Read, record, state));
    if (state.type() == "part") return std::vector<std::string>{record};
    SANJAL_TRY(auto const roots, record::roots_of(context.tx(), record));
    std::vector<std::string> parts;
    for (auto const& root : roots) {
        SANJAL_TRY(auto const cluster, record::load_cluster(context.tx(), root));
        for (auto const& part : cluster.parts) {
            if (record != root && part.person != record) continue;
            auto const found = cluster.records.find(part.part);
            if (found == cluster.records.end() || text_of(found->second, "as") != "survivor") continue;
            SANJAL_TRY(auto const stands, policy::standing(context.tx(), context.actor(), part.part, context.now()));
            if (!stands.relations.empty() && !stands.blocked) parts.push_back(part.part);
        }
    }
    return parts;
}

Result<std::string> make_offer(app::Context& context, Json const& body) {
    std::string const to(body.text_at("to"));
    SANJAL_DO(check_unit(context, to));
    SANJAL_TRY(auto const asks, code_of(context, body, "asks", "service"));
    SANJAL_TRY(auto const parts, wanted_parts(context, body));
    SANJAL_TRY(auto const subjects, subjects_of(context, parts));
    bool const hidden = std::any_of(subjects.begin(), subjects.end(), [&](Subject const& one) { return must_not_know(one.person, to); });
    if (hidden) return fail(Fault::Conflict, "referral.not_this_unit", "This unit cannot be asked in this case. Choose another one.", "/to");
    bool const adults = std::any_of(subjects.begin(), subjects.end(), [](Subject const& one) { return record::is_adult(one.person); });
    std::string basis = adults ? "consent" : "child_law";
    if (body.find("basis") != nullptr) {
        SANJAL_TRY(basis, code_of(context, body, "basis", "referral_basis"));
    }
    SANJAL_DO(check_basis(context, subjects, basis));
    SANJAL_TRY(auto const until, until_of(context, body));
    auto const words = body.text_at("words");
    if (words.size() > 4000) return fail(Fault::Invalid, "value.too_long", "This is longer than 4,000 bytes.", "/words");

    policy::Relations const no_relations;
    auto const decision = policy::decide({context.actor(), policy::Action::Create, "referral", no_relations, false}, context.pack());
    if (!decision.allowed || !decision.mask.allows("referral", "to", "operational")) return fail(Fault::Forbidden, "policy.not_yours", "Your role does not allow this here.");

    ledger::Submission submission = context.submission();
    ledger::NewEntry entry;
    entry.verb = "referral.offered";
    entry.record = context.house().new_record(context.tx());
    std::string const id = entry.record;
    for (auto const& part : parts) entry.fields.push_back({"about/" + to_base64url(context.house().random().bytes(6)), part, "operational"});
    entry.fields.push_back({"asks", asks, "operational"});
    entry.fields.push_back({"basis", basis, "operational"});
    entry.fields.push_back({"to", to, "operational"});
    entry.fields.push_back({"unit_of_origin", context.actor().unit, "operational"});
    entry.fields.push_back({"until", until, "operational"});
    if (!words.empty()) entry.fields.push_back({"words", words, "operational"});
    add_outline(entry, subjects);
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    return id;
}

Result<void> still_offered(app::Context& context, casework::Referral const& referral) {
    SANJAL_TRY(auto const state, record::load(context.tx(), referral.id));
    for (auto const& part : referral.about) {
        SANJAL_TRY(auto const one, record::load(context.tx(), part));
        std::string const id = text_of(one, "person");
        SANJAL_TRY(auto const person, record::find(context.tx(), id));
        if (!person) continue;
        bool stands = !must_not_know(*person, referral.to);
        if (stands && text_of(state, "basis") == "consent" && record::is_adult(*person)) {
            SANJAL_TRY(stands, may_be_told(context, id));
        }
        if (!stands) return fail(Fault::Conflict, "referral.ended", "This offer no longer stands. The unit that asked will find another way.");
    }
    return {};
}

}  // namespace sanjal::referral
