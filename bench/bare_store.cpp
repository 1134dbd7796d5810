// The bare store: what a node's submissions would cost if nothing but the store were there.
//
//   bench_bare_store --record DIR --replay COPY --body FILE [--submissions N] [--windows 1,4,16,64]
//
// COPY is a copy of DIR, made while nobody had it open.  N rescue reports are submitted to DIR through the handlers of the
// node, in this process, and every statement that they run in the writer is kept with its values: signed entries, sealed
// disclosures, views, all of it.  Then the same statements with the same bytes are put into COPY by the same Writer in the
// same groups: no HTTP, no signing, no sealing, no policy, no reading.  So both sides write the same rows to a database of
// the same size.  For each window (how many submissions wait at once, as clients would) it prints one JSON line; the first
// line is the recording itself, which is the node without HTTP.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>

#include "app/context.h"
#include "app/feature.h"
#include "store/writer.h"

namespace {

using namespace sanjal;
using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(std::string const& why) {
    std::fprintf(stderr, "bench_bare_store: %s\n", why.c_str());
    std::exit(3);
}

template <class T>
T need(Result<T> result) {
    if (!result) give_up(result.error().code + ": " + result.error().message + " " + result.error().where);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Statement {
    std::string sql;
    store::Args args;
};
using Recorded = std::vector<Statement>;

// Passes everything on, and keeps what changes rows.
class Recording final : public store::Transaction {
public:
    Recording(store::Transaction& tx, Recorded& to) : tx_(tx), to_(to) {}
    Result<std::int64_t> run(std::string_view sql, store::Args const& args) override {
        keep(sql, args);
        return tx_.run(sql, args);
    }
    Result<void> put(std::string_view sql, store::Args const& args) override {
        keep(sql, args);
        return tx_.put(sql, args);
    }
    Result<void> each(std::string_view sql, store::Args const& args, store::Visit const& visit) override { return tx_.each(sql, args, visit); }
    Result<void> each_of(std::span<store::Query const> queries) override { return tx_.each_of(queries); }
    store::Memory* memory() override { return tx_.memory(); }

private:
    void keep(std::string_view sql, store::Args const& args) { to_.push_back({std::string(sql), args}); }
    store::Transaction& tx_;
    Recorded& to_;
};

// Each group of the ledger also writes its head row; so does the bare one.
class HeadRow final : public store::GroupHooks {
public:
    Result<void> before_commit(store::Transaction& tx) override { return tx.put("update ledger_head set size = size where one = 1", {}); }
};

struct Options {
    std::string record, replay, body;
    std::size_t submissions = 4000;
    std::vector<std::size_t> windows{1, 4, 16, 64};
};

Options parse(std::vector<std::string> const& args) {
    Options options;
    for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
        auto const& value = args[i + 1];
        if (args[i] == "--record") options.record = value;
        if (args[i] == "--replay") options.replay = value;
        if (args[i] == "--submissions") options.submissions = std::stoul(value);
        if (args[i] == "--body") {
            std::ifstream in(value, std::ios::binary);
            options.body.assign(std::istreambuf_iterator<char>(in), {});
        }
        if (args[i] == "--windows") {
            options.windows.clear();
            for (std::size_t at = 0; at < value.size();) {
                auto const end = std::min(value.find(',', at), value.size());
                options.windows.push_back(std::stoul(value.substr(at, end - at)));
                at = end + 1;
            }
        }
    }
    if (options.record.empty() || options.replay.empty() || options.body.empty()) give_up("needs --record DIR --replay COPY --body FILE");
    return options;
}

app::HouseConfig config(std::string const& directory) {
    char const* passphrase = std::getenv("SANJAL_PASSPHRASE");
    app::HouseConfig made;
    made.directory = directory;
    made.passphrase = passphrase != nullptr ? passphrase : "";
    if (char const* kib = std::getenv("SANJAL_KDF_MEMORY_KIB"); kib != nullptr) made.kdf_memory_kib = static_cast<std::uint32_t>(std::atoi(kib));
    return made;
}

app::Route const& submission_route() {
    for (auto const* feature : app::all_features()) {
        for (auto const& route : feature->routes) {
            if (route.path == "/api/v1/forms/{form}/submissions") return route;
        }
    }
    give_up("no slice takes submissions of forms");
}

std::string session_of(app::House& house) {
    std::string unit;
    need(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(unit, app::register_unit(house, tx, {"BENCH", "Bench", "police"}, house.new_id()));
        return {};
    }));
    std::string const name = "bench-" + house.new_id();
    std::string const password = "a password of the bench, long enough";
    need(app::add_account(house, {name, password, "police", unit, false}, ""));
    auto const proven = need(app::prove(house, name, password));
    std::string token;
    need(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const opened, app::open_session(house, tx, proven));
        token = opened.token;
        return {};
    }));
    return token;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void print(char const* what, std::size_t window, std::size_t submissions, std::size_t statements, double seconds) {
    std::printf("{\"what\": \"%s\", \"clients\": %zu, \"submissions\": %zu, \"statements\": %zu, \"seconds\": %.3f, \"per_second\": %.1f}\n", what, window,
                submissions, statements, seconds, static_cast<double>(submissions) / seconds);
    std::fflush(stdout);
}

// Submits works in order, at most `window` at a time.
void in_window(std::size_t window, std::size_t from, std::size_t to, std::function<void(std::size_t, store::Writer::Done)> const& submit) {
    std::mutex mutex;
    std::condition_variable wake;
    std::size_t waiting = 0;
    for (std::size_t i = from; i < to; ++i) {
        {
            std::unique_lock lock(mutex);
            wake.wait(lock, [&] { return waiting < window; });
            ++waiting;
        }
        submit(i, [&](Result<void> result) {
            if (!result) give_up(result.error().code + ": " + result.error().message + " " + result.error().where);
            std::lock_guard const lock(mutex);
            --waiting;
            wake.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return waiting == 0; });
}

std::vector<Recorded> record_all(Options const& options, SystemClock& clock, SystemRandom& random) {
    ThreadExecutor executor(1);
    auto house = need(app::House::open(config(options.record), clock, random, executor));
    // What the account itself writes is in this database alone; no statement of a report reads it.
    std::string const token = session_of(*house);
    auto const& route = submission_route();
    std::vector<Recorded> all(options.submissions);
    auto const start = Clock::now();
    in_window(64, 0, options.submissions, [&](std::size_t i, store::Writer::Done done) {
        house->ledger().submit(
            [&, i](store::Transaction& tx) -> Result<void> {
                Recording recording(tx, all[i]);
                SANJAL_TRY(auto const session, app::find_session(*house, tx, token));
                SANJAL_CHECK(session.has_value());
                app::Context context(*house, recording, &*session, token);
                app::Request request;
                request.method = app::Method::Post;
                request.path = "/api/v1/forms/rescue_report/submissions";
                request.params = {{"form", "rescue_report"}};
                request.body = options.body;
                for (std::size_t at = 0; (at = request.body.find("@N@", at)) != std::string::npos;) request.body.replace(at, 3, std::to_string(i));
                auto const response = route.handle(context, request);
                if (response.status != 201) return fail(Fault::Internal, "bench.refused", response.body);
                return {};
            },
            std::move(done));
    });
    std::size_t statements = 0;
    for (auto const& one : all) statements += one.size();
    print("node without HTTP, recording", 64, options.submissions, statements, seconds_since(start));
    return all;
}

}  // namespace

int main(int count, char** words) {
    Options const options = parse({words + 1, words + count});
    SystemClock clock;
    SystemRandom random;
    auto const all = record_all(options, clock, random);

    ThreadExecutor executor(1);
    auto house = need(app::House::open(config(options.replay), clock, random, executor));
    HeadRow hooks;
    store::Writer writer(house->store(), executor);
    writer.set_hooks(&hooks);
    std::size_t from = 0;
    for (std::size_t i = 0; i < options.windows.size(); ++i) {
        std::size_t const to = (i + 1) * all.size() / options.windows.size();
        std::size_t statements = 0;
        for (std::size_t n = from; n < to; ++n) statements += all[n].size();
        auto const start = Clock::now();
        in_window(options.windows[i], from, to, [&](std::size_t n, store::Writer::Done done) {
            writer.submit(
                [&, n](store::Transaction& tx) -> Result<void> {
                    for (auto const& [sql, args] : all[n]) SANJAL_DO(tx.put(sql, args));
                    return {};
                },
                std::move(done));
        });
        print("bare store", options.windows[i], to - from, statements, seconds_since(start));
        from = to;
    }
    return 0;
}
