// The limit for verifying: the same library on the same messages, one thread per core, and nothing else.
//
//   bench_ed25519_limit EXPORT [SECONDS]     the signatures of an export's entries, over and over
//
// Prints one JSON object: messages, bytes_mean, threads, per_second, cpu_us_each (of all threads: other work on the machine
// disturbs it less than the clock on the wall).

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "crypto/key.h"
#include "crypto/sd_jwt.h"

namespace {

using namespace sanjal;

struct Message {
    std::string text;
    Bytes signature;
    std::string kid;
};

// Every SD-JWT that stands in a text, wherever it stands: so the form of the export's lines is not known here.
std::vector<std::string> entries_of(std::string const& line) {
    std::vector<std::string> found;
    std::size_t at = 0;
    while ((at = line.find("\"eyJ", at)) != std::string::npos) {
        auto const end = line.find('"', at + 1);
        if (end == std::string::npos) break;
        if (line[end - 1] == '~') found.push_back(line.substr(at + 1, end - at - 1));
        at = end;
    }
    return found;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval const& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) {
        std::fprintf(stderr, "bench_ed25519_limit EXPORT [SECONDS]\n");
        return 2;
    }
    double const seconds = count > 2 ? std::atof(words[2]) : 5;
    std::ifstream in(words[1], std::ios::binary);
    std::vector<Message> messages;
    std::map<std::string, crypto::PublicKey> keys;
    std::size_t bytes = 0;
    for (std::string line; std::getline(in, line) && messages.size() < 200'000;) {
        for (auto const& compact : entries_of(line)) {
            auto const entry = crypto::parse(compact);
            if (!entry) continue;
            if (entry->claims.jwk) {
                if (auto const key = crypto::from_jwk(*entry->claims.jwk)) keys.emplace(crypto::thumbprint(*key), *key);
            }
            auto const end = entry->signed_part.rfind('.');
            messages.push_back({entry->signed_part.substr(0, end), entry->signature, entry->claims.kid});
            bytes += end;
        }
    }
    std::vector<crypto::PublicKey const*> of;
    for (auto const& message : messages) {
        auto const key = keys.find(message.kid);
        if (key == keys.end()) {
            std::fprintf(stderr, "bench_ed25519_limit: the export does not introduce the key of one of its entries\n");
            return 1;
        }
        of.push_back(&key->second);
    }
    if (messages.empty()) {
        std::fprintf(stderr, "bench_ed25519_limit: no entry in this file\n");
        return 1;
    }
    unsigned const threads = std::max(1U, std::thread::hardware_concurrency());
    std::atomic<std::size_t> done{0};
    std::atomic<bool> wrong{false};
    double const cpu_before = cpu_seconds();
    auto const start = std::chrono::steady_clock::now();
    std::vector<std::thread> running;
    for (unsigned t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            std::size_t mine = 0;
            for (std::size_t i = t; std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds; i = (i + threads) % messages.size()) {
                if (!crypto::verify(*of[i], messages[i].text, messages[i].signature)) wrong = true;
                ++mine;
            }
            done += mine;
        });
    }
    for (auto& thread : running) thread.join();
    double const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    double const cpu = cpu_seconds() - cpu_before;
    std::printf("{\"messages\": %zu, \"bytes_mean\": %.0f, \"threads\": %u, \"per_second\": %.0f, \"cpu_us_each\": %.2f}\n", messages.size(),
                static_cast<double>(bytes) / static_cast<double>(messages.size()), threads, static_cast<double>(done.load()) / took,
                cpu * 1e6 / static_cast<double>(done.load()));
    return wrong ? 1 : 0;
}
