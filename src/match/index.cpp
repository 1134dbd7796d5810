#include "match/index.h"

#include <algorithm>

#include "match/index_parts.h"
#include "text/normalise.h"

namespace sanjal::match {

namespace {

constexpr std::size_t wholes_max = 20000;

// What an office is called, which is often left out: it counts for the same letters, not for sounding alike.
bool is_kind_of_place(std::u32string_view word) {
    constexpr std::u32string_view words[] = {U"rural", U"municipality", U"metropolitan", U"sub", U"city", U"district", U"upazila", U"province", U"town", U"township", U"village", U"sadar"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

Part whole_part(std::string_view text, bool is_number) {
    Part part;
    part.script = text::Script::Other;
    if (is_number) {
        part.letters = U"#" + number_key(text);
        return part;
    }
    Name const name = parse_name(text);
    if (name.parts.empty()) {
        std::u32string const number = number_key(text);  // a place's code
        if (!number.empty()) part.letters = U"#" + number;
        return part;
    }
    part = name.parts[0];
    for (std::size_t i = 1; i < name.parts.size(); ++i) {
        auto const& more = name.parts[i];
        part.letters += U" " + more.letters;
        if (is_kind_of_place(more.letters)) continue;
        part.units.insert(part.units.end(), more.units.begin(), more.units.end());
        part.latin += more.latin;
    }
    part.sounds = 0;
    part.second.clear();
    part.latin_second.clear();
    part.title = nullptr;
    part.is_initial = false;
    return part;
}

std::u32string number_key(std::string_view text) {
    std::u32string out;
    for (char32_t const c : text::fold(text)) {
        if ((c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z')) out.push_back(c);
    }
    // Country and trunk codes come and go: the last ten digits of a long number are the number.
    bool const all_digits = std::all_of(out.begin(), out.end(), [](char32_t c) { return c <= U'9'; });
    if (all_digits && out.size() > 10 && out.size() < 14) out.erase(0, out.size() - 10);
    return out;
}

Index::Index() = default;

std::size_t Index::place_of(PersonKey key) const {
    std::uint64_t h = key * 0x9E3779B97F4A7C15U;
    std::size_t at = (h ^ (h >> 32U)) & (slots_.size() - 1);
    while (slots_[at] != nobody && rows_[slots_[at]].key != key) at = (at + 1) & (slots_.size() - 1);
    return at;
}

std::uint32_t Index::slot_of(PersonKey key) const { return slots_.empty() ? nobody : slots_[place_of(key)]; }

void Index::keep_slot(std::uint32_t slot) {
    if (slots_.size() < 2 * (size() + 1)) {
        auto const before = std::move(slots_);
        slots_.assign(std::max<std::size_t>(64, 2 * before.size()), nobody);
        for (auto const one : before) {
            if (one != nobody) slots_[place_of(rows_[one].key)] = one;
        }
    }
    slots_[place_of(rows_[slot].key)] = slot;
}

// What stands behind it in the table moves up, so that nothing is looked for in vain.
void Index::forget_slot(PersonKey key) {
    std::size_t at = place_of(key);
    std::vector<std::uint32_t> behind;
    for (slots_[at] = nobody; slots_[at = (at + 1) & (slots_.size() - 1)] != nobody; slots_[at] = nobody) behind.push_back(slots_[at]);
    for (auto const one : behind) slots_[place_of(rows_[one].key)] = one;
}

void Index::add_name(Field field, std::string_view name, std::vector<Item>& items) {
    if (words_.find_plain(name, plain_)) {
        for (auto const word : plain_) {
            if (items.size() < 60000) items.push_back(item_of(field, word));
        }
        return;
    }
    for (auto const& raw : split_name(name)) {
        WordId word = 0;
        if (items.size() < 60000 && words_.put(raw, word)) items.push_back(item_of(field, word));
    }
}

void Index::add_items(Person const& person, std::vector<Item>& items) {
    for (std::size_t i = 0; i < person.names.size(); ++i) {
        if (i > 0) items.push_back(next_name);
        add_name(i == 0 ? Field::Name : Field::Alias, person.names[i], items);
    }
    for (auto const& alias : person.aliases) {
        items.push_back(next_name);
        add_name(Field::Alias, alias, items);
    }
    add_name(Field::Father, person.father, items);
    add_name(Field::Mother, person.mother, items);
    add_name(Field::Spouse, person.spouse, items);
    auto const whole = [&](Field field, std::vector<std::string> const& texts, bool is_number) {
        for (auto const& text : texts) {
            // The same few places again and again: as they were written they are known already.
            auto const known = is_number ? wholes_.end() : wholes_.find(text);
            if (known != wholes_.end()) {
                items.push_back(item_of(field, known->second));
                continue;
            }
            Part const part = whole_part(text, is_number);
            if (part.letters.size() <= 1) continue;
            WordId const word = words_.put(part);
            if (!is_number && wholes_.size() < wholes_max) wholes_.emplace(text, word);
            items.push_back(item_of(field, word));
        }
    };
    whole(Field::Place, person.places, false);
    whole(Field::Phone, person.phones, true);
    whole(Field::Id, person.ids, true);
    whole(Field::Mark, person.marks, false);
}

std::vector<std::uint32_t>* Index::postings_of(Item item) {
    if (item == next_name) return nullptr;
    auto& postings = postings_[item & word_mask];
    switch (field_of(item)) {
        case Field::Name:
        case Field::Alias: return &postings.names;
        case Field::Father:
        case Field::Mother:
        case Field::Spouse: return &postings.kin;
        case Field::Place: return &postings.homes;
        default: return &postings.things;
    }
}

void Index::put(Person const& person) {
    remove(person.key);
    std::vector<Item> items;
    add_items(person, items);
    postings_.resize(words_.size());
    std::uint32_t slot = static_cast<std::uint32_t>(rows_.size());
    if (!free_.empty()) {
        slot = free_.back();
        free_.pop_back();
    } else {
        rows_.emplace_back();
    }
    Row& row = rows_[slot];
    row = Row{};
    row.key = person.key;
    row.at = static_cast<std::uint32_t>(items_.size());
    row.count = static_cast<std::uint16_t>(items.size());
    row.sex = person.sex;
    row.is_estimate = person.birth.is_estimate;
    row.born_from = person.birth.from;
    row.born_to = person.birth.to;
    items_.insert(items_.end(), items.begin(), items.end());
    describe(row);
    keep_slot(slot);
    for (auto const item : items) {
        if (item != next_name) words_.use(item & word_mask);
        auto* const list = postings_of(item);
        if (list != nullptr && (list->empty() || list->back() != slot)) list->push_back(slot);
    }
}

// What a first impression needs, beside the row, so that nothing else is fetched for it.
void Index::describe(Row& row) const {
    for (std::size_t i = 0; i < row.count; ++i) {
        Item const item = items_[row.at + i];
        if (item == next_name) continue;
        WordId const word = item & word_mask;
        if (field_of(item) == Field::Name) {
            if (row.words < row.firsts.size()) row.firsts[row.words] = words_.first_letter(word);
            if (row.words < 255) ++row.words;
        } else if (field_of(item) == Field::Place) {
            row.place = row.place == no_place ? word : many_places;
        }
    }
}

bool Index::remove(PersonKey key) {
    std::uint32_t const slot = slot_of(key);
    if (slot == nobody) return false;
    Row& row = rows_[slot];
    for (std::size_t i = 0; i < row.count; ++i) {
        Item const item = items_[row.at + i];
        if (item != next_name) words_.drop(item & word_mask);
        auto* const list = postings_of(item);
        if (list == nullptr) continue;
        auto const at = std::find(list->begin(), list->end(), slot);
        if (at != list->end()) {
            *at = list->back();
            list->pop_back();
        }
    }
    items_lost_ += row.count;
    forget_slot(key);
    row = Row{};
    free_.push_back(slot);
    if (items_lost_ > 1024 && items_lost_ > items_.size() / 2) settle();
    return true;
}

void Index::settle() {
    std::vector<Item> items;
    items.reserve(items_.size() - items_lost_);
    for (auto& row : rows_) {
        auto const from = items_.begin() + row.at;
        row.at = static_cast<std::uint32_t>(items.size());
        items.insert(items.end(), from, from + row.count);
    }
    items_ = std::move(items);
    items_lost_ = 0;
    rows_.shrink_to_fit();
    items_.shrink_to_fit();
    for (auto& postings : postings_) {
        postings.names.shrink_to_fit();
        postings.kin.shrink_to_fit();
        postings.things.shrink_to_fit();
        postings.homes.shrink_to_fit();
    }
}

std::size_t Index::bytes() const {
    std::size_t sum = words_.bytes() + rows_.capacity() * sizeof(Row) + items_.capacity() * sizeof(Item) + slots_.capacity() * sizeof(slots_[0]);
    for (auto const& postings : postings_) sum += sizeof(Postings) + (postings.names.capacity() + postings.kin.capacity() + postings.things.capacity() + postings.homes.capacity()) * 4;
    return sum;
}

}  // namespace sanjal::match
