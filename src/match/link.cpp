#include "match/link.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <thread>
#include <unordered_map>

#include "base/result.h"
#include "match/index.h"
#include "text/normalise.h"

namespace sanjal::match {

namespace {

constexpr std::uint64_t unknown_level = 7;
constexpr float apart_bits_floor = 1e-5F;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t h = (a ^ 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    h = (h ^ (h >> 29U) ^ b) * 0x94D049BB133111EBU;
    return h ^ (h >> 32U);
}

// How many characters of two numbers differ, two that changed places counting once; at most 3.
int digits_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 2) return 3;
    std::array<std::array<int, 20>, 3> rows{};
    std::size_t const m = std::min<std::size_t>(b.size(), 18);
    for (std::size_t j = 0; j <= m; ++j) rows[0][j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= std::min<std::size_t>(a.size(), 18); ++i) {
        auto& row = rows[i % 3];
        auto const& before = rows[(i + 2) % 3];
        auto const& before_that = rows[(i + 1) % 3];
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= m; ++j) {
            row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_that[j - 2] + 1);
        }
    }
    return std::min(rows[std::min<std::size_t>(a.size(), 18) % 3][m], 3);
}

// Letters that spellings take for one another are one class; vowels are all one.
unsigned letter_class(char c) {
    constexpr std::string_view classes = "apktapkhaskl" "mnapkrstapp" "kas";
    return static_cast<unsigned>(classes[static_cast<std::size_t>(c - 'a')] - 'a');
}

std::string date_text(std::uint32_t date) {
    std::string out(8, '0');
    for (std::size_t i = 8; i-- > 0; date /= 10) out[i] = static_cast<char>('0' + date % 10);
    return out;
}

Part text_part(std::string_view text, bool is_number) {
    Part part;
    part.script = text::Script::Other;
    std::string const key = text::search_key(text);
    part.letters = is_number ? number_key(text) : text::decode(key);
    for (char const c : key) {
        if (c >= 'a' && c <= 'z') part.latin.push_back(c);
    }
    return part;
}

}  // namespace

// Likeness of two words, remembered: lists say the same words over and over.
struct Linker::Cache {
    static constexpr std::size_t size = 1U << 18U;
    std::vector<std::uint64_t> keys = std::vector<std::uint64_t>(size, ~std::uint64_t{0});
    std::vector<float> values = std::vector<float>(size);
    Dictionary const* dictionary = nullptr;
    std::uint32_t const* letter_sets = nullptr;  // by word: which classes of Latin letters are in it

    Cache(Dictionary const& words, std::vector<std::uint32_t> const& sets) : dictionary(&words), letter_sets(sets.data()) {}

    float alike(WordId a, WordId b) {
        if (a == b) return 1;
        if (a > b) std::swap(a, b);
        std::uint64_t const key = static_cast<std::uint64_t>(a) << 32U | b;
        Part const& x = dictionary->part(a);
        Part const& y = dictionary->part(b);
        // Words that share hardly a letter are not worth a closer look.
        if (std::uint32_t const p = letter_sets[a], q = letter_sets[b]; p != 0 && q != 0 && 2 * std::popcount(p & q) < std::min(std::popcount(p), std::popcount(q)) && !x.is_initial && !y.is_initial) return 0;
        std::size_t const at = mix(key, 7) & (size - 1);
        if (keys[at] != key) {
            keys[at] = key;
            if (x.script == text::Script::Other && y.script == text::Script::Other) {
                auto const cut = [](std::u32string const& s) {
                    std::string out;
                    for (char32_t const c : s) out.push_back(static_cast<char>(c & 0x7FU));
                    return out;
                };
                std::string const p = cut(x.letters);
                std::string const q = cut(y.letters);
                int const apart = digits_apart(p, q);
                values[at] = 1.0F - 1.6F * static_cast<float>(apart) / static_cast<float>(std::max<std::size_t>(p.size(), 4));
                if (apart == 1 && p.size() <= 8) values[at] = std::max(values[at], 0.8F);
            } else if (x.is_initial != y.is_initial) {
                values[at] = x.latin.substr(0, 1) == y.latin.substr(0, 1) ? 0.8F : 0.0F;
            } else {
                values[at] = likeness(x, y);
                // A slip of the pen: letters instead of sounds.
                if (values[at] < 0.8F && x.latin.size() > 3 && y.latin.size() > 3) {
                    int const apart = digits_apart(x.latin, y.latin);
                    if (apart <= 2) values[at] = std::max(values[at], 1.0F - 1.3F * static_cast<float>(apart) / static_cast<float>(std::max(x.latin.size(), y.latin.size())));
                }
            }
        }
        return values[at];
    }
};

Linker::Linker(std::vector<Column> columns) : columns_(std::move(columns)), weights_(columns_.size()) { SANJAL_CHECK(columns_.size() <= 20); }

void Linker::begin_second() { second_from_ = count_; }

void Linker::add(std::vector<std::string> const& cells) {
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        Cell out;
        out.at = static_cast<std::uint32_t>(words_.size());
        std::string const& text = k < cells.size() ? cells[k] : std::string();
        auto const put = [&](Part const& part) {
            if (part.letters.empty()) return;
            WordId const word = dictionary_.put(part);
            dictionary_.use(word);
            words_.push_back(word);
            ++out.count;
        };
        switch (columns_[k].kind) {
            case Kind::Name:
                for (auto const& raw : split_name(text)) {
                    WordId word = 0;
                    if (!dictionary_.put(raw, word)) continue;
                    dictionary_.use(word);
                    words_.push_back(word);
                    ++out.count;
                }
                break;
            case Kind::Text: put(text_part(text, false)); break;
            case Kind::Number: put(text_part(text, true)); break;
            case Kind::Sex: {
                std::string const key = text::search_key(text);
                out.date = key.empty() ? 0 : static_cast<std::uint32_t>(key[0]);
                break;
            }
            case Kind::Birth: {
                std::string digits;
                for (char const c : text::latin_digits(text)) {
                    if (c >= '0' && c <= '9') digits.push_back(c);
                }
                if (digits.size() == 8) {
                    bool const year_first = !(text.size() == 10 && (text[2] == '/' || text[2] == '-' || text[2] == '.'));
                    if (!year_first) digits = digits.substr(4) + digits.substr(2, 2) + digits.substr(0, 2);
                    for (char const c : digits) out.date = out.date * 10 + static_cast<std::uint32_t>(c - '0');
                    out.year = static_cast<std::uint16_t>(out.date / 10000);
                } else if (Birth const birth = parse_birth(text, 20000); birth.is_known()) {
                    out.year = static_cast<std::uint16_t>(1970 + (birth.from + birth.to) / 2 / 365);
                }
                break;
            }
        }
        cells_.push_back(out);
    }
    ++count_;
}

void Linker::keys_of(std::uint32_t record, std::vector<std::uint64_t>& keys) const {
    std::array<std::uint64_t, 16> names{}, whole{};
    std::size_t name_count = 0;
    std::size_t whole_count = 0;
    std::uint64_t date = 0, year = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        Cell const& c = cell(record, k);
        if (columns_[k].kind == Kind::Birth) {
            if (c.date != 0) date = mix(c.date, 11);
            if (c.year != 0) year = mix(c.year, 13);
        }
        for (std::size_t i = 0; i < c.count; ++i) {
            WordId const word = words_[c.at + i];
            if (columns_[k].kind == Kind::Name) {
                bool const is_own = columns_[k].field == Field::Name;
                if (dictionary_.part(word).title == nullptr && name_count < names.size()) names[name_count++] = mix(skeletons_[word], is_own ? 1 : 2 + static_cast<unsigned>(k));
            } else if (whole_count < whole.size()) {
                whole[whole_count++] = mix(word, 100 + k);
                if (columns_[k].field == Field::Id || columns_[k].field == Field::Phone) keys.push_back(mix(word, 100 + k));
            }
        }
    }
    if (date != 0) keys.push_back(date);
    for (std::size_t i = 0; i < name_count; ++i) {
        for (std::size_t j = i + 1; j < name_count; ++j) {
            std::uint64_t const both = mix(std::min(names[i], names[j]), std::max(names[i], names[j]));
            keys.push_back(both);
            if (year != 0) keys.push_back(mix(both, year));
            for (std::size_t p = 0; p < whole_count; ++p) keys.push_back(mix(both, whole[p]));
        }
        keys.push_back(mix(names[i], 5));
        if (date != 0) keys.push_back(mix(names[i], date));
        for (std::size_t p = 0; p < whole_count; ++p) keys.push_back(mix(names[i], whole[p]));
    }
    for (std::size_t p = 0; p < whole_count; ++p) {
        keys.push_back(mix(whole[p], 9));
        if (date != 0) keys.push_back(mix(whole[p], date));
        else if (year != 0) keys.push_back(mix(whole[p], year));
        for (std::size_t q = p + 1; q < whole_count; ++q) keys.push_back(mix(whole[p], whole[q]));
    }
}

std::vector<Linker::Pair> Linker::pairs(LinkOptions const& options) const {
    struct Keyed {
        std::uint64_t key;
        std::uint32_t record;
    };
    std::size_t const block_max = options.block_max != 0 ? options.block_max : count_ < 100000 ? 60 : 12;
    std::vector<Pair> out;
    // In slices of the space of keys, so that a million records need not be sorted at once.
    std::size_t const slices = count_ < 200000 ? 1 : 8;
    std::vector<Keyed> keyed;
    std::vector<std::uint64_t> keys;
    for (std::size_t slice = 0; slice < slices; ++slice) {
        keyed.clear();
        for (std::uint32_t r = 0; r < count_; ++r) {
            keys.clear();
            keys_of(r, keys);
            for (auto const key : keys) {
                if (slices == 1 || (key >> 61U) == slice) keyed.push_back({key, r});
            }
        }
        std::sort(keyed.begin(), keyed.end(), [](Keyed const& a, Keyed const& b) { return a.key < b.key || (a.key == b.key && a.record < b.record); });
        for (std::size_t i = 0; i < keyed.size();) {
            std::size_t end = i + 1;
            while (end < keyed.size() && keyed[end].key == keyed[i].key) ++end;
            if (end - i <= block_max) {
                for (std::size_t x = i; x < end; ++x) {
                    for (std::size_t y = x + 1; y < end; ++y) {
                        if (keyed[x].record == keyed[y].record) continue;
                        if (options.across && !(keyed[x].record < second_from_ && keyed[y].record >= second_from_)) continue;
                        out.push_back(static_cast<Pair>(keyed[x].record) << 32U | keyed[y].record);
                    }
                }
            }
            i = end;
        }
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }
    return out;
}

std::uint64_t Linker::compare(std::uint32_t a, std::uint32_t b, Cache& cache, float* rare) const {
    std::uint64_t pattern = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        Cell const& x = cell(a, k);
        Cell const& y = cell(b, k);
        std::uint64_t level = unknown_level;
        rare[k] = 0;
        if (columns_[k].kind == Kind::Name && x.count > 0 && y.count > 0) {
            std::array<WordWeight, words_compared_max> wa{}, wb{};
            std::array<float, words_compared_max * words_compared_max> alike{};
            std::size_t const n = std::min<std::size_t>(x.count, words_compared_max);
            std::size_t const m = std::min<std::size_t>(y.count, words_compared_max);
            auto const weight = [&](WordId word) {
                Part const& part = dictionary_.part(word);
                return WordWeight{part.title != nullptr ? 1.0F : rare_[word], part.title != nullptr, part.is_initial};
            };
            for (std::size_t i = 0; i < n; ++i) wa[i] = weight(words_[x.at + i]);
            for (std::size_t j = 0; j < m; ++j) wb[j] = weight(words_[y.at + j]);
            for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t j = 0; j < m; ++j) alike[i * m + j] = cache.alike(words_[x.at + i], words_[y.at + j]);
            }
            auto const found = compare_words({wa.data(), n}, {wb.data(), m}, {alike.data(), n * m});
            level = found.apart == 0 && found.share > 0.97F && n == m ? 5 : found.share > 0.85F ? 4 : found.share > 0.6F ? 3 : found.share > 0.35F ? 2 : found.share > 0.1F ? 1 : 0;
            rare[k] = std::max(0.0F, found.bits);
        } else if (columns_[k].kind == Kind::Birth) {
            if (x.date != 0 && y.date != 0) {
                int const apart = x.date == y.date ? 0 : digits_apart(date_text(x.date), date_text(y.date));
                bool const turned = x.year == y.year && x.date / 100 % 100 == y.date % 100 && y.date / 100 % 100 == x.date % 100;
                bool const same_day = x.date % 10000 == y.date % 10000;
                level = apart == 0 ? 5 : apart == 1 || turned ? 4 : apart == 2 && x.year == y.year ? 3 : x.year == y.year || apart == 2 ? 2 : same_day ? 1 : 0;
            } else if (x.year != 0 && y.year != 0) {
                int const years = std::abs(x.year - y.year);
                level = years == 0 ? 5 : years == 1 ? 4 : years <= 3 ? 3 : years <= 6 ? 1 : 0;
            }
        } else if (columns_[k].kind == Kind::Sex) {
            if (x.date != 0 && y.date != 0) level = x.date == y.date ? 1 : 0;
        } else if (x.count > 0 && y.count > 0) {
            WordId const p = words_[x.at];
            WordId const q = words_[y.at];
            float const how = cache.alike(p, q);
            level = p == q ? 3 : how > 0.78F ? 2 : how > 0.6F ? 1 : 0;
            rare[k] = p == q ? rare_[p] : 0;
        }
        pattern |= level << (3 * k);
    }
    return pattern;
}

void Linker::learn(std::vector<Pair> const& some) {
    std::size_t const n = columns_.size();
    Cache cache(dictionary_, letter_sets_);
    std::array<float, 20> rare{};
    std::vector<std::array<double, 8>> u(n), m(n);
    // What pairs look like that were drawn blindly.
    std::uint64_t state = 0x2545F4914F6CDD1DU;
    auto const draw = [&] {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<std::uint32_t>((state >> 20U) % count_);
    };
    for (auto& row : u) row.fill(0.05);
    for (int i = 0; i < 25000 && count_ > 1; ++i) {
        std::uint32_t const a = draw();
        std::uint32_t const b = draw();
        if (a == b) continue;
        std::uint64_t const pattern = compare(a, b, cache, rare.data());
        for (std::size_t k = 0; k < n; ++k) u[k][pattern >> (3 * k) & 7U] += 1;
    }
    std::unordered_map<std::uint64_t, double> patterns;
    std::vector<std::array<double, levels_max>> rare_sum(n), rare_count(n);
    std::size_t const step = std::max<std::size_t>(1, some.size() / 400000);
    for (std::size_t i = 0; i < some.size(); i += step) {
        std::uint64_t const pattern = compare(static_cast<std::uint32_t>(some[i] >> 32U), static_cast<std::uint32_t>(some[i]), cache, rare.data());
        patterns[pattern] += 1;
        for (std::size_t k = 0; k < n; ++k) {
            std::size_t const level = pattern >> (3 * k) & 7U;
            if (level >= levels_max) continue;
            rare_sum[k][level] += static_cast<double>(rare[k]);
            rare_count[k][level] += 1;
        }
    }
    auto const levels_of = [&](std::size_t k) -> std::size_t {
        switch (columns_[k].kind) {
            case Kind::Sex: return 2;
            case Kind::Text:
            case Kind::Number: return 4;
            default: return 6;
        }
    };
    for (std::size_t k = 0; k < n; ++k) {
        double sum = 0;
        for (std::size_t l = 0; l < levels_of(k); ++l) sum += u[k][l];
        for (std::size_t l = 0; l < levels_of(k); ++l) u[k][l] = std::max(static_cast<double>(apart_bits_floor), u[k][l] / sum);
        for (std::size_t l = 0; l < levels_of(k); ++l) m[k][l] = l + 1 == levels_of(k) ? 0.8 : 0.2 / static_cast<double>(levels_of(k) - 1);
    }
    double share = 0.02;
    for (int round = 0; round < 40; ++round) {
        std::vector<std::array<double, 8>> counts(n);
        double matched = 0, all = 0;
        for (auto const& [pattern, times] : patterns) {
            double one = share, other = 1 - share;
            for (std::size_t k = 0; k < n; ++k) {
                std::size_t const l = pattern >> (3 * k) & 7U;
                if (l >= levels_max) continue;
                one *= m[k][l];
                other *= u[k][l];
            }
            double const p = one / (one + other) * times;
            matched += p;
            all += times;
            for (std::size_t k = 0; k < n; ++k) counts[k][pattern >> (3 * k) & 7U] += p;
        }
        if (all <= 0) break;
        share = std::clamp(matched / all, 1e-6, 0.95);
        for (std::size_t k = 0; k < n; ++k) {
            double sum = 0;
            for (std::size_t l = 0; l < levels_of(k); ++l) sum += counts[k][l] + 0.5;
            for (std::size_t l = 0; l < levels_of(k); ++l) m[k][l] = (counts[k][l] + 0.5) / sum;
        }
    }
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t l = 0; l < levels_of(k); ++l) {
            weights_[k].bits[l] = static_cast<float>(std::log2(std::max(1e-5, m[k][l]) / u[k][l]));
            weights_[k].mean_rare[l] = rare_count[k][l] > 0 ? static_cast<float>(rare_sum[k][l] / rare_count[k][l]) : 0;
        }
        // More agreement never weighs less.
        for (std::size_t l = 1; l < levels_of(k); ++l) weights_[k].bits[l] = std::max(weights_[k].bits[l], weights_[k].bits[l - 1]);
    }
}

float Linker::weigh(std::uint64_t pattern, float const* rare) const {
    float bits = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        std::size_t const level = pattern >> (3 * k) & 7U;
        if (level >= levels_max) continue;
        bits += weights_[k].bits[level];
        // A rare name or place that agrees says more than a common one.
        if (rare[k] > 0 && level >= 2) bits += std::clamp(0.6F * (rare[k] - weights_[k].mean_rare[level]), -4.0F, 4.0F);
    }
    return bits;
}

std::vector<Linked> Linker::run(LinkOptions const& options) {
    rare_.assign(dictionary_.size(), 0);
    skeletons_.assign(dictionary_.size(), 0);
    letter_sets_.assign(dictionary_.size(), 0);
    for (WordId w = 0; w < dictionary_.size(); ++w) {
        for (char const c : dictionary_.part(w).latin) letter_sets_[w] |= std::uint32_t{1} << letter_class(c);
        rare_[w] = rarity(dictionary_.uses(w), count_);
        skeletons_[w] = skeleton_of(dictionary_.part(w).latin);
        if (skeletons_[w] < 32) skeletons_[w] = mix(w, 77);  // one consonant is no frame
    }
    auto const candidates = pairs(options);
    learn(candidates);
    std::vector<Linked> parts[2];
    auto const work = [&](std::size_t half) {
        Cache cache(dictionary_, letter_sets_);
        std::array<float, 20> rare{};
        std::size_t const from = half * candidates.size() / 2;
        std::size_t const to = (half + 1) * candidates.size() / 2;
        for (std::size_t i = from; i < to; ++i) {
            auto const a = static_cast<std::uint32_t>(candidates[i] >> 32U);
            auto const b = static_cast<std::uint32_t>(candidates[i]);
            float const bits = weigh(compare(a, b, cache, rare.data()), rare.data());
            if (bits >= options.least_bits) parts[half].push_back({a, b, bits});
        }
    };
    std::thread other([&] { work(1); });
    work(0);
    other.join();
    parts[0].insert(parts[0].end(), parts[1].begin(), parts[1].end());
    return std::move(parts[0]);
}

Score Linker::explain(std::uint32_t a, std::uint32_t b) const {
    Cache cache(dictionary_, letter_sets_);
    std::array<float, 20> rare{};
    std::uint64_t const pattern = compare(a, b, cache, rare.data());
    Score out;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        std::size_t const level = pattern >> (3 * k) & 7U;
        if (level >= levels_max) continue;
        bool const top = columns_[k].kind == Kind::Sex ? level == 1 : columns_[k].kind == Kind::Name || columns_[k].kind == Kind::Birth ? level == 5 : level == 3;
        Finding const finding = top ? Finding::Same : level >= 3 ? Finding::Close : level >= 1 && columns_[k].kind != Kind::Sex ? Finding::Partly : Finding::Apart;
        out.add(columns_[k].field, finding, weights_[k].bits[level]);
    }
    return out;
}

}  // namespace sanjal::match
