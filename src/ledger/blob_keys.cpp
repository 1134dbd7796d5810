#include "crypto/seal.h"
#include "ledger/ledger.h"

namespace sanjal::ledger {
namespace {

std::string wrapping_purpose(std::string_view blob) { return "sanjal/blob/" + std::string(blob); }

}  // namespace

Result<void> Ledger::keep_blob_key(store::Transaction& tx, BlobKey const& about, crypto::Secret const& key) {
    SANJAL_TRY(auto const slot, slot_for(tx, about.record, about.sensitivity));
    SANJAL_TRY(auto const with, parts_.keys.slot(slot));
    return tx.put("insert into ledger_blob (blob, record, field, class, position, slot, wrapped) values ($1, $2, $3, $4, $5, $6, $7)",
                  {about.blob, about.record, about.field, about.sensitivity, about.position, slot,
                   store::Blob{crypto::wrap_key(*with, key, wrapping_purpose(about.blob), parts_.random)}});
}

Result<std::optional<Ledger::BlobKey>> Ledger::find_blob(store::Transaction& tx, std::string_view blob) {
    std::optional<BlobKey> found;
    SANJAL_DO(tx.each("select blob, record, field, class, position from ledger_blob where blob = $1", {std::string(blob)}, [&](store::Row const& row) -> Result<void> {
        found = BlobKey{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)), row.integer(4)};
        return {};
    }));
    return found;
}

Result<crypto::Secret> Ledger::blob_key(store::Transaction& tx, std::string_view blob) {
    std::int64_t slot = -1;
    Bytes wrapped;
    SANJAL_DO(tx.each("select slot, wrapped from ledger_blob where blob = $1", {std::string(blob)}, [&](store::Row const& row) -> Result<void> {
        slot = row.integer(0);
        wrapped = Bytes(row.bytes(1));
        return {};
    }));
    if (slot < 0) return fail(Fault::NotFound, "blob.none", "There is no such file, or it was erased.");
    SANJAL_TRY(auto const with, parts_.keys.slot(slot));
    return crypto::unwrap_key(*with, wrapped, wrapping_purpose(blob));
}

Result<std::vector<std::string>> Ledger::blobs_gone(store::Transaction& tx) { return tx.texts("select blob from ledger_blob_gone order by blob"); }

// Within an erasure: those that the erased fields named lose their key; the others get theirs wrapped anew.
Result<void> Ledger::rewrap_blobs(store::Transaction& tx, std::string const& record, std::string const& sensitivity,
                                  std::function<bool(std::string_view)> const& is_erased) {
    struct Row {
        std::string blob;
        std::string field;
        std::int64_t slot;
        Bytes wrapped;
    };
    std::vector<Row> rows;
    SANJAL_DO(tx.each("select blob, field, slot, wrapped from ledger_blob where record = $1 and class = $2 order by blob", {record, sensitivity},
                      [&](store::Row const& row) -> Result<void> {
                          rows.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2), Bytes(row.bytes(3))});
                          return {};
                      }));
    for (auto const& row : rows) {
        if (is_erased(row.field)) {
            SANJAL_DO(tx.run("delete from ledger_blob where blob = $1", {row.blob}));
            SANJAL_DO(tx.run("insert into ledger_blob_gone (blob) values ($1) on conflict (blob) do nothing", {row.blob}));
            continue;
        }
        SANJAL_TRY(auto const with, parts_.keys.slot(row.slot));
        SANJAL_TRY(auto const key, crypto::unwrap_key(*with, row.wrapped, wrapping_purpose(row.blob)));
        SANJAL_TRY(auto const fresh, slot_for(tx, record, sensitivity));
        SANJAL_TRY(auto const anew, parts_.keys.slot(fresh));
        SANJAL_DO(tx.run("update ledger_blob set slot = $1, wrapped = $2 where blob = $3",
                         {fresh, store::Blob{crypto::wrap_key(*anew, key, wrapping_purpose(row.blob), parts_.random)}, row.blob}));
    }
    return {};
}

}  // namespace sanjal::ledger
