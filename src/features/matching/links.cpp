#include "features/matching/links.h"

#include <algorithm>
#include <map>
#include <set>

#include "features/matching/people.h"
#include "match/index.h"
#include "policy/matches.h"

namespace sanjal::matching {
namespace {

constexpr std::size_t nodes_max = 200;
constexpr std::size_t cases_max = 20;
constexpr std::size_t busy_place = 8;

std::string text_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

std::string place_text(Json const& place) {
    if (place.is_text()) return place.text();
    auto const text = place.text_at("text");
    return std::string(text.empty() ? place.text_at("code") : text);
}

std::string low(std::string text) {
    for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

std::string number_text(std::string const& text) {
    std::string key;
    for (char32_t const c : match::number_key(text)) key += static_cast<char>(c);
    return key;
}

// What is drawn.  A node is there once, however many ways lead to it.
class Drawing {
public:
    explicit Drawing(app::Context& context) : context_(context) {}

    // Draws the case and says which phones, vehicles and places it names; nothing where it is out of reach.
    Result<void> add_case(std::string const& root) {
        if (cases_.size() >= cases_max || cases_.count(root) > 0) return {};
        SANJAL_TRY(auto const mask, mask_of(root));
        if (!mask) return {};
        cases_.insert(root);
        SANJAL_TRY(auto const state, record::load(context_.tx(), root));
        add_node(root, "case", std::string(state.number()), root);
        for (auto const* cell : state.cells("place_found")) add_place(root, *mask, "case", "place_found", cell, "found");
        SANJAL_TRY(auto const hanging, context_.tx().texts("select l.origin from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = 'case' and r.type in ('part', 'leg') order by l.origin", {root}));
        for (auto const& id : hanging) {
            SANJAL_TRY(auto const seen, mask_of(id));
            if (!seen) continue;
            SANJAL_TRY(auto const one, record::load(context_.tx(), id));
            if (one.type() == "leg") add_leg(root, id, one, *seen);
            else SANJAL_DO(add_person(root, one));
        }
        return {};
    }

    // Other cases within reach that name the same thing.
    Result<void> follow() {
        auto const things = things_;
        for (auto const& [node, value] : things) {
            if (node.rfind("phone:", 0) == 0) {
                match::Person wanted;
                wanted.phones.push_back(value);
                for (auto const& found : context_.house().kept<People>().search(wanted, cases_max, context_.actor())) SANJAL_DO(follow_person(found, node));
                continue;
            }
            bool const vehicle = node.rfind("vehicle:", 0) == 0;
            // Reach is joined before anything is counted.
            SANJAL_TRY(auto const roots, context_.tx().texts(std::string("select distinct h.root from record_search s join record_reach h on h.record = s.record and h.holder in ($2, $3) where s.value = $1 and s.field ") +
                                                                 (vehicle ? "= 'vehicle'" : "in ('place_found', 'from', 'to')") + " order by h.root desc limit " + std::to_string(cases_max),
                                                             {low(value), context_.actor().unit, context_.actor().id}));
            // Where half of all cases come together (a large station) it joins nothing.
            if (!vehicle && roots.size() > busy_place) continue;
            for (auto const& root : roots) SANJAL_DO(add_case(root));
        }
        return {};
    }

    // Two persons of whom people said that they are one.
    Result<void> add_same() {
        SANJAL_TRY(auto const speakers, policy::Speakers::of(context_.tx()));
        auto const persons = persons_;
        for (auto const& person : persons) {
            SANJAL_TRY(auto const matches, casework::matches_about(context_.tx(), person));
            for (auto const& match : matches) {
                if (match.state != "confirmed") continue;
                SANJAL_TRY(auto const known, policy::known_match(context_.tx(), {context_.actor(), context_.purpose, context_.now()}, match, speakers, context_.pack()));
                if (!known || !known->reads_both()) continue;
                std::string const other = match.one == person ? match.other : match.one;
                SANJAL_TRY(auto const roots, record::roots_of(context_.tx(), other));
                for (auto const& root : roots) SANJAL_DO(add_case(root));
                if (person < other) add_edge(person, other, "same");
            }
        }
        return {};
    }

    Json json() {
        Json nodes = Json::list();
        for (auto& [id, node] : nodes_) nodes.push_back(std::move(node));
        Json edges = Json::list();
        for (auto& edge : edges_) edges.push_back(std::move(edge));
        Json all = Json::object();
        all.set("nodes", std::move(nodes)).set("edges", std::move(edges));
        if (nodes_.size() >= nodes_max || cases_.size() >= cases_max) all.set("more", true);
        return all;
    }

private:
    Result<std::optional<policy::Mask>> mask_of(std::string const& id) {
        SANJAL_TRY(auto const state, record::find(context_.tx(), id));
        if (!state) return std::optional<policy::Mask>();
        auto mask = context_.require(policy::Action::Read, id, *state);
        if (mask) return std::optional(std::move(*mask));
        if (mask.error().fault == Fault::NotFound || mask.error().fault == Fault::Forbidden) return std::optional<policy::Mask>();
        return fail(mask.error());
    }

    bool add_node(std::string const& id, std::string_view kind, std::string const& label, std::string const& record = {}) {
        if (nodes_.count(id) > 0) return true;
        if (nodes_.size() >= nodes_max) return false;
        Json node = Json::object({{"id", id}, {"kind", kind}});
        if (!label.empty()) node.set("label", label);
        if (!record.empty()) node.set("record", record);
        nodes_.emplace(id, std::move(node));
        return true;
    }

    void add_edge(std::string const& from, std::string const& to, std::string_view says, std::string_view on = {}) {
        if (nodes_.count(from) == 0 || nodes_.count(to) == 0 || !drawn_.insert(from + "|" + to + "|" + std::string(says)).second) return;
        Json edge = Json::object({{"from", from}, {"to", to}, {"says", says}});
        if (!on.empty()) edge.set("on", on);
        edges_.push_back(std::move(edge));
    }

    bool allows(policy::Mask const& mask, std::string_view type, std::string_view field, Json const* cell) const {
        return cell != nullptr && cell->find("v") != nullptr && mask.allows(type, field, cell->text_at("class"));
    }

    std::string add_place(std::string const& from, policy::Mask const& mask, std::string_view type, std::string_view field, Json const* cell, std::string_view says) {
        std::string const place = allows(mask, type, field, cell) ? place_text(*cell->find("v")) : std::string();
        if (place.empty()) return {};
        std::string const node = "place:" + low(place);
        if (!add_node(node, "place", place)) return {};
        things_.emplace(node, place);
        if (!says.empty()) add_edge(from, node, says);
        return node;
    }

    void add_leg(std::string const& root, std::string const&, record::State const& leg, policy::Mask const& mask) {
        std::string const from = add_place(root, mask, "leg", "from", leg.cell("from"), "");
        std::string const to = add_place(root, mask, "leg", "to", leg.cell("to"), "");
        std::string const on = allows(mask, "leg", "on", leg.cell("on")) ? text_of(leg, "on") : std::string();
        if (!from.empty()) add_edge(root, from, "way");
        if (!to.empty()) add_edge(root, to, "way");
        if (!from.empty() && !to.empty()) add_edge(from, to, "leg", on);
        std::string const vehicle = allows(mask, "leg", "vehicle", leg.cell("vehicle")) ? text_of(leg, "vehicle") : std::string();
        std::string const node = "vehicle:" + low(vehicle);
        if (vehicle.empty() || !add_node(node, "vehicle", vehicle)) return;
        things_.emplace(node, vehicle);
        add_edge(root, node, "vehicle");
    }

    Result<void> add_person(std::string const& root, record::State const& part) {
        std::string const person = text_of(part, "person");
        SANJAL_TRY(auto const mask, mask_of(person));
        if (!mask) return {};
        SANJAL_TRY(auto const state, record::load(context_.tx(), person));
        if (!add_node(person, "person", {}, person)) return {};
        persons_.insert(person);
        // Shown as on any list: by way of the mask.
        SANJAL_TRY(auto shown, policy::show(person, state, *mask, context_.pack(), [](Json const&, std::string_view) -> Result<Json> { return Json::object({{"kept", true}}); }));
        // A girl of about twelve; what she is called stands in her record, not in a drawing.
        Json fields = Json::object();
        for (char const* name : {"under_18", "sex", "age"}) {
            if (auto const* value = shown.find("fields")->find(name)) fields.set(name, *value);
        }
        shown.set("fields", std::move(fields));
        nodes_.at(person).set("person", std::move(shown));
        add_edge(root, person, text_of(part, "as"));
        for (auto const* cell : state.cells("phone")) {
            if (!allows(*mask, "person", "phone", cell) || !cell->find("v")->is_text()) continue;
            std::string const number = cell->find("v")->text();
            std::string const node = "phone:" + number_text(number);
            if (!add_node(node, "phone", number)) continue;
            things_.emplace(node, number);
            add_edge(person, node, "phone");
        }
        return {};
    }

    Result<void> follow_person(Candidate const& found, std::string const& node) {
        SANJAL_TRY(auto const state, record::find(context_.tx(), found.id));
        SANJAL_TRY(auto const mask, mask_of(found.id));
        if (!state || !mask) return {};
        bool same = false;
        for (auto const* cell : state->cells("phone")) same = same || (allows(*mask, "person", "phone", cell) && cell->find("v")->is_text() && "phone:" + number_text(cell->find("v")->text()) == node);
        if (!same) return {};
        SANJAL_TRY(auto const roots, record::roots_of(context_.tx(), found.id));
        for (auto const& root : roots) SANJAL_DO(add_case(root));
        return {};
    }

    app::Context& context_;
    std::map<std::string, Json> nodes_;
    std::vector<Json> edges_;
    std::set<std::string> drawn_, cases_, persons_;
    std::map<std::string, std::string> things_;  // node -> as it was written
};

}  // namespace

Result<app::Response> links(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const state, record::load(context.tx(), id));
    SANJAL_DO(context.require(policy::Action::Read, id, state));
    SANJAL_DO(context.house().kept<People>().catch_up(context.house(), context.tx()));
    Drawing drawing(context);
    SANJAL_TRY(auto const roots, record::roots_of(context.tx(), id));
    for (auto const& root : roots) SANJAL_DO(drawing.add_case(root));
    SANJAL_DO(drawing.follow());
    SANJAL_DO(drawing.add_same());
    context.note_access(id, "read");
    return app::json(200, drawing.json());
}

}  // namespace sanjal::matching
