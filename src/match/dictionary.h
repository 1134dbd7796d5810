#pragma once
// All distinct words that names in an index are made of, each once: its spelling for comparing and the keys by which words that
// sound alike find each other, whatever script they are in.  Words are never taken out; what nobody bears costs a few bytes.
// Threads: one writer or many readers.

#include <cstdint>
#include <string>
#include <string_view>
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
// Words that share hardly a letter, by their sounds, are not worth a closer look.
bool sounds_apart(std::uint32_t a, std::uint32_t b);
// Words that spell each other agree in about half of their consonants; these do not.  0 is apart from nothing.
bool frames_apart(std::uint64_t a, std::uint64_t b);

class Dictionary {
public:
    WordId put(Part const& part);    // the same word gets the same number
    // The same without making the Part where the word is known; false where it holds no letter.
    bool put(RawWord const& word, WordId& out);
    // The words of a name in plain Latin letters, all of which were put before and none of which could be a title: the same as
    // taking the name apart, sooner.  False where it is anything else; `out` then says nothing.
    [[nodiscard]] bool find_plain(std::string_view name, std::vector<WordId>& out) const;
    [[nodiscard]] bool find(Part const& part, WordId& out) const;
    void use(WordId word) { ++uses_[word]; }
    void drop(WordId word) { --uses_[word]; }
    // How many persons bear it; a word that nobody bears is as if it were not there.
    [[nodiscard]] std::uint32_t uses(WordId word) const { return uses_[word]; }
    // Its skeleton; 0 of what is read in two ways, which is apart from nothing.
    [[nodiscard]] std::uint64_t frame(WordId word) const { return frames_[word]; }
    [[nodiscard]] char first_letter(WordId word) const { return firsts_[word]; }
    [[nodiscard]] Part const& part(WordId word) const { return parts_[word]; }
    [[nodiscard]] std::size_t size() const { return parts_.size(); }
    // Words that sound like `part`, at least `least` alike, the likest first, at most `count`.
    [[nodiscard]] std::vector<Alike> alike(Part const& part, float least, std::size_t count) const;
    [[nodiscard]] std::size_t bytes() const;

private:
    // Numbers of words by the hash of what they are found by, in one flat table.
    class Numbers {
    public:
        template <class Same>
        [[nodiscard]] bool find(std::uint32_t hash, Same const& same, WordId& out) const;
        void put(std::uint32_t hash, WordId word);
        [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

    private:
        static constexpr WordId nobody = ~WordId{0};
        struct Slot {
            std::uint32_t hash = 0;
            WordId word = nobody;
        };
        std::vector<Slot> slots_;
        std::size_t count_ = 0;
    };

    WordId add(std::uint32_t hash, Part const& part);
    [[nodiscard]] bool find(std::u32string_view letters, Title const* title, std::uint32_t hash, WordId& out) const;
    void add_keys(std::string_view latin, WordId word);

    std::vector<Part> parts_;
    std::vector<std::uint32_t> uses_;
    std::vector<char> firsts_;  // by word, its first Latin letter
    std::vector<std::uint64_t> frames_;  // by word
    std::vector<std::uint32_t> sounds_;  // by word
    Numbers numbers_;                    // by letters, and whether it is a title
    Numbers plain_;                      // by plain Latin letters, of what is never a title or an initial
    std::unordered_map<std::uint32_t, std::vector<WordId>> grams_;
};

}  // namespace sanjal::match
