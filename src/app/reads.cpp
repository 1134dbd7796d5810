#include "app/reads.h"

#include <algorithm>

#include "app/house.h"

namespace sanjal::app {
namespace {

constexpr store::Migration of_canaries[] = {
    {1, "canaries", "create table canary (record {text} primary key, root {text} not null, marked_by {text} not null, at {int} not null);"},
};

constexpr std::int64_t minute_ms = 60 * 1000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;
constexpr std::int64_t week_days = 7;
constexpr std::int64_t keep_every_ms = 10 * 1000;

std::int64_t day_of(Instant now, int offset_minutes) { return (milliseconds_of(now) + offset_minutes * minute_ms) / day_ms; }

// A nodal officer let this person go on, until when.
Result<bool> is_allowed(store::Transaction& tx, std::string const& actor, Instant now) {
    SANJAL_TRY(auto const state, record::find(tx, actor));
    auto const* until = state ? state->value("reads_allowed") : nullptr;
    auto const moment = until != nullptr && until->is_text() ? parse_instant(until->text()) : fail(Fault::NotFound, "", "");
    return moment && *moment > now;
}

}  // namespace

std::span<store::Migration const> canary_migrations() { return of_canaries; }

Result<void> Reads::read_rows(store::Transaction& tx, std::string const& actor, Person& person, std::int64_t day, std::int64_t now) {
    if (person.read_at != 0 && now - person.read_at < minute_ms) return {};
    SANJAL_DO(tx.each("select record, day from record_opened where actor = $1 and day > $2", {actor, day - week_days}, [&](store::Row const& row) -> Result<void> {
        auto& newest = person.opened[std::string(row.text(0))];
        newest = std::max(newest, row.integer(1));
        return {};
    }));
    std::erase_if(person.opened, [&](auto const& one) { return one.second <= day - week_days; });
    person.read_at = now;
    return {};
}

Result<void> Reads::open(store::Transaction& tx, Opening const& opening) {
    bool const counts = opening.type == "case" || opening.type == "person";
    std::lock_guard const lock(mutex_);
    std::int64_t const day = day_of(opening.now, opening.offset_minutes);
    if (auto const canary = canaries_.find(opening.record); canary != canaries_.end() && canary->second != opening.actor) notice_locked(opening.actor, "canary", opening.record, day);
    if (!counts || (limits_.per_day == 0 && limits_.per_week == 0)) return {};
    auto& person = people_[opening.actor];
    SANJAL_DO(read_rows(tx, opening.actor, person, day, milliseconds_of(opening.now)));
    auto const found = person.opened.find(opening.record);
    if (found != person.opened.end() && found->second == day) return {};
    auto const today = std::count_if(person.opened.begin(), person.opened.end(), [&](auto const& one) { return one.second == day; });
    auto const week = static_cast<std::int64_t>(person.opened.size());
    bool const over = (limits_.per_day > 0 && today >= limits_.per_day) || (limits_.per_week > 0 && found == person.opened.end() && week >= limits_.per_week);
    if (over) {
        notice_locked(opening.actor, "reads", {}, day);
        SANJAL_TRY(bool const allowed, is_allowed(tx, opening.actor, opening.now));
        if (!allowed && opening.may_refuse) {
            std::int64_t const left = (day + 1) * day_ms - (milliseconds_of(opening.now) + opening.offset_minutes * minute_ms);
            return fail(Fault::TooMany, "rate.reads", "You have opened as many people's files as one person opens here in a day or a week. "
                        "What you opened today stays open, and you can go on writing. The nodal officer knows, and can let you go on.",
                        std::to_string(left / 1000 + 1));
        }
    }
    person.opened[opening.record] = day;
    rows_.push_back({opening.actor, opening.record, day});
    return {};
}

void Reads::notice_locked(std::string const& actor, std::string const& what, std::string const& record, std::int64_t day) {
    if (people_[actor].told.insert(what + record + std::to_string(day)).second) notices_.push_back({actor, what, record});
}

void Reads::notice(std::string const& actor, std::string const& what, std::string const& record, Instant now) {
    std::lock_guard const lock(mutex_);
    notice_locked(actor, what, record, day_of(now, 0));
}

Result<void> Reads::keep(House& house, When when) {
    std::int64_t const now = milliseconds_of(house.clock().now());
    std::vector<Row> rows;
    std::vector<Notice> notices;
    bool due = false;
    {
        std::lock_guard const lock(mutex_);
        due = when == When::Now || now - kept_at_ >= keep_every_ms;
        if (!due && notices_.empty()) return {};
        rows.swap(rows_);
        notices.swap(notices_);
        kept_at_ = now;
    }
    if (due) SANJAL_DO(read_canaries(house));
    if (rows.empty() && notices.empty()) return {};
    auto const written = house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        for (auto const& row : rows) SANJAL_DO(tx.put("insert into record_opened (actor, day, record) values ($1, $2, $3) on conflict (actor, day, record) do nothing", {row.actor, row.day, row.record}));
        if (!rows.empty()) SANJAL_DO(tx.put("delete from record_opened where day <= $1", {rows.front().day - week_days - 1}));
        for (auto const& notice : notices) {
            ledger::Submission submission;
            submission.id = house.new_id();
            submission.actor = house.operator_id();
            if (auto const pack = house.packs().in_force()) submission.pack = pack->reference();
            ledger::NewEntry entry;
            entry.verb = "access.noticed";
            entry.record = notice.actor;
            if (!notice.record.empty()) entry.fields.push_back({"of", notice.record, "operational"});
            entry.fields.push_back({"what", notice.what, "operational"});
            submission.entries.push_back(std::move(entry));
            SANJAL_DO(house.commit(tx, std::move(submission)));
        }
        return {};
    });
    if (written) return {};
    std::lock_guard const lock(mutex_);  // they wait for the next time
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    notices_.insert(notices_.end(), notices.begin(), notices.end());
    return written;
}

Result<void> Reads::read_canaries(House& house) {
    std::map<std::string, std::string> found;
    SANJAL_DO(house.key_store().read([&](store::Transaction& tx) {
        return tx.each("select record, marked_by from canary", {}, [&](store::Row const& row) -> Result<void> {
            found.emplace(row.text(0), row.text(1));
            return {};
        });
    }));
    std::lock_guard const lock(mutex_);
    canaries_ = std::move(found);
    return {};
}

}  // namespace sanjal::app
