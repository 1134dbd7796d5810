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

constexpr std::string_view trust_page = "/trust";

// The authority's certificate, as phones take it in; its name says nothing of the office.
std::optional<http::Page> root_page(Bytes const& root) {
    if (root.empty()) return std::nullopt;
    return http::Page{"/authority.crt", "application/x-x509-ca-cert", root, false, {}};
}

http::Pages pages(Bytes const& root) {
    std::vector<http::Page> all;
    for (auto const& file : client_files()) {
        all.push_back({std::string(file.path), {}, std::string(file.bytes), file.immutable, std::string(file.encoding)});
        if (file.path == "/trust.html") all.push_back({std::string(trust_page), "text/html; charset=utf-8", std::string(file.bytes), false, std::string(file.encoding)});
    }
    if (all.empty()) all.push_back({"/index.html", "text/html; charset=utf-8", front_page, false, {}});
    if (auto page = root_page(root)) all.push_back(std::move(*page));
    return http::Pages(std::move(all));
}

// What a browser sees that comes without TLS: how a phone learns whom to trust, and nothing else.
http::Pages bare_pages(Bytes const& root) {
    std::vector<http::Page> all;
    if (auto page = root_page(root)) {
        all.push_back(std::move(*page));
        for (auto const& file : client_files()) {
            if (file.path == "/trust.html") all.push_back({std::string(trust_page), "text/html; charset=utf-8", std::string(file.bytes), false, std::string(file.encoding)});
            if (file.path == "/trust.css" || file.path == "/trust.js" || file.path == "/icon.svg") all.push_back({std::string(file.path), {}, std::string(file.bytes), false, std::string(file.encoding)});
        }
    }
    return http::Pages(std::move(all), std::string(trust_page));
}

}  // namespace

http::Pages client_pages() { return pages({}); }

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
    : house_(house), config_(config), outbound_(http::make_outbound(config.outside)), ticking_(app::all_features().size()), workers_(config.workers), dispatch_(house, workers_), door_(std::make_unique<Door>(dispatch_)) {}

Node::~Node() { stop(); }

Result<void> prepare(app::House& house) {
    for (auto const* feature : app::all_features()) {
        if (!feature->migrations.empty()) SANJAL_DO(house.store().migrate(feature->name, feature->migrations));
    }
    return {};
}

Result<void> Node::start() {
    SANJAL_DO(prepare(house_));
    SANJAL_TRY(auto opened, Doors::open(house_, config_.doors));
    doors_.emplace(std::move(opened));
    http::ServerConfig server;
    server.address = config_.doors.address;
    server.port = config_.port;
    server.cookie_name = dispatch_.cookie_name();
    server.hosts = doors_->hosts();
    server.credentials = doors_->credentials();
    server.pages = pages(doors_->root());
    server.bare_pages = bare_pages(doors_->root());
    server_ = std::make_unique<http::Server>(std::move(server), *door_, workers_);
    SANJAL_DO(server_->start());
    house_.announce(doors_->describe(server_->port()));
    return {};
}

void Node::stop() {
    if (!server_) return;
    server_->stop();
    if (auto const flushed = house_.ledger().flush_access(true); !flushed) log::write(log::Level::Alarm, "access.not_written", {{"code", log::Safe::id(flushed.error().code)}});
    if (auto const kept = house_.reads().keep(house_, app::Reads::When::Now); !kept) log::write(log::Level::Alarm, "reads.not_written", {{"code", log::Safe::id(kept.error().code)}});
    server_.reset();
}

std::uint16_t Node::port() const { return server_->port(); }

void Node::renew_certificate() {
    auto const fresh = doors_->renewed();
    if (fresh && !*fresh) return;
    auto const taken = fresh ? server_->renew(**fresh) : Result<void>(fail(fresh.error()));
    if (!taken) return log::write(log::Level::Alarm, "doors.not_renewed", {{"code", log::Safe::id(taken.error().code)}});
    house_.announce(doors_->describe(server_->port()));
    log::write(log::Level::Info, "doors.renewed");
}

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
    if (minute) renew_certificate();
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
