#include "features/matching/search.h"

#include <algorithm>
#include <set>

#include "features/matching/people.h"
#include "features/matching/person_of.h"
#include "match/explain.h"
#include "rules/form.h"
#include "rules/value.h"

namespace sanjal::matching {
namespace {

constexpr std::size_t shown_max = 20;
constexpr std::size_t looked_at = 60;  // more than are shown: some fall away when policy has been asked
constexpr std::size_t query_bytes_max = 500;
constexpr std::size_t compared_max = 8;

struct Seen {
    record::State state;
    policy::Mask mask;
};

// The person as this actor may see it; nothing where they may not read it at all.
Result<std::optional<Seen>> seen(app::Context& context, std::string const& id) {
    SANJAL_TRY(auto state, record::find(context.tx(), id));
    if (!state || state->type() != "person") return std::optional<Seen>();
    auto mask = context.require(policy::Action::Read, id, *state);
    if (!mask && (mask.error().fault == Fault::NotFound || mask.error().fault == Fault::Forbidden)) return std::optional<Seen>();
    if (!mask) return fail(mask.error());
    return std::optional(Seen{std::move(*state), std::move(*mask)});
}

Result<Json> shown(app::Context& context, std::string const& id, Seen const& one) {
    // A list shows what the views hold; what is kept out of them is opened on the record's own page.
    return policy::show(id, one.state, one.mask, context.pack(), [](Json const&, std::string_view) -> Result<Json> { return Json::object({{"kept", true}}); });
}

// Mostly digits: a number to call, not a name.
bool is_number(std::string_view text) {
    auto const digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits >= 6 && digits * 2 > static_cast<std::ptrdiff_t>(text.size());
}

// A part of a name is enough here: people look through a short list themselves.
bool speaks(match::Score const& score) {
    auto const all = score.all();
    return std::any_of(all.begin(), all.end(), [](match::Evidence const& one) { return one.finding != match::Finding::Apart; });
}

// Whose indexed fields begin with this text, within reach: as one types, before a name is whole.
Result<std::vector<std::pair<std::string, std::string>>> beginning_with(app::Context& context, std::string_view text) {
    std::string low(text);
    for (auto& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::vector<std::pair<std::string, std::string>> all;
    SANJAL_DO(context.tx().each("select distinct s.record, s.field from record_search s where s.value >= $1 and s.value < $2 and exists (select 1 from record_reach h"
                                " where h.record = s.record and h.type = 'person' and h.holder in ($3, $4)) order by s.record desc limit " + std::to_string(shown_max),
                                {low, low + "\xF4\x8F\xBF\xBF", context.actor().unit, context.actor().id}, [&](store::Row const& row) -> Result<void> {
                                    all.emplace_back(std::string(row.text(0)), std::string(row.text(1)));
                                    return {};
                                }));
    return all;
}

// {names: [...], sex: ..., age: ...} in the normal form of answers; a value that is none says nothing while it is being typed.
std::vector<std::pair<std::string, Json>> normal_answers(app::Context& context, Json const& person) {
    std::vector<std::pair<std::string, Json>> all;
    auto const* codes = context.pack().document.find("codes");
    Json const no_codes = Json::object();
    for (auto const& [name, value] : person.members()) {
        auto const* definition = context.pack().field("person", name);
        if (definition == nullptr) continue;
        for (auto const& one : value.is_list() ? value.items() : Json::List{value}) {
            if (auto normal = rules::check_value(*definition, codes != nullptr ? *codes : no_codes, one)) all.emplace_back(name, std::move(*normal));
        }
    }
    return all;
}

}  // namespace

Json reasons_json(match::Score const& score, std::string const& language) {
    Json list = Json::list();
    for (auto const& reason : match::reasons(score, language)) {
        list.push_back(Json::object({{"code", reason.code}, {"words", reason.words}, {"speaks_for", reason.speaks_for}}));
    }
    auto const strength = match::strength_of(score);
    return Json::object({{"strength", match::strength_code(strength == match::Strength::None ? match::Strength::Weak : strength)}, {"reasons", std::move(list)}});
}

Result<std::optional<app::Response>> find_people(app::Context& context, app::Request const& request) {
    auto const text = request.query("q");
    if (!text || text->empty() || request.query("type") != "person" || request.queries.size() != 2) return std::optional<app::Response>();
    if (text->size() > query_bytes_max || text->find('\0') != std::string_view::npos || !is_utf8(*text)) return fail(Fault::Invalid, "request.query", "This text cannot be looked for.", "q");
    auto& people = context.house().kept<People>();
    SANJAL_DO(people.catch_up(context.house(), context.tx()));
    match::Person wanted;
    if (is_number(*text)) wanted.phones.emplace_back(*text);
    else wanted.names.emplace_back(*text);
    std::string const language = context.language_of(request);
    Json records = Json::list();
    std::set<std::string> listed;
    for (auto const& candidate : people.search(wanted, looked_at, context.actor())) {
        if (records.items().size() == shown_max) break;
        SANJAL_TRY(auto const one, seen(context, candidate.id));
        if (!one) continue;
        // Whoever may not read the name does not learn by asking that it is this one.
        auto const score = within(candidate.score, one->mask);
        if (!speaks(score)) continue;
        SANJAL_TRY(auto json, shown(context, candidate.id, *one));
        json.set("found", reasons_json(score, language));
        records.push_back(std::move(json));
        listed.insert(candidate.id);
    }
    SANJAL_TRY(auto const beginning, beginning_with(context, *text));
    for (auto const& [id, field] : beginning) {
        if (records.items().size() == shown_max) break;
        if (listed.count(id) > 0) continue;
        SANJAL_TRY(auto const one, seen(context, id));
        auto const* definition = context.pack().field("person", field);
        if (!one || definition == nullptr || !one->mask.allows("person", field, definition->text_at("class"))) continue;
        SANJAL_TRY(auto json, shown(context, id, *one));
        json.set("found", Json::object({{"strength", "weak"}, {"reasons", Json::list()}}));
        records.push_back(std::move(json));
        listed.insert(id);
    }
    context.note_access("search", "search");
    Json answer = Json::object({{"records", std::move(records)}});
    if (!people.is_whole()) answer.set("still_reading", true);
    return std::optional(app::json(200, answer));
}

Result<app::Response> compare(app::Context& context, app::Request const& request) {
    SANJAL_TRY(auto const body, parse_json(request.body));
    auto const* person = body.is_object() ? body.find("person") : nullptr;
    if (person == nullptr || !person->is_object() || body.members().size() != 1) return fail(Fault::Invalid, "request.not_an_object", "Send {\"person\": {...}} with what is known so far.", "/person");
    auto const answers = normal_answers(context, *person);
    auto const wanted = person_of([&](std::string_view field) {
        std::vector<Statement> all;
        for (auto const& [name, value] : answers) {
            if (name == field && !rules::is_none(value)) all.push_back({&value, milliseconds_of(context.now())});
        }
        return all;
    });
    auto& people = context.house().kept<People>();
    SANJAL_DO(people.catch_up(context.house(), context.tx()));
    std::string const language = context.language_of(request);
    Json list = Json::list();
    if (!wanted.names.empty() || !wanted.phones.empty()) {
        for (auto const& candidate : people.search(wanted, looked_at, context.actor())) {
            if (list.items().size() == compared_max) break;
            SANJAL_TRY(auto const one, seen(context, candidate.id));
            if (!one) continue;
            auto const score = within(candidate.score, one->mask);
            auto const strength = match::strength_of(score);
            if (strength == match::Strength::None || strength == match::Strength::Weak) continue;
            SANJAL_TRY(auto record, shown(context, candidate.id, *one));
            record.set("found", reasons_json(score, language));
            list.push_back(std::move(record));
        }
    }
    context.note_access("search", "search");
    Json answer = Json::object({{"records", std::move(list)}});
    if (!people.is_whole()) answer.set("still_reading", true);
    return app::json(200, answer);
}

}  // namespace sanjal::matching
