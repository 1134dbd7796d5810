#pragma once
// All persons that may be found, in memory: who bears which words, and what else is known of each, in flat rows.  Updated as
// entries arrive, built afresh at start; after any history it answers like one built afresh from what is left.  Holds no text of
// its own beyond the words and no record.  Whoever asks must already be allowed to read what it may find: the caller filters.
// Threads: one writer alone, or any number of readers at once; the caller holds the lock.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "match/dictionary.h"
#include "match/person.h"
#include "match/score.h"

namespace sanjal::match {

struct Found {
    PersonKey key = 0;
    Score score;
};

class Index {
public:
    Index();
    void put(Person const& person);  // in place of what was there under this key
    bool remove(PersonKey key);      // whether it was there
    [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size(); }
    [[nodiscard]] bool holds(PersonKey key) const { return slot_of(key) != nobody; }
    // Gives back memory after many changes; answers stay the same.
    void settle();

    // The likeliest persons, the likeliest first; as likely ones by key.  `may_see`: whether this one may be found.
    using MaySee = std::function<bool(PersonKey)>;
    [[nodiscard]] std::vector<Found> search(Person const& wanted, std::size_t count, MaySee const& may_see = {}) const;

    [[nodiscard]] std::size_t bytes() const;

private:
    struct Row {
        PersonKey key = 0;
        std::uint32_t at = 0;      // of its items
        std::uint16_t count = 0;
        Sex sex = Sex::Unknown;
        bool is_estimate = false;
        std::int32_t born_from = 0;
        std::int32_t born_to = -1;
        WordId place = no_place;         // the one place, where there is one
        std::uint8_t words = 0;          // of the name
        std::array<char, 3> firsts{};    // the first letters of its first words
    };
    static constexpr std::uint32_t nobody = ~std::uint32_t{0};
    static constexpr WordId no_place = ~WordId{0};
    static constexpr WordId many_places = no_place - 1;
    using Item = std::uint32_t;  // field in the upper 4 bits, word in the lower 28
    struct Postings {
        std::vector<std::uint32_t> names, kin, things, homes;
    };
    struct Wanted;

    void add_items(Person const& person, std::vector<Item>& items);
    // Rows by key, in one flat table of their numbers.
    [[nodiscard]] std::uint32_t slot_of(PersonKey key) const;
    [[nodiscard]] std::size_t place_of(PersonKey key) const;
    void keep_slot(std::uint32_t slot);
    void forget_slot(PersonKey key);
    void describe(Row& row) const;
    void add_name(Field field, std::string_view name, std::vector<Item>& items);
    std::vector<std::uint32_t>* postings_of(Item item);
    void gather(Wanted& wanted, std::size_t enough, MaySee const& may_see) const;
    [[nodiscard]] float impression(Wanted const& wanted, Row const& row) const;
    void score(Wanted& wanted, std::uint32_t slot, Score& out) const;

    Dictionary words_;
    std::unordered_map<std::string, WordId> wholes_;  // places as they were written, to word
    std::vector<Postings> postings_;   // by word
    std::vector<Row> rows_;
    std::vector<std::uint32_t> free_;  // rows that nobody has
    std::vector<Item> items_;
    std::size_t items_lost_ = 0;
    std::vector<std::uint32_t> slots_;
    std::vector<WordId> plain_;        // for put() alone
};

// The letters of a phone or document number that identify it: digits and Latin letters.
std::u32string number_key(std::string_view text);

}  // namespace sanjal::match
