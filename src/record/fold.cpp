#include "record/fold.h"

#include <algorithm>
#include <unordered_map>

#include "rules/condition.h"

namespace sanjal::record {
namespace {

constexpr store::Migration of_views[] = {
    {1, "views: records, links, reach, search",
     "create table record (id {text} primary key, type {text} not null, state {text} not null, number {text}, unit {text} not null,"
     " batch {text} not null, created {int} not null, updated {int} not null, data {text} not null);"
     "create index record_type on record (type, id);"
     "create index record_batch on record (batch) where batch <> '';"
     "create unique index record_number on record (number) where number is not null;"
     "create table record_link (origin {text} not null, field {text} not null, target {text} not null, primary key (origin, field, target));"
     "create index record_link_target on record_link (target, field);"
     "create table record_search (record {text} not null, field {text} not null, value {text} not null, primary key (record, field, value));"
     "create index record_search_value on record_search (field, value);"
     "create table record_reach (holder {text} not null, type {text} not null, record {text} not null, relation {text} not null, root {text} not null,"
     " primary key (holder, type, record, relation, root));"
     "create index record_reach_root on record_reach (root);"
     "create index record_reach_record on record_reach (record, holder);"
     "create table record_block (record {text} not null, holder {text} not null, root {text} not null, primary key (record, holder, root));"
     "create index record_block_root on record_block (root);"
     "create table record_serial (series {text} primary key, last {int} not null);"
     "create table pack_loaded (reference {text} primary key, position {int} not null);"},
    {2, "views: lists without a type, search in every field",
     "create index record_reach_holder on record_reach (holder, record);"
     "drop index record_reach_record;"
     "create index record_reach_record on record_reach (record, holder, relation);"
     "create index record_search_text on record_search (value, record);"},
    {3, "views: what is open to one person for a time",
     "create table record_grant (record {text} not null, type {text} not null, holder {text} not null, unit {text} not null, relation {text} not null,"
     " since {int} not null, until {int} not null, root {text} not null, entry {text} not null, primary key (record, root, entry));"
     "create index record_grant_holder on record_grant (holder, record);"
     "create index record_grant_root on record_grant (root);"
     "create index record_grant_since on record_grant (relation, since);"},
    {4, "views: holidays that were listed here",
     "create table calendar_listed (calendar {text} not null, year {int} not null, position {int} not null, primary key (calendar, year));"},
};

// What a group of the writer has read or folded.  The views are changed under the lock of the ledger's head alone, and only
// here.
struct Known {
    std::unordered_map<std::string, std::optional<State>> states;  // nothing: there is no such record
    std::unordered_map<std::string, std::int64_t> serials;
};

constexpr std::size_t known_max = 1024;

Known* known(store::Transaction& tx) {
    auto* const memory = tx.memory();
    if (memory == nullptr) return nullptr;
    auto& all = memory->of<Known>();
    if (all.states.size() > known_max || all.serials.size() > known_max) all = {};
    return &all;
}

void remember(store::Transaction& tx, std::string const& id, std::optional<State> state) {
    if (auto* const all = known(tx)) all->states.insert_or_assign(id, std::move(state));
}

Result<void> drop_links(store::Transaction& tx, std::string const& id) {
    SANJAL_DO(tx.put("delete from record_link where origin = $1", {id}));
    return tx.put("delete from record_search where record = $1", {id});
}

// Texts in which a value can be looked for; nothing of a value that is itself an answer like "unknown".
void search_texts(Json const& value, std::vector<std::string>& out) {
    if (value.is_text()) {
        out.push_back(value.text());
    } else if (value.is_object()) {
        for (char const* key : {"text", "code", "full", "number"}) {
            if (auto const text = value.text_at(key); !text.empty()) out.emplace_back(text);
        }
    } else if (value.is_list()) {
        for (auto const& item : value.items()) search_texts(item, out);
    }
}

std::string lower_ascii(std::string text) {
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

Result<void> save(store::Transaction& tx, std::string const& id, State const& state, pack::Pack const* pack, bool fresh) {
    store::Value number;
    if (!state.number().empty()) number = std::string(state.number());
    std::string const unit(state.unit());
    std::string const batch(state.data().text_at("batch"));
    if (fresh) {
        SANJAL_DO(tx.put("insert into record (id, type, state, number, unit, batch, created, updated, data) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                         {id, std::string(state.type()), std::string(state.condition()), number, unit, batch, state.created(), state.data().integer_at("updated"), state.serialise()}));
    } else {
        SANJAL_DO(tx.put("update record set type = $2, state = $3, number = $4, unit = $5, batch = $6, updated = $7, data = $8 where id = $1",
                         {id, std::string(state.type()), std::string(state.condition()), number, unit, batch, state.data().integer_at("updated"), state.serialise()}));
        SANJAL_DO(drop_links(tx, id));
    }
    if (pack == nullptr) return {};
    auto const* fields = state.data().find("fields");
    if (fields == nullptr) return {};
    for (auto const& [name, cells] : fields->members()) {
        auto const* definition = pack->field(state.type(), name);
        if (definition == nullptr) continue;
        bool const relates = definition->text_at("kind") == "relation";
        bool const indexed = definition->find("index") != nullptr;
        if (!relates && !indexed) continue;
        std::vector<std::string> texts;
        for (auto const& cell : cells.items()) {
            if (auto const* value = cell.find("v")) search_texts(*value, texts);
        }
        for (auto& text : texts) text = relates ? text : lower_ascii(text);
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        for (auto const& text : texts) {
            SANJAL_DO(relates ? tx.put("insert into record_link (origin, field, target) values ($1, $2, $3)", {id, name, text})
                              : tx.put("insert into record_search (record, field, value) values ($1, $2, $3)", {id, name, text}));
        }
    }
    return {};
}

Result<void> apply(store::Transaction& tx, ledger::Ledger& ledger, Packs& packs, ledger::Entry const& entry, State& state) {
    if (entry.head.verb == "pack.loaded") {
        SANJAL_TRY(auto const pack, packs.learn(entry));
        SANJAL_DO(tx.put("insert into pack_loaded (reference, position) values ($1, $2) on conflict (reference) do update set position = excluded.position",
                         {pack->reference(), entry.position}));
        // The document itself stays in the ledger: the view keeps only its name.
        ledger::Entry named = entry;
        named.fields = {{"reference", pack->reference(), "public"}};
        return state.apply(named, {[](std::string_view) { return nullptr; }, [](auto const&) -> Result<std::set<std::string>> { return std::set<std::string>(); }});
    }
    if (entry.head.verb == "calendar.listed") {
        SANJAL_TRY(auto const listed, Listed::from(entry));
        packs.observe(listed, entry.position);
        SANJAL_DO(tx.put("insert into calendar_listed (calendar, year, position) values ($1, $2, $3) on conflict (calendar, year) do update set position = excluded.position",
                         {listed.calendar, listed.year, entry.position}));
    }
    auto const pack = packs.find(entry.head.pack);
    std::string const noun = entry.head.verb.substr(0, entry.head.verb.find('.'));
    State::Reader const reader{
        [&](std::string_view field) -> Json const* { return pack != nullptr ? pack->field(state.exists() ? state.type() : std::string_view(noun), field) : nullptr; },
        [&](std::vector<std::string> const& after) -> Result<std::set<std::string>> {
            std::map<std::string, std::vector<std::string>> parents;
            SANJAL_TRY(auto const positions, ledger.positions_of_record(tx, entry.head.record));
            for (auto const position : positions) {
                if (position >= entry.position) break;
                SANJAL_TRY(auto const earlier, ledger.read(tx, position));
                parents[earlier.id] = earlier.head.after;
            }
            std::set<std::string> seen;
            std::vector<std::string> open = after;
            while (!open.empty()) {
                std::string const id = open.back();
                open.pop_back();
                if (!seen.insert(id).second) continue;
                auto const found = parents.find(id);
                if (found != parents.end()) open.insert(open.end(), found->second.begin(), found->second.end());
            }
            return seen;
        }};
    return state.apply(entry, reader);
}

}  // namespace

std::span<store::Migration const> view_migrations() { return of_views; }

void begins(store::Transaction& tx, std::string const& record) { remember(tx, record, std::nullopt); }

void forget_known(store::Transaction& tx) {
    if (auto* const all = known(tx)) *all = {};
}

Result<std::int64_t> last_serial(store::Transaction& tx, std::string const& series) {
    auto* const all = known(tx);
    if (all != nullptr) {
        if (auto const it = all->serials.find(series); it != all->serials.end()) return it->second;
    }
    SANJAL_TRY(auto const last, tx.integer("select last from record_serial where series = $1", {series}));
    if (all != nullptr) all->serials[series] = last.value_or(0);
    return last.value_or(0);
}

Result<std::optional<State>> find(store::Transaction& tx, std::string_view record) {
    if (auto* const all = known(tx)) {
        if (auto const it = all->states.find(std::string(record)); it != all->states.end()) return it->second;
    }
    std::optional<State> state;
    SANJAL_DO(tx.each("select data from record where id = $1", {std::string(record)}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(state, State::parse(row.text(0)));
        return {};
    }));
    remember(tx, std::string(record), state);
    return state;
}

bool is_adult(State const& person) {
    auto const* said = person.value("under_18");
    return said != nullptr && said->is_text() && said->text() == "no";
}

namespace {

// "2026", "2026-11" and "2026-11-21" hold to the end of the year, month or day that they name.
bool has_run_out(State const& consent, std::string_view today) {
    auto const* until = consent.value("expires");
    if (until == nullptr || !until->is_text() || today.empty()) return false;
    return today.substr(0, until->text().size()) > until->text();
}

}  // namespace

bool has_agreed(std::vector<State const*> const& consents, std::string_view question, std::string_view today) {
    std::int64_t newest = -1;
    bool agreed = false;
    for (auto const* consent : consents) {
        auto const said = consent->cells(question);
        for (auto const* cell : said) {
            if (cell->integer_at("p") < newest) continue;
            newest = cell->integer_at("p");
            agreed = said.size() == 1 && cell->text_at("v") == "yes" && !has_run_out(*consent, today);  // two answers at once are no yes
        }
    }
    return agreed;
}

Result<State> load(store::Transaction& tx, std::string_view record) {
    SANJAL_TRY(auto state, find(tx, record));
    if (!state) return fail(Fault::NotFound, "record.none", "There is no such record, or it is not yours to see.");
    return std::move(*state);
}

namespace {

// What the ledger says of itself: its keys, who read, that it was restored.  No record comes of it; it stands in the ledger's own rows.
bool is_of_the_ledger(std::string_view verb) { return verb.starts_with("key.") || verb == "access.logged" || verb == "epoch.begun"; }

// The fields by which records belong together (roots_of_all).
constexpr std::string_view links[] = {"case", "person", "about"};

bool says_a_link(ledger::Entry const& entry) {
    return std::any_of(entry.fields.begin(), entry.fields.end(), [](auto const& field) {
        return std::any_of(std::begin(links), std::end(links), [&](auto const link) { return std::string_view(field.name).substr(0, field.name.find('/')) == link; });
    });
}

std::set<std::string> linked_from(State const& state) {
    std::vector<std::string> targets;
    for (auto const link : links) {
        for (auto const* cell : state.cells(link)) {
            if (auto const* value = cell->find("v")) search_texts(*value, targets);
        }
    }
    return {targets.begin(), targets.end()};
}

}  // namespace

Result<Touched> fold(store::Transaction& tx, ledger::Ledger& ledger, Packs& packs, std::vector<ledger::Entry> const& entries) {
    struct Open {
        State state;
        bool fresh = true;
        std::string pack;
        std::optional<std::set<std::string>> before;  // where its links led, when an entry says something of them
    };
    std::map<std::string, Open> open;
    Touched touched;
    for (auto const& entry : entries) {
        if (is_of_the_ledger(entry.head.verb)) continue;
        auto const& id = entry.head.record;
        auto found = open.find(id);
        if (found == open.end()) {
            SANJAL_TRY(auto state, find(tx, id));
            Open fresh;
            fresh.fresh = !state.has_value();
            if (state) fresh.state = std::move(*state);
            found = open.emplace(id, std::move(fresh)).first;
        }
        found->second.pack = entry.head.pack;
        if (auto const* serial = entry.field("serial"); serial != nullptr && serial->is_integer() && entry.field("series") != nullptr) {
            SANJAL_DO(tx.put("insert into record_serial (series, last) values ($1, $2) on conflict (series) do update set last ="
                             " case when excluded.last > record_serial.last then excluded.last else record_serial.last end",
                             {std::string(entry.text("series")), serial->integer()}));
            if (auto* const all = known(tx)) {
                auto const it = all->serials.find(std::string(entry.text("series")));
                if (it != all->serials.end()) it->second = std::max(it->second, serial->integer());
            }
        }
        if (!found->second.before && says_a_link(entry)) found->second.before = linked_from(found->second.state);
        SANJAL_DO(apply(tx, ledger, packs, entry, found->second.state));
        touched.records.insert(id);
    }
    for (auto const& [id, one] : open) {
        if (!one.before) continue;
        auto const after = linked_from(one.state);
        if (after == *one.before) continue;
        for (auto const* side : {&*one.before, &after}) {
            for (auto const& target : *side) {
                auto const there = open.find(target);
                if (there == open.end() || !there->second.fresh) touched.moved.insert(target);
            }
        }
        if (!one.fresh) touched.moved.insert(id);
    }
    for (auto const& [id, one] : open) {
        auto const pack = packs.find(one.pack);
        SANJAL_DO(save(tx, id, one.state, pack.get(), one.fresh));
    }
    for (auto& [id, one] : open) remember(tx, id, std::move(one.state));
    return touched;
}

Result<Touched> refold(store::Transaction& tx, ledger::Ledger& ledger, Packs& packs, std::string const& record) {
    SANJAL_TRY(auto const before, find(tx, record));
    SANJAL_DO(drop_links(tx, record));
    SANJAL_DO(tx.put("delete from record where id = $1", {record}));
    remember(tx, record, std::nullopt);
    SANJAL_TRY(auto const positions, ledger.positions_of_record(tx, record));
    std::vector<ledger::Entry> entries;
    for (auto const position : positions) {
        SANJAL_TRY(auto entry, ledger.read(tx, position));
        entries.push_back(std::move(entry));
    }
    SANJAL_TRY(auto touched, fold(tx, ledger, packs, entries));
    touched.records.insert(record);
    touched.moved.insert(record);
    if (before) touched.moved.merge(linked_from(*before));
    return touched;
}

namespace {

using Found = std::map<std::string, std::set<std::string>>;  // by the record that was asked about

// The first column of both statements for each of these records, in one way there and back for a few dozen of them: an
// import's group touches hundreds.
Result<void> ask_of_each(store::Transaction& tx, std::set<std::string> const& records, std::string_view one, std::string_view other, Found& by_one, Found& by_other) {
    std::vector<store::Query> queries;
    for (auto const& record : records) {
        for (auto const& [sql, found] : {std::pair(one, &by_one), std::pair(other, &by_other)}) {
            queries.push_back({sql, {record}, [&record, into = found](store::Row const& row) -> Result<void> {
                                   (*into)[record].emplace(row.text(0));
                                   return {};
                               }});
        }
    }
    constexpr std::size_t at_once = 64;
    std::span<store::Query const> rest = queries;
    while (!rest.empty()) {
        auto const some = rest.first(std::min(at_once, rest.size()));
        SANJAL_DO(tx.each_of(some));
        rest = rest.subspan(some.size());
    }
    return {};
}

}  // namespace

Result<std::set<std::string>> roots_of_all(store::Transaction& tx, std::set<std::string> const& records) {
    // A part names its case; a person is named by parts; a consent names a person; a referral is about parts, and is seen by
    // itself as well.
    Found near;
    SANJAL_DO(ask_of_each(tx, records, "select target from record_link where origin = $1 and field = 'case'",
                          "select c.target from record_link p join record_link c on c.origin = p.origin and c.field = 'case'"
                          " where p.target = $1 and p.field = 'person'", near, near));
    std::set<std::string> roots;
    std::set<std::string> without;
    for (auto const& record : records) {
        if (auto const it = near.find(record); it != near.end()) roots.insert(it->second.begin(), it->second.end());
        else without.insert(record);
    }
    Found of_person;
    Found of_parts;
    SANJAL_DO(ask_of_each(tx, without,
                          "select c.target from record_link x join record_link p on p.target = x.target and p.field = 'person'"
                          " join record_link c on c.origin = p.origin and c.field = 'case' where x.origin = $1 and x.field = 'person'",
                          "select c.target from record_link x join record_link c on c.origin = x.target and c.field = 'case' where x.origin = $1 and x.field = 'about'",
                          of_person, of_parts));
    for (auto const& record : without) {
        auto const& found = of_person.count(record) > 0 ? of_person[record] : of_parts[record];
        roots.insert(found.begin(), found.end());
        if (of_person.count(record) == 0) roots.insert(record);
    }
    return roots;
}

Result<Changed> clusters_of(store::Transaction& tx, Touched const& touched) {
    Changed changed;
    if (touched.moved.empty()) {
        SANJAL_TRY(changed.roots, roots_of_all(tx, touched.records));
        return changed;
    }
    // What hangs on what moved goes with it; what was a root of its own may be none now.
    std::set<std::string> moved = touched.moved;
    for (auto const& one : touched.moved) {
        SANJAL_TRY(auto const hang_on, tx.texts("select origin from record_link where target = $1 and field in ('person', 'about')", {one}));
        moved.insert(hang_on.begin(), hang_on.end());
    }
    std::set<std::string> near = touched.records;
    near.insert(moved.begin(), moved.end());
    SANJAL_TRY(changed.roots, roots_of_all(tx, near));
    for (auto const& one : moved) {
        if (changed.roots.count(one) > 0) continue;
        SANJAL_TRY(auto const named, tx.integer("select 1 from record_link where target = $1 and field = 'case' limit 1", {one}));
        (named ? changed.roots : changed.gone).insert(one);
    }
    return changed;
}

Result<std::vector<std::string>> roots_of(store::Transaction& tx, std::string const& record) {
    SANJAL_TRY(auto const roots, roots_of_all(tx, {record}));
    return std::vector<std::string>(roots.begin(), roots.end());
}

Result<Cluster> load_cluster(store::Transaction& tx, std::string const& root) {
    Cluster cluster;
    cluster.root = root;
    std::set<std::string> ids{root};
    SANJAL_DO(tx.each("select l.origin, coalesce(p.target, ''),"
                      " case when exists (select 1 from record_link o where o.origin = l.origin and o.field = 'case' and o.target <> $1) then 1 else 0 end"
                      " from record_link l left join record_link p on p.origin = l.origin and p.field = 'person'"
                      " where l.target = $1 and l.field = 'case' order by l.origin",
                      {root}, [&](store::Row const& row) -> Result<void> {
                          cluster.parts.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2) != 0});  // and what else names the case
                          ids.insert(std::string(row.text(0)));
                          if (!row.text(1).empty()) ids.insert(std::string(row.text(1)));
                          return {};
                      }));
    // What hangs on its people and on no case (a consent), and what is asked of others about them.
    std::set<std::string> referrals;
    SANJAL_DO(tx.each("select x.origin, x.field from record_link c join record_link p on p.origin = c.origin and p.field = 'person'"
                      " join record_link x on (x.target = p.target and x.field = 'person') or (x.target = c.origin and x.field = 'about')"
                      " where c.target = $1 and c.field = 'case' and not exists (select 1 from record_link o where o.origin = x.origin and o.field = 'case')",
                      {root}, [&](store::Row const& row) -> Result<void> {
                          (row.text(1) == "about" ? referrals : ids).insert(std::string(row.text(0)));
                          return {};
                      }));
    for (auto const& id : ids) {
        SANJAL_TRY(auto state, find(tx, id));
        if (state) cluster.records.emplace(id, std::move(*state));
    }
    for (auto const& id : referrals) {
        SANJAL_TRY(auto state, find(tx, id));
        if (state) cluster.referrals.emplace(id, std::move(*state));
    }
    auto const is_no_part = [&](Cluster::Part const& one) {
        auto const found = cluster.records.find(one.part);
        return found == cluster.records.end() || found->second.type() != "part";
    };
    cluster.parts.erase(std::remove_if(cluster.parts.begin(), cluster.parts.end(), is_no_part), cluster.parts.end());
    return cluster;
}

namespace {

// What a unit comes to see that is named on a record.  On a part: that part, its person, the case, and what hangs on either
// (a consent); not the other people of the same raid.  On anything else: the whole.
std::vector<std::string> within_reach_of(Cluster const& cluster, std::string const& named_on) {
    std::vector<std::string> all;
    auto const part = std::find_if(cluster.parts.begin(), cluster.parts.end(), [&](auto const& one) { return one.part == named_on; });
    for (auto const& record : cluster.records) {
        auto const& id = record.first;  // not a structured binding: clang 14 captures none
        auto const& state = record.second;
        if (part == cluster.parts.end() || id == cluster.root || id == part->part || id == part->person) {
            all.push_back(id);
            continue;
        }
        bool const is_anothers = std::any_of(cluster.parts.begin(), cluster.parts.end(), [&](auto const& one) { return one.part == id || one.person == id; });
        auto const* fields = is_anothers ? nullptr : state.data().find("fields");
        if (fields == nullptr) continue;
        bool const hangs_on = std::any_of(fields->members().begin(), fields->members().end(), [&](auto const& field) {
            return std::any_of(field.second.items().begin(), field.second.items().end(), [&](Json const& cell) {
                auto const value = cell.text_at("v");
                return !value.empty() && (value == part->part || value == part->person);
            });
        });
        if (hangs_on) all.push_back(id);
    }
    return all;
}

// A referral that rests on an adult's consent opens nothing before that is given, nor once it is withdrawn.
bool stands_on_consent(Cluster const& cluster, State const& referral, std::string const& part) {
    auto const* basis = referral.value("basis");
    if (basis == nullptr || !basis->is_text() || basis->text() != "consent") return true;
    auto const one = std::find_if(cluster.parts.begin(), cluster.parts.end(), [&](auto const& each) { return each.part == part; });
    if (one == cluster.parts.end()) return false;
    auto const person = cluster.records.find(one->person);
    if (person == cluster.records.end() || !is_adult(person->second)) return true;
    std::vector<State const*> consents;
    for (auto const& [id, record] : cluster.records) {
        auto const* whose = record.type() == "consent" ? record.value("person") : nullptr;
        if (whose != nullptr && whose->is_text() && whose->text() == one->person) consents.push_back(&record);
    }
    return has_agreed(consents, "C_share_min");
}

// The pack under which the newest of the record's fields was written.
std::shared_ptr<pack::Pack const> newest_pack(Packs const& packs, State const& state) {
    Json const* newest = nullptr;
    auto const* fields = state.data().find("fields");
    static Json const none = Json::object();
    for (auto const& [name, cells] : (fields != nullptr ? *fields : none).members()) {  // not a temporary: its cells are kept
        for (auto const& cell : cells.items()) {
            if (newest == nullptr || cell.integer_at("p") > newest->integer_at("p")) newest = &cell;
        }
    }
    return newest != nullptr ? packs.find(state.pack_of(*newest)) : nullptr;
}

// A directory, a practice, a published resolution: what the pack opens to everybody at the node.
bool is_for_everyone(Packs const& packs, State const& state) {
    auto const pack = newest_pack(packs, state);
    auto const* type = pack != nullptr ? pack->type(state.type()) : nullptr;
    auto const* everyone = type != nullptr ? type->find("everyone") : nullptr;
    if (everyone == nullptr || everyone->is_bool()) return everyone != nullptr && everyone->boolean();
    auto const condition = rules::Condition::parse(*everyone);
    std::string const prefix = std::string(state.type()) + ".";
    auto const own = [&](std::string_view path) { return path.starts_with(prefix) ? state.value(path.substr(prefix.size())) : nullptr; };
    return condition && rules::evaluate(*condition, own) == rules::Truth::True;
}

}  // namespace

// Who was given a task of this part, or took it: the last of each step.
std::set<std::string> owners_on(State const& state) {
    std::map<std::string, std::string> last;
    for (auto const* event : state.events("task.assigned")) last[std::string(event->text_at("step"))] = event->text_at("to");
    std::set<std::string> owners;
    for (auto const& [step, owner] : last) owners.insert(owner);
    return owners;
}

// Orders and emergencies: this record, to one person, for a time.
Result<void> derive_grants(store::Transaction& tx, std::string const& root, std::string const& id, State const& state, std::set<std::string> const& blocked) {
    std::map<std::string, std::int64_t> ended;  // of orders, when somebody ended them
    for (auto const* event : state.events("access.order_ended")) ended.emplace(event->text_at("order"), event->integer_at("t"));
    for (auto const& [verb, relation] : {std::pair("access.ordered", "under_order"), std::pair("access.glass_broken", "break_glass")}) {
        for (auto const* event : state.events(verb)) {
            std::string const holder(event->text_at("to"));
            std::string const unit(event->text_at("unit"));
            auto const until = parse_instant(event->text_at("until"));
            if (holder.empty() || !until || blocked.count(holder) > 0 || blocked.count(unit) > 0) continue;
            auto const end = ended.find(std::string(event->text_at("e")));
            std::int64_t const last = end == ended.end() ? milliseconds_of(*until) : std::min(milliseconds_of(*until), end->second);
            SANJAL_DO(tx.put("insert into record_grant (record, type, holder, unit, relation, since, until, root, entry) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                             {id, std::string(state.type()), holder, unit, relation, event->integer_at("t"), last, root, std::string(event->text_at("e"))}));
        }
    }
    return {};
}

Result<void> forget_reach(store::Transaction& tx, std::string const& root) {
    SANJAL_DO(tx.put("delete from record_reach where root = $1", {root}));
    SANJAL_DO(tx.put("delete from record_block where root = $1", {root}));
    return tx.put("delete from record_grant where root = $1", {root});
}

Result<void> derive_reach(store::Transaction& tx, Packs const& packs, Cluster const& cluster) {
    SANJAL_DO(forget_reach(tx, cluster.root));
    std::set<std::string> blocked;
    std::map<std::string, std::set<std::string>> referred;  // record -> units
    std::map<std::string, std::set<std::string>> assigned;  // record -> people
    for (auto const& [id, state] : cluster.records) {
        for (auto const* cell : state.cells("not_to_know")) {
            if (auto const* value = cell->find("v"); value != nullptr && value->is_text()) blocked.insert(value->text());
        }
        auto const* fields = state.data().find("fields");
        if (fields == nullptr) continue;
        std::set<std::string> units;
        std::set<std::string> people = owners_on(state);
        for (auto const& [name, cells] : fields->members()) {
            for (auto const& cell : cells.items()) {
                auto const pack = packs.find(state.pack_of(cell));
                auto const* definition = pack != nullptr ? pack->field(state.type(), name) : nullptr;
                auto const* value = cell.find("v");
                if (definition != nullptr && value != nullptr && value->is_text() && definition->text_at("reach") == "referred") units.insert(value->text());
                if (definition != nullptr && value != nullptr && value->is_text() && definition->text_at("reach") == "assigned") people.insert(value->text());
            }
        }
        if (units.empty() && people.empty()) continue;
        for (auto const& reached : within_reach_of(cluster, id)) {
            referred[reached].insert(units.begin(), units.end());
            assigned[reached].insert(people.begin(), people.end());
        }
    }
    for (auto const& [id, referral] : cluster.referrals) {
        auto const* to = referral.value("to");
        if (to == nullptr || !to->is_text() || (referral.condition() != "accepted" && referral.condition() != "completed")) continue;
        for (auto const* about : referral.cells("about")) {
            auto const* part = about->find("v");
            if (part == nullptr || !part->is_text() || !stands_on_consent(cluster, referral, part->text())) continue;
            for (auto const& reached : within_reach_of(cluster, part->text())) referred[reached].insert(to->text());
        }
    }
    for (auto const& [id, state] : cluster.records) {
        std::string const type(state.type());
        std::string const unit(state.unit());
        auto const grant_on = [&](std::string const& record, std::string const& holder, char const* relation) -> Result<void> {
            if (holder.empty() || blocked.count(holder) > 0) return {};
            return tx.put("insert into record_reach (holder, type, record, relation, root) values ($1, $2, $3, $4, $5)", {holder, type, record, relation, cluster.root});
        };
        SANJAL_DO(grant_on(id, unit, "own"));
        for (auto const& holder : referred[id]) SANJAL_DO(grant_on(id, holder, "referred"));
        for (auto const& holder : assigned[id]) SANJAL_DO(grant_on(id, holder, "assigned"));
        if (is_for_everyone(packs, state)) SANJAL_DO(grant_on(id, everyone, "everyone"));
        SANJAL_DO(derive_grants(tx, cluster.root, id, state, blocked));
        for (auto const& holder : blocked) {
            SANJAL_DO(tx.put("insert into record_block (record, holder, root) values ($1, $2, $3)", {id, holder, cluster.root}));
        }
    }
    return {};
}

}  // namespace sanjal::record
