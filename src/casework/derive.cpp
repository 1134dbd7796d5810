#include "casework/derive.h"

#include <algorithm>
#include <limits>

#include "casework/custody.h"
#include "casework/notice.h"
#include "casework/retention.h"
#include "casework/run.h"

namespace sanjal::casework {
namespace {

constexpr store::Migration of_views[] = {
    {1, "views: tasks and clocks",
     "create table casework_task (part {text} not null, step {text} not null, procedure {text} not null, root {text} not null, state {text} not null,"
     " roles {text} not null, rule {text} not null, due {int}, ended {int}, ended_by {text} not null, reason {text} not null, ordinal {int} not null,"
     " pack {text} not null, primary key (part, step));"
     "create index casework_task_root on casework_task (root);"
     "create index casework_task_due on casework_task (due) where state = 'open';"
     "create table casework_clock (part {text} not null, rule {text} not null, step {text} not null, root {text} not null, started {int}, due {int},"
     " stopped {int}, reason {text} not null, pack {text} not null, primary key (part, rule));"
     "create index casework_clock_root on casework_clock (root);"
     "create index casework_clock_due on casework_clock (due) where stopped is null;"},
    {2, "views: the gate before a task", "alter table casework_task add column gate {text} not null default '';"},
    {3, "views: cases in which nobody has anything to do", "create table casework_idle (root {text} primary key, since {int} not null);"},
    {4, "views: whose a task is", "alter table casework_task add column owner {text} not null default '';"},
    {5, "views: how many have signed",
     "alter table casework_task add column wanted {int} not null default 0;"
     "alter table casework_task add column signatures {int} not null default 0;"},
    {6, "views: what each holder has to do, in the order in which it runs out",
     "create table casework_todo (holder {text} not null, role {text} not null, due {int} not null, part {text} not null, ordinal {int} not null, step {text} not null,"
     " owner {text} not null, root {text} not null, primary key (holder, role, due, part, ordinal, step));"
     "create index casework_todo_owner on casework_todo (holder, role, owner, due);"
     "create index casework_todo_root on casework_todo (root);"},
    {7, "views: when a clock tells somebody next",
     "alter table casework_clock add column next_notice {int};"
     "create index casework_clock_next_notice on casework_clock (next_notice) where stopped is null;"},
    {8, "views: cases that have gone to another node", "create table casework_elsewhere (record {text} primary key, node {text} not null, turn {int} not null);"},
};

std::optional<std::int64_t> optional_integer(store::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional<std::int64_t>(row.integer(column));
}

store::Value value_of(std::optional<std::int64_t> const& integer) { return integer ? store::Value(*integer) : store::Value(); }

// What came in by an import is of long ago: nobody has anything to do until somebody hands in a form about it.
bool is_old_data(record::State const& state) { return !state.data().text_at("batch").empty() && state.events("form.submitted").empty(); }

constexpr std::int64_t todo_max = 200;
constexpr std::int64_t no_due = std::numeric_limits<std::int64_t>::max();  // after everything that runs out

constexpr char const* task_columns = "part, step, procedure, root, state, roles, rule, due, ended, ended_by, reason, ordinal, pack, gate, owner, wanted, signatures";
constexpr char const* clock_columns = "part, rule, step, root, started, due, stopped, reason, pack";

}  // namespace

std::span<store::Migration const> view_migrations() { return of_views; }

Task Task::from(store::Row const& row) {
    Task task;
    task.part = row.text(0);
    task.step = row.text(1);
    task.procedure = row.text(2);
    task.root = row.text(3);
    task.state = row.text(4);
    std::string_view roles = row.text(5);
    while (!roles.empty()) {
        auto const end = std::min(roles.find(' '), roles.size());
        if (end > 0) task.roles.emplace_back(roles.substr(0, end));
        roles.remove_prefix(std::min(end + 1, roles.size()));
    }
    task.rule = row.text(6);
    task.due = optional_integer(row, 7);
    task.ended = optional_integer(row, 8);
    task.ended_by = row.text(9);
    task.reason = row.text(10);
    task.order = row.integer(11);
    task.pack = row.text(12);
    task.gate = row.text(13);
    task.owner = row.text(14);
    task.wanted = row.integer(15);
    task.signatures = row.integer(16);
    return task;
}

Clock Clock::from(store::Row const& row) {
    Clock clock;
    clock.part = row.text(0);
    clock.rule = row.text(1);
    clock.step = row.text(2);
    clock.root = row.text(3);
    clock.started = optional_integer(row, 4);
    clock.due = optional_integer(row, 5);
    clock.stopped = optional_integer(row, 6);
    clock.reason_for_delay = row.text(7);
    clock.pack = row.text(8);
    return clock;
}

Result<Derived> derive(record::Packs const& packs, record::Cluster const& cluster) {
    Derived derived;
    auto const in_force = packs.in_force();
    auto const* procedures = in_force != nullptr ? in_force->document.find("procedures") : nullptr;
    if (procedures == nullptr) return derived;
    for (auto const& [id, state] : cluster.records) {
        if (is_old_data(state)) continue;
        Subject const subject(cluster, id, state);
        for (auto const& [name, procedure] : procedures->members()) {
            if (procedure.text_at("stands_on", "part") == state.type()) SANJAL_DO(derive_procedure(packs, *in_force, subject, name, procedure, derived));
        }
    }
    return derived;
}

// A case that is open and in which nobody has anything to do: an alarm, for whoever registered it.
Result<void> derive_idle(store::Transaction& tx, record::Cluster const& cluster, Derived const& derived) {
    auto const root = cluster.records.find(cluster.root);
    if (root == cluster.records.end() || root->second.type() != "case") return {};
    SANJAL_DO(tx.put("delete from casework_idle where root = $1", {cluster.root}));
    bool const somebody = std::any_of(derived.tasks.begin(), derived.tasks.end(), [](Task const& task) { return task.state == "open" || task.state == "approving"; });
    if (somebody || root->second.condition() != "open" || is_old_data(root->second)) return {};
    std::int64_t since = 0;
    for (auto const& [id, state] : cluster.records) since = std::max(since, state.data().integer_at("updated"));
    return tx.put("insert into casework_idle (root, since) values ($1, $2)", {cluster.root, since});
}

// Open tasks by holder and role, so that a worklist is read in its order and no further.
Result<void> derive_todo(store::Transaction& tx, std::string const& root, Derived const& derived) {
    SANJAL_DO(tx.put("delete from casework_todo where root = $1", {root}));
    std::set<std::string> roles;
    for (auto const& task : derived.tasks) {
        if (task.state == "open" || task.state == "approving") roles.insert(task.roles.begin(), task.roles.end());
    }
    for (auto const& role : roles) {
        SANJAL_DO(tx.put("insert into casework_todo (holder, role, due, part, ordinal, step, owner, root)"
                         " select distinct h.holder, $2, coalesce(t.due, $4), t.part, t.ordinal, t.step, t.owner, t.root from casework_task t cross join record_reach h"
                         " where h.record = t.part and h.holder <> '*' and t.root = $1 and t.state in ('open', 'approving') and t.roles like $3",
                         {root, role, "% " + role + " %", no_due}));
    }
    return {};
}

// The clocks, each with the next moment at which it tells somebody.  What was told of those that run no more is forgotten.
Result<void> put_clocks(store::Transaction& tx, record::Packs const& packs, std::string const& root, Derived const& derived) {
    SANJAL_TRY(auto told, told_of_root(tx, root));
    for (auto const& clock : derived.clocks) {
        auto const pack = clock.stopped || !clock.due ? nullptr : packs.find(clock.pack);
        auto const next = pack != nullptr ? next_notice(clock, pack->clock(clock.rule), told[{clock.part, clock.rule, *clock.due}]) : std::nullopt;
        SANJAL_DO(tx.put("insert into casework_clock (part, rule, step, root, started, due, stopped, reason, pack, next_notice) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                         " on conflict (part, rule) do nothing",
                         {clock.part, clock.rule, clock.step, clock.root, value_of(clock.started), value_of(clock.due), value_of(clock.stopped),
                          clock.reason_for_delay, clock.pack, value_of(next)}));
    }
    return told.empty() ? Result<void>{} : forget_told(tx, root);
}

Result<void> derive_work(store::Transaction& tx, record::Packs const& packs, record::Cluster const& cluster) {
    SANJAL_TRY(auto const derived, derive(packs, cluster));
    SANJAL_DO(derive_idle(tx, cluster, derived));
    SANJAL_DO(derive_keeping(tx, packs, cluster));
    // A row of an import on which nothing stands never had a task to take away.
    auto const root = cluster.records.find(cluster.root);
    bool const is_row = root != cluster.records.end() && !root->second.data().text_at("batch").empty();
    if (cluster.parts.empty() && derived.tasks.empty() && is_row) return {};
    SANJAL_DO(tx.put("delete from casework_task where root = $1", {cluster.root}));
    SANJAL_DO(tx.put("delete from casework_clock where root = $1", {cluster.root}));
    for (auto const& task : derived.tasks) {
        std::string roles = " ";  // a space on both sides of each, so that one can be looked for
        for (auto const& role : task.roles) roles += role + " ";
        SANJAL_DO(tx.put("insert into casework_task (part, step, procedure, root, state, roles, rule, due, ended, ended_by, reason, ordinal, pack, gate, owner, wanted, signatures)"
                         " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict (part, step) do nothing",
                         {task.part, task.step, task.procedure, task.root, task.state, roles, task.rule, value_of(task.due), value_of(task.ended),
                          task.ended_by, task.reason, task.order, task.pack, task.gate, task.owner, task.wanted, task.signatures}));
    }
    SANJAL_DO(put_clocks(tx, packs, cluster.root, derived));
    return derive_todo(tx, cluster.root, derived);
}

// A cluster that is none any more leaves nothing behind: no reach, no task, no clock.
Result<void> forget_root(store::Transaction& tx, std::string const& root) {
    SANJAL_DO(record::forget_reach(tx, root));
    for (auto const* view : {"casework_task", "casework_clock", "casework_todo", "casework_idle", "casework_keeping"}) {
        SANJAL_DO(tx.put("delete from " + std::string(view) + " where root = $1", {root}));
    }
    return {};
}

Result<void> derive_touched(store::Transaction& tx, record::Packs const& packs, record::Touched const& touched) {
    SANJAL_TRY(auto const changed, record::clusters_of(tx, touched));
    for (auto const& root : changed.gone) SANJAL_DO(forget_root(tx, root));
    // A part of two cases has its tasks in the first of them, in whatever order it came into them.
    if (!touched.moved.empty()) {
        for (auto const& root : changed.roots) SANJAL_DO(forget_root(tx, root));
    }
    std::set<std::string> shared;
    for (auto const& root : changed.roots) {
        SANJAL_TRY(auto const cluster, record::load_cluster(tx, root));
        SANJAL_DO(record::derive_reach(tx, packs, cluster));
        if (auto const found = cluster.records.find(root); found != cluster.records.end()) SANJAL_DO(derive_custody(tx, root, found->second));
        SANJAL_DO(derive_work(tx, packs, cluster));
        for (auto const& part : cluster.parts) {
            if (!part.of_several) continue;
            SANJAL_TRY(auto const roots, record::roots_of(tx, part.part));
            shared.insert(roots.begin(), roots.end());
        }
    }
    // Whoever reaches a part by one of its cases has its tasks on his list, in whichever case they stand.
    for (auto const& root : shared) {
        SANJAL_TRY(auto const cluster, record::load_cluster(tx, root));
        SANJAL_DO(derive_work(tx, packs, cluster));
    }
    return {};
}

bool is_at_once(Json const* rule) { return rule != nullptr && rule->text_at("within") == "at once"; }

std::string_view state_of(Clock const& clock, Json const* rule, Instant now) {
    if (clock.stopped) return "stopped";
    bool const counts = rule != nullptr && rule->find("quota") != nullptr;  // nothing is due before it happens once too often
    if (!clock.due) return counts ? "running" : "no_limit";
    if (is_at_once(rule)) return "running";
    return rules::is_late(instant_of(*clock.due), now) ? "late" : "running";
}

Idle Idle::from(store::Row const& row) { return {std::string(row.text(0)), row.integer(1)}; }

Result<std::vector<Task>> open_tasks_within_reach(store::Transaction& tx, Holder const& holder, std::optional<std::string> const& owner) {
    // What his unit reaches and what he himself does, each in order already; a task that both reach stands there twice.
    std::string const mine = owner ? " and owner = $4" : "";
    auto const of = [&](std::string const& who) {
        return "select * from (select part, step, due, ordinal from casework_todo where holder = " + who + " and role = $1" + mine + " order by due, part, ordinal limit " + std::to_string(todo_max) + ") as list" + who.substr(1);
    };
    std::string columns(task_columns);
    columns.insert(0, "t.");
    for (std::size_t at = 0; (at = columns.find(", ", at)) != std::string::npos; at += 4) columns.insert(at + 2, "t.");
    store::Args args{holder.role, holder.unit, holder.actor};
    if (owner) args.emplace_back(*owner);
    return tx.rows<Task>("select " + columns + " from (" + of("$2") + " union " + of("$3") + ") as todo join casework_task t on t.part = todo.part and t.step = todo.step"
                             " where not exists (select 1 from record_block b where b.record = t.part and b.holder in ($2, $3))"
                             " order by todo.due, t.part, t.ordinal limit " + std::to_string(todo_max),
                         args);
}

Result<std::vector<Idle>> idle_cases_of(store::Transaction& tx, Holder const& holder) {
    return tx.rows<Idle>("select i.root, i.since from casework_idle i where exists (select 1 from record_reach h where h.record = i.root and h.holder = $1 and h.relation = 'own')"
                         " and not exists (select 1 from record_block b where b.record = i.root and b.holder in ($1, $2)) order by i.since, i.root limit 100",
                         {holder.unit, holder.actor});
}

Result<std::vector<Task>> gated_tasks_of_part(store::Transaction& tx, std::string const& part) {
    return tx.rows<Task>(std::string("select ") + task_columns + " from casework_task where part = $1 and gate <> '' order by procedure, ordinal", {part});
}

Result<std::vector<Task>> tasks_of_root(store::Transaction& tx, std::string const& root) {
    return tx.rows<Task>(std::string("select ") + task_columns + " from casework_task where root = $1 order by part, procedure, ordinal", {root});
}

Result<std::vector<Clock>> clocks_of_root(store::Transaction& tx, std::string const& root) {
    return tx.rows<Clock>(std::string("select ") + clock_columns + " from casework_clock where root = $1 order by part, rule", {root});
}

Result<std::optional<Task>> find_task(store::Transaction& tx, std::string const& part, std::string const& step) {
    SANJAL_TRY(auto found, tx.rows<Task>(std::string("select ") + task_columns + " from casework_task where part = $1 and step = $2", {part, step}));
    if (found.empty()) return std::optional<Task>();
    return std::optional<Task>(std::move(found.front()));
}

}  // namespace sanjal::casework
