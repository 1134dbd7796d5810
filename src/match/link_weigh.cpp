// How alike two records are, column by column, and what each step of likeness weighs: learned from the list by expectation and
// maximisation (Fellegi and Sunter 1969; Winkler 1988).
#include <algorithm>
#include <cmath>
#include <thread>

#include "match/edit.h"
#include "match/link.h"

namespace sanjal::match {

namespace {

constexpr std::uint64_t unknown_level = 7;
constexpr std::size_t blind_draws = 30000;
constexpr float apart_bits_floor = 1e-5F;

int dates_apart(std::uint32_t a, std::uint32_t b) {
    auto const text = [](std::uint32_t date) {
        std::array<char, 8> out{};
        for (std::size_t i = out.size(); i-- > 0; date /= 10) out[i] = static_cast<char>('0' + date % 10);
        return out;
    };
    auto const x = text(a);
    auto const y = text(b);
    return std::min(3, strokes_apart({x.data(), x.size()}, {y.data(), y.size()}));
}

}  // namespace

// The words of one column laid against each other: those that are the same first, the likeness of what is left then.
std::uint64_t Linker::compare_names(Cell const& x, Cell const& y, LikenessCache& cache, float& rare) const {
    std::array<WordWeight, words_compared_max> wa, wb;
    std::array<float, words_compared_max * words_compared_max> alike;
    std::size_t const n = std::min<std::size_t>(x.count, words_compared_max);
    std::size_t const m = std::min<std::size_t>(y.count, words_compared_max);
    std::uint32_t same_a = 0, same_b = 0;
    for (std::size_t i = 0; i < n; ++i) wa[i] = flat_.weight(words_[x.at + i]);
    for (std::size_t j = 0; j < m; ++j) wb[j] = flat_.weight(words_[y.at + j]);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < m; ++j) {
            bool const same = words_[x.at + i] == words_[y.at + j] && (same_a >> i & 1U) == 0 && (same_b >> j & 1U) == 0;
            alike[i * m + j] = same ? 1.0F : 0.0F;
            same_a |= static_cast<std::uint32_t>(same) << i;
            same_b |= static_cast<std::uint32_t>(same) << j;
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < m && (same_a >> i & 1U) == 0; ++j) {
            if ((same_b >> j & 1U) == 0) alike[i * m + j] = cache.alike(words_[x.at + i], words_[y.at + j]);
        }
    }
    auto const found = compare_words({wa.data(), n}, {wb.data(), m}, {alike.data(), n * m});
    rare = std::max(0.0F, found.bits);
    return found.apart == 0 && found.share > 0.97F && n == m ? 5 : found.share > 0.85F ? 4 : found.share > 0.6F ? 3 : found.share > 0.35F ? 2 : found.share > 0.1F ? 1 : 0;
}

std::uint64_t Linker::compare_births(Cell const& x, Cell const& y) {
    if (x.date != 0 && y.date != 0) {
        if (x.date == y.date) return 5;
        int const apart = dates_apart(x.date, y.date);
        bool const turned = x.year == y.year && x.date / 100 % 100 == y.date % 100 && y.date / 100 % 100 == x.date % 100;
        bool const same_day = x.date % 10000 == y.date % 10000;
        return apart == 1 || turned ? 4 : apart == 2 && x.year == y.year ? 3 : x.year == y.year || apart == 2 ? 2 : same_day ? 1 : 0;
    }
    if (x.year == 0 || y.year == 0) return unknown_level;
    int const years = std::abs(x.year - y.year);
    return years == 0 ? 5 : years == 1 ? 4 : years <= 3 ? 3 : years <= 6 ? 1 : 0;
}

std::uint64_t Linker::compare(std::uint32_t a, std::uint32_t b, LikenessCache& cache, float* rare) const {
    std::uint64_t pattern = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        Cell const& x = cell(a, k);
        Cell const& y = cell(b, k);
        std::uint64_t level = unknown_level;
        rare[k] = 0;
        bool const both = x.count > 0 && y.count > 0;
        switch (columns_[k].kind) {
            case Kind::Name:
                if (both) level = compare_names(x, y, cache, rare[k]);
                break;
            case Kind::Birth: level = compare_births(x, y); break;
            case Kind::Sex:
                if (x.date != 0 && y.date != 0) level = x.date == y.date ? 1 : 0;
                break;
            case Kind::Text:
            case Kind::Number:
                if (both) {
                    WordId const p = words_[x.at];
                    WordId const q = words_[y.at];
                    float const how = cache.alike(p, q);
                    level = p == q ? 3 : how > 0.78F ? 2 : how > 0.6F ? 1 : 0;
                    rare[k] = p == q ? flat_[p].rare : 0;
                }
                break;
        }
        pattern |= level << (3 * k);
    }
    return pattern;
}

// What the comparison of a later pair will look at is asked for from memory ahead of time.
void Linker::fetch_ahead(std::vector<Pair> const& pairs, std::size_t i, std::size_t step) const {
    constexpr std::size_t far = 12, near = 6;
    if (i + far * step < pairs.size()) __builtin_prefetch(&cell(static_cast<std::uint32_t>(pairs[i + far * step]), 0));
    if (i + near * step < pairs.size()) {
        Cell const& soon = cell(static_cast<std::uint32_t>(pairs[i + near * step]), 0);
        if (soon.at < words_.size()) __builtin_prefetch(&words_[soon.at]);
    }
}

// Compares every `step`th pair, half of them on a second thread.
Linker::Compared Linker::compare_all(std::vector<Pair> const& pairs, std::size_t step) const {
    std::size_t const n = columns_.size();
    Compared out;
    out.patterns.resize((pairs.size() + step - 1) / step);
    out.rare.resize(out.patterns.size() * n);
    auto const work = [&](std::size_t half) {
        LikenessCache cache(flat_);
        std::size_t const to = (half + 1) * out.patterns.size() / 2;
        for (std::size_t i = half * out.patterns.size() / 2; i < to; ++i) {
            fetch_ahead(pairs, i * step, step);
            Pair const pair = pairs[i * step];
            out.patterns[i] = compare(static_cast<std::uint32_t>(pair >> 32U), static_cast<std::uint32_t>(pair), cache, out.rare.data() + i * n);
        }
    };
    std::thread other([&] { work(1); });
    work(0);
    other.join();
    return out;
}

std::size_t Linker::levels_of(std::size_t column) const {
    switch (columns_[column].kind) {
        case Kind::Sex: return 2;
        case Kind::Text:
        case Kind::Number: return 4;
        default: return levels_max;
    }
}

// How often each level is met in pairs that were drawn blindly: by column and level.
Linker::Shares Linker::blind_shares() const {
    std::vector<Pair> drawn;
    std::uint64_t state = 0x2545F4914F6CDD1DU;
    auto const draw = [&] {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<Pair>((state >> 20U) % count_);
    };
    while (count_ > 1 && drawn.size() < blind_draws) {
        Pair const a = draw();
        Pair const b = draw();
        if (a != b) drawn.push_back(a << 32U | b);
    }
    Shares u(columns_.size());
    for (auto& row : u) row.fill(0.05);
    for (auto const pattern : compare_all(drawn, 1).patterns) {
        for (std::size_t k = 0; k < u.size(); ++k) u[k][pattern >> (3 * k) & 7U] += 1;
    }
    for (std::size_t k = 0; k < u.size(); ++k) {
        double sum = 0;
        for (std::size_t l = 0; l < levels_of(k); ++l) sum += u[k][l];
        for (std::size_t l = 0; l < levels_of(k); ++l) u[k][l] = std::max(static_cast<double>(apart_bits_floor), u[k][l] / sum);
    }
    return u;
}

// The same in pairs of one person, by expectation and maximisation over the patterns of pairs that share a key.
Linker::Shares Linker::matched_shares(std::vector<std::uint64_t> patterns, Shares const& u) const {
    std::size_t const n = columns_.size();
    std::sort(patterns.begin(), patterns.end());
    std::vector<std::pair<std::uint64_t, double>> counted;
    for (auto const pattern : patterns) {
        if (counted.empty() || counted.back().first != pattern) counted.emplace_back(pattern, 0);
        counted.back().second += 1;
    }
    Shares m(n);
    for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t l = 0; l < levels_of(k); ++l) m[k][l] = l + 1 == levels_of(k) ? 0.8 : 0.2 / static_cast<double>(levels_of(k) - 1);
    }
    double share = 0.02;
    for (int round = 0; round < 40 && !counted.empty(); ++round) {
        Shares counts(n);
        double matched = 0;
        for (auto const& [pattern, times] : counted) {
            double one = share, other = 1 - share;
            for (std::size_t k = 0; k < n; ++k) {
                std::size_t const l = pattern >> (3 * k) & 7U;
                if (l >= levels_max) continue;
                one *= m[k][l];
                other *= u[k][l];
            }
            double const p = one / (one + other) * times;
            matched += p;
            for (std::size_t k = 0; k < n; ++k) counts[k][pattern >> (3 * k) & 7U] += p;
        }
        share = std::clamp(matched / static_cast<double>(patterns.size()), 1e-6, 0.95);
        for (std::size_t k = 0; k < n; ++k) {
            double sum = 0;
            for (std::size_t l = 0; l < levels_of(k); ++l) sum += counts[k][l] + 0.5;
            for (std::size_t l = 0; l < levels_of(k); ++l) m[k][l] = (counts[k][l] + 0.5) / sum;
        }
    }
    return m;
}

void Linker::learn(Compared const& some) {
    std::size_t const n = columns_.size();
    auto const u = blind_shares();
    auto const m = matched_shares(some.patterns, u);
    Shares rare_sum(n), rare_count(n);
    for (std::size_t i = 0; i < some.patterns.size(); ++i) {
        for (std::size_t k = 0; k < n; ++k) {
            std::size_t const level = some.patterns[i] >> (3 * k) & 7U;
            rare_sum[k][level] += static_cast<double>(some.rare[i * n + k]);
            rare_count[k][level] += 1;
        }
    }
    for (std::size_t k = 0; k < n; ++k) {
        auto& weights = weights_[k];
        for (std::size_t l = 0; l < levels_of(k); ++l) {
            weights.bits[l] = static_cast<float>(std::log2(std::max(1e-5, m[k][l]) / u[k][l]));
            weights.mean_rare[l] = rare_count[k][l] > 0 ? static_cast<float>(rare_sum[k][l] / rare_count[k][l]) : 0;
        }
        // More agreement never weighs less.
        for (std::size_t l = 1; l < levels_of(k); ++l) weights.bits[l] = std::max(weights.bits[l], weights.bits[l - 1]);
    }
}

float Linker::bits_of(std::size_t column, std::size_t level, float rare) const {
    float bits = weights_[column].bits[level];
    // A rare name or place that agrees says more than a common one.
    if (rare > 0 && level >= 2) bits += std::clamp(0.6F * (rare - weights_[column].mean_rare[level]), -4.0F, 4.0F);
    return bits;
}

float Linker::weigh(std::uint64_t pattern, float const* rare) const {
    float bits = 0;
    for (std::size_t k = 0; k < columns_.size(); ++k) {
        std::size_t const level = pattern >> (3 * k) & 7U;
        if (level < levels_max) bits += bits_of(k, level, rare[k]);
    }
    return bits;
}

}  // namespace sanjal::match
