#pragma once
// Everybody of this node whom matching may find, in memory: one match::Index, and beside it who reaches whom.  Read from the
// views in the background when the node starts, then carried on by position in the ledger, whichever process wrote there.  An
// erasure has it made afresh beside the old one, so that not even a loose word of what was erased stays.
//
// It decides nothing about sealed things (person_of.h) and gives no field away: a key, a score, and who may be found by whom.
// What a search gives still goes through policy::standing and decide, in the asker's own transaction.
// Threads: any; searching at the same time as others, changing alone.

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/house.h"
#include "match/index.h"

namespace sanjal::matching {

struct Candidate {
    std::string id;  // of the person
    match::Score score;
};

class People {
public:
    // Reads on for a while: the first reading, or what has come since.  One thread at a time; again until `is_whole`.
    Result<void> read_on(app::House& house);
    // What has come since, as this transaction sees it; at most some hundreds of entries.  Before a search.
    Result<void> catch_up(app::House& house, store::Transaction& tx);
    [[nodiscard]] bool is_whole() const { return whole_; }

    // Whom this unit or this actor reaches, the likeliest first.  Ranked among all whom they reach and no others.
    [[nodiscard]] std::vector<Candidate> search(match::Person const& wanted, std::size_t count, policy::Actor const& actor) const;
    // Among everybody: for the node's own asking (ask.h), never for an answer to a person.
    [[nodiscard]] std::vector<Candidate> search_all(match::Person const& wanted, std::size_t count, std::string const& but) const;

    struct Size {
        std::size_t people = 0, bytes = 0;
    };
    [[nodiscard]] Size size() const;

private:
    using Id = std::array<unsigned char, 16>;
    struct IdHash {
        std::size_t operator()(Id const& id) const;
    };
    // One whole index with its ids.  A key is a place in `ids`.
    struct Shelf {
        match::Index index;
        std::vector<Id> ids;
        std::vector<std::uint32_t> reach;                        // by key: which set of holders
        std::size_t sorted = 0;                                  // so many of `ids` stand in order; the others are in `later`
        std::unordered_map<Id, std::uint32_t, IdHash> later;
        std::vector<std::vector<std::uint32_t>> sets;            // holders; those who must not know have the upper bit set
        std::map<std::vector<std::uint32_t>, std::uint32_t> numbers;
        std::unordered_map<std::string, std::uint32_t> holders;
        std::int64_t position = 0;                               // in the ledger: everything before it is in here
        std::string after;                                       // of the first reading: the last person read
        bool read = false;                                       // the first reading is done

        std::optional<std::uint32_t> find(Id const& id) const;
        std::uint32_t key_of(Id const& id);
        std::uint32_t set_of(std::vector<std::pair<std::string, bool>> const& reached);
        std::size_t bytes() const;
    };

    static std::string text_of(Id const& id);
    static std::optional<Id> id_of(std::string_view text);
    static Result<void> read_page(app::House& house, store::Transaction& tx, Shelf& shelf);
    static Result<bool> carry_on(app::House& house, store::Transaction& tx, Shelf& shelf, bool& erased);
    static Result<void> put(store::Transaction& tx, Shelf& shelf, std::string const& person, std::int64_t since, bool& erased);

    mutable std::shared_mutex mutex_;
    std::unique_ptr<Shelf> shelf_ = std::make_unique<Shelf>();
    std::unique_ptr<Shelf> fresh_;  // being read; only read_on touches it
    std::atomic<bool> whole_ = false;
    std::atomic<bool> afresh_ = true;  // something was erased, or nothing is read yet
};

}  // namespace sanjal::matching
