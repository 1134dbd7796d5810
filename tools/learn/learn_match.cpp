// Learns src/match/sound_table.inc and name_weights.inc from pairs of names: by expectation and maximisation over all ways in
// which the Latin letters of a name may be cut into the units of its other spelling.  See tools/learn_match.py, which runs it.
//   match_learn sounds --pairs F --sets a,b,... --hand F [--vectors F]... [--half 0|1]  > sound_table.inc
//   match_learn weights --pairs F --sets a,b,... [--half 0|1]                          > name_weights.inc
//   match_learn scores --pairs F --sets a,b,... [--half 0|1]      what each pair gets, and its evidence
// --half takes the pairs of one half of the names alone, to look at the other.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "match/edit.h"
#include "match/name.h"
#include "match/name_score.h"
#include "match/units.h"
#include "text/normalise.h"

namespace {

using namespace sanjal;
using namespace sanjal::match;

struct Pair {
    std::string id, set, script, native, latin;
    int label = 0;
};

std::vector<std::string> split(std::string const& line, char at) {
    std::vector<std::string> out;
    std::istringstream in(line);
    for (std::string part; std::getline(in, part, at);) out.push_back(part);
    return out;
}

std::uint64_t hash_of(std::string const& text) {
    std::uint64_t h = 1469598103934665603U;
    for (char const c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return h ^ (h >> 29U);
}

std::vector<Pair> read_pairs(std::string const& path, std::set<std::string> const& sets, int half) {
    std::vector<Pair> out;
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        auto const cells = split(line, '\t');
        if (cells.size() < 6 || (!sets.empty() && sets.count(cells[1]) == 0)) continue;
        if (half >= 0 && static_cast<int>((hash_of(cells[3]) >> 7U) & 1U) != half) continue;
        out.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5] == "1" ? 1 : 0});
    }
    return out;
}

// ---- sounds

struct Item {
    std::vector<int> units;
    std::vector<int> second;
    std::vector<std::string> letters;  // other orders of the Latin words
};

struct Learner {
    std::unordered_map<std::u32string, int> number;
    std::vector<std::u32string> unit;
    std::vector<std::map<std::string, double>> prior, share;
    std::vector<Item> items;
    std::array<double, 27 * 27> letters{};
    std::map<std::u32string, std::map<std::string, double>> hand;  // by unit as hand_units.txt has it
    std::map<std::u32string, std::map<std::string, double>> hand_more;

    int id(std::u32string const& name) {
        auto const [at, fresh] = number.emplace(name, static_cast<int>(unit.size()));
        if (fresh) {
            unit.push_back(name);
            prior.push_back(beginning(name));
            share.push_back(prior.back());
        }
        return at->second;
    }

    // Which hand-made line speaks of a unit.
    std::vector<std::u32string> hand_keys(std::u32string const& name) const {
        std::u32string const rest = name.size() > 2 ? name.substr(2) : U"_";
        if (name[0] == U'M') return {(name[1] == U'o' ? U"m" : U"r") + rest};
        if (name[0] == U'T') return {(name[1] == U'o' ? U"t" : U"y") + rest};
        if (name[0] == U'm') return {(name[1] == U'i' ? U"M" : U"F") + rest};
        if (name[0] == U'c') return {(name[1] == U'i' ? U"C" : U"c") + rest};
        if (name[0] == U'X' || name[0] == U'L' || name[0] == U'K') return {};
        if (name[1] == U'@') return {(name[0] == U'B' ? U"B" : U"@") + name.substr(2), U"@" + name.substr(2)};
        if (name[1] == U'~' || name[1] == U'^') return {name.substr(1, 1) + name.substr(2)};
        return {(name[1] == U'.' || name[1] == U',' || name[1] == U'+' ? U"b" : U"v") + rest};
    }

    std::map<std::string, double> beginning(std::u32string const& name) {
        std::map<std::string, double> out;
        for (auto const& key : hand_keys(name)) {
            auto const found = hand.find(key);
            if (found == hand.end()) continue;
            out = found->second;
            if (name[1] == U'+') out[""] += 0.5;
            break;
        }
        if (name[0] == U'X') {
            std::string own;
            for (char32_t const c : name.substr(1)) {
                if (c < 0x80 && c != U'>') own.push_back(static_cast<char>(c));
            }
            out[own.substr(0, 4)] = 4;
        }
        if (out.empty()) {
            std::u32string characters;
            for (char32_t const c : name) {
                if (c >= 0x80) characters.push_back(c);
            }
            std::string latin = text::plain_latin(characters);
            latin.erase(std::remove(latin.begin(), latin.end(), ' '), latin.end());
            // A consonant of Brahmi comes with its a, which is a unit of its own.
            out[latin.substr(0, 4)] = 1;
            if (name[0] == U'L' && latin.size() == 1) {
                for (char const v : {'a', 'i', 'u'}) out[latin + v] = 0.2;
            }
        }
        return out;
    }

    double surprise(std::string const& s) const {
        unsigned before = 0;
        double bits = 0;
        for (char const c : s) {
            auto const here = static_cast<unsigned>(c - 'a' + 1);
            bits += letters[before * 27 + here];
            before = here;
        }
        return bits + letters[before * 27];
    }

    // The share of `s` for a unit, with a floor for what was never seen that makes long letters dear.
    double chance(int u, std::string const& s) const {
        auto const& row = share[static_cast<std::size_t>(u)];
        auto const found = row.find(s);
        double const floor = s.empty() ? 1e-3 : std::pow(2.0, -6.0 - 4.5 * static_cast<double>(s.size()));
        return found == row.end() ? floor : std::max(found->second, floor);
    }

    // Forward and backward; adds the expected counts.  Gives log2 of the chance.
    double expect(std::vector<int> const& units, std::string const& s, std::vector<std::map<std::string, double>>* counts, double weight) const {
        std::size_t const n = units.size(), m = s.size();
        std::vector<double> f((n + 1) * (m + 1), 0), b((n + 1) * (m + 1), 0);
        auto const at = [&](std::size_t i, std::size_t j) { return i * (m + 1) + j; };
        std::vector<std::array<double, 5>> table(n * (m + 1));
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j <= m; ++j) {
                for (std::size_t k = 0; k <= 4 && j + k <= m; ++k) table[i * (m + 1) + j][k] = chance(units[i], s.substr(j, k));
            }
        }
        f[0] = 1;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j <= m; ++j) {
                if (f[at(i, j)] <= 0) continue;
                for (std::size_t k = 0; k <= 4 && j + k <= m; ++k) f[at(i + 1, j + k)] += f[at(i, j)] * table[i * (m + 1) + j][k];
            }
        }
        double const all = f[at(n, m)];
        if (all <= 0 || counts == nullptr) return all > 0 ? std::log2(all) : -1e9;
        b[at(n, m)] = 1;
        for (std::size_t i = n; i-- > 0;) {
            for (std::size_t j = 0; j <= m; ++j) {
                double sum = 0;
                for (std::size_t k = 0; k <= 4 && j + k <= m; ++k) sum += table[i * (m + 1) + j][k] * b[at(i + 1, j + k)];
                b[at(i, j)] = sum;
            }
        }
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j <= m; ++j) {
                if (f[at(i, j)] <= 0) continue;
                for (std::size_t k = 0; k <= 4 && j + k <= m; ++k) {
                    double const p = f[at(i, j)] * table[i * (m + 1) + j][k] * b[at(i + 1, j + k)] / all;
                    if (p > 1e-4) (*counts)[static_cast<std::size_t>(units[i])][s.substr(j, k)] += p * weight;
                }
            }
        }
        return std::log2(all);
    }

    // Shares from counts and what was there before; a unit of one Brahmic script leans on the same unit of all of them.
    void maximise(std::vector<std::map<std::string, double>>& counts) {
        std::map<std::u32string, std::map<std::string, double>> pooled;
        std::map<std::u32string, double> pooled_sum;
        auto const family = [](std::u32string const& name) {
            static std::u32string const scripts = U"DBSEGJOAUNY";
            return scripts.find(name[0]) != std::u32string::npos && name.size() > 1 ? name.substr(1) : std::u32string();
        };
        for (std::size_t u = 0; u < unit.size(); ++u) {
            auto const key = family(unit[u]);
            if (key.empty() || key[0] == U'@') continue;
            for (auto const& [s, c] : counts[u]) {
                pooled[key][s] += c;
                pooled_sum[key] += c;
            }
        }
        for (std::size_t u = 0; u < unit.size(); ++u) {
            std::map<std::string, double> row = counts[u];
            double prior_sum = 0;
            for (auto const& [s, c] : prior[u]) prior_sum += c;
            for (auto const& [s, c] : prior[u]) row[s] += 4 * c / prior_sum;
            auto const key = family(unit[u]);
            if (!key.empty() && pooled_sum[key] > 0) {
                for (auto const& [s, c] : pooled[key]) row[s] += 6 * c / pooled_sum[key];
            }
            double sum = 0;
            for (auto const& [s, c] : row) sum += c;
            share[u].clear();
            for (auto const& [s, c] : row) {
                if (c / sum > 1e-4) share[u][s] = c / sum;
            }
        }
    }

    void run(int rounds) {
        std::vector<std::map<std::string, double>> counts(unit.size());
        maximise(counts);
        for (int round = 0; round < rounds; ++round) {
            for (auto& row : counts) row.clear();
            double total = 0;
            std::size_t used = 0;
            for (auto const& item : items) {
                double best = -1e9;
                std::vector<int> const* best_units = nullptr;
                std::string const* best_letters = nullptr;
                for (auto const* units : {&item.units, &item.second}) {
                    if (units->empty()) continue;
                    for (auto const& s : item.letters) {
                        double const bits = expect(*units, s, nullptr, 1);
                        if (bits > best) {
                            best = bits;
                            best_units = units;
                            best_letters = &s;
                        }
                    }
                }
                if (best_units == nullptr) continue;
                // What is no likelier than chance is another name, or translated.
                double const gain = best + surprise(*best_letters);
                if (round > 1 && gain < 0.3 * static_cast<double>(best_letters->size())) continue;
                total += expect(*best_units, *best_letters, &counts, 1);
                ++used;
            }
            maximise(counts);
            std::fprintf(stderr, "round %d: %zu of %zu used, %.4f bits each\n", round, used, items.size(), total / static_cast<double>(used));
        }
    }
};

std::string joined(std::vector<std::string> const& words, std::string const& between = "") {
    std::string out;
    for (auto const& word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

void add_item(Learner& learner, std::vector<Part const*> const& native, std::vector<std::string> const& latin) {
    Item item;
    for (auto const* part : native) {
        Word const word{part->script, part->letters};
        for (auto const& unit : units_of(word)) item.units.push_back(learner.id(unit));
        for (auto const& unit : second_units_of(word)) item.second.push_back(learner.id(unit));
    }
    item.letters.push_back(joined(latin));
    bool const turns = native[0]->script == text::Script::Han || native[0]->script == text::Script::Hangul || native[0]->script == text::Script::Arabic;
    if (turns && latin.size() > 1 && latin.size() < 4) {
        for (std::size_t k = 1; k < latin.size(); ++k) {
            auto turned = latin;
            std::rotate(turned.begin(), turned.begin() + static_cast<std::ptrdiff_t>(k), turned.end());
            item.letters.push_back(joined(turned));
        }
    }
    if (!item.units.empty() && !item.letters[0].empty() && item.letters[0].size() <= 60) learner.items.push_back(std::move(item));
}

void add_pair(Learner& learner, Pair const& pair, SoundTable const& empty) {
    Name const native = parse_name(pair.native, empty);
    Name const latin = parse_name(pair.latin, empty);
    std::vector<Part const*> words;
    for (auto const& part : native.parts) {
        if (part.title == nullptr && part.script != text::Script::Latin) words.push_back(&part);
    }
    std::vector<std::string> letters;
    for (auto const& part : latin.parts) {
        if (part.script != text::Script::Latin) return;
        if (part.title == nullptr || text::is_unspaced(native.parts.empty() ? text::Script::None : native.parts[0].script)) letters.push_back(part.latin);
    }
    if (text::is_unspaced(native.parts.empty() ? text::Script::None : native.parts[0].script)) {
        words.clear();
        for (auto const& part : native.parts) words.push_back(&part);
    }
    if (words.empty() || letters.empty()) return;
    if (!native.is_unspaced() && words.size() == letters.size()) {
        for (std::size_t i = 0; i < words.size(); ++i) add_item(learner, {words[i]}, {letters[i]});
        return;
    }
    add_item(learner, words, letters);
}

void read_hand(Learner& learner, std::string const& path) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        auto const cells = split(line, ' ');
        auto key = text::decode(cells[0]);
        if (cells[0] == "b" || cells[0] == "v") {
            // Composed letters as the front end takes them apart: letter and nukta as a place.
            for (char32_t const c : text::fold(cells[1])) key.push_back(c);
            for (char32_t& c : key) {
                if (c == 0x93C) c = 0x93C;
            }
        } else {
            for (char32_t const c : text::decode(cells[1])) key.push_back(c == 0x93C ? char32_t{0x93C} : c);
        }
        double weight = 1;
        for (std::size_t i = 2; i < cells.size(); ++i) {
            learner.hand[key][cells[i] == "-" ? "" : cells[i].substr(0, 4)] += weight;
            weight *= 0.4;
        }
    }
}

void learn_letters(Learner& learner, std::vector<Pair> const& pairs, SoundTable const& empty) {
    std::array<double, 27 * 27> counts{};
    counts.fill(0.5);
    for (auto const& pair : pairs) {
        for (auto const& part : parse_name(pair.latin, empty).parts) {
            if (part.script != text::Script::Latin) continue;
            unsigned before = 0;
            for (char const c : part.latin) {
                auto const here = static_cast<unsigned>(c - 'a' + 1);
                counts[before * 27 + here] += 1;
                before = here;
            }
            counts[before * 27] += 1;
        }
    }
    for (std::size_t row = 0; row < 27; ++row) {
        double sum = 0;
        for (std::size_t i = 0; i < 27; ++i) sum += counts[row * 27 + i];
        for (std::size_t i = 0; i < 27; ++i) learner.letters[row * 27 + i] = std::min(9.0, -std::log2(counts[row * 27 + i] / sum));
    }
}

// Other Latin spellings of the same names, drawn from what was learned: the pairs from which Latin against Latin is learned.
std::vector<std::pair<std::string, std::string>> draw_latin(Learner const& learner, std::size_t count) {
    std::vector<std::pair<std::string, std::string>> out;
    std::uint64_t state = 88172645463325252U;
    auto const uniform = [&] {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<double>(state >> 11U) / 9007199254740992.0;
    };
    auto const draw = [&](Item const& item) {
        std::string s;
        for (int const u : item.units) {
            double at = uniform();
            for (auto const& [letters, p] : learner.share[static_cast<std::size_t>(u)]) {
                at -= p;
                if (at <= 0) {
                    s += letters;
                    break;
                }
            }
        }
        return s;
    };
    for (std::size_t i = 0; i < learner.items.size() && out.size() < count; ++i) {
        auto const& item = learner.items[i];
        std::u32string const& first = learner.unit[static_cast<std::size_t>(item.units[0])];
        bool const fits = first[0] == U'D' || first[0] == U'B' || first[0] == U'M';
        if (!fits || item.letters[0].size() > 16) continue;
        std::string const other = draw(item);
        if (!other.empty()) out.emplace_back(item.letters[0], other);
        if (!other.empty()) out.emplace_back(other, item.letters[0]);
        out.emplace_back(item.letters[0], item.letters[0]);
    }
    return out;
}

void print_table(Learner const& learner) {
    std::printf("// Made by tools/learn_match.py: do not edit.  Units and how likely each is written with which Latin letters, in eighths of a bit.\n"
                "// Begun from tools/learn/hand_units.txt and tests/vectors/match (hand-made); learned from pairs of names whose licences allow it:\n"
                "// Wikidata labels (CC0), NETransliteration-COLING2018 (CC0), google/language-resources hi_ur (CC0, CC-BY 4.0), in-rolls/indicate (MIT),\n"
                "// Parlikar's Indian names (CC-BY 3.0), ye-kyaw-thu/myRoman and Myanmar-Name_en-2-mm (Apache-2.0), nuhil/bangladesh-geocode (MIT).\n"
                "// Only these shares are kept, no name.\nR\"table(\n");
    std::vector<std::size_t> order(learner.unit.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return learner.unit[a] < learner.unit[b]; });
    std::size_t bytes = 0;
    for (auto const u : order) {
        std::vector<std::pair<double, std::string>> options;
        for (auto const& [s, p] : learner.share[u]) {
            if (p >= 0.004) options.emplace_back(-std::log2(p), s);
        }
        std::sort(options.begin(), options.end());
        if (options.size() > 16) options.resize(16);
        std::string line = text::encode(learner.unit[u]);
        for (auto const& [bits, s] : options) line += " " + s + ":" + std::to_string(static_cast<int>(std::lround(bits * 8)));
        bytes += line.size() + 1;
        if (bytes > 50000) {  // compilers need not take longer strings than 64 KiB
            std::printf(")table\",\nR\"table(");
            bytes = line.size();
        }
        std::printf("%s\n", line.c_str());
    }
    std::printf(")table\",\nR\"table(");
    for (std::size_t row = 0; row < 27; ++row) {
        std::printf("%% %zu", row);
        for (std::size_t i = 0; i < 27; ++i) std::printf(" %d", static_cast<int>(std::lround(learner.letters[row * 27 + i] * 8)));
        std::printf("\n");
    }
    std::printf(")table\"\n");
}

int learn_sounds(std::vector<Pair> const& pairs, std::vector<Pair> const& vectors, std::string const& hand) {
    SoundTable const empty{std::string_view()};
    Learner learner;
    read_hand(learner, hand);
    learn_letters(learner, pairs, empty);
    for (auto const& pair : pairs) {
        if (pair.label == 1) add_pair(learner, pair, empty);
    }
    for (auto const& pair : vectors) {
        for (int i = 0; i < 3; ++i) add_pair(learner, pair, empty);
    }
    // Hand-made units that no pair showed are there too.
    for (auto const& [key, options] : learner.hand) {
        char32_t const kind = key[0];
        std::u32string const rest = key.substr(1) == U"_" ? U"" : key.substr(1);
        if (kind == U'm') learner.id(U"Mo" + rest);
        if (kind == U'r') learner.id(U"Mr" + rest);
        if (kind == U't') learner.id(U"To" + rest);
        if (kind == U'y') learner.id(U"Tr" + rest);
        if (kind == U'M') learner.id(U"mi" + rest);
        if (kind == U'F') learner.id(U"mf" + rest);
        if (kind == U'C') learner.id(U"ci" + rest);
        if (kind == U'c') learner.id(U"cf" + rest);
        for (char32_t const script : std::u32string(U"DBSEGJOAUNY")) {
            for (char32_t const k : std::u32string(U".,+")) {
                if (kind == U'b') learner.id(std::u32string{script, k} + rest);
            }
            for (char32_t const k : std::u32string(U":;=<")) {
                if (kind == U'v') learner.id(std::u32string{script, k} + rest);
            }
            if (kind == U'@') learner.id(std::u32string{script, U'@'} + rest);
            if (kind == U'~' || kind == U'^') learner.id(std::u32string{script, kind} + rest);
        }
    }
    learner.run(8);
    auto const latin = draw_latin(learner, 60000);
    std::size_t const before = learner.items.size();
    learner.items.clear();
    for (auto const& [one, other] : latin) {
        Item item;
        Part const part = make_part(text::Script::Latin, std::u32string(one.begin(), one.end()), empty);
        for (auto const& unit : latin_units_of(part.letters)) item.units.push_back(learner.id(unit));
        item.letters.push_back(other);
        learner.items.push_back(std::move(item));
    }
    std::fprintf(stderr, "%zu items, %zu Latin pairs drawn\n", before, latin.size());
    Learner of_latin = learner;
    of_latin.run(4);
    for (std::size_t u = 0; u < learner.unit.size(); ++u) {
        if (learner.unit[u][0] == U'X') learner.share[u] = of_latin.share[u];
    }
    print_table(learner);
    return 0;
}

// ---- weights: logistic regression, all pairs alike, in bits

// Of a name with several words, one that has another word in place of one of them: brothers and sisters, who share all else.
std::vector<Pair> relatives_of(std::vector<Pair> const& pairs) {
    std::vector<Pair> out;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        auto words = split(pairs[i].latin, ' ');
        if (pairs[i].label != 1 || words.size() < 2) continue;
        std::uint64_t const chance = hash_of(pairs[i].native);
        for (std::size_t k = 1; k < 60; ++k) {
            auto const& other = pairs[(i + k * 37) % pairs.size()];
            auto const others = split(other.latin, ' ');
            if (other.set != pairs[i].set || others.size() < 2) continue;
            std::string const& fresh = others[chance / 7 % others.size()];
            std::string& old = words[chance % words.size()];
            if (fresh.size() < 3 || old.size() < 3 || 2 * strokes_apart(fresh, old) <= static_cast<int>(std::max(fresh.size(), old.size()))) continue;
            old = fresh;
            Pair relative = pairs[i];
            relative.label = 0;
            relative.latin = joined(words, " ");
            out.push_back(std::move(relative));
            break;
        }
    }
    return out;
}

int learn_weights(std::vector<Pair> const& pairs) {
    constexpr std::size_t n = name_feature_count;
    constexpr double relative_weight = 1.0;  // beside the pairs that were given
    constexpr std::size_t all = n * (1 + script_kind_count);  // what is common, and what each kind of script adds
    std::vector<NameFeatures> rows;
    std::vector<std::size_t> kinds;
    std::vector<double> labels, weights;
    std::map<std::string, double> per_script;
    for (auto const& pair : pairs) per_script[pair.script] += 1;
    auto const add = [&](Pair const& pair, double weight) {
        auto const evidence = compare_names(parse_name(pair.native), parse_name(pair.latin));
        rows.push_back(features_of(evidence));
        kinds.push_back(static_cast<std::size_t>(evidence.kind));
        labels.push_back(pair.label);
        weights.push_back(weight / std::sqrt(per_script[pair.script]));
    };
    for (auto const& pair : pairs) add(pair, 1.0);
    for (auto const& pair : relatives_of(pairs)) add(pair, relative_weight);
    std::array<double, all> w{}, g2{};
    g2.fill(1e-6);
    for (int round = 0; round < 1500; ++round) {
        std::array<double, all> g{};
        double loss = 0, sum = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::size_t const own = n * (1 + kinds[i]);
            double z = 0;
            for (std::size_t k = 0; k < n; ++k) z += (w[k] + w[own + k]) * static_cast<double>(rows[i][k]);
            double const p = 1 / (1 + std::exp(-z));
            loss -= weights[i] * (labels[i] > 0 ? std::log(p + 1e-12) : std::log(1 - p + 1e-12));
            sum += weights[i];
            for (std::size_t k = 0; k < n; ++k) {
                double const d = weights[i] * (p - labels[i]) * static_cast<double>(rows[i][k]);
                g[k] += d;
                g[own + k] += d;
            }
        }
        for (std::size_t k = 0; k < all; ++k) {
            double const d = g[k] / sum + (k < n ? 1e-5 : 1e-4) * w[k];
            g2[k] = 0.97 * g2[k] + 0.03 * d * d;
            w[k] -= (round < 700 ? 0.05 : 0.01) * d / std::sqrt(g2[k] + 1e-9);
        }
        if (round % 250 == 0) std::fprintf(stderr, "round %d loss %.5f\n", round, loss / sum);
    }
    std::printf("// Made by tools/learn_match.py: do not edit.  Bits for each feature of name_score.cpp, by family of scripts; logistic regression on the\n"
                "// pairs that sound_table.inc names, with names beside them that are alike and not the same, and names that share all but one word.\n");
    std::printf("constexpr float name_weights[script_kind_count][name_feature_count] = {\n");
    for (std::size_t kind = 0; kind < script_kind_count; ++kind) {
        std::printf("    {");
        for (std::size_t k = 0; k < n; ++k) std::printf("%s%.4fF", k == 0 ? "" : ", ", (w[k] + w[n * (1 + kind) + k]) * 1.442695);
        std::printf("},\n");
    }
    std::printf("};\nconstexpr float exact_name_bits = 30.0F;\n");
    return 0;
}

}  // namespace

int main(int count, char** values) {
    std::map<std::string, std::vector<std::string>> options;
    for (int i = 2; i + 1 < count; i += 2) options[values[i]].push_back(values[i + 1]);
    if (count < 4 || options["--pairs"].empty() || options["--sets"].empty()) {
        std::fprintf(stderr, "match_learn sounds|weights --pairs F --sets a,b [--hand F] [--vectors F]... [--half 0|1]\n");
        return 2;
    }
    std::set<std::string> sets;
    for (auto const& set : split(options["--sets"][0], ',')) sets.insert(set);
    int const half = options["--half"].empty() ? -1 : options["--half"][0] == "1" ? 1 : 0;
    auto const pairs = read_pairs(options["--pairs"][0], sets, half);
    std::vector<Pair> vectors;
    for (auto const& path : options["--vectors"]) {
        std::ifstream in(path);
        for (std::string line; std::getline(in, line);) {
            auto const cells = split(line, '\t');
            if (cells.size() >= 2 && line[0] != '#') vectors.push_back({"", "hand", "", cells[0], cells[1], 1});
        }
    }
    if (std::string(values[1]) == "weights") return learn_weights(pairs);
    if (std::string(values[1]) == "scores") {
        for (auto const& pair : pairs) {
            auto const evidence = compare_names(parse_name(pair.native), parse_name(pair.latin));
            std::printf("%s\t%.5f\t%s\t%s\t%s\t%s\t%d\t%.1f %.1f %.2f %.1f %.1f %.1f %.1f\n", pair.id.c_str(), static_cast<double>(name_bits(evidence)), pair.set.c_str(), pair.script.c_str(), pair.native.c_str(),
                        pair.latin.c_str(), pair.label, static_cast<double>(evidence.gain), static_cast<double>(evidence.loss), static_cast<double>(evidence.worst), static_cast<double>(evidence.possible),
                        static_cast<double>(evidence.left_a), static_cast<double>(evidence.left_b), static_cast<double>(evidence.matched));
        }
        return 0;
    }
    return learn_sounds(pairs, vectors, options["--hand"].empty() ? "" : options["--hand"][0]);
}
