#include "casework/subject.h"

#include <algorithm>

#include "casework/approval.h"
#include "rules/clock.h"

namespace sanjal::casework {
namespace {

std::string text_at(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

// The cell of a moment.  Where people disagree, the earlier one counts until somebody settles it: a conflict never makes a
// limit longer, nor go away.
Json const* cell_of(record::State const& state, std::string_view field) {
    if (auto const* one = state.cell(field)) return one;
    Json const* earliest = nullptr;
    Instant earliest_at{};
    for (auto const* one : state.cells(field)) {
        auto const at = parse_instant(one->text_at("v"));
        if (!at || (earliest != nullptr && *at >= earliest_at)) continue;
        earliest = one;
        earliest_at = *at;
    }
    return earliest;
}

std::pair<std::string_view, std::string_view> split(std::string_view path) {
    auto const dot = path.find('.');
    if (dot == std::string_view::npos) return {path, {}};
    return {path.substr(0, dot), path.substr(dot + 1)};
}

Json const* step_of(Json const& procedure, std::string_view step) {
    auto const* steps = procedure.find("steps");
    return steps != nullptr ? steps->find(step) : nullptr;
}

}  // namespace

std::vector<Ending> endings_of(record::State const& state, std::string_view step, Json const& definition) {
    std::string_view const form = definition.text_at("form");
    std::vector<Ending> all;
    auto const consider = [&](Json const& event, bool skipped) {
        Ending ending{skipped, event.integer_at("t"), std::string(event.text_at("b")), std::string(event.text_at("reason")), &event};
        if (auto const text = event.text_at("at"); !text.empty()) {  // when it happened, where the author said so
            if (auto const at = parse_instant(text)) ending.at = milliseconds_of(*at);
        }
        all.push_back(std::move(ending));
    };
    if (auto const approval = approval_of(state, step, definition); approval.wanted > 0) {
        if (approval.ended) all.push_back({false, *approval.ended, approval.ended_by, {}, nullptr});
    } else {
        for (auto const* event : state.events("form.submitted")) {
            if (!form.empty() && event->text_at("form") == form) consider(*event, false);
        }
        for (auto const* event : state.events("task.done")) {
            if (event->text_at("step") == step) consider(*event, false);
        }
    }
    if (all.empty()) {
        for (auto const* event : state.events("task.skipped")) {
            if (event->text_at("step") == step) consider(*event, true);
        }
    }
    std::stable_sort(all.begin(), all.end(), [](Ending const& a, Ending const& b) { return a.at < b.at; });
    return all;
}

Subject::Subject(record::Cluster const& cluster, std::string const& id, record::State const& state) : cluster_(cluster), id_(id), state_(state) {
    if (state.type() == "part") {
        part_ = {id, text_at(state, "person")};
    } else if (state.type() == "person") {
        part_.person = id;
    } else if (state.type() != "case") {
        part_ = {text_at(state, "part"), text_at(state, "person")};
    }
    auto const known = std::find_if(cluster.parts.begin(), cluster.parts.end(), [&](auto const& one) { return one.part == part_.part; });
    if (known != cluster.parts.end()) part_ = *known;
}

std::vector<Ending> Subject::endings(std::string_view step, Json const& definition) const {
    auto all = endings_of(state_, step, definition);
    auto const [alias, field] = split(definition.text_at("done_at"));
    auto const* record = field.empty() ? nullptr : record_of(alias);
    auto const* cell = record != nullptr ? record->cell(field) : nullptr;
    auto const at = cell != nullptr ? parse_instant(cell->text_at("v")) : fail(Fault::NotFound, "", "");
    if (!at) return all;
    if (!all.empty() && all.front().skipped) all.clear();
    all.push_back({false, milliseconds_of(*at), std::string(cell->text_at("b")), {}, cell});
    std::stable_sort(all.begin(), all.end(), [](Ending const& a, Ending const& b) { return a.at < b.at; });
    return all;
}

bool Subject::belongs(record::State const& state) const {
    if (part_.part.empty() && part_.person.empty()) return true;
    if (auto const part = text_at(state, "part"); !part.empty()) return part == part_.part;
    if (auto const person = text_at(state, "person"); !person.empty()) return person == part_.person;
    return true;
}

std::vector<record::State const*> Subject::hanging(std::string_view type) const {
    std::vector<record::State const*> all;
    for (auto const& [id, state] : cluster_.records) {
        if (state.type() == type && belongs(state)) all.push_back(&state);
    }
    // Ids grow with time, and the records stand in the order of their ids.
    std::reverse(all.begin(), all.end());
    std::stable_sort(all.begin(), all.end(), [](auto const* a, auto const* b) { return a->created() > b->created(); });
    return all;
}

record::State const* Subject::record_of(std::string_view alias) const {
    if (alias == state_.type()) return &state_;
    auto const find = [&](std::string const& id) -> record::State const* {
        auto const found = cluster_.records.find(id);
        return found != cluster_.records.end() ? &found->second : nullptr;
    };
    if (alias == "case") return find(cluster_.root);
    if (alias == "person") return find(part_.person);
    if (alias == "part") return find(part_.part);
    auto const all = hanging(alias);
    return all.empty() ? nullptr : all.front();
}

Json const* Subject::fact(std::string_view path) const {
    auto const [alias, field] = split(path);
    if (field.empty()) return nullptr;
    auto const* record = record_of(alias);
    return record != nullptr ? record->value(field) : nullptr;
}

rules::Facts Subject::facts() const {
    return [this](std::string_view path) { return fact(path); };
}

bool Subject::holds(Json const* condition, bool if_unknown) const {
    if (condition == nullptr) return true;
    auto const parsed = rules::Condition::parse(*condition);
    if (!parsed) return false;
    auto const truth = rules::evaluate(*parsed, facts());
    return truth == rules::Truth::True || (truth == rules::Truth::Unknown && if_unknown);
}

Start Subject::of_step(std::string_view step, pack::Pack const& pack) const {
    auto const* procedures = pack.document.find("procedures");
    if (procedures == nullptr) return {};
    for (auto const& [name, procedure] : procedures->members()) {
        auto const* definition = step_of(procedure, step);
        auto const* record = definition != nullptr ? record_of(procedure.text_at("stands_on", "part")) : nullptr;
        if (record == nullptr) continue;
        auto const endings = endings_of(*record, step, *definition);
        if (endings.empty() || endings.front().skipped) continue;
        return {record, endings.front().event, format_instant(instant_of(endings.front().at))};
    }
    return {};
}

Start Subject::start_of(Json const& starts, pack::Pack const& pack) const {
    if (auto const step = starts.text_at("step"); !step.empty()) return of_step(step, pack);
    auto const [alias, field] = split(starts.is_text() ? std::string_view(starts.text()) : starts.text_at("at"));
    std::vector<record::State const*> candidates;
    bool const is_own = alias == state_.type() || alias == "case" || alias == "person" || alias == "part";
    if (is_own) candidates.push_back(record_of(alias));
    else candidates = hanging(alias);
    auto const* where = starts.find("where");
    for (auto const* record : candidates) {
        auto const* cell = record != nullptr ? cell_of(*record, field) : nullptr;
        if (cell == nullptr || cell->find("v") == nullptr) continue;
        if (where != nullptr) {
            auto const condition = rules::Condition::parse(*where);
            auto const of_this = [&, &of = alias](std::string_view path) {
                auto const [other, name] = split(path);
                return other == of ? record->value(name) : fact(path);
            };
            if (!condition || rules::evaluate(*condition, of_this) != rules::Truth::True) continue;
        }
        return {record, cell, *cell->find("v")};
    }
    return {};
}

std::vector<Instant> Subject::counted(std::string_view of, pack::Pack const& pack) const {
    std::vector<Instant> all;
    auto const [alias, field] = split(of);
    if (field.empty() && pack.type(alias) == nullptr) {
        auto const* procedures = pack.document.find("procedures");
        for (auto const& [name, procedure] : procedures != nullptr ? procedures->members() : Json::Object()) {
            auto const* definition = step_of(procedure, of);
            auto const* record = definition != nullptr ? record_of(procedure.text_at("stands_on", "part")) : nullptr;
            if (record == nullptr) continue;
            for (auto const& ending : endings_of(*record, of, *definition)) {
                if (!ending.skipped) all.push_back(instant_of(ending.at));
            }
        }
    } else if (field.empty()) {
        for (auto const* record : hanging(alias)) all.push_back(instant_of(record->created()));
    } else if (auto const* definition = pack.field(alias, field); definition != nullptr && definition->text_at("kind") == "number") {
        auto const* record = record_of(alias);
        auto const* cell = record != nullptr ? record->cell(field) : nullptr;
        auto const* value = cell != nullptr ? cell->find("v") : nullptr;
        auto const count = value != nullptr && value->is_integer() ? std::clamp<std::int64_t>(value->integer(), 0, 100'000) : 0;
        all.assign(static_cast<std::size_t>(count), count > 0 ? instant_of(cell->integer_at("t")) : Instant{});
    } else {
        for (auto const* record : hanging(alias)) {
            auto const* value = record->value(field);
            auto const at = value != nullptr ? rules::moment_of(*value, pack.calendar()) : std::nullopt;
            if (at) all.push_back(*at);
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace sanjal::casework
