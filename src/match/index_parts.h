#pragma once
// What index.cpp and index_search.cpp share: how an item of a row is laid out.  Not for others.

#include "match/index.h"

namespace sanjal::match {

constexpr std::uint32_t word_mask = 0x0FFFFFFFU;
constexpr std::uint32_t next_name = 15U << 28U;  // between one alias and the next

inline Field field_of(std::uint32_t item) { return static_cast<Field>(item >> 28U); }
inline std::uint32_t item_of(Field field, WordId word) { return static_cast<std::uint32_t>(field) << 28U | word; }

// A place, number or mark as one word: folded, no spaces.
Part whole_part(std::string_view text, bool is_number);

}  // namespace sanjal::match
