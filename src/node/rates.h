#pragma once
// How often one address and one account may come: token buckets that are rows, so that several processes on one database count
// together.  Addresses and names stand there as hashes.  Not for floods of packets: http/limits.h comes before.

#include <string>
#include <string_view>

#include "app/house.h"
#include "app/request.h"
#include "app/route.h"

namespace sanjal::node {

struct Bucket {
    std::int64_t per_minute;
    std::int64_t burst;
};

// Takes one; Fault::TooMany with code "rate.<what>", and in `where` after how many seconds there is one again.  Inside a writing
// transaction.
Result<void> take(store::Transaction& tx, std::string_view what, std::string_view whose, Bucket const& bucket, Instant now);

// Before a sign-in is proved, or a wish to join is kept: by address (not from this computer itself, unless the house says so)
// and, for a sign-in, by the name that is tried.  Writes by itself.
Result<void> may_try(app::House& house, app::Request const& request, app::Guard guard);
// Inside the writer, for each write of an account.
Result<void> may_write(app::House& house, store::Transaction& tx, std::string const& actor);

}  // namespace sanjal::node
