#include "match/score.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace sanjal::match {

namespace {

#include "match/match_weights.inc"

constexpr std::string_view field_codes[field_count] = {"name", "alias", "father", "mother", "spouse", "place", "phone", "id", "mark", "sex", "birth"};
constexpr std::string_view finding_codes[] = {"same", "close", "partly", "apart"};
constexpr std::string_view strength_codes[] = {"none", "fair", "strong", "weak"};

constexpr float same_from = 0.97F;
constexpr float alike_from = 0.45F;

// What a pair of words is worth: all of the rarer one's bits where they are the same, less as they differ.
float worth(float rare, float how) {
    if (how >= same_from) return rare;
    return rare * (0.15F + 0.8F * (how - alike_from) / (same_from - alike_from)) - 1.5F * (1.0F - how);
}

}  // namespace

std::string_view field_code(Field field) { return field_codes[static_cast<std::size_t>(field)]; }
std::string_view finding_code(Finding finding) { return finding_codes[static_cast<std::size_t>(finding)]; }
std::string_view strength_code(Strength strength) { return strength_codes[static_cast<std::size_t>(strength)]; }

Strength strength_of(Score const& score) {
    int speaking = 0;
    for (auto const& one : score.all()) speaking += one.field != Field::Sex && one.bits > 1.5F ? 1 : 0;
    if (score.bits >= strong_bits && speaking >= 2) return Strength::Strong;
    if (score.bits >= fair_bits) return Strength::Fair;
    return score.bits >= weak_bits ? Strength::Weak : Strength::None;
}

float rarity(std::uint32_t bearers, std::size_t all) {
    float const bits = std::log2((static_cast<float>(all) + 20.0F) / (static_cast<float>(bearers) + 1.0F));
    return std::clamp(bits, 1.0F, rarity_max);
}

WordsFound compare_words(std::span<WordWeight const> a, std::span<WordWeight const> b, std::span<float const> alike) {
    WordsFound out;
    std::size_t const n = std::min(a.size(), words_compared_max);
    std::size_t const m = std::min(b.size(), words_compared_max);
    std::uint32_t used_a = 0;
    std::uint32_t used_b = 0;
    // The best pair first: with names of so few words that is the best laying in all but contrived cases.
    while (true) {
        float best = 0;
        std::size_t best_i = 0;
        std::size_t best_j = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if ((used_a >> i & 1U) != 0) continue;
            for (std::size_t j = 0; j < m; ++j) {
                float const how = alike[i * b.size() + j];
                if ((used_b >> j & 1U) != 0 || how < alike_from) continue;
                float const rank = how * (1.0F + std::min(a[i].rare, b[j].rare));
                if (rank > best) {
                    best = rank;
                    best_i = i;
                    best_j = j;
                }
            }
        }
        if (best <= 0) break;
        used_a |= 1U << best_i;
        used_b |= 1U << best_j;
        auto const& one = a[best_i];
        auto const& other = b[best_j];
        float const how = alike[best_i * b.size() + best_j];
        if (one.is_light || other.is_light) {
            out.bits += 0.3F;
        } else if (one.is_initial || other.is_initial) {
            out.bits += 1.5F;
        } else {
            out.bits += worth(std::min(one.rare, other.rare), how);
            ++out.paired;
        }
    }
    float possible_a = 0, possible_b = 0;
    float left_a = 0, left_b = 0;
    int apart_a = 0, apart_b = 0;
    for (std::size_t i = 0; i < n; ++i) {
        bool const light = a[i].is_light || a[i].is_initial;
        possible_a += light ? 0.0F : a[i].rare;
        if ((used_a >> i & 1U) != 0) continue;
        left_a += light ? 0.3F : 1.0F;
        apart_a += a[i].is_light ? 0 : 1;
    }
    for (std::size_t j = 0; j < m; ++j) {
        bool const light = b[j].is_light || b[j].is_initial;
        possible_b += light ? 0.0F : b[j].rare;
        if ((used_b >> j & 1U) != 0) continue;
        left_b += light ? 0.3F : 1.0F;
        apart_b += b[j].is_light ? 0 : 1;
    }
    out.apart = std::min(apart_a, apart_b);
    float const both = std::min(left_a, left_b);
    out.bits -= word_apart_bits * both + word_missing_bits * (left_a + left_b - 2 * both);
    out.share = std::clamp(out.bits / (std::min(possible_a, possible_b) + 0.5F), 0.0F, 1.0F);
    return out;
}

Finding finding_of(WordsFound const& found) {
    if (found.apart == 0 && found.share > 0.9F) return Finding::Same;
    if (found.apart == 0 && found.share > 0.45F) return Finding::Close;
    return found.paired > 0 ? Finding::Partly : Finding::Apart;
}

void add_sex(Score& score, Sex a, Sex b) {
    if (a == Sex::Unknown || b == Sex::Unknown) return;
    bool const same = a == b;
    bool const third = a == Sex::Other || b == Sex::Other;  // often unknown to the other writer
    score.add(Field::Sex, same ? Finding::Same : Finding::Apart, same ? sex_bits[0] : third ? sex_bits[1] / 4 : sex_bits[1]);
}

void add_birth(Score& score, Birth const& a, Birth const& b) {
    if (!a.is_known() || !b.is_known()) return;
    constexpr float year = 365.2425F;
    float const gap = static_cast<float>(std::max({a.from - b.to, b.from - a.to, 0})) / year;
    bool const is_day = a.to - a.from < 3 && b.to - b.from < 3;
    if (is_day && gap <= 0) return score.add(Field::Birth, Finding::Same, birth_day_bits);
    bool const patient = a.is_estimate || b.is_estimate;
    // Ages told in whole years on one day: how many years they lie apart.
    float const between = std::abs(static_cast<float>(a.from + a.to) - static_cast<float>(b.from + b.to)) / 2 / year;
    float const apart = gap <= 0 ? std::min(between, 1.0F) : std::max(gap, between);
    auto const step = std::min<std::size_t>(static_cast<std::size_t>(apart + 0.5F), std::size(birth_year_bits) - 1);
    float bits = birth_year_bits[step];
    if (patient) bits = bits > 0 ? bits * 0.7F : bits * 0.4F;
    score.add(Field::Birth, step == 0 ? Finding::Same : bits > 0 ? Finding::Close : Finding::Apart, bits);
}

}  // namespace sanjal::match
