#pragma once
// What Latin letters a unit of a script is written with, in bits (minus the logarithm to base 2 of the share), and how
// surprising a row of letters is in a name at all.  Learned by tools/learn_match.py; see the head of sound_table.inc for from
// what.  Not a transliteration: that is only the likeliest letters (romanise).  Built once, then read only: any thread.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/units.h"

namespace sanjal::match {

// Up to four letters a-z, five bits each, the first letter highest; 0 is no letter.
using Letters = std::uint32_t;
constexpr int option_letters_max = 4;
constexpr float price_unit_lost = 7.0F;  // bits of a unit for which nothing is written, where that was never seen

constexpr Letters pack(std::string_view letters) {
    Letters out = 0;
    for (char const c : letters) out = (out << 5U) | static_cast<Letters>(c - 'a' + 1);
    return out;
}
std::string unpack(Letters letters);

struct Option {
    Letters letters = 0;
    std::uint8_t length = 0;
    float bits = 0;
};

using UnitId = std::uint16_t;

class SoundTable {
public:
    static SoundTable const& shipped();  // from sound_table.inc
    // The same, from other text of that form: for the program that learns.
    explicit SoundTable(std::string_view text);

    // The unit's number.  A unit that was never learned is romanised by ICU's tables and known from then on by its letters.
    [[nodiscard]] UnitId id(std::u32string const& unit) const;
    [[nodiscard]] std::vector<UnitId> ids(Units const& units) const;
    [[nodiscard]] std::span<Option const> options(UnitId unit) const { return {options_.data() + rows_[unit].at, rows_[unit].by_letter[27]}; }
    // Those of them that begin with this letter, 1 to 26.
    [[nodiscard]] std::span<Option const> options(UnitId unit, Letters first) const {
        Row const& row = rows_[unit];
        return {options_.data() + row.at + row.by_letter[first], options_.data() + row.at + row.by_letter[first + 1]};
    }
    // The bits of the likeliest of them, and of writing nothing at all (price_unit_lost where that was never seen).
    [[nodiscard]] float ideal(UnitId unit) const { return rows_[unit].ideal; }
    [[nodiscard]] float nothing(UnitId unit) const { return rows_[unit].nothing; }
    // The likeliest letters of these units.
    [[nodiscard]] std::string romanise(std::vector<UnitId> const& units) const;

    // Bits of letter `b` after letter `a`; 0 stands for the edge of a word.
    [[nodiscard]] float surprise(unsigned a, unsigned b) const { return surprise_[a * 27 + b]; }
    [[nodiscard]] float surprise(std::string_view letters) const;

private:
    UnitId add(std::u32string unit, std::vector<Option> options);
    void add_row(std::vector<Option> options);
    UnitId unknown_letters(std::u32string const& unit) const;

    std::vector<std::u32string> names_;  // sorted
    std::vector<UnitId> by_name_;
    struct Row {
        std::uint32_t at = 0;                       // of its options, which lie in the order of their first letters
        std::array<std::uint16_t, 28> by_letter{};  // where those of a letter begin, counted from `at`; the last is their number
        float ideal = 0, nothing = 0;
    };
    std::vector<Row> rows_;  // by unit
    std::vector<Option> options_;
    std::array<float, 27 * 27> surprise_{};
    UnitId by_letter_ = 0;  // the first of 27 units that are one plain letter, or none
};

}  // namespace sanjal::match
