// Searching the index: candidates by words that sound alike, a first impression of each from its row alone, then all fields of
// the best.
#include <algorithm>
#include <array>

#include "match/index.h"
#include "match/index_parts.h"

namespace sanjal::match {

namespace {

WordWeight weight_of(Part const& part, std::uint32_t bearers, std::size_t all) {
    WordWeight out;
    out.is_light = part.title != nullptr;
    out.is_initial = part.is_initial;
    out.rare = out.is_light ? 1.0F : rarity(bearers, all);
    return out;
}

// Likeness by word, in flat arrays: it is asked thousands of times in one search.
class Likenesses {
public:
    [[nodiscard]] float const* find(WordId word) const {
        if (slots_.empty()) return nullptr;
        Slot const& slot = slots_[place_of(word)];
        return slot.word == word ? &slot.value : nullptr;
    }
    void put(WordId word, float value) {
        if (slots_.size() < 2 * (count_ + 1)) grow();
        Slot& slot = slots_[place_of(word)];
        if (slot.word == word) return;
        slot = {word, value};
        ++count_;
    }

private:
    static constexpr WordId nobody = ~WordId{0};  // words have 28 bits
    struct Slot {
        WordId word = nobody;
        float value = 0;
    };
    [[nodiscard]] std::size_t place_of(WordId word) const {
        std::size_t at = (word * 2654435769U) & (slots_.size() - 1);
        while (slots_[at].word != nobody && slots_[at].word != word) at = (at + 1) & (slots_.size() - 1);
        return at;
    }
    void grow() {
        std::vector<Slot> const before = std::move(slots_);
        slots_.assign(std::max<std::size_t>(32, 2 * before.size()), Slot{});
        for (auto const& slot : before) {
            if (slot.word != nobody) slots_[place_of(slot.word)] = slot;
        }
    }
    std::vector<Slot> slots_;
    std::size_t count_ = 0;
};

}  // namespace

// What is asked for, made ready once per search: its words, and how alike each is to words of the dictionary.
struct Index::Wanted {
    struct Word {
        Part part;
        WordWeight weight;
        Likenesses alike;                         // filled as words are met
        std::vector<Alike> near;                  // found by sound
        bool is_asked = false;                    // `near` holds all that are alike
    };
    struct Group {
        Field field;
        std::vector<std::size_t> words;
    };
    std::vector<Word> words;
    std::vector<Group> groups;
    std::vector<Word> joined;  // two neighbours as one, to find by alone
    Sex sex = Sex::Unknown;
    Birth birth{};
    std::vector<std::size_t> places;  // which of the words
    std::string initials;
    int name_words = 0;               // titles left out
    std::vector<std::pair<float, std::uint32_t>> gathered;  // first impression, row
};

// Who bears words like those that are asked for, with a first impression of how well they fit.
void Index::gather(Wanted& wanted, std::size_t enough, MaySee const& may_see) const {
    struct Tally {
        std::uint32_t turn = 0;  // of the word that added last
        float sum = 0;
    };
    thread_local std::vector<Tally> tallies;
    thread_local std::vector<std::uint32_t> touched;
    thread_local std::uint32_t turn = 0;  // goes on from search to search, so that nothing need be wiped
    if (tallies.size() < rows_.size()) tallies.resize(rows_.size());
    if (turn > 0xFFFF0000U) {
        std::fill(tallies.begin(), tallies.end(), Tally{});
        turn = 0;
    }
    constexpr std::size_t ahead = 16;  // what lies far apart is asked for from memory before it is needed
    std::uint32_t const before = turn;
    touched.clear();
    auto const add = [&](Wanted::Word const& word, Field field) {
        ++turn;
        bool const is_kin = field == Field::Father || field == Field::Mother || field == Field::Spouse;
        bool const is_thing = field == Field::Phone || field == Field::Id || field == Field::Mark;
        for (auto const& near : word.near) {
            auto const& lists = postings_[near.word];
            auto const& list = field == Field::Place ? lists.homes : is_thing ? lists.things : is_kin ? lists.kin : lists.names;
            float const rare = words_.part(near.word).title != nullptr ? 0.3F : rarity(words_.uses(near.word), size());
            float const bits = rare * near.likeness * near.likeness * (is_kin ? 0.8F : 1.0F);
            for (std::size_t i = 0; i < list.size(); ++i) {
                if (i + ahead < list.size()) __builtin_prefetch(&tallies[list[i + ahead]], 1);
                std::uint32_t const slot = list[i];
                Tally& tally = tallies[slot];
                if (tally.turn == turn) continue;  // a better word of this person was there before
                if (tally.turn <= before) {
                    touched.push_back(slot);
                    tally.sum = 0;
                }
                tally.turn = turn;
                tally.sum += bits;
            }
        }
    };
    for (auto const& group : wanted.groups) {
        for (auto const i : group.words) {
            // Many live in one place: it finds by itself only whom initials alone are asked for.
            if (group.field != Field::Place || wanted.name_words == static_cast<int>(wanted.initials.size())) add(wanted.words[i], group.field);
        }
    }
    for (auto const& word : wanted.joined) add(word, Field::Name);
    // What costs nothing to look at is looked at for all: it tells hundreds of bearers of one common name apart.
    wanted.gathered.clear();
    wanted.gathered.reserve(touched.size());
    for (std::size_t i = 0; i < touched.size(); ++i) {
        if (i + ahead < touched.size()) __builtin_prefetch(&tallies[touched[i + ahead]]);
        std::uint32_t const slot = touched[i];
        if (!may_see || may_see(rows_[slot].key)) wanted.gathered.emplace_back(tallies[slot].sum, slot);
    }
    auto const better = [&](auto const& a, auto const& b) { return a.first > b.first || (a.first == b.first && rows_[a.second].key < rows_[b.second].key); };
    std::size_t const first = 30 * enough;
    if (wanted.gathered.size() > first) {
        std::nth_element(wanted.gathered.begin(), wanted.gathered.begin() + static_cast<std::ptrdiff_t>(first), wanted.gathered.end(), [](auto const& a, auto const& b) { return a.first > b.first; });
        float const limit = wanted.gathered[first].first;
        // All that are as good as the last one, so that the choice does not hang on the order of rows.
        auto const end = std::partition(wanted.gathered.begin(), wanted.gathered.end(), [&](auto const& one) { return one.first >= limit; });
        wanted.gathered.erase(end, wanted.gathered.end());
    }
    std::array<float, 4> by_sex{};
    for (std::size_t sex = 0; sex < by_sex.size(); ++sex) {
        Score quick;
        add_sex(quick, wanted.sex, static_cast<Sex>(sex));
        by_sex[sex] = quick.bits;
    }
    for (std::size_t i = 0; i < wanted.gathered.size(); ++i) {
        if (i + ahead < wanted.gathered.size()) __builtin_prefetch(&rows_[wanted.gathered[i + ahead].second]);
        auto& [sum, slot] = wanted.gathered[i];
        Row const& row = rows_[slot];
        Score quick;
        add_birth(quick, wanted.birth, {row.born_from, row.born_to, row.is_estimate});
        sum += impression(wanted, row) + by_sex[static_cast<std::size_t>(row.sex)] + quick.bits;
    }
    if (wanted.gathered.size() > enough) {
        std::nth_element(wanted.gathered.begin(), wanted.gathered.begin() + static_cast<std::ptrdiff_t>(enough), wanted.gathered.end(), better);
        wanted.gathered.resize(enough);
    }
}

// What else can be seen at a glance: the place, an initial that fits, and how many words one of the names has more.
float Index::impression(Wanted const& wanted, Row const& row) const {
    float bits = 0;
    for (char const initial : wanted.initials) bits += row.firsts[0] == initial || row.firsts[1] == initial || row.firsts[2] == initial ? 1.5F : 0.0F;
    auto const add_place = [&](WordId place) {
        for (auto const w : wanted.places) {
            float const* const how = wanted.words[w].alike.find(place);
            if (how != nullptr) bits += 4 * *how;
        }
    };
    if (row.place == many_places) {
        for (std::size_t i = 0; i < row.count; ++i) {
            Item const item = items_[row.at + i];
            if (item != next_name && field_of(item) == Field::Place) add_place(item & word_mask);
        }
    } else if (row.place != no_place) {
        add_place(row.place);
    }
    int const words = row.words;
    int const more = words > wanted.name_words ? words - wanted.name_words : wanted.name_words - words;
    return bits - (words > 0 && wanted.name_words > 0 ? static_cast<float>(more) : 0.0F);
}

void Index::score(Wanted& wanted, std::uint32_t slot, Score& out) const {
    Row const& row = rows_[slot];
    std::array<WordWeight, words_compared_max> a{}, b{};
    std::array<WordId, words_compared_max> ids{};
    std::array<float, words_compared_max * words_compared_max> alike{};
    for (auto const& group : wanted.groups) {
        std::size_t n = 0;
        for (auto const i : group.words) {
            if (n < words_compared_max) a[n++] = wanted.words[i].weight;
        }
        bool const is_name = group.field == Field::Name || group.field == Field::Alias;
        WordsFound best;
        bool any = false;
        bool best_alias = false;
        auto const compare = [&](std::size_t m, bool alias) {
            if (m == 0) return;
            for (std::size_t i = 0; i < n; ++i) {
                auto& word = wanted.words[group.words[i]];
                for (std::size_t j = 0; j < m; ++j) {
                    float const* const known = word.alike.find(ids[j]);
                    float how = known != nullptr ? *known : 0.0F;
                    if (known == nullptr) {
                        Part const& other = words_.part(ids[j]);
                        if (word.part.is_initial != other.is_initial) how = word.part.latin.substr(0, 1) == other.latin.substr(0, 1) ? 0.8F : 0.0F;
                        else if (!word.is_asked) how = likeness(word.part, other);  // else all that are alike are there already
                        word.alike.put(ids[j], how);
                    }
                    alike[i * m + j] = how;
                }
            }
            auto const found = compare_words({a.data(), n}, {b.data(), m}, {alike.data(), n * m});
            if (!any || found.bits > best.bits) {
                best = found;
                best_alias = alias;
            }
            any = true;
        };
        std::size_t m = 0;
        bool alias = false;
        for (std::size_t i = 0; i <= row.count; ++i) {
            Item const item = i < row.count ? items_[row.at + i] : next_name;
            if (item == next_name) {
                compare(m, alias);
                m = 0;
                continue;
            }
            Field const field = field_of(item);
            bool const fits = is_name ? field == Field::Name || field == Field::Alias : field == group.field;
            if (!fits || m >= words_compared_max) continue;
            alias = field == Field::Alias;
            ids[m] = item & word_mask;
            b[m] = weight_of(words_.part(ids[m]), words_.uses(ids[m]), size());
            ++m;
        }
        if (!any) continue;
        Field const as = is_name && best_alias ? Field::Alias : group.field;
        if (group.field == Field::Phone || group.field == Field::Id) {
            out.add(as, best.paired > 0 ? Finding::Same : Finding::Apart, best.paired > 0 ? best.bits : -1.0F);
        } else if (is_name) {
            out.add(as, finding_of(best), best.bits);
        } else {
            // Others' names and places were often told by somebody else: what differs speaks less against.
            out.add(as, finding_of(best), best.bits > 0 ? std::min(best.bits, 14.0F) * 0.85F : std::max(best.bits, -8.0F) * 0.7F);
        }
    }
    add_sex(out, wanted.sex, row.sex);
    add_birth(out, wanted.birth, {row.born_from, row.born_to, row.is_estimate});
}

std::vector<Found> Index::search(Person const& person, std::size_t count, MaySee const& may_see) const {
    Wanted wanted;
    wanted.sex = person.sex;
    wanted.birth = person.birth;
    auto const add_word = [&](Wanted::Group& group, Part const& part, float least, std::size_t most) {
        Wanted::Word word;
        word.part = part;
        bool const whole = part.script == text::Script::Other;
        WordId known = 0;
        bool const is_known = words_.find(part, known) && words_.uses(known) > 0;
        if (whole) {
            if (is_known) word.near.push_back({known, 1});
        } else {
            word.near = words_.alike(part, least, most);
            word.is_asked = true;
        }
        std::uint32_t bearers = is_known ? words_.uses(known) : 0;
        for (auto const& near : word.near) {
            word.alike.put(near.word, near.likeness);
            if (near.likeness > 0.9F) bearers = std::max(bearers, words_.uses(near.word));
        }
        word.weight = weight_of(part, bearers, size());
        group.words.push_back(wanted.words.size());
        wanted.words.push_back(std::move(word));
    };
    auto const add_names = [&](Field field, std::string_view text) {
        Name const name = parse_name(text);
        if (name.parts.empty()) return;
        Wanted::Group group{field, {}};
        for (auto const& part : name.parts) add_word(group, part, 0.5F, 48);
        wanted.groups.push_back(std::move(group));
        if (wanted.sex == Sex::Unknown && field == Field::Name) wanted.sex = name.sex;
        for (std::size_t i = 0; field == Field::Name && i + 1 < name.parts.size(); ++i) {
            if (name.parts[i].is_initial || name.parts[i].title != nullptr) continue;
            Wanted::Group unused{field, {}};
            for (std::size_t k = 2; k <= (name.is_unspaced() ? 3U : 2U) && i + k <= name.parts.size(); ++k) {
                Part joined = name.parts[i];
                for (std::size_t j = 1; j < k; ++j) {
                    auto const& more = name.parts[i + j];
                    joined.letters += more.letters;
                    joined.units.insert(joined.units.end(), more.units.begin(), more.units.end());
                    joined.second.insert(joined.second.end(), more.second.begin(), more.second.end());
                    joined.latin += more.latin;
                    joined.latin_second += more.latin_second;
                }
                Wanted::Word word;
                word.part = joined;
                word.near = words_.alike(joined, 0.6F, 16);
                wanted.joined.push_back(std::move(word));
            }
        }
    };
    for (std::size_t i = 0; i < person.names.size(); ++i) add_names(i == 0 ? Field::Name : Field::Alias, person.names[i]);
    for (auto const& alias : person.aliases) add_names(Field::Alias, alias);
    add_names(Field::Father, person.father);
    add_names(Field::Mother, person.mother);
    add_names(Field::Spouse, person.spouse);
    auto const add_whole = [&](Field field, std::vector<std::string> const& texts, bool is_number) {
        Wanted::Group group{field, {}};
        for (auto const& text : texts) {
            Part const part = whole_part(text, is_number);
            if (part.letters.size() > 1) add_word(group, part, 0.6F, 16);
        }
        if (!group.words.empty()) wanted.groups.push_back(std::move(group));
    };
    add_whole(Field::Place, person.places, false);
    add_whole(Field::Phone, person.phones, true);
    add_whole(Field::Id, person.ids, true);
    add_whole(Field::Mark, person.marks, false);

    for (auto const& group : wanted.groups) {
        if (group.field == Field::Place) wanted.places = group.words;
        for (auto const i : group.words) {
            if (group.field != Field::Name || wanted.words[i].part.title != nullptr) continue;
            ++wanted.name_words;
            if (wanted.words[i].part.is_initial) wanted.initials += wanted.words[i].part.latin;
        }
    }
    gather(wanted, std::max<std::size_t>(300, 3 * count), may_see);
    std::vector<Found> out;
    for (std::size_t i = 0; i < wanted.gathered.size(); ++i) {
        if (i + 4 < wanted.gathered.size()) __builtin_prefetch(&items_[rows_[wanted.gathered[i + 4].second].at]);
        std::uint32_t const slot = wanted.gathered[i].second;
        PersonKey const key = rows_[slot].key;
        Found found;
        found.key = key;
        score(wanted, slot, found.score);
        out.push_back(found);
    }
    std::sort(out.begin(), out.end(), [](Found const& a, Found const& b) { return a.score.bits > b.score.bits || (a.score.bits == b.score.bits && a.key < b.key); });
    if (out.size() > count) out.resize(count);
    return out;
}

}  // namespace sanjal::match
