// `sanjal pack check|test|new|diff|compile` for whoever writes a pack, and `pack load` for a node that is not being served.
#include <unistd.h>

#include <cstdio>

#include "app/upgrade.h"
#include "casework/rehearsal.h"
#include "cli/command.h"
#include "cli/house.h"
#include "pack/begin.h"
#include "pack/diff.h"
#include "pack/documents.h"
#include "pack/pack.h"
#include "pack/strings.h"

namespace sanjal::cli {

// The pack's own tests, after it was found sound.
int pack_test(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3) return wrong_usage();
    std::string const folder = pack_folder(arguments.words[2].find('/') == std::string::npos && access((arguments.words[2] + "/pack.yaml").c_str(), R_OK) == 0 ? "./" + arguments.words[2] : arguments.words[2]);
    auto loaded = pack::load_pack(folder);
    if (!loaded) return failed(loaded.error(), json);
    for (auto const& finding : loaded->findings) std::fprintf(stderr, "%s: %s\n", finding.where.c_str(), finding.message.c_str());
    if (!loaded->findings.empty()) return 1;
    auto const made = pack::Pack::from_json(std::move(loaded->document));
    if (!made) return failed(made.error(), json);
    auto const rehearsed = casework::rehearse(*made, folder);
    if (!rehearsed) return failed(rehearsed.error(), json);
    std::int64_t wrong = 0;
    Json list = Json::list();
    for (auto const& one : *rehearsed) {
        Json faults = Json::list();
        for (auto const& fault : one.faults) faults.push_back(fault);
        wrong += one.faults.empty() ? 0 : 1;
        if (!json && !one.faults.empty()) {
            std::printf("%s: %s\n", one.where.c_str(), one.name.c_str());
            for (auto const& fault : one.faults) std::printf("    %s\n", fault.c_str());
        }
        Json row = Json::object({{"where", one.where}, {"test", one.name}});
        row.set("faults", std::move(faults));
        list.push_back(std::move(row));
    }
    auto const all = static_cast<std::int64_t>(rehearsed->size());
    if (json) std::printf("%s\n", write_json(Json::object({{"passed", all - wrong}, {"failed", wrong}, {"tests", std::move(list)}})).c_str());
    else std::printf("%lld passed, %lld failed\n", static_cast<long long>(all - wrong), static_cast<long long>(wrong));
    return wrong == 0 ? 0 : 1;
}

int pack_new(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3 || !arguments.has("title")) return wrong_usage();
    if (auto const made = pack::begin_pack(arguments.words[2], arguments.get("title")); !made) return failed(made.error(), json);
    print(Json::object({{"pack", arguments.words[2]}, {"next", "sanjal pack check " + arguments.words[2] + "; sanjal pack test " + arguments.words[2]}}), json);
    return 0;
}

int pack_diff(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 4) return wrong_usage();
    Json documents[2];
    for (std::size_t i = 0; i < 2; ++i) {
        auto loaded = pack::load_pack(arguments.words[2 + i]);
        if (!loaded) return failed(loaded.error(), json);
        documents[i] = std::move(loaded->document);
    }
    Json list = Json::list();
    for (auto const& sentence : pack::diff(documents[0], documents[1])) {
        if (!json) std::printf("%s\n", sentence.c_str());
        list.push_back(sentence);
    }
    if (json) std::printf("%s\n", write_json(Json::object({{"changes", std::move(list)}})).c_str());
    else if (list.items().empty()) std::printf("Nothing changed.\n");
    return 0;
}

namespace {

// Sound, or everything that is wrong on standard error and nothing.
Result<std::optional<Json>> sound_document(std::string const& folder) {
    SANJAL_TRY(auto loaded, pack::load_pack(folder));
    for (auto const& finding : loaded.findings) std::fprintf(stderr, "%s: %s\n", finding.where.c_str(), finding.message.c_str());
    if (!loaded.findings.empty()) return std::optional<Json>();
    return std::optional<Json>(std::move(loaded.document));
}

}  // namespace

// One JSON document on standard output: what POST /packs takes.
int pack_compile(Arguments const& arguments) {
    if (arguments.words.size() != 3) return wrong_usage();
    auto const document = sound_document(arguments.words[2]);
    if (!document) return failed(document.error(), arguments.has("json"));
    if (!*document) return 1;
    std::printf("%s\n", write_json(**document).c_str());
    return 0;
}

// What a language lacks, as JSON: path -> English, for whoever translates.
int pack_strings(Arguments const& arguments) {
    if (arguments.words.size() != 3 || !arguments.has("language")) return wrong_usage();
    auto const loaded = pack::load_pack(arguments.words[2]);
    if (!loaded) return failed(loaded.error(), arguments.has("json"));
    Json missing = Json::object();
    for (auto const& [path, english] : pack::missing_texts(loaded->document, arguments.get("language"))) missing.set(path, english);
    std::printf("%s\n", write_json(missing).c_str());
    return 0;
}

int pack_load(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 4) return wrong_usage();
    auto document = sound_document(pack_folder(arguments.words[3]));
    if (!document) return failed(document.error(), json);
    if (!*document) return 1;
    World world;
    auto house = open_house(world, arguments.words[2], arguments);
    if (!house) return failed(house.error(), json);
    auto const lock = lock_directory(**house);
    if (!lock) return failed(lock.error(), json);
    app::Upgrade upgrade;
    auto const loaded = (*house)->ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(upgrade, app::load_pack(**house, tx, std::move(**document), (*house)->operator_id()));
        return {};
    });
    if (!loaded) return failed(loaded.error(), json);
    for (bool more = true; more;) {
        auto const some = app::derive_some(**house);
        if (!some) return failed(some.error(), json);
        more = *some;
    }
    Json sentences = Json::list();
    for (auto const& sentence : upgrade.changes) {
        if (!json) std::printf("%s\n", sentence.c_str());
        sentences.push_back(sentence);
    }
    Json answer = Json::object({{"reference", upgrade.reference}});
    answer.set("changes", std::move(sentences));
    if (json) std::printf("%s\n", write_json(answer).c_str());
    else std::printf("In force now: %s. Clocks that run keep the version under which they started.\n", upgrade.reference.c_str());
    return 0;
}

int pack_check(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3) return wrong_usage();
    auto const loaded = pack::load_pack(arguments.words[2]);
    if (!loaded) return failed(loaded.error(), json);
    for (auto const& finding : loaded->findings) std::printf("%s: %s\n", finding.where.c_str(), finding.message.c_str());
    if (!json) {
        for (auto const& note : pack::note_documents(loaded->document)) std::fprintf(stderr, "note: %s: %s\n", note.pointer.c_str(), note.message.c_str());
    }
    if (loaded->findings.empty()) std::printf("%s\n", json ? "{\"sound\":true}" : "The pack is sound.");
    return loaded->findings.empty() ? 0 : 1;
}

}  // namespace sanjal::cli
