#pragma once
// One running node: a house, its HTTP server, and what it does by itself (the access log, idle sessions).

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "app/outbound.h"
#include "http/post.h"
#include "http/server.h"
#include "node/dispatch.h"
#include "node/doors.h"

namespace sanjal::node {

struct NodeConfig {
    DoorsConfig doors = {};
    std::uint16_t port = 8080;
    unsigned workers = 4;
    http::OutsideConfig outside = {};  // where the node may call by itself
};

// The client, for whoever serves it before there is a node (cli/first_run.cpp).
http::Pages client_pages();

// Tables of the slices; before anything is dispatched.
Result<void> prepare(app::House& house);

class Node {
public:
    Node(app::House& house, NodeConfig const& config);
    ~Node();
    Result<void> start();
    void stop();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] Doors const& doors() const { return *doors_; }  // once started
    // Every second, by whoever keeps the node running: what was read becomes durable rows; every minute an entry.
    void tick();

private:
    class Door;
    void renew_certificate();
    app::House& house_;
    NodeConfig config_;
    std::unique_ptr<app::Outbound> outbound_;
    std::vector<std::atomic<bool>> ticking_;  // by feature; both outlive the workers that use them
    ThreadExecutor workers_;
    Dispatch dispatch_;
    std::unique_ptr<Door> door_;
    std::optional<Doors> doors_;
    std::unique_ptr<http::Server> server_;
    std::int64_t ticks_ = 0;
};

}  // namespace sanjal::node
