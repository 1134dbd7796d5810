#include "match/sound_table.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "text/normalise.h"

namespace sanjal::match {

namespace {

// In pieces: compilers need not take longer strings than 64 KiB.
constexpr std::string_view shipped_text[] = {
#include "match/sound_table.inc"
};

std::string joined_text() {
    std::string out;
    for (auto const piece : shipped_text) out += piece;
    return out;
}

constexpr float bits_per_step = 0.125F;  // bits are written as whole eighths

std::string_view cut(std::string_view& text, char at) {
    auto const end = text.find(at);
    auto const part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// "ka:3" or ":12" (nothing is written).
Option option_of(std::string_view text) {
    Option out;
    auto const letters = cut(text, ':');
    out.letters = pack(letters);
    out.length = static_cast<std::uint8_t>(letters.size());
    out.bits = static_cast<float>(number(text)) * bits_per_step;
    return out;
}

}  // namespace

std::string unpack(Letters letters) {
    std::string out;
    for (int shift = 15; shift >= 0; shift -= 5) {
        if (unsigned const c = (letters >> static_cast<unsigned>(shift)) & 31U; c != 0) out.push_back(static_cast<char>('a' + c - 1));
    }
    return out;
}

SoundTable const& SoundTable::shipped() {
    static SoundTable const table{joined_text()};
    return table;
}

SoundTable::SoundTable(std::string_view text) {
    surprise_.fill(4.7F);
    by_letter_ = static_cast<UnitId>(rows_.size());
    for (unsigned i = 0; i < 27; ++i) add_row({Option{i, static_cast<std::uint8_t>(i == 0 ? 0 : 1), 0.1F}});
    while (!text.empty()) {
        auto line = cut(text, '\n');
        if (line.empty() || line[0] == '#') continue;
        auto const name = cut(line, ' ');
        if (name == "%") {  // one row of the letters' surprise
            auto const row = static_cast<unsigned>(number(cut(line, ' ')));
            for (unsigned i = 0; i < 27 && row < 27; ++i) surprise_[row * 27 + i] = static_cast<float>(number(cut(line, ' '))) * bits_per_step;
            continue;
        }
        std::vector<Option> options;
        while (!line.empty()) options.push_back(option_of(cut(line, ' ')));
        add(text::decode(name), std::move(options));
    }
    std::vector<std::size_t> order(names_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return names_[a] < names_[b]; });
    std::vector<std::u32string> names;
    std::vector<UnitId> ids;
    for (auto const i : order) {
        names.push_back(std::move(names_[i]));
        ids.push_back(by_name_[i]);
    }
    names_ = std::move(names);
    by_name_ = std::move(ids);
}

UnitId SoundTable::add(std::u32string unit, std::vector<Option> options) {
    auto const id = static_cast<UnitId>(rows_.size());
    names_.push_back(std::move(unit));
    by_name_.push_back(id);
    add_row(std::move(options));
    return id;
}

void SoundTable::add_row(std::vector<Option> options) {
    auto const first = [](Option const& option) -> Letters { return option.length == 0 ? 0 : option.letters >> (5U * (option.length - 1U)); };
    std::stable_sort(options.begin(), options.end(), [&](auto const& a, auto const& b) { return first(a) < first(b); });
    Row row;
    row.at = static_cast<std::uint32_t>(options_.size());
    row.ideal = row.nothing = price_unit_lost;
    for (auto const& option : options) {
        for (std::size_t c = first(option) + 1; c < row.by_letter.size(); ++c) ++row.by_letter[c];
        row.ideal = std::min(row.ideal, option.bits);
        if (option.length == 0) row.nothing = std::min(row.nothing, option.bits);
    }
    options_.insert(options_.end(), options.begin(), options.end());
    rows_.push_back(row);
}

UnitId SoundTable::id(std::u32string const& unit) const {
    auto const found = std::lower_bound(names_.begin(), names_.end(), unit);
    if (found != names_.end() && *found == unit) return by_name_[static_cast<std::size_t>(found - names_.begin())];
    return by_letter_;
}

std::vector<UnitId> SoundTable::ids(Units const& units) const {
    std::vector<UnitId> out;
    for (auto const& unit : units) {
        UnitId const known = id(unit);
        if (known != by_letter_) {
            out.push_back(known);
            continue;
        }
        // Never learned: the letters that ICU gives for the characters of the unit.
        std::u32string characters;
        for (char32_t const c : unit) {
            if (c >= 0x80) characters.push_back(c);
        }
        for (char const c : text::plain_latin(characters)) {
            if (c != ' ') out.push_back(static_cast<UnitId>(by_letter_ + (c - 'a' + 1)));
        }
    }
    return out;
}

std::string SoundTable::romanise(std::vector<UnitId> const& units) const {
    std::string out;
    for (auto const unit : units) {
        auto const options = this->options(unit);
        auto const best = std::min_element(options.begin(), options.end(), [](auto const& a, auto const& b) { return a.bits < b.bits; });
        if (best != options.end()) out += unpack(best->letters);
    }
    return out;
}

float SoundTable::surprise(std::string_view letters) const {
    unsigned before = 0;
    float bits = 0;
    for (char const c : letters) {
        auto const here = static_cast<unsigned>(c - 'a' + 1);
        bits += surprise(before, here);
        before = here;
    }
    return bits + surprise(before, 0);
}

}  // namespace sanjal::match
