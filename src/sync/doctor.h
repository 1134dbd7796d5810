#pragma once
// What is wrong with the exchange with a peer, in words that say what to do.  From what the node remembers of it; it tries nothing.

#include "sync/peer.h"

namespace sanjal::sync {

struct Finding {
    std::string code;
    std::string says;
    bool serious = false;  // nothing goes until somebody does something
};

Result<std::vector<Finding>> findings(app::House& house, store::Transaction& tx, Peer const& peer);

}  // namespace sanjal::sync
