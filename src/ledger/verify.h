#pragma once
// Verifies an export (docs/formats/export.md): small, no database, no network.  Accepted means that every signature, every
// proof, every digest and the manifest over the bytes hold, so that the whole answer is the same as for the original file.
// The verifier trusts nothing in the file: the node's id, which the reader knows from elsewhere, is the hash of its first
// key, and every other key hangs on that one.

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace sanjal::ledger {

struct Verdict {
    bool accepted = false;
    std::string why;    // where it is not: what is wrong
    std::string where;  // and on which line or entry
    Json answer;        // node, origin, size, entries, disclosed, erased, files, first, last
};

struct VerifyOptions {
    unsigned threads = 0;           // 0: one per core
    std::string expected_node;      // where the reader knows it
    std::function<void(std::int64_t lines)> progress;
};

// `next_bytes(buffer)` fills the buffer from the export's start and gives how many bytes came; 0 at the end.
using ReadSome = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
Verdict verify_export(ReadSome const& read_some, VerifyOptions const& options);
Verdict verify_export(std::string_view bytes, VerifyOptions const& options = {});

// Runs f(i) for i in [0, count) on several threads.
void in_parallel(std::size_t count, unsigned threads, std::function<void(std::size_t)> const& f);

}  // namespace sanjal::ledger
