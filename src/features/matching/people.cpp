#include "features/matching/people.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>

#include "base/log.h"
#include "features/matching/person_of.h"

namespace sanjal::matching {
namespace {

constexpr std::int64_t page_people = 512;
constexpr int pages_at_once = 40;
constexpr std::int64_t entries_at_once = 512;
constexpr std::uint32_t must_not_know = 0x80000000U;

unsigned char nibble(char c) { return static_cast<unsigned char>(c <= '9' ? c - '0' : c - 'a' + 10); }

}  // namespace

std::size_t People::IdHash::operator()(Id const& id) const {
    std::size_t hash = 0;  // the end of a UUIDv7 is random
    std::memcpy(&hash, id.data() + 8, sizeof hash);
    return hash;
}

std::optional<People::Id> People::id_of(std::string_view text) {
    Id id{};
    std::size_t digits = 0;
    for (char const c : text) {
        if (c == '-') continue;
        bool const is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (!is_digit || digits >= 32) return std::nullopt;
        id[digits / 2] = static_cast<unsigned char>(digits % 2 == 0 ? nibble(c) << 4U : id[digits / 2] | nibble(c));
        ++digits;
    }
    return digits == 32 ? std::optional(id) : std::nullopt;
}

std::string People::text_of(Id const& id) {
    constexpr char const* digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[id[i] >> 4U];
        text += digits[id[i] & 15U];
    }
    return text;
}

std::optional<std::uint32_t> People::Shelf::find(Id const& id) const {
    auto const end = ids.begin() + static_cast<std::ptrdiff_t>(sorted);
    auto const at = std::lower_bound(ids.begin(), end, id);
    if (at != end && *at == id) return static_cast<std::uint32_t>(at - ids.begin());
    auto const other = later.find(id);
    return other != later.end() ? std::optional(other->second) : std::nullopt;
}

std::uint32_t People::Shelf::key_of(Id const& id) {
    if (auto const known = find(id)) return *known;
    auto const key = static_cast<std::uint32_t>(ids.size());
    bool const in_order = sorted == ids.size() && (ids.empty() || ids.back() < id);
    ids.push_back(id);
    reach.push_back(0);
    if (in_order) sorted = ids.size();
    else later.emplace(id, key);
    return key;
}

std::uint32_t People::Shelf::set_of(std::vector<std::pair<std::string, bool>> const& reached) {
    std::vector<std::uint32_t> set;
    for (auto const& [holder, blocked] : reached) {
        auto const number = holders.emplace(holder, static_cast<std::uint32_t>(holders.size())).first->second;
        set.push_back(blocked ? number | must_not_know : number);
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    auto const [at, is_new] = numbers.emplace(set, static_cast<std::uint32_t>(sets.size()));
    if (is_new) sets.push_back(std::move(set));
    return at->second;
}

std::size_t People::Shelf::bytes() const {
    std::size_t sum = index.bytes() + ids.capacity() * sizeof(Id) + reach.capacity() * sizeof(std::uint32_t) + later.size() * 48 + later.bucket_count() * 8;
    for (auto const& set : sets) sum += 2 * (set.size() * sizeof(std::uint32_t) + 64);
    for (auto const& [holder, number] : holders) sum += holder.size() + 64;
    return sum;
}

namespace {

// Who reaches each of these records (false), and who must not know (true).
using Reached = std::map<std::string, std::vector<std::pair<std::string, bool>>>;

Result<void> ask_reach(store::Transaction& tx, std::string_view where, store::Args const& args, Reached& reached) {
    for (auto const& [table, blocked] : {std::pair("record_reach", false), std::pair("record_block", true)}) {
        SANJAL_DO(tx.each("select distinct record, holder from " + std::string(table) + " where " + std::string(where), args, [&, is_blocked = blocked](store::Row const& row) -> Result<void> {
            reached[std::string(row.text(0))].emplace_back(std::string(row.text(1)), is_blocked);
            return {};
        }));
    }
    return {};
}

// Persons, less those of an import that is not complete or was undone.
constexpr std::string_view of_people = "from record r left join record b on b.id = r.batch where r.type = 'person' and (r.batch = '' or b.state = 'complete')";

}  // namespace

Result<void> People::read_page(app::House& house, store::Transaction& tx, Shelf& shelf) {
    if (shelf.after.empty()) {
        SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
        shelf.position = static_cast<std::int64_t>(frontier.size());
        shelf.set_of({});  // number 0: nobody
    }
    std::vector<std::pair<std::string, match::Person>> page;
    SANJAL_DO(tx.each("select r.id, r.data " + std::string(of_people) + " and r.id > $1 order by r.id limit " + std::to_string(page_people), {shelf.after}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(1)));
        page.emplace_back(std::string(row.text(0)), person_of(state));
        return {};
    }));
    shelf.read = static_cast<std::int64_t>(page.size()) < page_people;
    if (page.empty()) return {};
    Reached reached;
    SANJAL_DO(ask_reach(tx, "record >= $1 and record <= $2", {page.front().first, page.back().first}, reached));
    for (auto& [id, person] : page) {
        auto const own = id_of(id);
        if (!own) continue;
        auto const key = shelf.key_of(*own);
        person.key = key;
        shelf.index.put(person);
        shelf.reach[key] = shelf.set_of(reached[id]);
    }
    shelf.after = page.back().first;
    return {};
}

Result<void> People::put(store::Transaction& tx, Shelf& shelf, std::string const& id, std::int64_t since, bool& erased) {
    auto const own = id_of(id);
    if (!own) return {};
    std::optional<match::Person> person;
    SANJAL_DO(tx.each("select r.data " + std::string(of_people) + " and r.id = $1", {id}, [&](store::Row const& row) -> Result<void> {
        SANJAL_TRY(auto const state, record::State::parse(row.text(0)));
        person = person_of(state);
        for (auto const* event : state.events("record.erased")) erased = erased || event->integer_at("p") >= since;
        return {};
    }));
    if (!person) {
        if (auto const known = shelf.find(*own)) shelf.index.remove(*known);
        return {};
    }
    Reached reached;
    SANJAL_DO(ask_reach(tx, "record = $1", {id}, reached));
    auto const key = shelf.key_of(*own);
    person->key = key;
    shelf.index.put(*person);
    shelf.reach[key] = shelf.set_of(reached[id]);
    return {};
}

// Whoever an entry may have changed: the person it is about, those of the cases that it belongs to (a referral's yes lets
// another unit find her), those of an import that was completed or undone.  False where there is more to come.
Result<bool> People::carry_on(app::House& house, store::Transaction& tx, Shelf& shelf, bool& erased) {
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    auto const size = static_cast<std::int64_t>(frontier.size());
    if (shelf.position >= size) return true;
    std::int64_t const from = shelf.position;
    std::int64_t const until = std::min(size, from + entries_at_once);
    std::set<std::string> touched;
    std::set<std::string> people;
    std::vector<std::string> batches;
    SANJAL_DO(tx.each("select distinct e.record, r.type from ledger_entry e join record r on r.id = e.record where e.position >= $1 and e.position < $2", {from, until}, [&](store::Row const& row) -> Result<void> {
        std::string id(row.text(0));
        if (row.text(1) == "person") people.insert(id);
        if (row.text(1) == "import") batches.push_back(id);
        else touched.insert(std::move(id));
        return {};
    }));
    SANJAL_TRY(auto const roots, record::roots_of_all(tx, touched));
    for (auto const& root : roots) {
        SANJAL_TRY(auto const found, tx.texts("select distinct p.target from record_link c join record_link p on p.origin = c.origin and p.field = 'person' where c.target = $1 and c.field = 'case'", {root}));
        people.insert(found.begin(), found.end());
    }
    for (auto const& batch : batches) {
        SANJAL_TRY(auto const found, tx.texts("select id from record where batch = $1 and type = 'person'", {batch}));
        people.insert(found.begin(), found.end());
    }
    for (auto const& id : people) SANJAL_DO(put(tx, shelf, id, from, erased));
    shelf.position = until;
    return until == size;
}

Result<void> People::catch_up(app::House& house, store::Transaction& tx) {
    SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
    {
        std::shared_lock const lock(mutex_);
        if (!shelf_->read || shelf_->position >= static_cast<std::int64_t>(frontier.size())) return {};
    }
    std::unique_lock const lock(mutex_);
    bool erased = false;
    SANJAL_TRY(bool const all, carry_on(house, tx, *shelf_, erased));
    if (erased) afresh_ = true;
    whole_ = all;
    return {};
}

Result<void> People::read_on(app::House& house) {
    if (afresh_.exchange(false)) fresh_ = std::make_unique<Shelf>();
    if (!fresh_) {
        bool is_behind = true;
        for (int turn = 0; turn < pages_at_once && is_behind; ++turn) {
            SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
                SANJAL_TRY(auto const frontier, house.ledger().frontier(tx));
                SANJAL_DO(catch_up(house, tx));
                std::shared_lock const lock(mutex_);
                auto const size = static_cast<std::int64_t>(frontier.size());
                if (shelf_->position > size) afresh_ = true;  // a restored copy: another ledger
                is_behind = shelf_->position < size;
                return {};
            }));
        }
        return {};
    }
    for (int page = 0; page < pages_at_once && !fresh_->read; ++page) {
        SANJAL_DO(house.store().read([&](store::Transaction& tx) { return read_page(house, tx, *fresh_); }));
    }
    bool all = false;
    bool erased = false;
    for (int turn = 0; turn < pages_at_once && fresh_->read && !all; ++turn) {
        SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(all, carry_on(house, tx, *fresh_, erased));
            return {};
        }));
    }
    if (erased) afresh_ = true;
    if (!all) return {};
    std::unique_lock const lock(mutex_);
    std::swap(shelf_, fresh_);
    whole_ = true;
    fresh_.reset();
    return {};
}

std::vector<Candidate> People::search(match::Person const& wanted, std::size_t count, policy::Actor const& actor) const {
    std::shared_lock const lock(mutex_);
    std::vector<std::uint32_t> mine;
    for (auto const* holder : {&actor.unit, &actor.id}) {
        if (auto const found = shelf_->holders.find(*holder); found != shelf_->holders.end()) mine.push_back(found->second);
    }
    std::vector<char> may(shelf_->sets.size(), 0);
    for (std::size_t i = 0; i < may.size(); ++i) {
        for (auto const holder : mine) {
            if (std::binary_search(shelf_->sets[i].begin(), shelf_->sets[i].end(), holder)) may[i] = 1;
        }
        for (auto const holder : mine) {
            if (std::binary_search(shelf_->sets[i].begin(), shelf_->sets[i].end(), holder | must_not_know)) may[i] = 0;
        }
    }
    auto const found = shelf_->index.search(wanted, count, [&](match::PersonKey key) { return may[shelf_->reach[key]] != 0; });
    std::vector<Candidate> all;
    for (auto const& one : found) all.push_back({text_of(shelf_->ids[one.key]), one.score});
    return all;
}

std::vector<Candidate> People::search_all(match::Person const& wanted, std::size_t count, std::string const& but) const {
    std::shared_lock const lock(mutex_);
    auto const own = id_of(but);
    auto const self = own ? shelf_->find(*own) : std::nullopt;
    auto const found = shelf_->index.search(wanted, count, [&](match::PersonKey key) { return !self || key != *self; });
    std::vector<Candidate> all;
    for (auto const& one : found) all.push_back({text_of(shelf_->ids[one.key]), one.score});
    return all;
}

People::Size People::size() const {
    std::shared_lock const lock(mutex_);
    return {shelf_->index.size(), shelf_->bytes()};
}

}  // namespace sanjal::matching
