#include "node/node.h"

#include "app/upgrade.h"
#include "base/log.h"
#include "http/post.h"
#include "node/client.h"

namespace sanjal::node {
namespace {

// Where the node was built without its client: that it works, and whom to ask.
constexpr char const* front_page =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Sanjal</title></head><body>"
    "<h1>This is working</h1><p>It has no screens yet. Ask the person who looks after this computer.</p>"
    "<div lang=\"bn\"><h1>এটি চলছে</h1><p>এর পর্দাগুলি এখনও তৈরি হয়নি। যিনি এই কম্পিউটারের দেখাশোনা করেন, তাঁকে জিজ্ঞাসা করুন।</p></div>"
    "<div lang=\"hi\"><h1>यह चल रहा है</h1><p>इसकी स्क्रीन अभी नहीं बनी हैं। जो इस कंप्यूटर की देखभाल करते हैं, उनसे पूछें।</p></div>"
    "</body></html>\n";

http::Pages pages() {
    std::vector<http::Page> all;
    for (auto const& file : client_files()) {
        all.push_back({std::string(file.path), {}, std::string(file.bytes), file.immutable, std::string(file.encoding)});
    }
    if (all.empty()) all.push_back({"/index.html", "text/html; charset=utf-8", front_page, false, {}});
    return http::Pages(std::move(all));
}

}  // namespace

// Between http/ and the dispatch: requests come in, pages never wait.
class Node::Door final : public http::Dispatcher {
public:
    explicit Door(Dispatch& dispatch) : dispatch_(dispatch) {}
    void dispatch(app::Request request, std::function<void(app::Response)> done) override { dispatch_.handle(std::move(request), std::move(done)); }
    [[nodiscard]] http::BodyPlan plan(app::Method method, std::string_view path) const override { return dispatch_.plan(method, path); }
    [[nodiscard]] std::vector<std::string_view> methods(std::string_view path) const override {
        std::vector<std::string_view> all;
        for (auto const method : {app::Method::Get, app::Method::Post, app::Method::Patch, app::Method::Delete}) {
            if (dispatch_.router().find(method, path).route != nullptr) all.push_back(app::name_of(method));
        }
        return all;
    }

private:
    Dispatch& dispatch_;
};

Node::Node(app::House& house, NodeConfig const& config)
    : house_(house), config_(config), outbound_(http::make_outbound(config.outside)), ticking_(app::all_features().size()), workers_(config.workers), dispatch_(house, workers_), door_(std::make_unique<Door>(dispatch_)) {
    http::ServerConfig server;
    server.address = config.address;
    server.port = config.port;
    server.cookie_name = dispatch_.cookie_name();
    server.hosts = config.hosts;
    server.pages = pages();
    server_ = std::make_unique<http::Server>(std::move(server), *door_, workers_);
}

Node::~Node() { stop(); }

Result<void> prepare(app::House& house) {
    for (auto const* feature : app::all_features()) {
        if (!feature->migrations.empty()) SANJAL_DO(house.store().migrate(feature->name, feature->migrations));
    }
    return {};
}

Result<void> Node::start() {
    SANJAL_DO(prepare(house_));
    return server_->start();
}

void Node::stop() {
    if (!server_) return;
    server_->stop();
    if (auto const flushed = house_.ledger().flush_access(true); !flushed) log::write(log::Level::Alarm, "access.not_written", {{"code", log::Safe::id(flushed.error().code)}});
    server_.reset();
}

std::uint16_t Node::port() const { return server_->port(); }

void Node::tick() {
    // What a slice does by itself may wait for the world: each on its own, and none begun again while it lasts.
    std::size_t number = 0;
    for (auto const* feature : app::all_features()) {
        auto& under_way = ticking_[number++];
        if (feature->tick == nullptr || under_way.exchange(true)) continue;
        workers_.post([this, feature, &under_way] {
            feature->tick(house_, *outbound_);
            under_way = false;
        });
    }
    bool const minute = ++ticks_ % 60 == 0;
    if (auto const flushed = house_.ledger().flush_access(minute); !flushed) {
        log::write(log::Level::Alarm, "access.not_written", {{"code", log::Safe::id(flushed.error().code)}});
    }
    // After a new version of the law: some cases, then whoever waits has his turn.
    for (int turn = 0; turn < 10; ++turn) {
        auto const more = app::derive_some(house_);
        if (!more) log::write(log::Level::Alarm, "pack.not_derived", {{"code", log::Safe::id(more.error().code)}});
        if (!more || !*more) break;
    }
}

}  // namespace sanjal::node
