#include "cli/first_run.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <mutex>

#include "app/account.h"
#include "app/problem.h"
#include "base/bytes.h"
#include "base/spoken.h"
#include "http/server.h"
#include "node/doors.h"
#include "node/node.h"

namespace sanjal::cli {
namespace {

constexpr char const* path = "/api/v1/first-run";
constexpr char const* officer = "officer";
constexpr std::string_view countries[] = {"IN", "BD", "NP", "BT", "MM", "CN"};

class FirstRun final : public http::Dispatcher {
public:
    FirstRun(World& world, std::string directory, Arguments const& arguments, Executor& workers)
        : world_(world), directory_(std::move(directory)), arguments_(arguments), workers_(workers), passphrase_(spoken(world.random.bytes(10))), recovery_(new_recovery(world.random)),
          password_(spoken(world.random.bytes(8))), asked_(world.random.bytes(1)[0] & 7) {}

    void dispatch(app::Request request, std::function<void(app::Response)> done) override {
        workers_.post([this, request = std::move(request), done = std::move(done)] { answer(request, done); });
    }

    [[nodiscard]] std::vector<std::string_view> methods(std::string_view asked) const override {
        if (asked.starts_with("/api/")) return {"GET", "POST", "PATCH", "DELETE"};
        return asked == "/healthz" ? std::vector<std::string_view>{"GET"} : std::vector<std::string_view>{};
    }

    std::future<std::unique_ptr<app::House>> made() { return made_.get_future(); }

private:
    void answer(app::Request const& request, std::function<void(app::Response)> const& done) {
        if (request.path == "/healthz") return done(app::text(200, "first run\n"));
        if (request.path != path) {
            return done(app::problem(503, "node.first_run", "There is no node here yet. Open this address in this computer's browser; three screens make one."));
        }
        std::unique_lock const lock(mutex_);
        if (is_made_) return done(app::problem(409, "first_run.made", "The node is made. Sign in."));
        if (request.method == app::Method::Get) {
            auto proposed = propose(std::string(request.query("country").value_or("IN")));
            return done(proposed ? app::json(200, std::move(*proposed)) : app::problem(proposed.error()));
        }
        if (request.method != app::Method::Post) return done(app::problem(405, "request.method", "This address takes GET and POST."));
        auto house = make(request);
        if (!house) return done(app::problem(house.error()));
        is_made_ = true;
        done(app::json(201, Json::object({{"user", officer}})));
        made_.set_value(std::move(*house));
    }

    static bool is_offered(std::string_view country) { return std::find(std::begin(countries), std::end(countries), country) != std::end(countries); }

    Result<Json> propose(std::string const& country) {
        if (!is_offered(country)) return fail(Fault::Invalid, "node.country", "Choose one of the countries that are offered.", "country");
        SANJAL_TRY(auto const pack, pack_for(country));
        Json kinds = Json::list();
        for (auto const& [role, one] : pack.find("roles")->members()) kinds.push_back(role);
        Json offered = Json::list();
        for (auto const one : countries) offered.push_back(one);
        Json made = Json::object({{"country", country}, {"passphrase", passphrase_}, {"recovery", recovery_}, {"user", officer}, {"directory", directory_}, {"password", password_}, {"asked", std::int64_t{asked_ + 1}}});
        return std::move(made.set("countries", std::move(offered)).set("kinds", std::move(kinds)));
    }

    Result<std::unique_ptr<app::House>> make(app::Request const& request) {
        SANJAL_TRY(auto const body, parse_json(request.body));
        if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
        for (auto const& [name, value] : body.members()) {
            bool const known = name == "name" || name == "country" || name == "kind" || name == "passphrase" || name == "word";
            if (!known || !value.is_text()) return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
        }
        // The sheet is on paper: otherwise nothing is made, because nobody else has these words.
        auto words = recovery_ + "-";
        for (int skip = 0; skip < asked_; ++skip) words = words.substr(words.find('-') + 1);
        if (spoken_as_typed(body.text_at("word")) != words.substr(0, words.find('-'))) {
            return fail(Fault::Invalid, "first_run.word", "This is not that word of the sheet. Read it from the paper and type it again.", "/word");
        }
        auto const kind = std::string(body.text_at("kind"));
        auto const country = std::string(body.text_at("country"));
        if (!is_offered(country)) return fail(Fault::Invalid, "node.country", "Choose one of the countries that are offered.", "/country");
        Arguments with = arguments_;
        with.options.erase("unit");
        with.options.emplace("unit", kind.empty() ? "none" : kind);
        app::FoundConfig first;
        first.name = body.text_at("name");
        first.country = country;
        first.recovery = recovery_;
        SANJAL_TRY(auto house, make_node(world_, world_.clock, directory_, std::string(body.text_at("passphrase")), first, with));
        SANJAL_TRY(auto const unit, add_unit(*house, {"UNIT-1", first.name, kind}, house->operator_id()));
        SANJAL_DO(app::add_account(*house, {officer, password_, kind, unit, true}, ""));
        return house;
    }

    World& world_;
    std::string directory_;
    Arguments const& arguments_;
    Executor& workers_;
    std::mutex mutex_;
    std::string passphrase_, recovery_, password_;
    int asked_;  // which word of the sheet, from 0
    bool is_made_ = false;
    std::promise<std::unique_ptr<app::House>> made_;
};

}  // namespace

bool is_unfounded(std::string const& directory) { return access((directory + "/node.json").c_str(), F_OK) != 0; }

Result<std::unique_ptr<app::House>> first_run(World& world, std::string const& directory, Arguments const& arguments) {
    for (char const* name : {"ledger.db", "keys.db", "head"}) {
        if (access((directory + "/" + name).c_str(), F_OK) == 0) {
            return fail(Fault::Corrupt, "node.description_gone", "There are a node's data here, but node.json is gone. Put it back from the backup of the keys; nothing was changed.", directory);
        }
    }
    auto const address = arguments.get("listen", "127.0.0.1");
    if (!node::is_loopback_address(address)) {
        return fail(Fault::Forbidden, "first_run.outside", "A node is made on this computer alone. Start it once without --listen, go through the three screens, then start it again as you wish.", address);
    }
    stop_at_signals();
    auto workers = std::make_unique<ThreadExecutor>(2);
    FirstRun asks(world, directory, arguments, *workers);
    auto made = asks.made();
    std::unique_ptr<app::House> house;
    {
        http::ServerConfig config;
        config.address = address;
        config.port = port_of(arguments);
        config.hosts = {"localhost"};
        config.pages = node::client_pages();
        http::Server server(std::move(config), asks, *workers);
        SANJAL_DO(server.start());
        std::fprintf(stderr, "There is no node in %s yet. Open http://127.0.0.1:%u in this computer's browser: three screens make one.\n(Stop with Ctrl-C; nothing is made before the last one.)\n",
                     directory.c_str(), unsigned{server.port()});
        while (made.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready && !is_stopping()) {}
        if (made.wait_for(std::chrono::seconds(0)) == std::future_status::ready) house = made.get();
        server.stop();
    }
    workers.reset();  // whoever answered last has let go of `asks`
    return house;
}

}  // namespace sanjal::cli
