#pragma once
// Linking whole lists: which records of one list, or of two, are likely the same person.  Pairs come from keys that two records
// share; each pair is compared column by column, and what each step of likeness weighs is learned from the list itself by
// expectation and maximisation (Fellegi and Sunter 1969; Winkler 1988), without labels.  Nothing is merged.
// One linker is one job on the thread that calls it; what is heavy it does on two threads of its own.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "match/dictionary.h"
#include "match/link_words.h"
#include "match/score.h"

namespace sanjal::match {

struct Linked {
    std::uint32_t a = 0, b = 0;  // records by the order in which they were added
    float bits = 0;
};

struct LinkOptions {
    float least_bits = 0;
    std::size_t block_max = 0;   // records that may share a key; 0: by the size of the list
    bool across = false;         // pairs of the first list with the second alone
};

class Linker {
public:
    enum class Kind : std::uint8_t { Name, Birth, Sex, Text, Number };
    struct Column {
        Kind kind = Kind::Text;
        Field field = Field::Place;
    };
    explicit Linker(std::vector<Column> columns);

    void add(std::vector<std::string> const& cells);  // one for each column; empty is not known
    void begin_second();                               // what is added from now on is the second list
    [[nodiscard]] std::size_t size() const { return count_; }

    [[nodiscard]] std::vector<Linked> run(LinkOptions const& options);
    // What was found for one pair, with the weights that run() learned; not from two threads at once.
    [[nodiscard]] Score explain(std::uint32_t a, std::uint32_t b) const;

private:
    static constexpr std::size_t levels_max = 6;
    static constexpr std::size_t columns_max = 20;
    struct Cell {                 // one column of one record
        std::uint32_t at = 0;     // of its words
        std::uint16_t count = 0;
        std::uint16_t year = 0;
        std::uint32_t date = 0;   // 19960229
    };
    struct Weights {
        std::array<float, levels_max> bits{};
        std::array<float, levels_max> mean_rare{};  // what words of this level weigh on average
    };
    using Pair = std::uint64_t;

    [[nodiscard]] std::vector<Pair> pairs(LinkOptions const& options) const;
    [[nodiscard]] std::vector<Pair> pairs_of(LinkOptions const& options, unsigned slice, unsigned slice_bits) const;
    void keys_of(std::uint32_t record, std::vector<std::uint64_t>& keys) const;
    // The level of each column, 7 where it is not known, three bits each; the rareness of what agrees beside.
    std::uint64_t compare(std::uint32_t a, std::uint32_t b, LikenessCache& cache, float* rare) const;
    std::uint64_t compare_names(Cell const& x, Cell const& y, LikenessCache& cache, float& rare) const;
    static std::uint64_t compare_births(Cell const& x, Cell const& y);
    void fetch_ahead(std::vector<Pair> const& pairs, std::size_t i, std::size_t step) const;
    struct Compared {
        std::vector<std::uint64_t> patterns;
        std::vector<float> rare;  // of each pair, column by column
    };
    using Shares = std::vector<std::array<double, 8>>;  // by column and level
    [[nodiscard]] Compared compare_all(std::vector<Pair> const& pairs, std::size_t step) const;
    [[nodiscard]] std::size_t levels_of(std::size_t column) const;
    [[nodiscard]] Shares blind_shares() const;
    [[nodiscard]] Shares matched_shares(std::vector<std::uint64_t> patterns, Shares const& u) const;
    void learn(Compared const& some);
    [[nodiscard]] float bits_of(std::size_t column, std::size_t level, float rare) const;
    [[nodiscard]] std::vector<Linked> score_all(std::vector<Pair> const& pairs, Compared const& some, float least_bits) const;
    [[nodiscard]] float weigh(std::uint64_t pattern, float const* rare) const;
    [[nodiscard]] Cell const& cell(std::uint32_t record, std::size_t column) const { return cells_[record * columns_.size() + column]; }

    std::vector<Column> columns_;
    std::vector<Cell> cells_;
    std::vector<WordId> words_, plain_;
    Dictionary dictionary_;
    LinkWords flat_;                        // the same words for comparing, from run() on
    std::vector<Weights> weights_;
    mutable std::unique_ptr<LikenessCache> explaining_;
    std::uint32_t count_ = 0;
    std::uint32_t second_from_ = 0;
};

}  // namespace sanjal::match
