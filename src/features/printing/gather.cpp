#include "features/printing/gather.h"

#include <algorithm>

#include "pack/template.h"

namespace sanjal::printing {
namespace {

Json::List list_of(Json const* json) {
    if (json == nullptr || json->is_null()) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

void add_path(Types& types, std::string_view path) {
    if (auto const parsed = pack::parse_path(path)) types.insert(parsed->alias);
}

void add_template(Types& types, std::string_view text) {
    auto const pieces = pack::parse_template(text);
    if (!pieces) return;
    for (auto const& piece : *pieces) {
        if (!piece.alias.empty()) types.insert(piece.alias);
    }
}

bool is_out_of_reach(Error const& error) { return error.fault == Fault::NotFound || error.fault == Fault::Forbidden; }

std::string relation_of(record::State const& state, std::string_view field) {
    auto const* value = state.value(field);
    return value != nullptr && value->is_text() ? value->text() : std::string();
}

}  // namespace

Types types_of_form(pack::Pack const& pack, std::string_view form) {
    Types types{"case"};  // its number stands at the head
    for (auto const& [alias, made] : pack.form(form)->find("makes")->members()) types.emplace(made.text_at("type"));
    return types;
}

Types types_of_document(pack::Pack const& pack, std::string_view document) {
    Types types;
    for (auto const& section : list_of(pack.printed(document)->find("sections"))) {
        add_template(types, section.text_at("text"));
        for (auto const& row : list_of(section.find("rows"))) {
            add_path(types, row.text_at("field"));
            add_template(types, row.text_at("value"));
        }
        auto const* table = section.find("table");
        if (table == nullptr) continue;
        if (auto const each = table->text_at("each"); !each.empty()) types.emplace(each);
        for (auto const& column : list_of(table->find("columns"))) add_path(types, column.text_at("field"));
    }
    return types;
}

Result<void> Gatherer::stand_on(std::string const& record) {
    SANJAL_TRY(auto const state, record::load(context_.tx(), record));
    SANJAL_DO(context_.require(policy::Action::Read, record, state));
    std::string near = record;
    if (state.type() != "case" && state.type() != "part" && state.type() != "person") {
        alone_ = record;
        alone_type_ = state.type();
        for (char const* field : {"part", "person", "case"}) {
            auto const target = relation_of(state, field);
            if (target.empty()) continue;
            auto const standing = policy::standing(context_.tx(), context_.actor(), target, context_.now());
            if (!standing) return fail(standing.error());
            if (standing->relations.empty() || standing->blocked) continue;
            near = target;
            break;
        }
        if (near == record) return {};
    }
    SANJAL_TRY(auto const at, record::load(context_.tx(), near));
    if (at.type() == "case") {
        root_ = near;
    } else {
        only_ = near;
        SANJAL_TRY(auto const roots, readable_roots(near));
        if (!roots.empty()) root_ = roots.back();  // ids grow with time: the newest
    }
    if (root_.empty()) {
        if (alone_.empty()) {
            alone_ = near;
            alone_type_ = at.type();
        }
        return {};
    }
    SANJAL_DO(find_parts());
    return find_hanging();
}

Result<std::vector<std::string>> Gatherer::readable_roots(std::string const& record) {
    std::vector<std::string> readable;
    SANJAL_TRY(auto const roots, record::roots_of(context_.tx(), record));
    for (auto const& root : roots) {
        SANJAL_TRY(auto const state, record::find(context_.tx(), root));
        if (!state || state->type() != "case") continue;
        auto const may = context_.require(policy::Action::Read, root, *state);
        if (may) readable.push_back(root);
        else if (!is_out_of_reach(may.error())) return fail(may.error());
    }
    std::sort(readable.begin(), readable.end());
    return readable;
}

// Survivors, in the order in which they were written down.
Result<void> Gatherer::find_parts() {
    SANJAL_TRY(auto const cluster, record::load_cluster(context_.tx(), root_));
    for (auto const& one : cluster.parts) {
        if (!only_.empty() && only_ != one.part && only_ != one.person) continue;
        auto const found = cluster.records.find(one.part);
        auto const* as = found != cluster.records.end() ? found->second.value("as") : nullptr;
        bool const asked_of = !only_.empty();
        if (!asked_of && as != nullptr && as->is_text() && as->text() != "survivor") continue;
        // Ids of one submission are in no order; its entries are.
        auto const* cell = found != cluster.records.end() ? found->second.cell("person") : nullptr;
        parts_.push_back({one.part, one.person, cell != nullptr ? cell->integer_at("p") : 0});
    }
    std::stable_sort(parts_.begin(), parts_.end(), [](Part const& a, Part const& b) { return a.position < b.position; });
    return {};
}

Result<void> Gatherer::find_hanging() {
    return context_.tx().each("select l.origin, r.type, l.target from record_link l join record r on r.id = l.origin"
                              " where r.type <> 'part' and (l.target = $1 or l.target in (select p.origin from record_link p where p.target = $1 and p.field = 'case')"
                              " or l.target in (select q.target from record_link q where q.field = 'person' and q.origin in"
                              " (select p.origin from record_link p where p.target = $1 and p.field = 'case'))) order by l.origin, l.target",
                              {root_}, [&](store::Row const& row) -> Result<void> {
                                  hanging_.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
                                  return {};
                              });
}

Result<Seen> Gatherer::seen(std::string const& record) {
    auto const found = seen_.find(record);
    if (found != seen_.end()) return found->second;
    auto shown = context_.show(record, app::Context::Sealed::Closed);
    if (!shown && !is_out_of_reach(shown.error())) return fail(shown.error());
    Seen const one = shown ? std::make_shared<Json const>(std::move(*shown)) : nullptr;
    seen_.emplace(record, one);
    return one;
}

Result<void> Gatherer::add(About& about, std::string_view type, std::string const& record, Types const& types) {
    if (record.empty() || types.count(type) == 0) return {};
    SANJAL_TRY(auto const one, seen(record));
    if (one) about.records[std::string(type)] = one;
    return {};
}

// The newest record of each type stands for it; `with_others`: all of them stand in tables too.
Result<void> Gatherer::add_hanging(About& about, std::set<std::string> const& targets, Types const& types, bool with_others) {
    for (auto const& one : hanging_) {
        if (targets.count(one.target) == 0 || types.count(one.type) == 0 || one.type == "case" || one.type == "person") continue;
        if (!alone_.empty() && one.type == alone_type_ && one.record != alone_) continue;
        SANJAL_TRY(auto const found, seen(one.record));
        if (!found) continue;
        auto& all = about.many[one.type];
        bool const there = std::any_of(all.begin(), all.end(), [&](About const& other) { return other.records.find(one.type)->second == found; });
        if (with_others && !there) {
            About row;
            if (auto const root = about.records.find("case"); root != about.records.end()) row.records.insert(*root);
            row.records[one.type] = found;
            all.push_back(std::move(row));
        }
        about.records[one.type] = found;
    }
    return {};
}

Result<std::vector<About>> Gatherer::of_parts(Types const& types) {
    std::vector<About> all;
    for (auto const& part : parts_) {
        About about;
        SANJAL_DO(add(about, "case", root_, types));
        SANJAL_DO(add(about, "part", part.part, types));
        SANJAL_DO(add(about, "person", part.person, types));
        bool const wants_people = types.count("part") > 0 || types.count("person") > 0;
        bool const reached = about.records.count("part") > 0 || about.records.count("person") > 0;
        if (wants_people && !reached) continue;  // somebody else's: not there, and not counted
        if (!wants_people) {
            SANJAL_TRY(auto const stands, policy::standing(context_.tx(), context_.actor(), part.part, context_.now()));
            if (stands.relations.empty() || stands.blocked) continue;
        }
        std::set<std::string> targets{part.part};
        if (!part.person.empty()) targets.insert(part.person);
        SANJAL_DO(add_hanging(about, targets, types, true));
        all.push_back(std::move(about));
    }
    if (all.empty() && !alone_.empty()) {
        About about;
        SANJAL_DO(add(about, alone_type_, alone_, types));
        all.push_back(std::move(about));
    }
    return all;
}

Result<About> Gatherer::of_case(Types const& types) {
    About about;
    if (!root_.empty()) SANJAL_DO(add(about, "case", root_, types));
    SANJAL_TRY(auto people, of_parts(types));
    std::set<std::string> targets{root_};
    for (auto const& part : parts_) {
        targets.insert(part.part);
        if (!part.person.empty()) targets.insert(part.person);
    }
    SANJAL_DO(add_hanging(about, targets, types, true));
    // Of one person everything stands beside the case; of several, each has theirs.
    if (people.size() == 1) {
        for (auto const& [type, one] : people.front().records) about.records.insert({type, one});
    } else {
        for (char const* type : {"person", "part"}) about.records.erase(type);
    }
    if (!people.empty()) {
        about.many["part"] = people;
        about.many["person"] = std::move(people);
    }
    return about;
}

namespace {

void collect(About const& about, std::map<std::string, Seen>& all) {
    for (auto const& [type, seen] : about.records) {
        if (seen) all.emplace(seen->text_at("id"), seen);
    }
    for (auto const& [type, others] : about.many) {
        for (auto const& other : others) collect(other, all);
    }
}

}  // namespace

Result<Standing> standing_of(app::Context& context, About const& about) {
    std::map<std::string, Seen> all;
    collect(about, all);
    Standing standing;
    for (auto const& [id, seen] : all) {
        standing.records.push_back(id);
        std::string line = id;
        for (auto const& head : list_of(seen->find("heads"))) {
            line += " " + head.text();
            SANJAL_TRY(auto const position, context.house().ledger().position_of(context.tx(), head.text()));
            if (!position) continue;
            SANJAL_TRY(auto const entry, context.house().ledger().read(context.tx(), *position));
            if (!standing.newest || entry.received > *standing.newest) standing.newest = entry.received;
        }
        standing.lines.push_back(std::move(line));
    }
    return standing;
}

}  // namespace sanjal::printing
