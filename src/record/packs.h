#pragma once
// The packs that this node ever loaded.  Each was loaded by an entry (`pack.loaded`) that holds the compiled document, so an
// entry can for ever be folded with its own pack; the newest one is the pack in force.  The entry holds it compressed
// (pack/packed.h); those written before that hold it as it is, and are read for ever.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "pack/pack.h"

namespace sanjal::record {

// What the entry that loads a pack says.  TooLarge where no entry holds it.
Result<std::vector<ledger::Field>> loading_fields(pack::Pack const& pack);

class Packs {
public:
    // Reads every pack.loaded entry.  Once, before serving.
    Result<void> open(store::Transaction& tx, ledger::Ledger& ledger);
    // Inside the writer, with the entry that loaded it.  Corrupt "pack.lost" where its pack is not in it, or is said twice.
    Result<std::shared_ptr<pack::Pack const>> learn(ledger::Entry const& entry);

    [[nodiscard]] std::shared_ptr<pack::Pack const> in_force() const;                        // nullptr before the first one
    [[nodiscard]] std::shared_ptr<pack::Pack const> find(std::string_view reference) const;  // nullptr where it is not known

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<pack::Pack const>, std::less<>> all_;
    std::shared_ptr<pack::Pack const> in_force_;
};

}  // namespace sanjal::record
