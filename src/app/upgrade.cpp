#include "app/upgrade.h"

#include "casework/derive.h"
#include "pack/check.h"
#include "pack/diff.h"

namespace sanjal::app {
namespace {

constexpr std::int64_t cases_at_once = 200;

// How far the derivation has come: the pack's reference, a space, the last case; no case: all of them.
Result<void> remember(store::Transaction& tx, std::string const& reference, std::string const& last) {
    return tx.put("insert into house_state (name, value) values ('derived', $1) on conflict (name) do update set value = excluded.value", {reference + " " + last});
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
    SANJAL_TRY(auto const next, pack::Pack::from_json(document));
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
    entry.fields = {{"document", std::move(document), "public"}, {"reference", next.reference(), "public"}};
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(house.commit(tx, std::move(submission)));
    SANJAL_DO(remember(tx, next.reference(), "0"));
    return upgrade;
}

Result<bool> derive_some(House& house) {
    std::optional<std::string> state;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(state, tx.text("select value from house_state where name = 'derived'"));
        SANJAL_TRY(auto const newest, tx.text("select reference from pack_loaded order by position desc limit 1"));
        auto const known = house.packs().in_force();
        return newest && (known == nullptr || known->reference() != *newest) ? house.packs().open(tx, house.ledger()) : Result<void>{};
    }));
    auto const pack = house.packs().in_force();
    if (pack == nullptr) return false;
    bool more = false;
    // A node that never loaded a second pack has nothing to catch up with.
    if (!state || *state == pack->reference() + " ") return false;
    SANJAL_DO(house.ledger().write(
        [&](store::Transaction& tx) -> Result<void> {
            std::string last = state->rfind(pack->reference() + " ", 0) == 0 ? state->substr(pack->reference().size() + 1) : "0";
            std::set<std::string> roots;
            SANJAL_DO(tx.each("select distinct target from record_link where field = 'case' and target > $1 order by target limit " + std::to_string(cases_at_once), {last},
                              [&](store::Row const& row) -> Result<void> {
                                  last = row.text(0);
                                  roots.insert(last);
                                  return {};
                              }));
            more = static_cast<std::int64_t>(roots.size()) == cases_at_once;
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
