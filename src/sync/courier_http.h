#pragma once
// The courier by line: a bundle is posted to a peer's address, and what comes back is the peer's bundle for us.  Everything that
// travels is sealed and signed already (bundle.h), so plain HTTP on a closed network shows nobody more than that two nodes talk, and
// when.  With https the key of the peer's certificate can be pinned on its card (https://host:port#<base64url of its SHA-256>), so that no
// certificate authority is needed; without a pin the system's authorities are asked.

#include "app/house.h"
#include "sync/exchange.h"

namespace sanjal::sync {

struct Answered {
    int status = 0;
    std::string media;
    Bytes body;
};

// Waits for at most half a minute; on a worker thread.  Errors say in their code why nothing came back: line.no_such_name, line.no_route,
// line.refused, line.slow, line.certificate, line.broken.
Result<Answered> post_bundle(std::string const& address, Bytes const& bundle);

// One round with every peer that is due, or with all of them (when a node starts: what they remember of it is heard before anything else):
// what is new goes there, what they have comes here.  Gives how many were reached.
enum class Whom { Due, All };
Result<std::int64_t> exchange_round(app::House& house, Whom whom = Whom::Due);

}  // namespace sanjal::sync
