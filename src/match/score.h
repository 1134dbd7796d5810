#pragma once
// Two persons against each other, field by field, in bits (Fellegi and Sunter 1969): how much likelier what was found is for
// one person than for two.  A field that either side lacks gives nothing.  Rare words weigh more than common ones.  Nothing is
// decided here: a human looks at a candidate.  Strength is for a screen; bits are for ordering and never shown as odds (P10).
// Pure, any thread.  Weights: match_weights.inc says what they were learned from.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/person.h"

namespace sanjal::match {

enum class Field : std::uint8_t { Name, Alias, Father, Mother, Spouse, Place, Phone, Id, Mark, Sex, Birth };
constexpr int field_count = 11;
std::string_view field_code(Field field);

// What was found in one field.  The words for it are in strings/*.txt, by code: "name.same".
enum class Finding : std::uint8_t { Same, Close, Partly, Apart };
std::string_view finding_code(Finding finding);

struct Evidence {
    Field field = Field::Name;
    Finding finding = Finding::Same;
    float bits = 0;  // for ordering, not for a screen
};

enum class Strength : std::uint8_t { None, Fair, Strong, Weak };
std::string_view strength_code(Strength strength);

// Evidence of one pair; a fixed place, so that scoring allocates nothing.
struct Score {
    float bits = 0;
    std::uint8_t count = 0;
    std::array<Evidence, field_count> evidence{};
    void add(Field field, Finding finding, float field_bits) {
        bits += field_bits;
        if (count < evidence.size()) evidence[count++] = {field, finding, field_bits};
    }
    [[nodiscard]] std::span<Evidence const> all() const { return {evidence.data(), count}; }
};
// Strong needs two fields that speak for it besides sex; a name alone is never more than fair.
Strength strength_of(Score const& score);

// ---- the comparisons, each by itself

// One word of a name on either side, as bits of surprise if found again; titles and initials weigh little.
struct WordWeight {
    float rare = 0;
    bool is_light = false;    // a title
    bool is_initial = false;
};

struct WordsFound {
    float bits = 0;
    float share = 0;   // of the possible bits, 0 to 1
    int paired = 0;
    int apart = 0;     // words on both sides that answer nobody
};

constexpr std::size_t words_compared_max = 10;

// Lays words against each other by their likeness: `alike[i * count_b + j]`.  The order of words does not matter.
WordsFound compare_words(std::span<WordWeight const> a, std::span<WordWeight const> b, std::span<float const> alike);

Finding finding_of(WordsFound const& found);
void add_sex(Score& score, Sex a, Sex b);
void add_birth(Score& score, Birth const& a, Birth const& b);

// Bits that a word gives when it is borne by `bearers` of `all`.
float rarity(std::uint32_t bearers, std::size_t all);

}  // namespace sanjal::match
