#pragma once
// Writes an export (docs/formats/export.md): JSON lines that anybody's SD-JWT library can check, closed by a signed manifest
// over the bytes.  What may be shown is decided by the caller, field by field; this only writes and proves.

#include <functional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "store/blobs.h"

namespace sanjal::ledger {

struct ExportRequest {
    std::vector<std::string> records;  // empty: the whole ledger
    std::string by;                    // actor
    std::string purpose;
    // Whether a disclosure may go out; `record` is the entry's.
    std::function<bool(Entry const& entry, std::string_view field, std::string_view sensitivity)> may_show;
    // Where files are to go along: opens the blob of a shown field.
    std::function<Result<store::BlobReader>(std::string_view blob)> open_file;
    std::function<void(std::int64_t done, std::int64_t of)> progress;
};

using WriteSome = std::function<Result<void>(std::string_view bytes)>;

// One consistent view of the ledger; constant memory.
Result<void> write_export(store::Transaction& tx, Ledger& ledger, ExportRequest const& request, WriteSome const& write);

}  // namespace sanjal::ledger
