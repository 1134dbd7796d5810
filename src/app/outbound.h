#pragma once
// The one way from the node to the world outside by itself: an HTTP POST to an address that somebody registered.  Not for
// other nodes (sync/courier.h).  The implementation is http/post.h; a test may put another one in its place.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sanjal::app {

struct Post {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

class Outbound {
public:
    virtual ~Outbound() = default;
    // The status of the answer, whose body is thrown away.  Any thread; waits for at most some ten seconds.  Redirections are not followed.
    // An Error says in its code why nothing came back, and never what was sent.
    virtual Result<int> post(Post const& post) = 0;
};

}  // namespace sanjal::app
