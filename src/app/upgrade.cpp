#include "app/upgrade.h"

#include "casework/derive.h"
#include "pack/check.h"
#include "pack/diff.h"

namespace sanjal::app {
namespace {

constexpr std::int64_t records_at_once = 200;

// How far the derivation has come: the pack's reference, a space, the last record; no record: all of them.
Result<void> remember(store::Transaction& tx, std::string const& reference, std::string const& last) {
    return tx.put("insert into house_state (name, value) values ('derived', $1) on conflict (name) do update set value = excluded.value", {reference + " " + last});
}

// The next records on which a procedure of the pack stands, or on which one of the pack before it stood.
Result<std::vector<std::string>> some_that_work_stands_on(store::Transaction& tx, pack::Pack const& pack, std::string const& after) {
    store::Args args{after};
    std::string types;
    auto const* procedures = pack.document.find("procedures");
    std::set<std::string> stood_on;
    if (procedures != nullptr) {
        for (auto const& [name, procedure] : procedures->members()) stood_on.emplace(procedure.text_at("stands_on", "part"));
    }
    for (auto const& type : stood_on) {
        args.emplace_back(type);
        types.append(types.empty() ? "r.type in ($" : ", $").append(std::to_string(args.size()));
    }
    types += types.empty() ? "" : ") or ";
    return tx.texts("select r.id from record r where r.id > $1 and (" + types + "exists (select 1 from casework_task t where t.part = r.id)) order by r.id limit " + std::to_string(records_at_once), args);
}

Result<void> check_next(pack::Pack const* in_force, pack::Pack const& next) {
    if (in_force == nullptr) return {};
    auto const name = in_force->document.text_at("name");
    if (next.document.text_at("name") != name) return fail(Fault::Invalid, "pack.other", "This node works under the pack \"" + std::string(name) + "\". Load a newer version of that one.");
    if (next.document.integer_at("version") > in_force->document.integer_at("version")) return {};
    return fail(Fault::Conflict, "pack.not_newer", "This version is not newer than the one in force. Give it a higher version.");
}

}  // namespace

Result<Upgrade> load_pack(House& house, store::Transaction& tx, Json document, std::string const& actor) {
    auto const flaws = pack::check(document);
    if (!flaws.empty()) return fail(Fault::Invalid, "pack.unsound", flaws.front().message, flaws.front().pointer);
    SANJAL_TRY(auto const next, pack::Pack::from_json(std::move(document)));
    auto const before = house.packs().in_force();
    SANJAL_DO(check_next(before.get(), next));
    Upgrade upgrade;
    upgrade.reference = next.reference();
    upgrade.changes = pack::diff(before != nullptr ? before->document : Json::object(), next.document);
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = actor;
    submission.pack = next.reference();
    ledger::NewEntry entry;
    entry.verb = "pack.loaded";
    entry.record = house.new_id();
    SANJAL_TRY(entry.fields, record::loading_fields(next));
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    SANJAL_DO(remember(tx, next.reference(), "0"));
    return upgrade;
}

Result<void> list_holidays(House& house, store::Transaction& tx, std::string const& calendar, std::int64_t year, std::vector<Holiday> const& days, std::string const& source,
                           std::string const& actor) {
    Json list = Json::list();
    for (auto const& one : days) list.push_back(Json::object({{"day", one.day}, {"title", one.title}}));
    auto const reference = house.packs().in_force()->reference();
    ledger::Submission submission;
    submission.id = house.new_id();
    submission.actor = actor;
    submission.pack = reference;
    ledger::NewEntry entry;
    entry.verb = "calendar.listed";
    entry.record = house.new_id();
    entry.fields = {{"calendar", calendar, "public"}, {"year", year, "public"}, {"days", std::move(list), "public"}, {"source", source, "public"}};
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    return remember(tx, reference, "0");
}

Result<bool> derive_some(House& house) {
    std::optional<std::string> state;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(state, tx.text("select value from house_state where name = 'derived'"));
        SANJAL_TRY(auto const newest, tx.text("select reference from pack_loaded order by position desc limit 1"));
        SANJAL_TRY(auto const listed, tx.integer("select max(position) from calendar_listed"));
        auto const known = house.packs().in_force();
        bool const is_known = newest && known != nullptr && known->reference() == *newest && house.packs().listed_at() == listed.value_or(-1);
        return newest && !is_known ? house.packs().open(tx, house.ledger()) : Result<void>{};
    }));
    auto const pack = house.packs().in_force();
    if (pack == nullptr) return false;
    bool more = false;
    // A node that never loaded a second pack has nothing to catch up with.
    if (!state || *state == pack->reference() + " ") return false;
    SANJAL_DO(house.ledger().write(
        [&](store::Transaction& tx) -> Result<void> {
            std::string last = state->rfind(pack->reference() + " ", 0) == 0 ? state->substr(pack->reference().size() + 1) : "0";
            SANJAL_TRY(auto const some, some_that_work_stands_on(tx, *pack, last));
            more = static_cast<std::int64_t>(some.size()) == records_at_once;
            if (more) last = some.back();
            SANJAL_TRY(auto const roots, record::roots_of_all(tx, {some.begin(), some.end()}));
            for (auto const& root : roots) {
                SANJAL_TRY(auto const cluster, record::load_cluster(tx, root));
                SANJAL_DO(casework::derive_work(tx, house.packs(), cluster));
            }
            return remember(tx, pack->reference(), more ? last : "");
        },
        store::Priority::Low));
    return more;
}

}  // namespace sanjal::app
