#pragma once
// Two names against each other: which words answer each other, in whatever order, script and joining, and how strongly, in
// bits.  Symmetric.  Not a judgement about persons: how rare the words are among the people at hand is added by score.h.
// Pure, no allocation beyond the names themselves: any thread.

#include <array>
#include <cstdint>

#include "match/name.h"

namespace sanjal::match {

// The families of scripts that have weights of their own, by how surely letters tell the sound.
enum class ScriptKind : std::uint8_t { Brahmic, Syllables, Han, Plain };
constexpr int script_kind_count = 4;

// What was found when the words of two names were laid against each other; what the weights are learned on.
struct NameEvidence {
    float gain = 0;         // bits by which the paired words are likelier the same than by chance
    float loss = 0;         // bits by which their spelling falls short of the likeliest one
    float worst = 0;        // the largest loss per letter in one pair
    float possible = 0;     // bits that all words of the shorter name would give if they were found unchanged
    float left_a = 0;       // letters of words without a partner, titles left out
    float left_b = 0;
    float matched = 0;      // letters of words with a partner
    float initials = 0;     // pairs of an initial and a word
    float crossed = 0;      // pairs whose order is turned round
    float same_script = 0;  // 1 where both are written in one script
    ScriptKind kind = ScriptKind::Brahmic;
    float exact = 0;        // 1 where the letters are the same
};

NameEvidence compare_names(Name const& a, Name const& b, SoundTable const& table = SoundTable::shipped());

constexpr int name_feature_count = 24;
using NameFeatures = std::array<float, name_feature_count>;
NameFeatures features_of(NameEvidence const& evidence);

// Bits for "the same name", 0 about even; weights from name_weights.inc, learned by tools/learn_match.py.
float name_bits(NameEvidence const& evidence);
float name_bits(Name const& a, Name const& b);

}  // namespace sanjal::match
