#pragma once
// The words of lists that are linked, laid flat for comparing millions of pairs, and how alike two of them are, remembered.
// LinkWords is read only once it is built: any thread.  LikenessCache: one thread each.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "match/dictionary.h"
#include "match/score.h"

namespace sanjal::match {

std::uint64_t mix(std::uint64_t a, std::uint64_t b);

struct LinkWord {
    std::uint64_t skeleton = 0;     // what it is found by
    std::uint64_t frame = 0;        // what it is compared by; 0 of a place, a number and what is read in two ways
    std::uint32_t letter_set = 0;   // which classes of letters are in it; 0 of a number
    std::uint32_t frame_set = 0;    // which classes of consonants its frame has, and in the upper half which it has twice
    std::uint32_t at = 0;           // of its bytes
    float rare = 0;
    std::uint8_t length = 0, frame_length = 0;
    bool is_whole = false;          // a place, a number: compared by strokes alone
    bool is_initial = false;
    bool is_title = false;
};

class LinkWords {
public:
    LinkWords() = default;
    LinkWords(Dictionary const& dictionary, std::size_t persons);
    [[nodiscard]] LinkWord const& operator[](WordId word) const { return words_[word]; }
    [[nodiscard]] std::size_t size() const { return words_.size(); }
    [[nodiscard]] std::string_view bytes(LinkWord const& word) const { return {bytes_.data() + word.at, word.length}; }
    [[nodiscard]] WordWeight weight(WordId word) const {
        LinkWord const& one = words_[word];
        return {one.is_title ? 1.0F : one.rare, one.is_title, one.is_initial};
    }
    // From 0 to 1, 1 for the same word alone; the same whichever comes first.
    [[nodiscard]] float alike(WordId a, WordId b) const;

private:
    Dictionary const* dictionary_ = nullptr;
    std::vector<LinkWord> words_;
    std::vector<char> bytes_;
};

// Lists say the same words over and over.
class LikenessCache {
public:
    explicit LikenessCache(LinkWords const& words);
    float alike(WordId a, WordId b) {
        if (a == b) return 1;
        if (a > b) std::swap(a, b);
        LinkWord const& x = words_[a];
        LinkWord const& y = words_[b];
        if (x.is_initial || y.is_initial) return x.is_initial == y.is_initial ? 0.0F : words_.bytes(x)[0] == words_.bytes(y)[0] ? 0.8F : 0.0F;
        if (have_little_in_common(x, y)) return 0;
        if (x.is_whole && y.is_whole) return words_.alike(a, b);  // counted sooner than looked up
        std::uint64_t const key = (static_cast<std::uint64_t>(a) << 40U) ^ (static_cast<std::uint64_t>(b) << 16U);
        std::uint64_t& slot = slots_[mix(key, 7) & mask_];
        if ((slot & ~std::uint64_t{0xFFFF}) == key) return static_cast<float>(slot & 0xFFFFU) / 65535.0F;
        float const how = words_.alike(a, b);
        if (fits_) slot = key | static_cast<std::uint64_t>(how * 65535.0F);
        return how;
    }

private:
    static int ones(std::uint32_t x) {  // without a call, whatever the processor
        x -= x >> 1U & 0x55555555U;
        x = (x & 0x33333333U) + (x >> 2U & 0x33333333U);
        return static_cast<int>(((x + (x >> 4U)) & 0x0F0F0F0FU) * 0x01010101U >> 24U);
    }
    // Words that share hardly a letter are not worth a closer look.
    static bool have_little_in_common(LinkWord const& x, LinkWord const& y) {
        if (x.letter_set == 0 || y.letter_set == 0) return false;
        if (2 * ones(x.letter_set & y.letter_set) < std::min(ones(x.letter_set), ones(y.letter_set))) return true;
        int const shared = ones(x.frame_set & y.frame_set);
        int const longer = std::max(x.frame_length, y.frame_length);
        return 2 * shared < longer && (longer - shared > 2 || shared == 0);
    }


    LinkWords const& words_;
    std::vector<std::uint64_t> slots_;  // two words of 24 bits and their likeness of 16
    std::uint64_t mask_ = 0;
    bool fits_ = true;                  // word numbers into 24 bits
};

}  // namespace sanjal::match
