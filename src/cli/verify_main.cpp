// sanjal-verify: checks an export without a database and without a network.
// Exit codes: 0 accepted, 1 not valid, 2 usage, 3 the file cannot be read.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "base/time.h"
#include "ledger/verify.h"

namespace {

using namespace sanjal;

std::string day(std::int64_t seconds) { return format_instant(instant_of(seconds * 1000)); }

void explain(Json const& answer) {
    std::printf("ACCEPTED. Nothing in this file was changed since it was made.\n\n");
    std::printf("  made by node   %s\n", std::string(answer.text_at("node")).c_str());
    std::printf("  log            %s\n", std::string(answer.text_at("origin")).c_str());
    std::printf("  made           %s for: %s\n", std::string(answer.text_at("made")).c_str(), std::string(answer.text_at("purpose")).c_str());
    std::printf("  entries        %lld of %lld in the log, about %lld records\n", static_cast<long long>(answer.integer_at("entries")),
                static_cast<long long>(answer.integer_at("size")), static_cast<long long>(answer.integer_at("records")));
    std::printf("  signed         from %s to %s, by the signers' clocks\n", day(answer.integer_at("first_signed")).c_str(), day(answer.integer_at("last_signed")).c_str());
    if (answer.integer_at("files") > 0) std::printf("  files          %lld, each as it was recorded\n", static_cast<long long>(answer.integer_at("files")));
    std::printf("  checked        every signature, every shown field, every proof, the checkpoint and the manifest\n");
    auto const* erased = answer.find("erased");
    if (erased != nullptr && !erased->items().empty()) std::printf("  erased         by %zu entries, each with its reason\n", erased->items().size());
    std::printf("\nCompare the node's id with the one that you know from elsewhere.\n");
}

}  // namespace

int main(int count, char** values) {
    bool json = false;
    std::string path;
    ledger::VerifyOptions options;
    for (int i = 1; i < count; ++i) {
        if (std::strcmp(values[i], "--json") == 0) {
            json = true;
        } else if (std::strcmp(values[i], "--node") == 0 && i + 1 < count) {
            options.expected_node = values[++i];
        } else if (path.empty()) {
            path = values[i];
        } else {
            path.clear();
            break;
        }
    }
    if (path.empty()) {
        std::fputs("sanjal-verify [--json] [--node ID] FILE|-\n", stderr);
        return 2;
    }
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "sanjal-verify: this file cannot be read: %s\n", path.c_str());
            return 3;
        }
    }
    std::istream& in = path == "-" ? std::cin : file;
    auto const verdict = ledger::verify_export(
        [&](char* buffer, std::size_t size) -> Result<std::size_t> {
            in.read(buffer, static_cast<std::streamsize>(size));
            if (in.bad()) return fail(Fault::Io, "verify.io", "The file cannot be read to its end.");
            return static_cast<std::size_t>(in.gcount());
        },
        options);
    if (json) {
        Json out = Json::object({{"accepted", verdict.accepted}, {"answer", verdict.answer}});
        if (!verdict.accepted) out.set("why", verdict.why).set("where", verdict.where);
        std::printf("%s\n", write_json(out).c_str());
    } else if (verdict.accepted) {
        explain(verdict.answer);
    } else {
        std::printf("NOT VALID. %s\n%s%s\n", verdict.why.c_str(), verdict.where.empty() ? "" : "At: ", verdict.where.c_str());
    }
    return verdict.accepted ? 0 : 1;
}
