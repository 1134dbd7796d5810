#pragma once
// How many people's files one account opens: a budget for a day and one for a week, so that somebody who is bribed does not read a
// register unseen.  And canaries: cases that are made up and closed, which nobody has a reason to open; whoever does is told
// of at once.  What is noticed becomes an entry on the actor's record and an alert for the nodal officers.
//
// It counts records of type case and person when they are opened, not rows of lists.  What was opened today stays open, and
// writing is never refused: somebody who works is not stopped in the middle of it.  Days are those of the node's place.
// Any thread.  Rows hold what was counted; several processes on one database count together within a minute.

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/store.h"

namespace sanjal::app {

class House;

struct ReadLimits {
    std::int64_t per_day = 400;    // 0: no limit
    std::int64_t per_week = 1500;  // of seven days
};

// In keys.db, not in the ledger: who reads the ledger must not learn which cases are canaries.
std::span<store::Migration const> canary_migrations();

class Reads {
public:
    explicit Reads(ReadLimits const& limits) : limits_(limits) {}

    struct Opening {
        std::string actor;
        std::string record;
        std::string_view type;
        Instant now;
        int offset_minutes = 0;
        bool may_refuse = true;
    };
    // Inside any transaction.  TooMany "rate.reads", with the seconds until midnight, where the budget is used up.
    Result<void> open(store::Transaction& tx, Opening const& opening);

    // What the nodal officers should know of: "reads", "canary", "table"; the same thing of one actor once a day.  `record`: of a
    // canary, or empty.
    void notice(std::string const& actor, std::string const& what, std::string const& record, Instant now);

    // Writes down what was counted and noticed since the last time; reads the canaries anew.  Due: about once a second, where it does
    // little more often than every ten.
    enum class When { Due, Now };
    Result<void> keep(House& house, When when = When::Due);
    Result<void> read_canaries(House& house);

private:
    struct Person {
        std::map<std::string, std::int64_t> opened;  // record -> its newest day
        std::int64_t read_at = 0;                    // when its rows were read, milliseconds since 1970
        std::set<std::string> told;                  // what was noticed, with its day
    };
    struct Row {
        std::string actor;
        std::string record;
        std::int64_t day;
    };
    struct Notice {
        std::string actor;
        std::string what;
        std::string record;
    };
    Result<void> read_rows(store::Transaction& tx, std::string const& actor, Person& person, std::int64_t day, std::int64_t now);
    void notice_locked(std::string const& actor, std::string const& what, std::string const& record, std::int64_t day);

    ReadLimits limits_;
    std::mutex mutex_;
    std::map<std::string, Person> people_;
    std::map<std::string, std::string> canaries_;  // record -> who marked it
    std::vector<Row> rows_;
    std::vector<Notice> notices_;
    std::int64_t kept_at_ = 0;
};

}  // namespace sanjal::app
