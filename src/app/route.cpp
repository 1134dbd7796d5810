#include "app/route.h"

#include <array>
#include <map>

namespace sanjal::app {

// One segment of the tree of paths: literal children by name, and at most one variable.
struct Router::Place {
    std::map<std::string, std::unique_ptr<Place>, std::less<>> literals;
    std::unique_ptr<Place> variable;
    std::array<Route const*, 4> routes{};  // by Method

    [[nodiscard]] bool is_end() const {
        return routes[0] != nullptr || routes[1] != nullptr || routes[2] != nullptr || routes[3] != nullptr;
    }

    // Depth first, literal before variable; `taken` are the segments that variables took.
    Place const* find(std::string_view path, std::vector<std::string_view>& taken) const {
        if (path.empty()) return is_end() ? this : nullptr;
        if (path.front() != '/') return nullptr;
        path.remove_prefix(1);
        auto const segment = path.substr(0, path.find('/'));
        auto const rest = path.substr(segment.size());
        if (auto const literal = literals.find(segment); literal != literals.end()) {
            if (auto const* found = literal->second->find(rest, taken)) return found;
        }
        if (variable == nullptr || segment.empty()) return nullptr;
        taken.push_back(segment);
        if (auto const* found = variable->find(rest, taken)) return found;
        taken.pop_back();
        return nullptr;
    }
};

namespace {

bool is_variable(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

// The names are the route's own: two routes may call the same segment differently.
void name_params(std::string_view pattern, std::vector<std::string_view> const& taken, Request::Pairs& params) {
    std::size_t next = 0;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        auto const segment = pattern.substr(0, pattern.find('/'));
        if (is_variable(segment)) params.emplace_back(std::string(segment.substr(1, segment.size() - 2)), std::string(taken[next++]));
        pattern.remove_prefix(segment.size());
    }
}

}  // namespace

Router::Router() : root_(std::make_unique<Place>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Route const& route) {
    SANJAL_CHECK(route.path.starts_with('/') && route.handle != nullptr);
    Place* place = root_.get();
    auto pattern = route.path;
    while (!pattern.empty()) {
        SANJAL_CHECK(pattern.front() == '/');
        pattern.remove_prefix(1);
        auto const segment = pattern.substr(0, pattern.find('/'));
        std::unique_ptr<Place>* next = nullptr;
        if (is_variable(segment)) {
            next = &place->variable;
        } else {
            SANJAL_CHECK(segment.find_first_of("{}") == std::string_view::npos);
            next = &place->literals[std::string(segment)];
        }
        if (*next == nullptr) *next = std::make_unique<Place>();
        place = next->get();
        pattern.remove_prefix(segment.size());
    }
    auto& slot = place->routes[static_cast<std::size_t>(route.method)];
    SANJAL_CHECK(slot == nullptr);
    slot = &route;
    routes_.push_back(&route);
}

Routed Router::find(Method method, std::string_view path) const {
    Routed routed;
    if (path.empty()) return routed;
    std::vector<std::string_view> taken;
    auto const* place = root_->find(path, taken);
    if (place == nullptr) return routed;
    if (auto const* route = place->routes[static_cast<std::size_t>(method)]) {
        routed.route = route;
        name_params(route->path, taken, routed.params);
        return routed;
    }
    for (auto const* route : place->routes) {
        if (route != nullptr) routed.allowed.push_back(name_of(route->method));
    }
    return routed;
}

}  // namespace sanjal::app
