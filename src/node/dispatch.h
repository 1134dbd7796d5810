#pragma once
// From a request to its handler: the route, the session, the CSRF token, the transaction.  Reading handlers run on worker
// threads on a snapshot; writing handlers run inside the store's writer, all or nothing, and are answered once durable.
// Every refusal is a problem document.  No I/O thread waits here.

#include <functional>

#include "app/feature.h"
#include "app/route.h"
#include "base/executor.h"
#include "http/server.h"

namespace sanjal::node {

class Dispatch {
public:
    Dispatch(app::House& house, Executor& workers);

    using Done = std::function<void(app::Response)>;
    void handle(app::Request request, Done done);

    [[nodiscard]] app::Router const& router() const { return router_; }
    [[nodiscard]] http::BodyPlan plan(app::Method method, std::string_view path) const;
    [[nodiscard]] std::string cookie_name() const;  // __Host-sanjal-<first 8 of node id>

private:
    void run(app::Request request, Done const& done);
    void run_write(app::Request request, app::Route const& route, std::optional<app::Proven> proven, std::string purpose, Done done);

    app::House& house_;
    Executor& workers_;
    app::Router router_;
};

}  // namespace sanjal::node
