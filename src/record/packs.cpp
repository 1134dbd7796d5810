#include "record/packs.h"

#include <algorithm>

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

Result<Listed> Listed::from(ledger::Entry const& entry) {
    Listed listed;
    auto const* calendar = entry.field("calendar");
    auto const* year = entry.field("year");
    auto const* days = entry.field("days");
    if (calendar == nullptr || !calendar->is_text() || year == nullptr || !year->is_integer() || days == nullptr || !days->is_list()) {
        return fail(Fault::Corrupt, "calendar.lost", "A list of holidays that this node once took in is not in its ledger any more. Restore a backup.");
    }
    listed.calendar = calendar->text();
    listed.year = year->integer();
    for (auto const& day : days->items()) listed.days.emplace(day.text_at("day"));
    return listed;
}

Result<void> Packs::open(store::Transaction& tx, ledger::Ledger& ledger) {
    auto const positions = [&](std::string_view table) {
        std::vector<std::int64_t> all;
        auto const read = tx.each("select position from " + std::string(table) + " order by position", {}, [&](store::Row const& row) -> Result<void> {
            all.push_back(row.integer(0));
            return {};
        });
        return read ? Result<std::vector<std::int64_t>>(std::move(all)) : tl::unexpected(read.error());
    };
    SANJAL_TRY(auto const lists, positions("calendar_listed"));
    {
        std::lock_guard const lock(mutex_);
        listed_.clear();
    }
    for (auto const position : lists) {
        SANJAL_TRY(auto const entry, ledger.read(tx, position));
        SANJAL_TRY(auto const listed, Listed::from(entry));
        observe(listed, position);
    }
    SANJAL_TRY(auto const loaded, positions("pack_loaded"));
    for (auto const position : loaded) {
        SANJAL_TRY(auto const entry, ledger.read(tx, position));
        SANJAL_DO(learn(entry));
    }
    return {};
}

pack::Holidays Packs::holidays() const {
    pack::Holidays all;
    for (auto const& [calendar, years] : listed_) {
        for (auto const& year : years) all[calendar].insert(year.second.days.begin(), year.second.days.end());
    }
    return all;
}

void Packs::observe(Listed const& listed, std::int64_t position) {
    std::lock_guard const lock(mutex_);
    auto& known_list = listed_[listed.calendar][listed.year];
    if (position < known_list.position) return;
    known_list = {position, listed.days};
    auto const days = holidays();
    std::string const in_force = in_force_ != nullptr ? in_force_->reference() : "";
    for (auto& [reference, known] : all_) {
        // Whoever works with the one before keeps it until his work is done.
        auto next = std::make_shared<pack::Pack>(*known);
        next->observe(days);
        known = std::move(next);
    }
    if (in_force_ != nullptr) in_force_ = all_.find(in_force)->second;
}

std::int64_t Packs::listed_at() const {
    std::lock_guard const lock(mutex_);
    std::int64_t newest = -1;
    for (auto const& [calendar, years] : listed_) {
        for (auto const& year : years) newest = std::max(newest, year.second.position);
    }
    return newest;
}

Result<std::shared_ptr<pack::Pack const>> Packs::learn(ledger::Entry const& entry) {
    SANJAL_TRY(auto pack, pack_of(entry));
    std::lock_guard const lock(mutex_);
    pack.observe(holidays());
    auto shared = std::make_shared<pack::Pack const>(std::move(pack));
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
