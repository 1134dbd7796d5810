#include "match/dictionary.h"

#include <algorithm>
#include <array>
#include <bit>

#include "match/align.h"

namespace sanjal::match {

namespace {

// Classes of consonants that scripts and spellings take for one another; 0 is left out.
constexpr std::array<std::uint8_t, 26> classes = [] {
    std::array<std::uint8_t, 26> out{};
    constexpr std::string_view groups[] = {"kgqcx", "", "td", "n", "pbfvw", "m", "", "r", "l", "sz", "j", "", "h"};
    for (std::size_t i = 0; i < std::size(groups); ++i) {
        for (char const c : groups[i]) out[static_cast<std::size_t>(c - 'a')] = static_cast<std::uint8_t>(i + 1);
    }
    return out;
}();

constexpr std::uint8_t class_of_hiss = 10;
constexpr std::uint8_t class_of_h = 13;

using Frame = std::vector<std::uint8_t>;

Frame frame_of(std::string_view latin) {
    Frame out;
    for (std::size_t i = 0; i < latin.size(); ++i) {
        char const c = latin[i];
        std::uint8_t k = classes[static_cast<std::size_t>(c - 'a')];
        if (c == 'c' && i + 1 < latin.size() && latin[i + 1] == 'h') k = class_of_hiss;
        if (c == 'j') k = class_of_hiss;
        if (k == class_of_h && i > 0) continue;  // breath after a consonant
        if (k == 0) {
            if (i == 0) out.push_back(20);       // begins with a vowel
            continue;
        }
        if (k == 4 && i + 1 < latin.size() && latin[i + 1] == 'g' && (i + 2 == latin.size())) continue;  // ng at the end is heard as n or not at all
        if (out.empty() || out.back() != k) out.push_back(k);
    }
    return out;
}

// Pairs of neighbouring classes with both edges, and the whole frame with each class left out once.
std::vector<std::uint32_t> grams_of(std::string_view latin) {
    Frame const frame = frame_of(latin);
    std::vector<std::uint32_t> grams;
    std::uint32_t before = 30;
    for (auto const k : frame) {
        grams.push_back(before * 32 + k);
        before = k;
    }
    grams.push_back(before * 32 + 31);
    auto const whole = [&](std::size_t without) {
        std::uint32_t h = 2166136261U;
        for (std::size_t i = 0; i < frame.size(); ++i) {
            if (i != without) h = (h ^ frame[i]) * 16777619U;
        }
        return (h | 0x80000000U);
    };
    for (std::size_t i = 0; i <= frame.size(); ++i) grams.push_back(whole(i));
    // Few consonants: the beginning as it is written tells more.
    std::sort(grams.begin(), grams.end());
    grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
    return grams;
}

// One spelling may be a title at one place and a name at another: these are two words.
std::u32string key_of(std::u32string const& letters, Title const* title) { return title == nullptr ? letters : letters + U"!"; }

float one_way(SoundTable const& table, std::vector<UnitId> const& units, std::string const& latin) {
    if (units.empty() || latin.empty()) return 0;
    float const ideal = ideal_bits(table, units.data(), units.size());
    float const room = table.surprise(latin) + 1.0F;
    float const bits = spelling_bits(table, units.data(), units.size(), latin, nullptr, ideal + 0.75F * room);
    float const loss = std::max(0.0F, bits - ideal);
    return std::clamp(1.0F - 1.1F * loss / room, 0.0F, 1.0F);
}

// The same whichever comes first: the smaller spelling is read first, and where that is hopeless the other way is not tried.
float both_ways(SoundTable const& table, Part const& a, Part const& b) {
    Part const& first = a.letters < b.letters ? a : b;
    Part const& second = a.letters < b.letters ? b : a;
    float const there = one_way(table, first.units, second.latin);
    return there < 0.25F ? there / 2 : (there + one_way(table, second.units, first.latin)) / 2;
}

}  // namespace

float likeness(Part const& a, Part const& b, SoundTable const& table) {
    if (a.script == b.script && a.letters == b.letters) return 1;
    if (a.title != nullptr && b.title != nullptr && !a.title->means.empty() && a.title->means == b.title->means) return 0.99F;  // Md is Mohammad
    // Words that share hardly a letter are not worth a closer look.
    int const least = std::min(std::popcount(a.sounds), std::popcount(b.sounds));
    if (a.sounds != 0 && b.sounds != 0 && (3 * std::popcount(a.sounds & b.sounds) < 2 * least || a.latin.size() > 3 * b.latin.size() + 2 || b.latin.size() > 3 * a.latin.size() + 2)) return 0;
    bool const latin_a = a.script == text::Script::Latin;
    bool const latin_b = b.script == text::Script::Latin;
    float out = 0;
    if (latin_a && latin_b) {
        out = both_ways(table, a, b);
    } else if (latin_b) {
        out = std::max(one_way(table, a.units, b.latin), a.second.empty() ? 0.0F : one_way(table, a.second, b.latin));
    } else if (latin_a) {
        out = std::max(one_way(table, b.units, a.latin), b.second.empty() ? 0.0F : one_way(table, b.second, a.latin));
    } else {
        out = both_ways(table, a, b);
    }
    return std::min(out, 0.995F);
}

std::uint64_t skeleton_of(std::string_view latin) {
    std::uint64_t out = 0;
    for (auto const k : frame_of(latin)) out = (out << 5U) | k;
    return out;
}

void Dictionary::add_keys(std::string_view latin, WordId word) {
    for (auto const gram : grams_of(latin)) grams_[gram].push_back(word);
}

WordId Dictionary::add(std::u32string key, Part const& part) {
    auto const word = static_cast<WordId>(parts_.size());
    numbers_.emplace(std::move(key), word);
    parts_.push_back(part);
    uses_.push_back(0);
    firsts_.push_back(part.title != nullptr || part.latin.empty() ? ' ' : part.latin[0]);
    add_keys(part.latin, word);
    if (!part.latin_second.empty() && part.latin_second != part.latin) add_keys(part.latin_second, word);
    return word;
}

WordId Dictionary::put(Part const& part) {
    std::u32string key = key_of(part.letters, part.title);
    auto const found = numbers_.find(key);
    return found != numbers_.end() ? found->second : add(std::move(key), part);
}

bool Dictionary::put(RawWord const& word, WordId& out) {
    std::u32string key = key_of(word.letters, word.title);
    auto const found = numbers_.find(key);
    if (found != numbers_.end()) {
        out = found->second;
        return true;
    }
    Part part = make_part(word.script, word.letters, SoundTable::shipped());
    part.title = word.title;
    if (part.latin.empty()) return false;
    out = add(std::move(key), part);
    return true;
}

bool Dictionary::find(Part const& part, WordId& out) const {
    auto const found = numbers_.find(key_of(part.letters, part.title));
    if (found == numbers_.end()) return false;
    out = found->second;
    return true;
}

std::vector<Alike> Dictionary::alike(Part const& part, float least, std::size_t count) const {
    std::vector<Alike> out;
    WordId same = 0;
    bool const known = find(part, same) && uses_[same] > 0;
    if (known) out.push_back({same, 1});
    thread_local std::vector<std::uint8_t> shared;
    thread_local std::vector<WordId> touched;
    if (shared.size() < parts_.size()) shared.resize(parts_.size() + parts_.size() / 2 + 64);
    touched.clear();
    auto const ask = [&](std::string const& latin) {
        for (auto const gram : grams_of(latin)) {
            auto const found = grams_.find(gram);
            if (found == grams_.end()) continue;
            std::uint8_t const weight = (gram & 0x80000000U) != 0 ? 4 : 1;
            for (auto const word : found->second) {
                if (uses_[word] == 0) continue;
                if (shared[word] == 0) touched.push_back(word);
                if (shared[word] < 200) shared[word] = static_cast<std::uint8_t>(shared[word] + weight);
            }
        }
    };
    ask(part.latin);
    if (!part.latin_second.empty()) ask(part.latin_second);
    // Compare with care only those that share most.
    std::size_t const most = 160;
    std::array<std::size_t, 256> histogram{};
    for (auto const word : touched) ++histogram[shared[word]];
    std::size_t sum = 0;
    int limit = 255;
    while (limit > 2 && sum + histogram[static_cast<std::size_t>(limit)] < most) sum += histogram[static_cast<std::size_t>(limit--)];
    for (auto const word : touched) {
        bool const close = shared[word] > limit || (shared[word] == limit && sum < most * 2);
        shared[word] = 0;
        if (!close || (known && word == same)) continue;
        float const how = likeness(part, parts_[word]);
        if (how >= least) out.push_back({word, how});
    }
    // By their letters where they are as alike, so that nothing depends on which word came first.
    std::sort(out.begin(), out.end(), [&](Alike const& a, Alike const& b) { return a.likeness > b.likeness || (a.likeness == b.likeness && parts_[a.word].letters < parts_[b.word].letters); });
    if (out.size() > count) out.resize(count);
    return out;
}

std::size_t Dictionary::bytes() const {
    std::size_t sum = parts_.capacity() * sizeof(Part) + numbers_.size() * 64 + grams_.size() * 64;
    for (auto const& part : parts_) sum += part.letters.capacity() * 8 + part.units.capacity() * 2 + part.second.capacity() * 2 + part.latin.capacity();
    for (auto const& [gram, words] : grams_) sum += words.capacity() * sizeof(WordId);
    return sum;
}

}  // namespace sanjal::match
