// `sanjal peer` and `sanjal bundle`: meeting other nodes and carrying bundles on a stick, for a node that is not being served.
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/command.h"
#include "cli/house.h"
#include "crypto/age.h"
#include "node/node.h"
#include "sync/doctor.h"
#include "sync/exchange.h"
#include "sync/proof.h"

namespace sanjal::cli {
namespace {

namespace files = std::filesystem;

// Larger files are not read at all: a stick may hold anything.
Result<std::string> read_small(std::string const& path, std::size_t bytes_max) {
    std::error_code code;
    auto const size = files::file_size(path, code);
    if (code) return fail(Fault::NotFound, "file.none", "The file cannot be read.", path);
    if (size > bytes_max) return fail(Fault::TooLarge, "bundle.too_large", "A bundle has at most 4 MiB; this is larger, so nothing of it was read.", path);
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return fail(Fault::Io, "file.none", "The file cannot be read.", path);
    return text.str();
}

Result<void> write_whole(std::string const& path, std::string_view bytes) {
    std::string const fresh = path + ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out || std::rename(fresh.c_str(), path.c_str()) != 0) {
        std::remove(fresh.c_str());
        return fail(Fault::Full, "courier.disk_full", "The bundle could not be written. Take a stick with more room.", path);
    }
    return {};
}

Result<Json> peer_list(app::House& house) {
    Json list = Json::list();
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const all, sync::peers(tx));
        for (auto const& peer : all) {
            SANJAL_TRY(auto const findings, sync::findings(house, tx, peer));
            Json says = Json::list();
            for (auto const& one : findings) says.push_back(one.says);
            list.push_back(Json::object({{"peer", peer.node}, {"name", peer.name}, {"country", peer.country}, {"findings", std::move(says)},
                                         {"state", !peer.stopped.empty() ? "stopped" : peer.confirmed ? "confirmed" : "introduced"}}));
        }
        return {};
    }));
    return Json::object({{"peers", std::move(list)}});
}

Result<Json> peer_card(app::House& house, Arguments const& arguments) {
    auto const addresses = arguments.all("address");
    if (!addresses.empty()) SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::set_addresses(tx, addresses); }));
    std::string card;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(card, sync::own_card(house, tx));
        return {};
    }));
    if (arguments.has("out")) SANJAL_DO(write_whole(arguments.get("out"), card + "\n"));
    return Json::object({{"node", house.ledger().node()}, {"card", card}});
}

Result<Json> peer_add(app::House& house, Arguments const& arguments) {
    SANJAL_TRY(auto const text, read_small(arguments.get("card"), sync::card_bytes_max));
    SANJAL_TRY(auto const card, sync::parse_card(text));
    Json out = Json::object();
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const peer, sync::introduce(house, tx, house.operator_id(), card));
        SANJAL_TRY(auto const own, sync::own_card(house, tx));
        SANJAL_TRY(auto code, sync::code_of(own, card.text));
        out.set("peer", peer.node).set("name", peer.name).set("unit", peer.unit).set("code", std::move(code));
        return {};
    }));
    return out;
}

// One file for each bundle; as many as there are.  Neutral names: a stick tells whoever finds it nothing.
Result<Json> bundle_out(app::House& house, Arguments const& arguments) {
    std::string const folder = arguments.get("to");
    std::error_code code;
    files::create_directories(folder, code);
    Json written = Json::list();
    std::int64_t from = 0;
    for (bool more = true; more;) {
        sync::Outgoing out;
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(out, sync::compose(house, tx, arguments.get("peer"), from));
            return {};
        }));
        std::string const path = folder + "/" + to_hex(house.random().bytes(8)) + ".age";
        SANJAL_DO(write_whole(path, out.bundle));
        written.push_back(Json::object({{"file", path}, {"messages", out.messages}, {"bytes", static_cast<std::int64_t>(out.bundle.size())}}));
        more = out.more;
        from = out.next;
    }
    return Json::object({{"bundles", std::move(written)}});
}

Result<Json> take_file(app::House& house, std::string const& path) {
    SANJAL_TRY(auto const bytes, read_small(path, sync::bundle_bytes_max));
    auto const arrived = sync::open_arrived(house, bytes);
    auto const aside = [&](std::string const& peer, Error const& error) -> Result<Json> {
        SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::set_aside(house, tx, peer, error.code, 0); }));
        return Json::object({{"file", path}, {"aside", error.code}, {"says", error.message}});
    };
    if (!arrived) return aside("", arrived.error());
    sync::Taken taken;
    auto const done = house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(taken, sync::take(house, tx, *arrived));
        return {};
    });
    if (!done && (done.error().fault == Fault::Io || done.error().fault == Fault::Full || done.error().fault == Fault::Corrupt)) return fail(done.error());
    if (!done) return aside(arrived->from, done.error());
    SANJAL_DO(sync::erase_stopped(house));
    SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::follow(house, tx); }));
    return Json::object({{"file", path}, {"from", taken.from}, {"taken", taken.taken}, {"waiting", taken.waiting}, {"set_aside", taken.aside}, {"checkpoint", taken.standing}});
}

Result<Json> bundle_in(app::House& house, Arguments const& arguments) {
    std::vector<std::string> paths;
    for (std::size_t i = 3; i < arguments.words.size(); ++i) {
        if (!files::is_directory(arguments.words[i])) {
            paths.push_back(arguments.words[i]);
            continue;
        }
        for (auto const& entry : files::directory_iterator(arguments.words[i])) {
            if (entry.is_regular_file() && entry.path().extension() == ".age") paths.push_back(entry.path().string());
        }
    }
    std::sort(paths.begin(), paths.end());
    Json all = Json::list();
    for (auto const& path : paths) {
        auto one = take_file(house, path);
        if (!one && one.error().fault == Fault::TooLarge) one = Json::object({{"file", path}, {"aside", one.error().code}, {"says", one.error().message}});
        if (!one) return fail(one.error());
        all.push_back(std::move(*one));
    }
    return Json::object({{"bundles", std::move(all)}});
}

// To open a bundle with `age` where Sanjal is not at hand.  Whoever has it reads what comes: it is kept as the passphrase is.
Result<Json> bundle_key_out(app::House& house, Arguments const& arguments) {
    SANJAL_TRY(auto const key, sync::bundle_key(house));
    SANJAL_DO(write_whole(arguments.get("out"), crypto::age_identity(key) + "\n"));
    chmod(arguments.get("out").c_str(), 0600);
    return Json::object({{"out", arguments.get("out")}, {"recipient", crypto::age_recipient(key.public_key())}});
}

template <class Work>
int with_house(Arguments const& arguments, Work const& work) {
    bool const json = arguments.has("json");
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), json);
    auto const lock = lock_directory(**house);
    if (!lock) return failed(lock.error(), json);
    if (auto const ready = node::prepare(**house); !ready) return failed(ready.error(), json);
    auto done = work(**house);
    if (!done) return failed(done.error(), json);
    print(*done, json);
    return 0;
}

}  // namespace

int peer_command(Arguments const& arguments) {
    std::string const what = arguments.words.size() > 1 ? arguments.words[1] : "";
    bool const json = arguments.has("json");
    if (what == "evidence" && arguments.words.size() == 3) {
        auto const text = read_small(arguments.words[2], sync::bundle_bytes_max);
        if (!text) return failed(text.error(), json);
        auto const evidence = parse_json(*text);
        if (!evidence) return failed(evidence.error(), json);
        if (auto const shown = sync::check_evidence(*evidence); !shown) return failed(shown.error(), json);
        print(Json::object({{"node", evidence->text_at("node")}, {"shows", "two histories of one node"}}), json);
        return 0;
    }
    if (arguments.words.size() != 3) return wrong_usage();
    if (what == "list") return with_house(arguments, [](app::House& house) { return peer_list(house); });
    if (what == "card") return with_house(arguments, [&](app::House& house) { return peer_card(house, arguments); });
    if (what == "add" && arguments.has("card")) return with_house(arguments, [&](app::House& house) { return peer_add(house, arguments); });
    if (what == "confirm" && arguments.has("peer") && arguments.has("code")) {
        return with_house(arguments, [&](app::House& house) -> Result<Json> {
            SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::confirm(house, tx, house.operator_id(), arguments.get("peer"), arguments.get("code")); }));
            return Json::object({{"peer", arguments.get("peer")}, {"state", "confirmed"}});
        });
    }
    return wrong_usage();
}

int bundle_command(Arguments const& arguments) {
    std::string const what = arguments.words.size() > 1 ? arguments.words[1] : "";
    if (what == "out" && arguments.words.size() == 3 && arguments.has("peer") && arguments.has("to")) return with_house(arguments, [&](app::House& house) { return bundle_out(house, arguments); });
    if (what == "in" && arguments.words.size() > 3) return with_house(arguments, [&](app::House& house) { return bundle_in(house, arguments); });
    if (what == "key" && arguments.words.size() == 3 && arguments.has("out")) return with_house(arguments, [&](app::House& house) { return bundle_key_out(house, arguments); });
    return wrong_usage();
}

}  // namespace sanjal::cli
