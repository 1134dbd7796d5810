#include "record/state.h"

#include <algorithm>

namespace sanjal::record {
namespace {

bool is_event(std::string_view verb) {
    if (verb.substr(0, 9) == "referral." && verb != "referral.offered") return true;
    if (verb.substr(0, 6) == "match." && verb != "match.found") return true;
    if (verb.substr(0, 8) == "custody.") return verb != "custody.linked";
    return verb == "form.submitted" || verb.substr(0, 5) == "task." || verb == "record.erased" || verb.substr(0, 7) == "import." ||
           verb.substr(0, 5) == "file." || verb.substr(0, 8) == "erasure." || verb == "access.ordered" || verb == "access.order_ended" || verb == "access.glass_broken" ||
           verb == "access.noticed";
}

std::string_view base_of(std::string_view name) { return name.substr(0, name.find('/')); }
std::string_view element_of(std::string_view name) {
    auto const slash = name.find('/');
    return slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
}

}  // namespace

bool is_kept_out_of_views(std::string_view sensitivity) {
    return sensitivity == "sealed" || sensitivity == "counselling" || sensitivity == "medical";
}

Result<State> State::parse(std::string_view data) {
    auto json = parse_json(data, {64U << 20U, 64});
    if (!json || !json->is_object()) return fail(Fault::Corrupt, "record.damaged", "A record in the views is damaged. Run `sanjal rebuild`.");
    State state;
    state.data_ = std::move(*json);
    return state;
}

std::vector<std::string> State::heads() const {
    std::vector<std::string> all;
    if (auto const* heads = data_.find("heads")) {
        for (auto const& head : heads->items()) all.push_back(head.text());
    }
    return all;
}

std::vector<Json const*> State::cells(std::string_view field) const {
    std::vector<Json const*> all;
    auto const* fields = data_.find("fields");
    auto const* list = fields != nullptr ? fields->find(field) : nullptr;
    if (list == nullptr) return all;
    for (auto const& cell : list->items()) all.push_back(&cell);
    return all;
}

Json const* State::cell(std::string_view field) const {
    auto const all = cells(field);
    if (all.empty()) return nullptr;
    if (all.size() > 1 && all.back()->find("claim") == nullptr) return nullptr;
    return all.back();
}

Json const* State::value(std::string_view field) const {
    auto const* one = cell(field);
    return one != nullptr ? one->find("v") : nullptr;
}

std::vector<Json const*> State::events(std::string_view verb) const {
    std::vector<Json const*> all;
    if (auto const* events = data_.find("events")) {
        for (auto const& event : events->items()) {
            if (event.text_at("do") == verb) all.push_back(&event);
        }
    }
    return all;
}

std::string_view State::pack_of(Json const& cell) const {
    auto const* packs = data_.find("packs");
    auto const index = static_cast<std::size_t>(cell.integer_at("k", -1));
    return packs != nullptr && index < packs->items().size() ? std::string_view(packs->items()[index].text()) : std::string_view();
}

std::string_view State::first_pack_of(Json const& cell) const {
    auto const* packs = data_.find("packs");
    auto const index = static_cast<std::size_t>(cell.integer_at("f", cell.integer_at("k", -1)));
    return packs != nullptr && index < packs->items().size() ? std::string_view(packs->items()[index].text()) : std::string_view();
}

std::int64_t State::pack_index(std::string const& reference) {
    if (data_.find("packs") == nullptr) data_.set("packs", Json::list());
    auto& packs = data_.find("packs")->items();
    for (std::size_t i = 0; i < packs.size(); ++i) {
        if (packs[i].text() == reference) return static_cast<std::int64_t>(i);
    }
    packs.emplace_back(reference);
    return static_cast<std::int64_t>(packs.size()) - 1;
}

Result<void> State::set_field(ledger::Entry const& entry, ledger::Field const& field, Reader const& reader, std::set<std::string> const* seen) {
    std::string_view const name = base_of(field.name);
    auto const* definition = reader.definition(name);
    bool const many = definition != nullptr && definition->bool_at("many") && field.name.find('/') != std::string::npos;
    bool const claims = definition != nullptr && definition->bool_at("claims");

    Json cell = Json::object();
    if (is_kept_out_of_views(field.sensitivity)) {
        cell.set("kept", true);
    } else {
        cell.set("v", field.value);
    }
    cell.set("class", field.sensitivity).set("e", entry.id).set("p", entry.position).set("b", entry.head.actor);
    cell.set("t", milliseconds_of(entry.received)).set("k", pack_index(entry.head.pack));
    if (claims) cell.set("claim", true);
    if (many) cell.set("el", element_of(field.name));

    if (data_.find("fields") == nullptr) data_.set("fields", Json::object());
    auto* fields = data_.find("fields");
    if (fields->find(name) == nullptr) fields->set(name, Json::list());
    auto& cells = fields->find(name)->items();
    auto const is_superseded = [&](Json const& old) {
        if (many && old.text_at("el") != element_of(field.name)) return false;
        if (claims && old.text_at("b") != entry.head.actor) return false;  // another's statement stands beside this one
        return seen == nullptr || seen->count(std::string(old.text_at("e"))) > 0;
    };
    // A slip that is corrected does not change the law under which a clock started: the version of the first statement stays.
    for (auto const& old : cells) {
        if (!many && !claims && is_superseded(old)) cell.set("f", old.integer_at("f", old.integer_at("k")));
    }
    cells.erase(std::remove_if(cells.begin(), cells.end(), is_superseded), cells.end());
    // Two people who wrote the same value do not disagree.
    auto const same = std::find_if(cells.begin(), cells.end(), [&](Json const& old) {
        auto const* value = old.find("v");
        return !claims && !many && value != nullptr && cell.find("v") != nullptr && *value == *cell.find("v");
    });
    if (same != cells.end()) return {};
    if (many && field.value.is_null()) return {};  // the element was taken away
    cells.push_back(std::move(cell));
    return {};
}

Result<void> State::apply(ledger::Entry const& entry, Reader const& reader) {
    auto const known = heads();
    std::set<std::string> after(entry.head.after.begin(), entry.head.after.end());
    bool const saw_everything = std::all_of(known.begin(), known.end(), [&](std::string const& head) { return after.count(head) > 0; });
    std::set<std::string> seen;
    if (!saw_everything) {
        SANJAL_TRY(seen, reader.past(entry.head.after));
    }

    std::string_view const verb = entry.head.verb;
    std::string_view const noun = verb.substr(0, verb.find('.'));
    std::string_view const act = verb.substr(verb.find('.') + 1);
    if (!exists()) {
        data_.set("type", noun == "record" || noun == "form" || noun == "task" ? std::string_view("unknown") : noun);
        data_.set("created", milliseconds_of(entry.received)).set("actor", entry.head.actor);
    }
    data_.set("updated", milliseconds_of(entry.received));

    if (verb == "record.erased") {
        if (auto const* names = entry.field("fields"); names != nullptr && names->is_list() && data_.find("fields") != nullptr) {
            for (auto const& name : names->items()) {
                Json cell = Json::object({{"v", Json::object({{"erased", true}})}, {"class", "operational"}, {"e", entry.id}, {"p", entry.position},
                                          {"b", entry.head.actor}, {"t", milliseconds_of(entry.received)}, {"k", pack_index(entry.head.pack)}});
                data_.find("fields")->set(name.text(), Json::list({std::move(cell)}));
            }
        } else if (names != nullptr && names->is_list()) {
            data_.set("fields", Json::object());
            for (auto const& name : names->items()) {
                Json cell = Json::object({{"v", Json::object({{"erased", true}})}, {"class", "operational"}, {"e", entry.id}, {"p", entry.position},
                                          {"b", entry.head.actor}, {"t", milliseconds_of(entry.received)}, {"k", pack_index(entry.head.pack)}});
                data_.find("fields")->set(name.text(), Json::list({std::move(cell)}));
            }
        }
    }
    if (is_event(verb)) {
        Json event = Json::object({{"do", verb}, {"e", entry.id}, {"p", entry.position}, {"b", entry.head.actor}, {"t", milliseconds_of(entry.received)}, {"k", pack_index(entry.head.pack)}});
        for (auto const& field : entry.fields) {
            if (!is_kept_out_of_views(field.sensitivity)) event.set(field.name, field.value);
            if (verb == "file.attached") event.set("class", field.sensitivity);
        }
        if (data_.find("events") == nullptr) data_.set("events", Json::list());
        data_.find("events")->push_back(std::move(event));
        // An import is one record; its rows are seen by nobody but its maker until it is complete, and not after it is undone.
        if (verb == "import.begun") data_.set("state", "running");
        if (verb == "import.completed") data_.set("state", "complete");
        if (verb == "import.failed") data_.set("state", "failed");
        if (verb == "import.undone") data_.set("state", "undone");
        if (noun == "match") data_.set("state", act == "decided" ? entry.text("decision") : act);  // confirmed, undone, renewed
        if (noun == "referral") data_.set("state", act);  // seen, accepted, declined, withdrawn, completed
    } else if (act == "numbered") {
        data_.set("number", entry.text("number"));
    } else if (act == "closed" || act == "reopened") {
        data_.set("state", act == "closed" ? "closed" : "open");
    } else {
        if (verb == "referral.offered") data_.set("state", "offered");
        if (verb == "match.found") data_.set("state", "found");
        for (auto const& field : entry.fields) {
            if (field.name == "unit_of_origin") {
                if (field.value.is_text()) data_.set("unit", field.value.text());
            } else if (field.name == "batch") {
                if (field.value.is_text()) data_.set("batch", field.value.text());
            } else {
                SANJAL_DO(set_field(entry, field, reader, saw_everything ? nullptr : &seen));
            }
        }
    }

    Json heads_now = Json::list();
    for (auto const& head : known) {
        if (after.count(head) == 0) heads_now.push_back(head);
    }
    heads_now.push_back(entry.id);
    data_.set("heads", std::move(heads_now));
    return {};
}

}  // namespace sanjal::record
