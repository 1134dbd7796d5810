// `sanjal pack check|test|new|diff`: for whoever writes a pack; no node is opened.
#include <unistd.h>

#include <cstdio>

#include "casework/rehearsal.h"
#include "cli/command.h"
#include "pack/begin.h"
#include "pack/diff.h"
#include "pack/pack.h"

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

int pack_check(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 3) return wrong_usage();
    auto const loaded = pack::load_pack(arguments.words[2]);
    if (!loaded) return failed(loaded.error(), json);
    for (auto const& finding : loaded->findings) std::printf("%s: %s\n", finding.where.c_str(), finding.message.c_str());
    if (loaded->findings.empty()) std::printf("%s\n", json ? "{\"sound\":true}" : "The pack is sound.");
    return loaded->findings.empty() ? 0 : 1;
}

}  // namespace sanjal::cli
