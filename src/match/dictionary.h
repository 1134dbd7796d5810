#pragma once
// All distinct words that names in an index are made of, each once: its spelling for comparing and the keys by which words that
// sound alike find each other, whatever script they are in.  Words are never taken out; what nobody bears costs a few bytes.
// Threads: one writer or many readers.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "match/name.h"

namespace sanjal::match {

using WordId = std::uint32_t;

// A word of the dictionary that resembles one that was asked for; `likeness` from 0 to 1, 1 the same letters.
struct Alike {
    WordId word = 0;
    float likeness = 0;
};

// How alike two words sound, 0 to 1; the same whichever comes first.
float likeness(Part const& a, Part const& b, SoundTable const& table = SoundTable::shipped());

// The bare frame of a word: its consonants by class, its first vowel, nothing twice.  Up to 12 classes, 5 bits each.
std::uint64_t skeleton_of(std::string_view latin);

class Dictionary {
public:
    WordId put(Part const& part);    // the same word gets the same number
    // The same without making the Part where the word is known; false where it holds no letter.
    bool put(RawWord const& word, WordId& out);
    [[nodiscard]] bool find(Part const& part, WordId& out) const;
    void use(WordId word) { ++uses_[word]; }
    void drop(WordId word) { --uses_[word]; }
    // How many persons bear it; a word that nobody bears is as if it were not there.
    [[nodiscard]] std::uint32_t uses(WordId word) const { return uses_[word]; }
    [[nodiscard]] char first_letter(WordId word) const { return firsts_[word]; }
    [[nodiscard]] Part const& part(WordId word) const { return parts_[word]; }
    [[nodiscard]] std::size_t size() const { return parts_.size(); }
    // Words that sound like `part`, at least `least` alike, the likest first, at most `count`.
    [[nodiscard]] std::vector<Alike> alike(Part const& part, float least, std::size_t count) const;
    [[nodiscard]] std::size_t bytes() const;

private:
    WordId add(std::u32string key, Part const& part);
    void add_keys(std::string_view latin, WordId word);

    std::vector<Part> parts_;
    std::vector<std::uint32_t> uses_;
    std::vector<char> firsts_;  // by word, its first Latin letter
    std::unordered_map<std::u32string, WordId> numbers_;
    std::unordered_map<std::uint32_t, std::vector<WordId>> grams_;
};

}  // namespace sanjal::match
