#include <map>

#include "base/id.h"
#include "ledger/ledger.h"

namespace sanjal::ledger {
namespace {
constexpr std::int64_t quarter_hour_ms = 15 * 60 * 1000;
constexpr std::int64_t rows_per_entry = 1000;
constexpr std::int64_t quarters_kept = 4 * 24;  // a day
}  // namespace

void Ledger::note_access(Access access) {
    std::lock_guard const lock(access_mutex_);
    accesses_.push_back(std::move(access));
}

Result<void> Ledger::flush_access(bool make_entry) {
    std::vector<Access> waiting;
    {
        std::lock_guard const lock(access_mutex_);
        waiting.swap(accesses_);
    }
    std::int64_t const quarter = milliseconds_of(parts_.clock.now()) / quarter_hour_ms;
    std::map<std::vector<std::string>, std::int64_t> counts;
    for (auto const& one : waiting) ++counts[{one.actor, one.record, one.purpose, one.action}];
    auto written = write([&](store::Transaction& tx) -> Result<void> {
        for (auto const& [key, count] : counts) {
            SANJAL_DO(tx.put("insert into access_row (actor, record, purpose, action, quarter, count, logged) values ($1, $2, $3, $4, $5, $6, 0)"
                             " on conflict (actor, record, purpose, action, quarter) do update set count = access_row.count + excluded.count",
                             {key[0], key[1], key[2], key[3], quarter, count}));
        }
        std::int64_t open = 0;
        SANJAL_DO(tx.each("select count(*) from access_row where count > logged", {}, [&](store::Row const& row) -> Result<void> {
            open = row.integer(0);
            return {};
        }));
        if (open == 0 || (!make_entry && open < rows_per_entry)) return {};
        Json rows = Json::list();
        SANJAL_DO(tx.each("select actor, record, purpose, action, quarter, count - logged from access_row where count > logged"
                          " order by quarter, actor, record, purpose, action limit 1000", {},
                          [&](store::Row const& row) -> Result<void> {
                              rows.push_back(Json::list({row.text(0), row.text(1), row.text(2), row.text(3), row.integer(4) * (quarter_hour_ms / 1000), row.integer(5)}));
                              return {};
                          }));
        for (auto const& row : rows.items()) {
            auto const& cell = row.items();
            SANJAL_DO(tx.put("update access_row set logged = count where actor = $1 and record = $2 and purpose = $3 and action = $4 and quarter = $5",
                             {cell[0].text(), cell[1].text(), cell[2].text(), cell[3].text(), cell[4].integer() / (quarter_hour_ms / 1000)}));
        }
        // What stands in an entry need not stand here for ever.
        SANJAL_DO(tx.put("delete from access_row where quarter < $1 and count = logged", {quarter - quarters_kept}));
        Submission submission;
        submission.id = new_uuid(parts_.clock.now(), parts_.random);
        submission.actor = submission.id;
        NewEntry entry;
        entry.verb = "access.logged";
        entry.record = new_uuid(parts_.clock.now(), parts_.random);
        entry.fields = {{"rows", std::move(rows), "operational"}};
        submission.entries.push_back(std::move(entry));
        SANJAL_DO(append(tx, submission));
        return {};
    });
    if (!written) {  // nothing that was read is forgotten: it waits for the next time
        std::lock_guard const lock(access_mutex_);
        accesses_.insert(accesses_.end(), waiting.begin(), waiting.end());
    }
    return written;
}

}  // namespace sanjal::ledger
