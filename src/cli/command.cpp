#include "cli/command.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace sanjal::cli {

char const* const usage =
    "sanjal init DIR --name N --country CC [--pack P] [--unit U] [--store postgres:CONNECTION]\n"
    "sanjal serve DIR [--port N] [--listen ADDRESS [--certificate PEM --key PEM]] [--host NAME]...\n"
    "sanjal passphrase DIR [--recover | --recovery-file FILE] [--new-passphrase-file FILE]\n"
    "sanjal demo [--port N] [--data D] [--list] [--json]\n"
    "sanjal user add DIR --name N --role R --unit ID [--nodal]      (password by SANJAL_PASSWORD)\n"
    "sanjal unit add DIR --code C --title T --kind ROLE\n"
    "sanjal import DIR --format F|--map FILE|NAME FILE [--unit ID] [--encoding E] [--sheet S] [--dry-run]\n"
    "sanjal import DIR --undo BATCH\n"
    "sanjal map save DIR FILE --name N\n"
    "sanjal map list|show DIR [--name N]\n"
    "sanjal export DIR [--record ID]... --purpose P --out FILE [--files]\n"
    "sanjal export DIR --format htcds-csv|htcds-xlsx|csv|xlsx [--map FILE|NAME] --purpose P --out FILE [--clinical]\n"
    "sanjal verify DIR [--views] | FILE\n"
    "sanjal rebuild DIR\n"
    "sanjal erase DIR --record ID [--field F]... --reason R --approve A --approve B\n"
    "sanjal key rotate DIR\n"
    "sanjal backup DIR --out DIR2 --keys DIR3\n"
    "sanjal restore DIR --from DIR2 --keys DIR3 [--erased FILE]\n"
    "sanjal pack check DIR\n"
    "sanjal pack test DIR\n"
    "sanjal pack new DIR --title T\n"
    "sanjal pack diff DIR-BEFORE DIR-AFTER\n"
    "sanjal pack compile DIR\n"
    "sanjal pack strings DIR --language L\n"
    "sanjal pack load NODE-DIR DIR\n"
    "sanjal pack print DIR FORM --out FILE [--languages bn,en] [--paper a4|legal|foolscap] [--size 10]\n"
    "sanjal peer card DIR [--address URL]... [--out FILE]\n"
    "sanjal peer add DIR --card FILE\n"
    "sanjal peer confirm DIR --peer NODE --code WORDS\n"
    "sanjal peer list DIR\n"
    "sanjal peer evidence FILE\n"
    "sanjal bundle out DIR --peer NODE --to FOLDER\n"
    "sanjal bundle in DIR FILE|FOLDER...\n"
    "sanjal bundle key DIR --out FILE\n"
    "sanjal match pairs FILE.tsv --id COL --a COL --b COL [--explain]\n"
    "sanjal match rank --corpus C.tsv --queries Q.tsv --top K\n"
    "sanjal match link A.csv [B.csv] --id COL --map name=COL+COL,born=COL,... [--min BITS] [--explain]\n"
    "sanjal match search --register R.csv --queries Q.csv --map ... [--top K] [--explain] [--language L]\n"
    "--json on everything that prints; the passphrase by prompt, --passphrase-file FILE or SANJAL_PASSPHRASE.\n";

int exit_code(Error const& error) {
    switch (error.fault) {
        case Fault::Io:
        case Fault::Full:
        case Fault::Busy:
        case Fault::Internal: return 3;
        default: return 1;
    }
}

int failed(Error const& error, bool json) {
    if (json) {
        std::printf("%s\n", write_json(Json::object({{"error", error.message}, {"code", error.code}, {"where", error.where}})).c_str());
    }
    std::fprintf(stderr, "sanjal: %s%s%s [%s]\n", error.message.c_str(), error.where.empty() ? "" : " At: ", error.where.c_str(), error.code.c_str());
    return exit_code(error);
}

int wrong_usage() {
    std::fputs(usage, stderr);
    return 2;
}

void print(Json const& json, bool as_json) {
    if (as_json) {
        std::printf("%s\n", write_json(json).c_str());
        return;
    }
    for (auto const& [name, value] : json.members()) std::printf("%-14s %s\n", name.c_str(), value.is_text() ? value.text().c_str() : write_json(value).c_str());
}

// Packs stand beside the program or in the source tree, or where SANJAL_PACKS says.
std::string pack_folder(std::string const& name) {
    if (name.find('/') != std::string::npos) return name;
    if (char const* given = std::getenv("SANJAL_PACKS")) return std::string(given) + "/" + name;
    char self[4096] = {};
    auto const length = readlink("/proc/self/exe", self, sizeof self - 1);
    std::string folder(self, length > 0 ? static_cast<std::size_t>(length) : 0);
    for (int up = 0; up < 4; ++up) {
        folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
        if (access((folder + "/packs/" + name).c_str(), R_OK | X_OK) == 0) return folder + "/packs/" + name;  // `demo` is a story, not a pack
    }
    return "/usr/share/sanjal/packs/" + name;
}

}  // namespace sanjal::cli
