#include "cli/demo.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cli/house.h"
#include "cli/story.h"
#include "pack/yaml.h"

namespace sanjal::cli {
namespace {

constexpr auto past = std::chrono::hours(24 * 120);  // the longest story that is told

Result<Json> read_story(bool empty) {
    std::string const path = pack_folder("demo") + "/story.yaml";
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Fault::NotFound, "demo.story", "The demo's story is not where the packs are.", path);
    std::string const text((std::istreambuf_iterator<char>(in)), {});
    SANJAL_TRY(auto yaml, pack::read_yaml(text, path));
    if (empty) yaml.json.set("acts", Json::list());
    return std::move(yaml.json);
}

void make_folders(std::string const& path) {
    for (std::size_t at = 0; at != std::string::npos;) {
        at = path.find('/', at + 1);
        mkdir(path.substr(0, at).c_str(), 0700);
    }
}

Result<void> write_private(std::string const& path, std::string const& text) {
    std::ofstream out(path);
    chmod(path.c_str(), 0600);
    out << text << "\n";
    out.close();
    if (!out) return fail(Fault::Io, "demo.io", "This could not be written. Is the disk full?", path);
    return {};
}

// A new node, with its story played in a past of its own.  accounts.json comes last: without it there is no demo yet.
Result<void> make_demo(World& world, std::string const& data, std::uint16_t port, Arguments const& arguments) {
    SANJAL_TRY(auto const story, read_story(arguments.has("empty")));
    make_folders(data);
    std::string const secret = new_password(world.random) + new_password(world.random);
    SANJAL_DO(write_private(data + "/passphrase", secret));
    std::fprintf(stderr, "Making the demo: invented people, and what they did in the last weeks ...\n");
    Instant const end = world.clock.now();
    SteppedClock clock(end - (arguments.has("empty") ? std::chrono::minutes(5) : std::chrono::minutes(past)));
    app::FoundConfig first;
    first.name = "Demo";
    first.country = "IN";
    SANJAL_TRY(auto house, make_node(world, clock, data + "/node", secret, first, arguments));
    ThreadExecutor workers(1);
    SANJAL_TRY(auto cast, play_story(*house, clock, workers, story, end, [](std::string const& how_far) {
                   if (isatty(2) != 0) std::fprintf(stderr, "\r%s", how_far.c_str());
               }));
    if (isatty(2) != 0) std::fprintf(stderr, "\r");
    for (auto& account : cast.accounts.items()) account.set("url", "http://127.0.0.1:" + std::to_string(port));
    return write_private(data + "/accounts.json", write_json(cast.accounts));
}

}  // namespace

int demo(Arguments const& arguments) {
    bool const json = arguments.has("json");
    std::string const data = arguments.get("data", "build/demo");
    std::string const accounts = data + "/accounts.json";
    if (arguments.has("list")) {
        std::ifstream in(accounts);
        if (!in) return failed(Error{Fault::NotFound, "demo.none", "There is no demo here yet. Run `sanjal demo` once.", accounts}, json);
        std::ostringstream text;
        text << in.rdbuf();
        std::fputs(text.str().c_str(), stdout);
        return 0;
    }
    World world;
    std::uint16_t const port = port_of(arguments);
    if (access(accounts.c_str(), F_OK) != 0) {
        if (access((data + "/node/node.json").c_str(), F_OK) == 0) {
            return failed(Error{Fault::Conflict, "demo.half_made", "A demo was begun here and not finished. Remove this folder and run it again.", data}, json);
        }
        if (auto const made = make_demo(world, data, port, arguments); !made) return failed(made.error(), json);
    }
    setenv("SANJAL_SESSIONS_MAX", "64", 0);  // a demo is looked at by many under one name
    Arguments with = arguments;
    with.options.emplace("passphrase-file", data + "/passphrase");
    auto house = open_house(world, data + "/node", with);
    if (!house) return failed(house.error(), json);
    std::fprintf(stderr, "The demo's accounts are in %s\n", accounts.c_str());
    return serve_house(**house, arguments);
}

}  // namespace sanjal::cli
