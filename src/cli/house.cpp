#include "cli/house.h"

#include <fcntl.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "base/log.h"
#include "base/spoken.h"
#include "crypto/password.h"
#include "node/node.h"
#include "pack/pack.h"

namespace sanjal::cli {
namespace {

// From the terminal, without showing it.
std::string ask_unseen(char const* what) {
    std::fputs(what, stderr);
    termios before{};
    tcgetattr(0, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(0, TCSANOW, &silent);
    std::string line;
    int c = 0;
    while ((c = std::getchar()) != EOF && c != '\n') line.push_back(static_cast<char>(c));
    tcsetattr(0, TCSANOW, &before);
    std::fputs("\n", stderr);
    return line;
}

// How long a session lives without being used: on a shared computer five minutes are better than the fifteen of the default.
std::int64_t session_idle_ms() {
    char const* const given = std::getenv("SANJAL_SESSION_IDLE_SECONDS");
    long const value = given != nullptr ? std::strtol(given, nullptr, 10) : 0;
    return value >= 1 && value <= 3600 ? std::int64_t{value} * 1000 : app::HouseConfig{}.session_idle_ms;
}

// A whole number that is not negative, times `unit`; `otherwise` where nothing is said.
std::int64_t number_from(char const* variable, std::int64_t otherwise, std::int64_t unit = 1) {
    char const* const given = std::getenv(variable);
    return given != nullptr ? std::max(0L, std::strtol(given, nullptr, 10)) * unit : otherwise;
}

app::RateLimits rate_limits() {
    app::RateLimits limits;
    limits.writes_per_minute = number_from("SANJAL_WRITES_PER_MINUTE", limits.writes_per_minute);
    limits.sessions_max = number_from("SANJAL_SESSIONS_MAX", limits.sessions_max);
    limits.reads.per_day = number_from("SANJAL_READS_PER_DAY", limits.reads.per_day);
    limits.reads.per_week = number_from("SANJAL_READS_PER_WEEK", limits.reads.per_week);
    limits.prove_again_ms = number_from("SANJAL_PROVE_AGAIN_SECONDS", limits.prove_again_ms, 1000);
    limits.loopback_too = std::getenv("SANJAL_LIMIT_LOOPBACK") != nullptr;
    return limits;
}

Result<Json> compiled_pack(std::string const& name) {
    SANJAL_TRY(auto loaded, pack::load_pack(pack_folder(name)));
    if (!loaded.findings.empty()) return fail(Fault::Invalid, "pack.unsound", loaded.findings.front().message, loaded.findings.front().where);
    if (loaded.document.find("place") == nullptr && !loaded.document.find("procedures")->members().empty())
        return fail(Fault::Invalid, "pack.not_a_country", "This pack is an agreement between two countries. Begin with the pack of your own; it holds the agreement.", "--pack");
    return std::move(loaded.document);
}

// The pack of a country that has one; what every place shares for the others.
std::string pack_of(std::string const& country) {
    std::string name = country;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    return access((pack_folder(name) + "/pack.yaml").c_str(), R_OK) == 0 ? name : "common";
}

volatile std::sig_atomic_t stopping = 0;

// Where people find it, on the terminal of whoever started it.
void say_where(node::Node const& node) {
    unsigned const port = node.port();
    if (!node.doors().credentials()) {
        std::fprintf(stderr, "Serving on http://127.0.0.1:%u (stop with Ctrl-C)\n", port);
        return;
    }
    std::fprintf(stderr, "Serving on https://localhost:%u (stop with Ctrl-C)\n", port);
    auto const doors = node.doors().describe(node.port());
    auto const each = [&](char const* name, char const* says) {
        auto const* list = doors.find(name);
        for (auto const& one : list->items()) std::fprintf(stderr, "%s %s\n", says, one.text().c_str());
    };
    each("addresses", "In the office:");
    each("trust", "A phone that comes for the first time:");
    if (auto const print = doors.text_at("fingerprint"); !print.empty()) std::fprintf(stderr, "Whom phones then trust, SHA-256: %s\n", std::string(print).c_str());
}

}  // namespace

std::uint32_t kdf_memory() {
    char const* const given = std::getenv("SANJAL_KDF_MEMORY_KIB");
    long const value = given != nullptr ? std::strtol(given, nullptr, 10) : 0;
    return value >= 8 && value <= 4 * 1024 * 1024 ? static_cast<std::uint32_t>(value) : 128 * 1024;
}

Result<void> check_passphrase(std::string const& secret) {
    if (secret.size() < 12) return fail(Fault::Invalid, "passphrase.short", "A passphrase has at least twelve characters; five words are good.");
    if (secret.size() > crypto::password_bytes_max || !is_utf8(secret)) return fail(Fault::Invalid, "passphrase.long", "A passphrase has at most a thousand characters. Five words are good.");
    return {};
}

Result<Json> pack_for(std::string const& country) { return compiled_pack(pack_of(country)); }

Result<std::string> passphrase(Arguments const& arguments, bool is_new) {
    if (auto const file = arguments.get("passphrase-file"); !file.empty()) {
        std::ifstream in(file);
        std::string line;
        if (!in || !std::getline(in, line)) return fail(Fault::Io, "passphrase.file", "The passphrase file cannot be read.", file);
        return line;
    }
    if (char const* given = std::getenv("SANJAL_PASSPHRASE")) return std::string(given);
    if (isatty(0) == 0) return fail(Fault::Invalid, "passphrase.none", "Give the passphrase by SANJAL_PASSPHRASE or --passphrase-file.");
    return ask_passphrase(is_new);
}

Result<std::string> ask_passphrase(bool is_new) {
    std::string line = ask_unseen(is_new ? "New passphrase (twelve characters or more; five words are good): " : "Passphrase: ");
    if (is_new && ask_unseen("The same again: ") != line) return fail(Fault::Invalid, "passphrase.different", "These two are not the same. Nothing was made.");
    return line;
}

Result<std::unique_ptr<app::House>> open_house(World& world, std::string const& directory, Arguments const& arguments, bool restored) {
    app::HouseConfig config;
    config.directory = directory;
    config.kdf_memory_kib = kdf_memory();
    config.session_idle_ms = session_idle_ms();
    config.limits = rate_limits();
    config.restored = restored;
    SANJAL_TRY(config.passphrase, passphrase(arguments));
    return app::House::open(config, world.clock, world.random, world.writer);
}

std::string new_recovery(Randomness& random) { return spoken(random.bytes(16)); }

std::string new_password(Randomness& random) { return to_base64url(random.bytes(12)); }

Result<std::string> add_unit(app::House& house, app::NewUnit const& unit, std::string const& by) {
    std::string id;
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(id, app::register_unit(house, tx, unit, by));
        return {};
    }));
    return id;
}

Result<std::unique_ptr<app::House>> make_node(World& world, ClockSource& clock, std::string const& directory, std::string const& secret, app::FoundConfig first, Arguments const& arguments) {
    SANJAL_DO(check_passphrase(secret));
    if (first.name.empty() || first.name.size() > 200 || !is_utf8(first.name)) return fail(Fault::Invalid, "node.name", "Give the name of your organisation, up to 200 characters.", "--name");
    bool const is_country = first.country.size() == 2 && std::all_of(first.country.begin(), first.country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_country) return fail(Fault::Invalid, "node.country", "Give the country as two capital letters of ISO 3166: IN, BD, NP.", "--country");
    SANJAL_TRY(first.pack, compiled_pack(arguments.get("pack", pack_of(first.country))));
    if (auto const kind = arguments.get("unit"); !kind.empty()) {
        auto const* roles = first.pack.find("roles");
        if (roles == nullptr || roles->find(kind) == nullptr) {
            return fail(Fault::Invalid, "unit.kind", "The pack knows no unit of this kind. See the roles in its roles.yaml, such as police, cwc or shelter.", "--unit");
        }
    }
    app::HouseConfig config;
    config.directory = directory;
    config.kdf_memory_kib = kdf_memory();
    config.session_idle_ms = session_idle_ms();
    config.limits = rate_limits();
    config.passphrase = secret;
    first.store = arguments.get("store");
    return app::House::found(config, first, clock, world.random, world.writer);
}

Result<int> lock_directory(app::House& house) {
    int const lock = open(house.path("lock").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        return fail(Fault::Conflict, "node.served", "This directory is being served by another program already. Stop that one first.", house.directory());
    }
    return lock;
}

void stop_at_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stopping = 1; };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

bool is_stopping() { return stopping != 0; }

int serve_house(app::House& house, Arguments const& arguments) {
    stop_at_signals();
    auto const lock = lock_directory(house);
    if (!lock) return failed(lock.error(), false);
    log::open_file(house.path("log/node.log"));
    node::NodeConfig config;
    config.port = port_of(arguments);
    config.doors.address = arguments.get("listen", "127.0.0.1");
    config.doors.hosts = arguments.all("host");
    config.doors.certificate_file = arguments.get("certificate");
    config.doors.key_file = arguments.get("key");
    config.doors.is_plain = arguments.has("plain");
    if (char const* const allowed = std::getenv("SANJAL_WEBHOOK_ALLOW")) {
        std::istringstream list(allowed);
        for (std::string one; std::getline(list, one, ',');) config.outside.allowed.push_back(one);
    }
    node::Node node(house, config);
    if (auto const started = node.start(); !started) return failed(started.error(), false);
    say_where(node);
    log::write(log::Level::Info, "node.started", {{"port", std::int64_t{node.port()}}});
    while (stopping == 0) {
        sleep(1);
        node.tick();
    }
    node.stop();
    log::write(log::Level::Info, "node.stopped");
    return 0;
}

std::uint16_t port_of(Arguments const& arguments) {
    long const port = std::strtol(arguments.get("port", "8080").c_str(), nullptr, 10);
    return port > 0 && port < 65536 ? static_cast<std::uint16_t>(port) : 8080;
}

}  // namespace sanjal::cli
