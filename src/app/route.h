#pragma once
// Routes, and the way from a method and a path to one of them.  Knows nothing of sockets or sessions.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/request.h"
#include "app/response.h"

namespace sanjal::app {

class Context;  // app/context.h
class House;    // app/house.h
struct Proven;  // app/account.h

// Session: signed in; a method that writes also needs the session's X-CSRF-Token.
enum class Needs { Nothing, Session };
// Read: on a snapshot, beside others.  Write: the whole handler inside the store's writer, all or nothing.
enum class Run { Read, Write };
// Streamed: Request::source instead of Request::body; `prepare` reads it.
enum class Body { Json, Streamed };
// What is counted before anything else is done, for routes that anybody may call.
enum class Guard { None, SignIn, Join, Arrive };
// PasswordAgain: only for a while after the password was typed, because what it does is dangerous in other hands.
enum class Asks { Nothing, PasswordAgain };

using Handle = Response (*)(Context&, Request const&);
// Slow work before a Write (proving a password, taking in a file), on a worker thread, without a transaction.
using Prepare = Result<void> (*)(House&, Request const&, std::optional<Proven>&);

struct Route {
    Method method;
    std::string_view path;        // "/api/v1/records/{id}"
    std::string_view capability;  // "record.read"
    Needs needs;
    Run run;
    Handle handle;
    Prepare prepare = nullptr;
    Body body = Body::Json;
    Guard guard = Guard::None;
    Asks asks = Asks::Nothing;
};
// The same route, behind the password.
constexpr Route behind_password(Route route) {
    route.asks = Asks::PasswordAgain;
    return route;
}

struct Routed {
    Route const* route = nullptr;
    Request::Pairs params;
    std::vector<std::string_view> allowed;  // methods of this path, where the method is none of them; for Allow
};

// Routes must outlive it (they are constants of the slices).  Adding is for one thread at start; finding for all.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    // A variable takes one whole segment.  The same method and path twice, or a path that is none, is our mistake.
    void add(Route const& route);
    // `path` is decoded.  A literal segment wins over a variable.
    [[nodiscard]] Routed find(Method method, std::string_view path) const;
    // In the order in which they were added: the rows of the authorisation matrix.
    [[nodiscard]] std::vector<Route const*> const& routes() const { return routes_; }

private:
    struct Place;
    std::unique_ptr<Place> root_;
    std::vector<Route const*> routes_;
};

}  // namespace sanjal::app
