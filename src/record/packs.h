#pragma once
// The packs that this node ever loaded.  Each was loaded by an entry (`pack.loaded`) that holds the compiled document, so an
// entry can for ever be folded with its own pack; the newest one is the pack in force.  The entry holds it compressed
// (pack/packed.h); those written before that hold it as it is, and are read for ever.
//
// What no pack can know are a state's or a court's own holidays, which come out year by year: the nodal officer lists them
// (`calendar.listed`, one calendar and year at a time; a later list of the same year stands for the earlier one), and every
// version of the law counts with them.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "pack/pack.h"

namespace sanjal::record {

// What the entry that loads a pack says.  TooLarge where no entry holds it.
Result<std::vector<ledger::Field>> loading_fields(pack::Pack const& pack);

// A `calendar.listed` entry.
struct Listed {
    std::string calendar;
    std::int64_t year = 0;
    std::set<std::string> days;  // "2026-03-04", each of that year

    // Corrupt where the entry is none.
    static Result<Listed> from(ledger::Entry const& entry);
};

class Packs {
public:
    // Reads every entry that loaded a pack or listed holidays and still counts.  Before serving, and where another process wrote one.
    Result<void> open(store::Transaction& tx, ledger::Ledger& ledger);
    // Inside the writer, with the entry that loaded it.  Corrupt "pack.lost" where its pack is not in it, or is said twice.
    Result<std::shared_ptr<pack::Pack const>> learn(ledger::Entry const& entry);
    // Inside the writer, with the entry that listed them.  What is asked from now on counts with them, unless a later list of
    // that calendar and year is known.
    void observe(Listed const& listed, std::int64_t position);

    [[nodiscard]] std::shared_ptr<pack::Pack const> in_force() const;                        // nullptr before the first one
    [[nodiscard]] std::shared_ptr<pack::Pack const> find(std::string_view reference) const;  // nullptr where it is not known
    [[nodiscard]] std::int64_t listed_at() const;  // the position of the newest list; -1: there is none

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<pack::Pack const>, std::less<>> all_;
    std::shared_ptr<pack::Pack const> in_force_;
    struct Known {
        std::int64_t position = -1;
        std::set<std::string> days;
    };
    std::map<std::string, std::map<std::int64_t, Known>, std::less<>> listed_;  // by calendar and year

    [[nodiscard]] pack::Holidays holidays() const;  // with the mutex
};

}  // namespace sanjal::record
