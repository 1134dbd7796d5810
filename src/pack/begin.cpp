#include "pack/begin.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace sanjal::pack {
namespace {

namespace files = std::filesystem;

struct Begun {
    char const* file;
    char const* text;  // NAME and TITLE are put in
};

constexpr Begun begun[] = {
    {"pack.yaml",
     "pack: NAME\n"
     "title: TITLE\n"
     "version: 1\n"
     "needs: [common]\n"
     "languages: [en]\n"
     "signed_off_by: null            # a named lawyer, once one has read it\n"},
    {"procedures/first_help.yaml",
     "procedure: first_help\n"
     "title: First help\n"
     "stands_on: part\n"
     "starts_when: {part.as: survivor}\n"
     "if_unknown: start\n"
     "steps:\n"
     "  ask_what_is_needed:\n"
     "    stage: rescue\n"
     "    title: Ask what is needed now\n"
     "    who: [police, ngo]\n"
     "    clock: NAME.first_help\n"
     "    source: {practice: our own, confidence: proposal}\n"},
    {"clocks.yaml",
     "NAME.first_help:\n"
     "  starts: case.found_at\n"
     "  within: null                   # write the number once you have read it somewhere, and say where\n"
     "  stops: ask_what_is_needed\n"
     "  who: [police, ngo]\n"
     "  nature: practice\n"
     "  source: {practice: our own, confidence: proposal}\n"},
    {"tests/first_help.yaml",
     "- test: somebody who was found is asked what is needed, and no limit is invented\n"
     "  given:\n"
     "    - {at: \"2026-11-21T16:05+05:30\", form: rescue_report, answers: {case: {place_found: IN-AS, found_at: \"2026-11-21T16:05+05:30\"}, person: [{under_18: \"yes\"}]}}\n"
     "  expect:\n"
     "    - {procedure: first_help, task: ask_what_is_needed, is: open}\n"
     "    - {at: \"2036-11-21T16:05+05:30\", clock: NAME.first_help, is: no_limit}\n"},
};

std::string put_in(std::string text, std::string_view word, std::string const& value) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size())) text.replace(at, word.size(), value);
    return text;
}

}  // namespace

Result<void> begin_pack(std::string const& folder, std::string const& title) {
    files::path path = files::path(folder).lexically_normal();
    if (path.filename().empty()) path = path.parent_path();
    std::string const name = path.filename().string();
    bool const good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+'; });
    if (!good) return fail(Fault::Invalid, "pack.name", "A pack is named in small letters, digits, _ and +: in, bd, in+bd.", folder);
    if (title.empty() || title.find_first_of("\n\"#:{}[]") != std::string::npos) return fail(Fault::Invalid, "pack.title", "A pack has a title of one line, without quotes, brackets, colons or #.", "--title");
    std::error_code code;
    if (files::exists(path, code)) return fail(Fault::Conflict, "pack.exists", "There is something of this name already.", folder);
    if (!files::exists(path.parent_path() / "common" / "pack.yaml", code)) {
        return fail(Fault::NotFound, "pack.no_common", "A pack stands on `common`, which should lie beside it. Make it in the folder of packs.", (path.parent_path() / "common").string());
    }
    for (auto const& one : begun) {
        auto const file = path / one.file;
        files::create_directories(file.parent_path(), code);
        std::ofstream out(file, std::ios::binary);
        out << put_in(put_in(one.text, "NAME", name), "TITLE", title);
        out.close();
        if (code || !out) {
            files::remove_all(path, code);
            return fail(Fault::Io, "pack.io", "The files could not be written. Is there room, and may you write there?", file.string());
        }
    }
    return {};
}

}  // namespace sanjal::pack
