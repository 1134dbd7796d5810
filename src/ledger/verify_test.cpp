// An export with anything changed in it is refused.  SANJAL_MUTANTS: how many mutants of each export (default 50,000).
#include "ledger/verify.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "ledger/node_for_test.h"

using namespace sanjal;

namespace {

class Mutator {
public:
    Mutator(std::string const& original, std::uint64_t seed) : original_(original), engine_(seed) {}

    std::string next() {
        std::string text = original_;
        auto const times = below(4) == 0 ? 1 + below(4) : 1;
        for (std::uint64_t i = 0; i < times && !text.empty(); ++i) change(text);
        return text;
    }

private:
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    std::size_t place(std::string const& text) { return static_cast<std::size_t>(below(text.size())); }

    void change(std::string& text) {
        static std::string const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        auto const at = place(text);
        switch (below(14)) {
            case 0: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
            case 1: text.erase(at, 1 + below(3)); break;
            case 2: text.insert(at, 1, alphabet[below(alphabet.size())]); break;
            case 3: text[at] = alphabet[below(alphabet.size())]; break;
            case 4: text.insert(at, " "); break;
            case 5: text.resize(at); break;
            case 6: text += text.substr(at, 50); break;
            case 7: std::swap(text[at], text[place(text)]); break;
            case 8: {  // two lines
                auto const from = text.rfind('\n', at);
                auto const end = text.find('\n', at);
                if (from == std::string::npos || end == std::string::npos) break;
                std::string const line = text.substr(from + 1, end - from);
                if (below(2) == 0) text.erase(from + 1, end - from);
                else text.insert(below(2) == 0 ? from + 1 : end + 1, line);
                break;
            }
            case 9: {  // a disclosure leaves, comes twice, or moves
                auto const from = text.find('~', at);
                auto const end = from == std::string::npos ? from : text.find('~', from + 1);
                if (end == std::string::npos || end - from > 2000) break;
                std::string const one = text.substr(from + 1, end - from);
                if (below(2) == 0) text.erase(from + 1, end - from);
                auto const to = text.find('~', place(text));
                if (to != std::string::npos && below(3) > 0) text.insert(to + 1, one);
                break;
            }
            case 10: {  // the last character of something in base64: its unused bits
                auto const end = text.find_first_of(".~\"", at);
                if (end == std::string::npos || end == 0) break;
                auto const found = alphabet.find(text[end - 1]);
                if (found != std::string::npos) text[end - 1] = alphabet[found ^ (1U + below(3))];
                break;
            }
            case 11: text.replace(at, 1, "\\u00" + std::string(1, "0123456789abcdef"[static_cast<unsigned char>(text[at]) >> 4U & 15U]) + std::string(1, "0123456789abcdef"[static_cast<unsigned char>(text[at]) & 15U])); break;
            case 12: {  // digits
                auto const digit = text.find_first_of("0123456789", at);
                if (digit != std::string::npos) text[digit] = static_cast<char>('0' + below(10));
                break;
            }
            default: text.insert(at, below(2) == 0 ? "\r" : "\n"); break;
        }
    }

    std::string const& original_;
    std::mt19937_64 engine_;
};

void none_is_accepted(std::string const& original, std::int64_t count) {
    ledger::VerifyOptions options;
    options.threads = 1;
    REQUIRE(ledger::verify_export(original, options).accepted);
    std::atomic<std::int64_t> tried{0};
    std::atomic<std::int64_t> accepted{0};
    std::atomic<std::uint64_t> bad_seed{0};
    std::vector<std::thread> threads;
    unsigned const cores = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned t = 0; t < cores; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint64_t seed = t; seed < static_cast<std::uint64_t>(count); seed += cores) {
                auto const mutant = Mutator(original, seed).next();
                if (mutant == original) continue;
                ++tried;
                if (!ledger::verify_export(mutant, options).accepted) continue;
                ++accepted;
                bad_seed = seed;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    INFO("an accepted mutant has seed ", bad_seed.load());
    CHECK(accepted == 0);
    CHECK(tried > count * 9 / 10);
}

}  // namespace

TEST_CASE("none of 100,000 mutants of exports is accepted") {
    FolderForTest const folder;
    ledger::NodeForTest node(folder.path, true, ledger::master_for_test());
    REQUIRE(node.result);
    std::string const record = ledger::record_id();
    node.add(record, {{"name", "রীনা", "identity"}, {"phone", "98", "contact"}, {"hurt", "yes", "medical"}});
    node.add(record, {{"name", "রীনা দেবী", "identity"}});
    char const* const given = std::getenv("SANJAL_MUTANTS");
    std::int64_t const count = given != nullptr ? std::strtol(given, nullptr, 10) : 55'000;
    none_is_accepted(node.exported({}), count);
    none_is_accepted(node.exported({record}), count);
}
