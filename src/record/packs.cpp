#include "record/packs.h"

#include "pack/packed.h"

namespace sanjal::record {
namespace {

// The document as it is, or compressed: one of the two.
Result<pack::Pack> pack_of(ledger::Entry const& entry) {
    auto const* plain = entry.field("document");
    auto const* compressed = entry.field("compressed");
    auto const* reference = entry.field("reference");
    if (plain != nullptr && compressed == nullptr) return pack::Pack::from_json(*plain);
    if (plain == nullptr && compressed != nullptr && compressed->is_text() && reference != nullptr && reference->is_text()) return pack::decompress(compressed->text(), reference->text());
    return fail(Fault::Corrupt, "pack.lost", "A pack that this node once loaded is not in its ledger any more. Restore a backup.");
}

}  // namespace

Result<std::vector<ledger::Field>> loading_fields(pack::Pack const& pack) {
    SANJAL_TRY(auto compressed, pack::compress(pack));
    std::vector<ledger::Field> fields;
    fields.push_back({"compressed", std::move(compressed), "public"});
    fields.push_back({"reference", pack.reference(), "public"});
    return fields;
}

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

Result<std::shared_ptr<pack::Pack const>> Packs::learn(ledger::Entry const& entry) {
    SANJAL_TRY(auto pack, pack_of(entry));
    auto shared = std::make_shared<pack::Pack const>(std::move(pack));
    std::lock_guard const lock(mutex_);
    all_[shared->reference()] = shared;
    in_force_ = shared;
    return shared;
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
