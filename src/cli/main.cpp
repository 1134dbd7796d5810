// The command line.  Exit codes: 0 done, 1 refused or not valid, 2 usage, 3 the world failed.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <map>
#include <sstream>

#include "app/account.h"
#include "app/house.h"
#include "base/bytes.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/first_run.h"
#include "cli/house.h"
#include "ledger/export.h"
#include "ledger/verify.h"
#include "ledger/verify_live.h"
#include "node/backup.h"
#include "node/node.h"
#include "pack/pack.h"

namespace {

using namespace sanjal;
using namespace sanjal::cli;

std::optional<Arguments> parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        std::string const word = values[i];
        if (word.rfind("--", 0) != 0) {
            arguments.words.push_back(word);
            continue;
        }
        std::string const name = word.substr(2);
        if (name == "json" || name == "list" || name == "empty" || name == "nodal" || name == "dry-run" ||
            name == "files" || name == "views" || name == "clinical" || name == "help" || name == "explain" || name == "plain" || name == "recover") {
            arguments.options.emplace(name, "");
        } else if (i + 1 < count) {
            arguments.options.emplace(name, values[++i]);
        } else {
            return std::nullopt;
        }
    }
    return arguments;
}

int init(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2 || !arguments.has("name") || !arguments.has("country")) return wrong_usage();
    World world;
    auto const secret = passphrase(arguments, true);
    if (!secret) return failed(secret.error(), json);
    app::FoundConfig first;
    first.name = arguments.get("name");
    first.country = arguments.get("country");
    first.recovery = new_recovery(world.random);
    auto house = make_node(world, world.clock, arguments.words[1], *secret, first, arguments);
    if (!house) return failed(house.error(), json);
    Json out = Json::object({{"node", (*house)->ledger().node()}, {"directory", arguments.words[1]}, {"recovery", first.recovery}});
    if (auto const kind = arguments.get("unit"); !kind.empty()) {
        auto const unit = add_unit(**house, {"UNIT-1", first.name, kind}, (*house)->operator_id());
        if (!unit) return failed(unit.error(), json);
        std::string const password = new_password(world.random);
        auto const actor = app::add_account(**house, {"officer", password, kind, *unit, true}, "");
        if (!actor) return failed(actor.error(), json);
        out.set("unit", *unit).set("user", "officer").set("password", password);
    }
    print(out, json);
    return 0;
}

int serve(Arguments const& arguments) {
    if (arguments.words.size() != 2) return wrong_usage();
    World world;
    if (is_unfounded(arguments.words[1])) {
        auto made = first_run(world, arguments.words[1], arguments);
        if (!made) return failed(made.error(), arguments.has("json"));
        if (*made == nullptr) return 0;
        return serve_house(**made, arguments);
    }
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), arguments.has("json"));
    return serve_house(**house, arguments);
}

int export_records(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2 || !arguments.has("out") || !arguments.has("purpose")) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), json);
    if (arguments.has("format") || arguments.has("map")) return export_table(**house, arguments);
    ledger::ExportRequest request;
    request.by = "node owner";
    request.purpose = arguments.get("purpose");
    // What is sealed stays sealed, and clinical notes leave only by a disclosure of their own.
    request.may_show = [](ledger::Entry const&, std::string_view, std::string_view sensitivity) {
        return sensitivity != "sealed" && sensitivity != "counselling" && sensitivity != "medical";
    };
    if (arguments.has("files")) {
        request.open_file = [&](std::string_view blob) -> Result<store::BlobReader> {
            std::optional<crypto::Secret> key;
            SANJAL_DO((*house)->store().read([&](store::Transaction& tx) -> Result<void> {
                SANJAL_TRY(key, (*house)->ledger().blob_key(tx, blob));
                return {};
            }));
            return (*house)->blobs().read(blob, *key);
        };
    }
    bool const terminal = isatty(2) != 0;
    request.progress = [&](std::int64_t done, std::int64_t of) {
        if (terminal && done % 1000 == 0) std::fprintf(stderr, "\r%lld of %lld", static_cast<long long>(done), static_cast<long long>(of));
    };
    std::string const out = arguments.get("out");
    std::ofstream file(out + ".new", std::ios::binary);
    auto const written = (*house)->store().read([&](store::Transaction& tx) -> Result<void> {
        // A case is exported with its people and their parts.
        std::set<std::string> records;
        for (auto const& record : arguments.all("record")) {
            SANJAL_DO(record::load(tx, record));
            records.insert(record);
            SANJAL_TRY(auto const roots, record::roots_of(tx, record));
            for (auto const& root : roots) {
                SANJAL_TRY(auto const cluster, record::load_cluster(tx, root));
                if (root != record) continue;
                for (auto const& [id, state] : cluster.records) records.insert(id);
            }
        }
        request.records.assign(records.begin(), records.end());
        return ledger::write_export(tx, (*house)->ledger(), request, [&](std::string_view bytes) -> Result<void> {
            file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
            if (!file) return fail(Fault::Io, "export.io", "The export could not be written. Is the disk full?", out);
            return {};
        });
    });
    file.close();
    if (!written || !file) {
        std::remove((out + ".new").c_str());
        return failed(written ? Error{Fault::Io, "export.io", "The export could not be written. Is the disk full?", out} : written.error(), json);
    }
    if (std::rename((out + ".new").c_str(), out.c_str()) != 0) return failed(Error{Fault::Io, "export.io", "The export could not be put in place.", out}, json);
    (*house)->ledger().note_access({"node", arguments.has("record") ? arguments.get("record") : "list", arguments.get("purpose"), "export"});
    if (auto const logged = (*house)->ledger().flush_access(true); !logged) return failed(logged.error(), json);
    print(Json::object({{"out", out}, {"node", (*house)->ledger().node()}}), json);
    return 0;
}

int verify_file(std::string const& path, bool json) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return failed(Error{Fault::Io, "verify.io", "The file cannot be read.", path}, json);
    auto const verdict = ledger::verify_export(
        [&](char* buffer, std::size_t size) -> Result<std::size_t> {
            in.read(buffer, static_cast<std::streamsize>(size));
            return static_cast<std::size_t>(in.gcount());
        },
        {});
    Json out = Json::object({{"accepted", verdict.accepted}, {"answer", verdict.answer}});
    if (!verdict.accepted) out.set("why", verdict.why).set("where", verdict.where);
    print(out, json);
    return verdict.accepted ? 0 : 1;
}

int verify(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2) return wrong_usage();
    struct stat info {};
    if (stat(arguments.words[1].c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) return verify_file(arguments.words[1], json);
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), json);
    bool const terminal = isatty(2) != 0;
    auto checking = std::async(std::launch::async, [&] { return (*house)->store().check(); });  // the database's own pages and indexes
    ledger::LiveVerdict verdict;
    auto const read = (*house)->store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(verdict, ledger::verify_live(tx, (*house)->ledger(), 0, [&](std::int64_t done) {
                       if (terminal) std::fprintf(stderr, "\r%lld", static_cast<long long>(done));
                   }));
        return {};
    });
    if (!read) return failed(read.error(), json);
    if (auto const sound = checking.get(); !sound) return failed(sound.error(), json);
    if (verdict.sound && arguments.has("views")) {
        auto const unlike = (*house)->views_unlike_entries([&](std::int64_t done, std::int64_t of) {
            if (terminal) std::fprintf(stderr, "\r%lld of %lld folded again", static_cast<long long>(done), static_cast<long long>(of));
        });
        if (!unlike) return failed(unlike.error(), json);
        if (!unlike->empty()) {
            verdict.sound = false;
            verdict.why = "A view does not hold what the entries say: rows of it, or sealed fields of the entries, were lost or changed in the database. Keep a copy of it, find out who or"
                          " what writes to it beside this node, and then run `sanjal rebuild`.";
            for (auto const& view : *unlike) verdict.where += (verdict.where.empty() ? "" : ", ") + view;
        }
        verdict.answer.set("views", unlike->empty() ? "as the entries say" : "not as the entries say");
    }
    Json out = Json::object({{"accepted", verdict.sound}, {"answer", verdict.answer}});
    if (!verdict.sound) out.set("why", verdict.why).set("where", verdict.where);
    print(out, json);
    return verdict.sound ? 0 : 1;
}

int rebuild(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), json);
    bool const terminal = isatty(2) != 0;
    auto const done = (*house)->rebuild([&](std::int64_t now, std::int64_t of) {
        if (terminal) std::fprintf(stderr, "\r%lld of %lld", static_cast<long long>(now), static_cast<long long>(of));
    });
    if (!done) return failed(done.error(), json);
    print(Json::object({{"entries", *done}}), json);
    return 0;
}

int erase(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2 || !arguments.has("record") || !arguments.has("reason")) return wrong_usage();
    auto const approvals = arguments.all("approve");
    if (approvals.size() < 2 || approvals[0] == approvals[1]) {
        return failed(Error{Fault::Forbidden, "erase.approvals", "Erasing takes the yes of two people: --approve A --approve B.", {}}, json);
    }
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), json);
    ledger::Ledger::Erasure erasure{arguments.get("record"), arguments.all("field"), arguments.get("reason"), approvals, Json::object(), (*house)->operator_id(),
                                    (*house)->packs().in_force()->reference(), (*house)->new_id()};
    auto const erased = (*house)->erase(erasure);
    if (!erased) return failed(erased.error(), json);
    Json out = Json::object({{"entry", erased->id}, {"position", erased->position}});
    auto also = also_to_erase(**house, erasure.record);
    if (!also) return failed(also.error(), json);
    if (!also->items().empty()) out.set("also_erase", std::move(*also));
    print(out, json);
    return 0;
}

int import_rows(Arguments const& arguments) {
    bool const undo = arguments.has("undo");
    if (arguments.words.size() != (undo ? 2U : 3U) || (!undo && !arguments.has("format") && !arguments.has("map"))) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), arguments.has("json"));
    return import_table(**house, arguments);
}

int map_columns(Arguments const& arguments) {
    std::string const what = arguments.words.size() > 1 ? arguments.words[1] : "";
    bool const named = arguments.has("name");
    bool const right = (what == "save" && arguments.words.size() == 4 && named) || (arguments.words.size() == 3 && ((what == "show" && named) || (what == "list" && !named)));
    if (!right) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), arguments.has("json"));
    return column_map(**house, arguments);
}

int backup(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2 || !arguments.has("out") || !arguments.has("keys")) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[1], arguments);
    if (!house) return failed(house.error(), json);
    auto const done = node::back_up(**house, arguments.get("out"), arguments.get("keys"));
    if (!done) return failed(done.error(), json);
    print(*done, json);
    return 0;
}

int restore(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2 || !arguments.has("from") || !arguments.has("keys")) return wrong_usage();
    if (auto const done = node::put_back(arguments.words[1], arguments.get("from"), arguments.get("keys"), arguments.get("erased")); !done) return failed(done.error(), json);
    World world;
    auto house = open_house(world, arguments.words[1], arguments, true);
    if (!house) return failed(house.error(), json);
    print(Json::object({{"node", (*house)->ledger().node()}, {"epoch", (*house)->ledger().epoch()}}), json);
    return 0;
}

int user_add(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3 || !arguments.has("name") || !arguments.has("role") || !arguments.has("unit")) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), json);
    char const* const given = std::getenv("SANJAL_PASSWORD");
    std::string const password = given != nullptr ? given : new_password(world.random);
    auto const actor = app::add_account(**house, {arguments.get("name"), password, arguments.get("role"), arguments.get("unit"), arguments.has("nodal")}, "");
    if (!actor) return failed(actor.error(), json);
    Json out = Json::object({{"actor", *actor}, {"user", arguments.get("name")}});
    if (given == nullptr) out.set("password", password);
    print(out, json);
    return 0;
}

int unit_add(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3 || !arguments.has("code") || !arguments.has("title") || !arguments.has("kind")) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), json);
    auto const unit = add_unit(**house, {arguments.get("code"), arguments.get("title"), arguments.get("kind")}, (*house)->operator_id());
    if (!unit) return failed(unit.error(), json);
    print(Json::object({{"unit", *unit}}), json);
    return 0;
}

int key_rotate(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3) return wrong_usage();
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), json);
    auto const lock = lock_directory(**house);
    if (!lock) return failed(lock.error(), json);
    if (auto const done = (*house)->ledger().rotate_keys((*house)->operator_id(), (*house)->packs().in_force()->reference()); !done) return failed(done.error(), json);
    print(Json::object({{"node", (*house)->ledger().node()}, {"rotated", Json::list({"entry", "checkpoint"})}}), json);
    return 0;
}

// --new-passphrase-file, SANJAL_NEW_PASSPHRASE, or asked twice.
Result<std::string> new_passphrase(Arguments const& arguments) {
    if (auto const file = arguments.get("new-passphrase-file"); !file.empty()) {
        std::ifstream in(file);
        std::string line;
        if (!in || !std::getline(in, line)) return fail(Fault::Io, "passphrase.file", "The file with the new passphrase cannot be read.", file);
        return line;
    }
    if (char const* given = std::getenv("SANJAL_NEW_PASSPHRASE")) return std::string(given);
    if (isatty(0) == 0) return fail(Fault::Invalid, "passphrase.none", "Give the new passphrase by SANJAL_NEW_PASSPHRASE or --new-passphrase-file.");
    return ask_passphrase(true);
}

// The words of the recovery sheet, from a file or asked; else the passphrase of now.
Result<std::string> old_secret(Arguments const& arguments, bool by_sheet) {
    if (!by_sheet) return passphrase(arguments);
    std::string words;
    if (auto const file = arguments.get("recovery-file"); !file.empty()) {
        std::ifstream in(file);
        if (!in || !std::getline(in, words)) return fail(Fault::Io, "recovery.file", "The file with the words of the recovery sheet cannot be read.", file);
        return words;
    }
    if (isatty(0) == 0) return fail(Fault::Invalid, "recovery.none", "Give the words of the recovery sheet by --recovery-file.");
    std::fputs("The eight words of the recovery sheet: ", stderr);
    int c = 0;
    while ((c = std::getchar()) != EOF && c != '\n') words.push_back(static_cast<char>(c));
    return words;
}

int change_passphrase(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 2) return wrong_usage();
    bool const by_sheet = arguments.has("recover") || arguments.has("recovery-file");
    World world;
    app::HouseConfig config;
    config.directory = arguments.words[1];
    config.kdf_memory_kib = kdf_memory();
    auto old = old_secret(arguments, by_sheet);
    if (!old) return failed(old.error(), json);
    config.passphrase = std::move(*old);
    auto const fresh = new_passphrase(arguments);
    if (!fresh) return failed(fresh.error(), json);
    if (auto const good = check_passphrase(*fresh); !good) return failed(good.error(), json);
    if (!by_sheet && *fresh == config.passphrase) return failed(Error{Fault::Invalid, "passphrase.same", "The new passphrase is the old one. Nothing was changed.", {}}, json);
    if (auto const done = app::House::change_passphrase(config, by_sheet ? app::House::By::Recovery : app::House::By::Passphrase, *fresh, world.random); !done) return failed(done.error(), json);
    print(Json::object({{"changed", config.directory}, {"note", "Backups that were made before keep the old passphrase."}}), json);
    return 0;
}

}  // namespace

int main(int count, char** values) {
    umask(0077);  // what a node writes is for its owner alone
    auto const arguments = parse(count, values);
    if (arguments && (arguments->has("help") || (!arguments->words.empty() && arguments->words[0] == "help"))) {
        std::fputs(usage, stdout);
        return 0;
    }
    if (!arguments || arguments->words.empty()) return wrong_usage();
    std::string const& verb = arguments->words[0];
    std::string const second = arguments->words.size() > 1 ? arguments->words[1] : "";
    if (verb == "init") return init(*arguments);
    if (verb == "serve") return serve(*arguments);
    if (verb == "passphrase") return change_passphrase(*arguments);
    if (verb == "demo") return demo(*arguments);
    if (verb == "import") return import_rows(*arguments);
    if (verb == "export") return export_records(*arguments);
    if (verb == "map") return map_columns(*arguments);
    if (verb == "verify") return verify(*arguments);
    if (verb == "rebuild") return rebuild(*arguments);
    if (verb == "erase") return erase(*arguments);
    if (verb == "backup") return backup(*arguments);
    if (verb == "restore") return restore(*arguments);
    if (verb == "user" && second == "add") return user_add(*arguments);
    if (verb == "unit" && second == "add") return unit_add(*arguments);
    if (verb == "key" && second == "rotate") return key_rotate(*arguments);
    if (verb == "pack" && second == "check") return pack_check(*arguments);
    if (verb == "pack" && second == "test") return pack_test(*arguments);
    if (verb == "pack" && second == "new") return pack_new(*arguments);
    if (verb == "pack" && second == "diff") return pack_diff(*arguments);
    if (verb == "pack" && second == "compile") return pack_compile(*arguments);
    if (verb == "pack" && second == "strings") return pack_strings(*arguments);
    if (verb == "pack" && second == "load") return pack_load(*arguments);
    if (verb == "pack" && second == "print") return pack_print(*arguments);
    if (verb == "peer") return peer_command(*arguments);
    if (verb == "bundle") return bundle_command(*arguments);
    if (verb == "match") return match_command(*arguments);
    return wrong_usage();
}
