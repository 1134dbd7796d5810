// Which pairs of records are compared at all: those that share a key which few records have.  Keys join words by their frame of
// consonants, places, dates and numbers, so that one slip of the pen leaves others to agree.
#include <algorithm>
#include <array>
#include <thread>

#include "match/link.h"

namespace sanjal::match {

namespace {

constexpr std::size_t keys_per_record = 44;          // about, of a register with two names and a place
constexpr std::size_t keys_at_once = std::size_t{12} << 20U;
constexpr unsigned digit_bits = 11;

// Sorts by the bits from `low` to `high`, stable: least digit first, with `spare` as long as `values`.
void radix_sort(std::vector<std::uint64_t>& values, std::vector<std::uint64_t>& spare, unsigned low, unsigned high) {
    spare.resize(values.size());
    for (unsigned shift = low; shift < high; shift += digit_bits) {
        std::array<std::size_t, std::size_t{1} << digit_bits> starts{};
        auto const digit = [&](std::uint64_t value) { return value >> shift & (starts.size() - 1); };
        for (auto const value : values) ++starts[digit(value)];
        std::size_t sum = 0;
        for (auto& start : starts) {
            std::size_t const count = start;
            start = sum;
            sum += count;
        }
        for (auto const value : values) spare[starts[digit(value)]++] = value;
        values.swap(spare);
    }
}

unsigned width_of(std::size_t count) {
    unsigned bits = 1;
    while (bits < 32 && (std::size_t{1} << bits) < count) ++bits;
    return bits;
}

}  // namespace

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
                if (!flat_[word].is_title && name_count < names.size()) names[name_count++] = mix(flat_[word].skeleton, is_own ? 1 : 2 + static_cast<unsigned>(k));
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

// The pairs whose shared key lies in one part of the space of keys, each once.
std::vector<Linker::Pair> Linker::pairs_of(LinkOptions const& options, unsigned slice, unsigned slice_bits) const {
    std::size_t const block_max = options.block_max != 0 ? options.block_max : count_ < 100000 ? std::clamp<std::size_t>(count_ / 250, 40, 100) : 12;
    std::vector<std::uint64_t> keyed, spare, keys;  // the key's next 32 bits, and the record
    keyed.reserve(count_ * keys_per_record >> slice_bits);
    for (std::uint32_t r = 0; r < count_; ++r) {
        keys.clear();
        keys_of(r, keys);
        for (auto const key : keys) {
            if (slice_bits == 0 || (key >> (64U - slice_bits)) == slice) keyed.push_back(key << slice_bits >> 32U << 32U | r);
        }
    }
    radix_sort(keyed, spare, 32, 64);
    std::vector<Pair> out;
    for (std::size_t i = 0; i < keyed.size();) {
        std::size_t end = i + 1;
        while (end < keyed.size() && keyed[end] >> 32U == keyed[i] >> 32U) ++end;
        for (std::size_t x = i; end - i <= block_max && x < end; ++x) {
            auto const first = static_cast<std::uint32_t>(keyed[x]);
            for (std::size_t y = x + 1; y < end; ++y) {
                auto const second = static_cast<std::uint32_t>(keyed[y]);
                if (first == second || (options.across && !(first < second_from_ && second >= second_from_))) continue;
                out.push_back(static_cast<Pair>(first) << 32U | second);
            }
        }
        i = end;
    }
    unsigned const record_bits = width_of(count_);
    radix_sort(out, keyed, 0, record_bits);
    radix_sort(out, keyed, 32, 32 + record_bits);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<Linker::Pair> Linker::pairs(LinkOptions const& options) const {
    // In slices of the space of keys, so that a million records need not be sorted at once; every other slice on a second thread.
    unsigned slice_bits = 1;
    while (slice_bits < 6 && (count_ * keys_per_record >> slice_bits) > keys_at_once) ++slice_bits;
    std::vector<Pair> parts[2];
    auto const work = [&](unsigned first) {
        for (unsigned slice = first; slice < 1U << slice_bits; slice += 2) {
            auto const more = pairs_of(options, slice, slice_bits);
            std::vector<Pair> both;
            both.reserve(parts[first].size() + more.size());
            std::set_union(parts[first].begin(), parts[first].end(), more.begin(), more.end(), std::back_inserter(both));
            parts[first] = std::move(both);
        }
    };
    std::thread other([&] { work(1); });
    work(0);
    other.join();
    std::vector<Pair> out;
    out.reserve(parts[0].size() + parts[1].size());
    std::set_union(parts[0].begin(), parts[0].end(), parts[1].begin(), parts[1].end(), std::back_inserter(out));
    return out;
}

}  // namespace sanjal::match
