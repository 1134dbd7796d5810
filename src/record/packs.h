#pragma once
// The packs that this node ever loaded.  Each was loaded by an entry (`pack.loaded`) that holds the compiled document, so an
// entry can for ever be folded with its own pack; the newest one is the pack in force.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "ledger/ledger.h"
#include "pack/pack.h"

namespace sanjal::record {

class Packs {
public:
    // Reads every pack.loaded entry.  Once, before serving.
    Result<void> open(store::Transaction& tx, ledger::Ledger& ledger);
    // Inside the writer, with the entry that loaded it.
    Result<void> learn(ledger::Entry const& entry);

    [[nodiscard]] std::shared_ptr<pack::Pack const> in_force() const;                        // nullptr before the first one
    [[nodiscard]] std::shared_ptr<pack::Pack const> find(std::string_view reference) const;  // nullptr where it is not known

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<pack::Pack const>, std::less<>> all_;
    std::shared_ptr<pack::Pack const> in_force_;
};

}  // namespace sanjal::record
