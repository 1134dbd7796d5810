#include "casework/retention.h"

#include <algorithm>

#include "casework/subject.h"
#include "rules/clock.h"

namespace sanjal::casework {
namespace {

constexpr store::Migration of_retention[] = {
    {1, "views: until when a class of a closed case is kept",
     "create table casework_keeping (root {text} not null, class {text} not null, until {int} not null, agreed {int} not null, primary key (root, class));"
     "create index casework_keeping_until on casework_keeping (until);"},
};

constexpr std::int64_t agreeing = 2;

// Words that people write beside what they do: they belong to the work on the case.
constexpr char const* words_of_events[] = {"answer", "delay_words", "note", "reason", "words"};

// Ids that hold the case together; and the day from which the time runs, without which it would have no end.
bool holds_together(pack::Pack const& pack, record::State const& state, std::string const& field, std::string_view starts) {
    auto const* definition = pack.field(state.type(), field);
    auto const kind = definition != nullptr ? definition->text_at("kind") : std::string_view();
    return kind == "relation" || kind == "unit" || field == "as" || starts == std::string(state.type()) + "." + field;
}

std::set<std::string> fields_of(pack::Pack const& pack, record::State const& state, std::string_view sensitivity, std::string_view starts) {
    std::set<std::string> names;
    auto const* fields = state.data().find("fields");
    for (auto const& [name, cells] : fields != nullptr ? fields->members() : Json::object().members()) {
        for (auto const& cell : cells.items()) {
            auto const* value = cell.find("v");
            bool const is_there = cell.text_at("class") == sensitivity && (value == nullptr || !value->bool_at("erased"));
            if (is_there && !holds_together(pack, state, name, starts)) names.insert(name);
        }
    }
    auto const* events = state.data().find("events");
    for (auto const& event : events != nullptr ? events->items() : Json::List()) {
        auto const verb = event.text_at("do");
        bool const about_erasing = verb == "record.erased" || verb.substr(0, 8) == "erasure.";
        for (auto const& [name, value] : event.members()) {
            bool const is_file = verb == "file.attached" && name.find('/') != std::string::npos && event.text_at("class") == sensitivity;
            bool const is_word = sensitivity == "operational" && !about_erasing && verb != "file.attached" &&
                                 std::find(std::begin(words_of_events), std::end(words_of_events), name) != std::end(words_of_events);
            if (is_file || is_word) names.insert(name);
        }
    }
    return names;
}

}  // namespace

std::span<store::Migration const> retention_migrations() { return of_retention; }

std::vector<Keeping> keeping_of(pack::Pack const& pack, record::Cluster const& cluster) {
    std::vector<Keeping> all;
    auto const* classes = pack.document.find("retention");
    auto const root = cluster.records.find(cluster.root);
    if (classes == nullptr || root == cluster.records.end()) return all;
    Subject const subject(cluster, cluster.root, root->second);
    for (auto const& [sensitivity, rule] : classes->members()) {
        Keeping keeping{sensitivity, std::nullopt};
        auto const* keep = rule.find("keep");
        auto const* from = rule.find("starts");
        auto const started = from != nullptr ? rules::moment_of(subject.start_of(*from, pack).value, pack.calendar()) : std::nullopt;
        auto const clock = keep != nullptr ? rules::ClockRule::parse("", Json::object({{"within", *keep}})) : fail(Fault::Invalid, "", "");
        if (started && clock) {
            rules::ClockInput input;
            input.started = *started;
            input.now = *started;
            input.calendar = pack.calendar();
            if (auto const due = rules::evaluate(*clock, input).due) keeping.until = milliseconds_of(*due);
        }
        all.push_back(std::move(keeping));
    }
    return all;
}

std::vector<Erasable> erasable_of(pack::Pack const& pack, record::Cluster const& cluster, std::string_view sensitivity) {
    std::vector<Erasable> all;
    auto const* rule = pack.retention(sensitivity);
    auto const starts = rule != nullptr ? rule->text_at("starts") : std::string_view();
    for (auto const& [id, state] : cluster.records) {
        auto const names = fields_of(pack, state, sensitivity, starts);
        if (!names.empty()) all.push_back({id, {names.begin(), names.end()}});
    }
    return all;
}

std::vector<std::string> agreed_on(record::State const& root, std::string_view sensitivity, std::int64_t until) {
    std::vector<std::string> all;
    auto const* events = root.data().find("events");
    for (auto const& event : events != nullptr ? events->items() : Json::List()) {
        auto const verb = event.text_at("do");
        if (verb.substr(0, 8) != "erasure." || event.text_at("class") != sensitivity || event.integer_at("t") <= until) continue;
        std::string const by(event.text_at("b"));
        if (verb == "erasure.refused") all.clear();
        else if (std::find(all.begin(), all.end(), by) == all.end()) all.push_back(by);
    }
    return all;
}

Kept Kept::from(store::Row const& row) { return {std::string(row.text(0)), std::string(row.text(1)), row.integer(2), row.integer(3)}; }

Result<void> derive_keeping(store::Transaction& tx, record::Packs const& packs, record::Cluster const& cluster) {
    auto const pack = packs.in_force();
    auto const* classes = pack != nullptr ? pack->document.find("retention") : nullptr;
    auto const root = cluster.records.find(cluster.root);
    if (classes == nullptr || root == cluster.records.end() || root->second.type() != "case") return {};
    SANJAL_DO(tx.put("delete from casework_keeping where root = $1", {cluster.root}));
    if (root->second.condition() != "closed") return {};
    for (auto const& keeping : keeping_of(*pack, cluster)) {
        if (!keeping.until || erasable_of(*pack, cluster, keeping.sensitivity).empty()) continue;
        auto const agreed = agreed_on(root->second, keeping.sensitivity, *keeping.until).size();
        SANJAL_DO(tx.put("insert into casework_keeping (root, class, until, agreed) values ($1, $2, $3, $4)", {cluster.root, keeping.sensitivity, *keeping.until, static_cast<std::int64_t>(agreed)}));
    }
    return {};
}

Result<std::vector<Kept>> kept_too_long(store::Transaction& tx, std::string const& unit, Instant now) {
    return tx.rows<Kept>("select k.root, k.class, k.until, k.agreed from casework_keeping k where k.until < $1"
                         " and exists (select 1 from record_reach h where h.record = k.root and h.holder = $2 and h.relation = 'own') order by k.until, k.root, k.class limit 100",
                         {milliseconds_of(now), unit});
}

Result<std::optional<Kept>> find_kept(store::Transaction& tx, std::string const& root, std::string const& sensitivity, Instant now) {
    SANJAL_TRY(auto rows, tx.rows<Kept>("select root, class, until, agreed from casework_keeping where root = $1 and class = $2 and until < $3", {root, sensitivity, milliseconds_of(now)}));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Result<std::optional<Kept>> next_to_erase(store::Transaction& tx, Instant now, std::set<std::string> const& but) {
    SANJAL_TRY(auto rows, tx.rows<Kept>("select root, class, until, agreed from casework_keeping where until < $1 and agreed >= $2 order by until, root, class limit 200", {milliseconds_of(now), agreeing}));
    auto const next = std::find_if(rows.begin(), rows.end(), [&](Kept const& one) { return but.count(one.root + " " + one.sensitivity) == 0; });
    return next == rows.end() ? std::nullopt : std::optional(std::move(*next));
}

Result<bool> is_over_everywhere(store::Transaction& tx, std::string const& record, std::string const& sensitivity, Instant now) {
    SANJAL_TRY(auto const roots, record::roots_of(tx, record));
    for (auto const& root : roots) {
        SANJAL_TRY(auto const kept, find_kept(tx, root, sensitivity, now));
        if (!kept) return false;
    }
    return true;
}

}  // namespace sanjal::casework
