#pragma once
// How well a row of Latin letters spells a row of units, in bits: minus log2 of the chance under the sound table, by the best
// way of cutting the letters.  What the table does not have costs a fixed, high price, so that a slip of the pen is one price
// and not the end.  Pure; nothing is allocated: any thread.

#include <cstddef>
#include <string_view>

#include "match/sound_table.h"

namespace sanjal::match {

constexpr std::size_t align_units_max = 48;
constexpr std::size_t align_letters_max = 40;

constexpr float price_letter_more = 7.5F;    // a letter that no unit asked for
constexpr float price_other_letter = 8.5F;   // a unit written with a letter that the table does not have

// Bits of spelling `units` as `letters` (a-z).  Where `ends` is given, ends[k] gets the bits of spelling the first
// k units as all of the letters, for k from 0 to units.size().  Above `limit` it may stop, and what it gives is
// then no more than something above the limit.
float spelling_bits(SoundTable const& table, UnitId const* units, std::size_t unit_count, std::string_view letters, float* ends = nullptr, float limit = 1e9F);

// The bits of the likeliest spelling of these units.
float ideal_bits(SoundTable const& table, UnitId const* units, std::size_t unit_count);

}  // namespace sanjal::match
