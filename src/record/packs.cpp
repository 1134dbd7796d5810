#include "record/packs.h"

namespace sanjal::record {

Result<void> Packs::open(store::Transaction& tx, ledger::Ledger& ledger) {
    std::vector<std::int64_t> positions;
    SANJAL_DO(tx.each("select position from pack_loaded order by position", {}, [&](store::Row const& row) -> Result<void> {
        positions.push_back(row.integer(0));
        return {};
    }));
    for (auto const position : positions) {
        SANJAL_TRY(auto const entry, ledger.read(tx, position));
        SANJAL_DO(learn(entry));
    }
    return {};
}

Result<void> Packs::learn(ledger::Entry const& entry) {
    auto const* document = entry.field("document");
    if (document == nullptr) return fail(Fault::Corrupt, "pack.lost", "A pack that this node once loaded is not in its ledger any more. Restore a backup.");
    SANJAL_TRY(auto pack, pack::Pack::from_json(*document));
    auto shared = std::make_shared<pack::Pack const>(std::move(pack));
    std::lock_guard const lock(mutex_);
    all_[shared->reference()] = shared;
    in_force_ = shared;
    return {};
}

std::shared_ptr<pack::Pack const> Packs::in_force() const {
    std::lock_guard const lock(mutex_);
    return in_force_;
}

std::shared_ptr<pack::Pack const> Packs::find(std::string_view reference) const {
    std::lock_guard const lock(mutex_);
    auto const found = all_.find(reference);
    return found == all_.end() ? nullptr : found->second;
}

}  // namespace sanjal::record
