#pragma once
// What the node signs for whoever hands something in: that it is in the ledger.  A phone lets go of what was written only
// against this (docs/formats/receipt.md).  A receipt says no word of what was written.

#include <string>
#include <string_view>
#include <vector>

#include "app/house.h"

namespace sanjal::app {

// What this work of the writer has appended so far; House keeps it, the dispatch begins it anew for each request.
struct Appended {
    std::string submission;  // the first one
    std::int64_t entries = 0;
};

// A compact JWS, typ receipt+jwt, by the node's key for entries.  Any thread that may read `house`; the caller answers with it
// only after the commit.
Result<std::string> receipt_for_request(House& house, std::string_view actor, Appended const& appended, std::string_view request_digest);
Result<std::string> receipt_for_entries(House& house, std::string_view actor, std::string_view submission, std::vector<std::string> const& entries);

}  // namespace sanjal::app
