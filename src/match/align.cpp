#include "match/align.h"

#include <algorithm>
#include <array>

namespace sanjal::match {

namespace {

using Row = std::array<float, align_letters_max + 1>;

// windows[k][j]: the k+1 letters from j on, packed.
struct Windows {
    std::array<std::array<Letters, align_letters_max + 1>, option_letters_max> of;
    explicit Windows(std::string_view letters) {
        for (std::size_t j = 0; j < letters.size(); ++j) {
            Letters packed = 0;
            for (std::size_t k = 0; k < option_letters_max; ++k) {
                packed = j + k < letters.size() ? (packed << 5U) | static_cast<Letters>(letters[j + k] - 'a' + 1) : ~Letters{0};
                of[k][j] = packed;
            }
        }
    }
};

// From all rows of letters that the units so far may spell, by one more unit.  What costs more than `limit` is not followed.
void step(SoundTable const& table, UnitId unit, Windows const& windows, std::size_t size, float limit, Row const& from, Row& to) {
    float const nothing = table.nothing(unit);
    to[0] = from[0] + nothing;
    for (std::size_t j = 0; j < size; ++j) to[j + 1] = std::min(from[j + 1] + nothing, from[j] + price_other_letter);
    for (std::size_t j = 0; j < size; ++j) {
        if (from[j] > limit) continue;
        for (auto const& option : table.options(unit, windows.of[0][j])) {
            if (windows.of[option.length - 1U][j] == option.letters) to[j + option.length] = std::min(to[j + option.length], from[j] + option.bits);
        }
    }
    for (std::size_t j = 0; j < size; ++j) to[j + 1] = std::min(to[j + 1], to[j] + price_letter_more);
}

}  // namespace

float spelling_bits(SoundTable const& table, UnitId const* units, std::size_t unit_count, std::string_view letters, float* ends, float limit) {
    letters = letters.substr(0, align_letters_max);
    unit_count = std::min(unit_count, align_units_max);
    Windows const windows(letters);
    std::size_t const size = letters.size();
    Row rows[2];
    for (std::size_t j = 0; j <= size; ++j) rows[0][j] = static_cast<float>(j) * price_letter_more;
    if (ends != nullptr) ends[0] = rows[0][size];
    for (std::size_t i = 0; i < unit_count; ++i) {
        step(table, units[i], windows, size, limit, rows[i % 2], rows[(i + 1) % 2]);
        if (limit < 1e8F) {
            auto const& row = rows[(i + 1) % 2];
            float const least = *std::min_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(size) + 1);
            if (least > limit) return least;
        }
        if (ends != nullptr) ends[i + 1] = rows[(i + 1) % 2][size];
    }
    return rows[unit_count % 2][size];
}

float ideal_bits(SoundTable const& table, UnitId const* units, std::size_t unit_count) {
    float bits = 0;
    for (std::size_t i = 0; i < std::min(unit_count, align_units_max); ++i) bits += table.ideal(units[i]);
    return bits;
}

}  // namespace sanjal::match
