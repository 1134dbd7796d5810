#include "match/dictionary.h"

#include <algorithm>
#include <array>

#include "match/align.h"
#include "match/edit.h"

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
template <class Letters>
std::uint32_t hash_of(Letters const& letters, bool is_title) {
    std::uint64_t h = is_title ? 0x9E3779B97F4A7C15U : 0xCBF29CE484222325U;
    for (auto const c : letters) h = (h ^ static_cast<std::uint32_t>(c)) * 0x9FB21C651E98DF25U;
    return static_cast<std::uint32_t>(h ^ (h >> 32U));
}

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'; }

// Whether a word of Latin letters is taken as it is wherever it stands in a name.
bool is_plain(Part const& part) {
    bool const short_run = part.latin.size() <= 3 && std::none_of(part.latin.begin(), part.latin.end(), is_vowel);  // "GH" is G. H.
    return part.script == text::Script::Latin && part.latin.size() == part.letters.size() && !short_run && title_of(part.letters) == nullptr;
}

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
    if (sounds_apart(a.sounds, b.sounds)) return 0;
    if (a.sounds != 0 && b.sounds != 0 && (a.latin.size() > 3 * b.latin.size() + 2 || b.latin.size() > 3 * a.latin.size() + 2)) return 0;
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

bool sounds_apart(std::uint32_t a, std::uint32_t b) {
    // Counted without a call, whatever the processor.
    auto const ones = [](std::uint32_t x) {
        x -= x >> 1U & 0x55555555U;
        x = (x & 0x33333333U) + (x >> 2U & 0x33333333U);
        return ((x + (x >> 4U)) & 0x0F0F0F0FU) * 0x01010101U >> 24U;
    };
    return a != 0 && b != 0 && 3 * ones(a & b) < 2 * std::min(ones(a), ones(b));
}

bool frames_apart(std::uint64_t a, std::uint64_t b) {
    if (a == 0 || b == 0 || a == b) return false;
    std::array<char, 13> x, y;
    auto const lay = [](std::uint64_t frame, std::array<char, 13>& out) {
        std::size_t n = 0;
        for (; frame != 0 && n < out.size(); frame >>= 5U) out[n++] = static_cast<char>(frame & 31U);
        return n;
    };
    std::size_t const n = lay(a, x);
    std::size_t const m = lay(b, y);
    int const longer = static_cast<int>(std::max(n, m));
    return longer > 2 && 2 * strokes_apart({x.data(), n}, {y.data(), m}) > longer + 1;
}

void Dictionary::add_keys(std::string_view latin, WordId word) {
    for (auto const gram : grams_of(latin)) grams_[gram].push_back(word);
}

template <class Same>
bool Dictionary::Numbers::find(std::uint32_t hash, Same const& same, WordId& out) const {
    if (slots_.empty()) return false;
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at].word != nobody; at = (at + 1) & (slots_.size() - 1)) {
        if (slots_[at].hash != hash || !same(slots_[at].word)) continue;
        out = slots_[at].word;
        return true;
    }
    return false;
}

void Dictionary::Numbers::put(std::uint32_t hash, WordId word) {
    auto const place = [this](Slot const& slot) {
        std::size_t at = slot.hash & (slots_.size() - 1);
        while (slots_[at].word != nobody) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = slot;
    };
    if (slots_.size() < 2 * (count_ + 1)) {
        auto const before = std::move(slots_);
        slots_.assign(std::max<std::size_t>(64, 2 * before.size()), Slot{});
        for (auto const& slot : before) {
            if (slot.word != nobody) place(slot);
        }
    }
    place({hash, word});
    ++count_;
}

WordId Dictionary::add(std::uint32_t hash, Part const& part) {
    auto const word = static_cast<WordId>(parts_.size());
    numbers_.put(hash, word);
    parts_.push_back(part);
    uses_.push_back(0);
    firsts_.push_back(part.title != nullptr || part.latin.empty() ? ' ' : part.latin[0]);
    sounds_.push_back(part.sounds);
    frames_.push_back(part.latin_second.empty() ? skeleton_of(part.latin) : 0);
    add_keys(part.latin, word);
    if (!part.latin_second.empty() && part.latin_second != part.latin) add_keys(part.latin_second, word);
    if (is_plain(part)) plain_.put(hash_of(part.latin, false), word);
    return word;
}

bool Dictionary::find(std::u32string_view letters, Title const* title, std::uint32_t hash, WordId& out) const {
    return numbers_.find(hash, [&](WordId word) { return parts_[word].letters == letters && (parts_[word].title != nullptr) == (title != nullptr); }, out);
}

WordId Dictionary::put(Part const& part) {
    std::uint32_t const hash = hash_of(part.letters, part.title != nullptr);
    WordId word = 0;
    return find(part.letters, part.title, hash, word) ? word : add(hash, part);
}

bool Dictionary::put(RawWord const& word, WordId& out) {
    std::uint32_t const hash = hash_of(word.letters, word.title != nullptr);
    if (find(word.letters, word.title, hash, out)) return true;
    Part part = make_part(word.script, word.letters, SoundTable::shipped());
    part.title = word.title;
    if (part.latin.empty()) return false;
    out = add(hash, part);
    return true;
}

bool Dictionary::find(Part const& part, WordId& out) const { return find(part.letters, part.title, hash_of(part.letters, part.title != nullptr), out); }

bool Dictionary::find_plain(std::string_view name, std::vector<WordId>& out) const {
    out.clear();
    std::array<char, 40> letters;
    std::size_t length = 0;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        char const c = i < name.size() ? name[i] : ' ';
        char const small = static_cast<char>(c | 0x20);
        if (small >= 'a' && small <= 'z') {
            if (length == letters.size()) return false;
            letters[length++] = small;
            continue;
        }
        if (c != ' ') return false;
        if (length == 0) continue;
        std::string_view const word(letters.data(), length);
        WordId found = 0;
        if (out.size() == parts_max || !plain_.find(hash_of(word, false), [&](WordId one) { return parts_[one].latin == word; }, found)) return false;
        out.push_back(found);
        length = 0;
    }
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
    std::uint64_t const frame = part.latin_second.empty() ? skeleton_of(part.latin) : 0;
    // Compare with care only those that share most.
    std::size_t const most = 160;
    std::array<std::size_t, 256> histogram{};
    for (auto const word : touched) ++histogram[shared[word]];
    std::size_t sum = 0;
    int limit = 255;
    while (limit > 2 && sum + histogram[static_cast<std::size_t>(limit)] < most) sum += histogram[static_cast<std::size_t>(limit--)];
    std::size_t kept = 0;
    for (auto const word : touched) {
        bool const close = shared[word] > limit || (shared[word] == limit && sum < most * 2);
        shared[word] = 0;
        if (!close || (known && word == same) || (part.title == nullptr && (sounds_apart(part.sounds, sounds_[word]) || frames_apart(frame, frames_[word])))) continue;
        touched[kept++] = word;
    }
    constexpr std::size_t far = 8, near = 4;  // words lie far apart: they are asked for from memory before they are needed
    for (std::size_t i = 0; i < kept; ++i) {
        if (i + far < kept) __builtin_prefetch(&parts_[touched[i + far]].units);
        if (i + far < kept) __builtin_prefetch(&parts_[touched[i + far]].latin);
        if (i + near < kept) __builtin_prefetch(parts_[touched[i + near]].units.data());
        float const how = likeness(part, parts_[touched[i]]);
        if (how >= least) out.push_back({touched[i], how});
    }
    // By their letters where they are as alike, so that nothing depends on which word came first.
    std::sort(out.begin(), out.end(), [&](Alike const& a, Alike const& b) { return a.likeness > b.likeness || (a.likeness == b.likeness && parts_[a.word].letters < parts_[b.word].letters); });
    if (out.size() > count) out.resize(count);
    return out;
}

std::size_t Dictionary::bytes() const {
    std::size_t sum = parts_.capacity() * (sizeof(Part) + 16) + numbers_.bytes() + plain_.bytes() + grams_.size() * 64;
    for (auto const& part : parts_) sum += part.letters.capacity() * 8 + part.units.capacity() * 2 + part.second.capacity() * 2 + part.latin.capacity();
    for (auto const& [gram, words] : grams_) sum += words.capacity() * sizeof(WordId);
    return sum;
}

}  // namespace sanjal::match
