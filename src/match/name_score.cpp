#include "match/name_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "match/align.h"

namespace sanjal::match {

namespace {

#include "match/name_weights.inc"

constexpr std::size_t words_max = 8;
constexpr std::size_t letters_words_max = 6;
constexpr float none = -1e9F;

// A word, or two or more joined, on the side that is read by letters.
struct Block {
    std::string_view latin;
    unsigned mask = 0;
    std::size_t first = 0;
};

struct Choice {
    float value = none;
    std::uint8_t from_i = 0;
    std::uint8_t mask_before = 0;
    std::uint8_t block = 255;  // 255: a word of the first name was left out
    float gain = 0, loss = 0, length = 0;
    bool initial = false;
};

struct Side {
    std::vector<Part> const* parts;
    std::size_t count;
    bool second;
    [[nodiscard]] std::vector<UnitId> const& units(std::size_t i) const { return second && !(*parts)[i].second.empty() ? (*parts)[i].second : (*parts)[i].units; }
    [[nodiscard]] std::string const& latin(std::size_t i) const { return second && !(*parts)[i].latin_second.empty() ? (*parts)[i].latin_second : (*parts)[i].latin; }
};

bool is_light(Part const& part) { return part.title != nullptr; }

float left_out_price(Part const& part, std::string const& latin) {
    if (is_light(part)) return part.title->may_be_name ? 1.0F : 0.3F;
    if (part.is_initial) return 1.0F;
    return 3.0F + 1.2F * static_cast<float>(std::min<std::size_t>(latin.size(), 8));
}

class Laying {
public:
    Laying(Side const& a, Side const& b, SoundTable const& table, std::size_t together) : a_(a), b_(b), table_(table), together_(together) { blocks(); }

    NameEvidence run() {
        std::size_t const masks = std::size_t{1} << b_.count;
        best_.assign((a_.count + 1) * masks, Choice{});
        at(0, 0).value = 0;
        for (std::size_t i = 0; i < a_.count; ++i) from(i);
        return evidence();
    }

private:
    Choice& at(std::size_t i, unsigned mask) { return best_[(i << b_.count) + mask]; }

    void blocks() {
        for (std::size_t j = 0; j < b_.count; ++j) {
            blocks_.push_back({b_.latin(j), 1U << j, j});
            if (j + 1 < b_.count && !(*b_.parts)[j].is_initial) {
                joined_.push_back(b_.latin(j) + b_.latin(j + 1));
                pairs_.push_back(j);
            }
        }
        for (std::size_t k = 0; k < pairs_.size(); ++k) blocks_.push_back({joined_[k], 3U << pairs_[k], pairs_[k]});
    }

    void take(std::size_t to, unsigned mask, Choice const& choice) {
        Choice& there = at(to, mask);
        if (choice.value > there.value) there = choice;
    }

    // Everything that may happen with the words from `i` on.
    void from(std::size_t i) {
        std::size_t const masks = std::size_t{1} << b_.count;
        UnitId units[align_units_max];
        std::size_t unit_count = 0;
        std::size_t const reach = std::min(together_, a_.count - i);
        std::array<std::size_t, 9> bounds{};
        for (std::size_t k = 0; k < reach; ++k) {
            for (auto const unit : a_.units(i + k)) {
                if (unit_count < align_units_max) units[unit_count++] = unit;
            }
            bounds[k + 1] = unit_count;
        }
        Part const& word = (*a_.parts)[i];
        for (unsigned mask = 0; mask < masks; ++mask) {
            if (at(i, mask).value <= none) continue;
            Choice left;
            left.value = at(i, mask).value - left_out_price(word, a_.latin(i));
            left.from_i = static_cast<std::uint8_t>(i);
            left.mask_before = static_cast<std::uint8_t>(mask);
            take(i + 1, mask, left);
        }
        for (std::size_t block = 0; block < blocks_.size(); ++block) {
            auto const& one = blocks_[block];
            float ends[align_units_max + 1];
            spelling_bits(table_, units, unit_count, one.latin, ends);
            float const surprise = table_.surprise(one.latin);
            bool const initial_b = one.latin.size() == 1;
            for (std::size_t k = 1; k <= reach; ++k) {
                if (bounds[k] == 0) continue;
                Choice choice;
                choice.gain = surprise - ends[bounds[k]];
                choice.loss = ends[bounds[k]] - ideal_bits(table_, units, bounds[k]);
                choice.length = static_cast<float>(one.latin.size());
                if (k == 1 && (initial_b != word.is_initial) && (initial_b || word.is_initial)) initial(choice, i, one);
                choice.from_i = static_cast<std::uint8_t>(i);
                choice.block = static_cast<std::uint8_t>(block);
                float const worth = choice.gain - 0.5F * std::max(0.0F, choice.loss - 2.0F);
                for (unsigned mask = 0; mask < masks; ++mask) {
                    if ((mask & one.mask) != 0 || at(i, mask).value <= none) continue;
                    choice.mask_before = static_cast<std::uint8_t>(mask);
                    choice.value = at(i, mask).value + worth;
                    take(i + k, mask | one.mask, choice);
                }
            }
        }
    }

    // One letter for a whole word: only its beginning is compared.
    void initial(Choice& choice, std::size_t i, Block const& block) const {
        auto const& units = a_.units(i);
        if (units.empty() || block.latin.empty()) return;
        std::string_view const letter = (*a_.parts)[i].is_initial ? block.latin.substr(0, 1) : block.latin;
        float const bits = spelling_bits(table_, units.data(), 1, letter.substr(0, 1));
        bool same = bits < 5.0F || a_.latin(i).substr(0, 1) == letter.substr(0, 1);
        if (!same) return;
        choice.gain = 2.0F;
        choice.loss = 0.5F;
        choice.length = 1;
        choice.initial = true;
    }

    NameEvidence evidence() {
        NameEvidence out;
        unsigned best_mask = 0;
        float best = none;
        std::size_t const masks = std::size_t{1} << b_.count;
        for (unsigned mask = 0; mask < masks; ++mask) {
            float value = at(a_.count, mask).value;
            for (std::size_t j = 0; j < b_.count; ++j) {
                if ((mask >> j & 1U) == 0) value -= left_out_price((*b_.parts)[j], b_.latin(j));
            }
            if (value > best) {
                best = value;
                best_mask = mask;
            }
        }
        for (std::size_t j = 0; j < b_.count; ++j) {
            if ((best_mask >> j & 1U) == 0 && !is_light((*b_.parts)[j])) out.left_b += (*b_.parts)[j].is_initial ? 0.5F : static_cast<float>(b_.latin(j).size());
        }
        std::size_t i = a_.count;
        unsigned mask = best_mask;
        std::size_t later_first = 99;
        while (i > 0) {
            Choice const choice = at(i, mask);
            if (choice.block == 255) {
                Part const& part = (*a_.parts)[choice.from_i];
                if (!is_light(part)) out.left_a += part.is_initial ? 0.5F : static_cast<float>(a_.latin(choice.from_i).size());
            } else {
                out.gain += choice.gain;
                out.loss += std::max(0.0F, choice.loss);
                out.worst = std::max(out.worst, std::max(0.0F, choice.loss) / (choice.length + 1.0F));
                out.matched += choice.length;
                out.initials += choice.initial ? 1.0F : 0.0F;
                if (blocks_[choice.block].first > later_first) out.crossed += 1;
                later_first = blocks_[choice.block].first;
            }
            i = choice.from_i;
            mask = choice.mask_before;
        }
        float possible_b = 0;
        for (std::size_t j = 0; j < b_.count; ++j) {
            if (!is_light((*b_.parts)[j])) possible_b += table_.surprise(b_.latin(j));
        }
        float possible_a = 0;
        for (std::size_t k = 0; k < a_.count; ++k) {
            if (!is_light((*a_.parts)[k])) possible_a += table_.surprise(a_.latin(k));
        }
        out.possible = std::min(possible_a, possible_b);
        return out;
    }

    Side const& a_;
    Side const& b_;
    SoundTable const& table_;
    std::size_t together_;
    std::vector<Block> blocks_;
    std::vector<std::string> joined_;
    std::vector<std::size_t> pairs_;
    std::vector<Choice> best_;
};

// How many words of one side one word of the other may stand for.
std::size_t together(Name const& name) {
    if (!name.is_unspaced()) return 2;
    return name.parts[0].script == text::Script::Burmese || name.parts[0].script == text::Script::Tibetan ? 4 : 6;
}

NameEvidence lay(Name const& a, Name const& b, SoundTable const& table, bool second_a, bool second_b) {
    Side const left{&a.parts, std::min(a.parts.size(), words_max), second_a};
    Side const right{&b.parts, std::min(b.parts.size(), letters_words_max), second_b};
    return Laying(left, right, table, together(a)).run();
}

bool has_second(Name const& name) { return std::any_of(name.parts.begin(), name.parts.end(), [](Part const& part) { return !part.second.empty(); }); }

NameEvidence best_lay(Name const& a, Name const& b, SoundTable const& table) {
    NameEvidence best = lay(a, b, table, false, false);
    if (has_second(a)) {
        auto const other = lay(a, b, table, true, has_second(b));
        if (name_bits(other) > name_bits(best)) best = other;
    }
    return best;
}

bool is_latin(Name const& name) { return std::all_of(name.parts.begin(), name.parts.end(), [](Part const& part) { return part.script == text::Script::Latin; }); }

bool same_letters(Name const& a, Name const& b) {
    return a.parts.size() == b.parts.size() && std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), [](Part const& x, Part const& y) { return x.letters == y.letters; });
}

ScriptKind kind_of(Name const& name) {
    auto const script = name.parts[0].script;
    if (script == text::Script::Burmese || script == text::Script::Tibetan) return ScriptKind::Syllables;
    if (script == text::Script::Han || script == text::Script::Kana) return ScriptKind::Han;
    return script == text::Script::Latin || text::is_brahmic(script) ? ScriptKind::Brahmic : ScriptKind::Plain;
}

NameEvidence mean(NameEvidence const& a, NameEvidence const& b) {
    NameEvidence out;
    out.gain = (a.gain + b.gain) / 2;
    out.loss = (a.loss + b.loss) / 2;
    out.worst = (a.worst + b.worst) / 2;
    out.possible = (a.possible + b.possible) / 2;
    out.left_a = (a.left_a + b.left_b) / 2;
    out.left_b = (a.left_b + b.left_a) / 2;
    out.matched = (a.matched + b.matched) / 2;
    out.initials = (a.initials + b.initials) / 2;
    out.crossed = (a.crossed + b.crossed) / 2;
    return out;
}

}  // namespace

NameEvidence compare_names(Name const& a, Name const& b, SoundTable const& table) {
    NameEvidence out;
    if (a.parts.empty() || b.parts.empty()) return out;
    bool const latin_a = is_latin(a);
    bool const latin_b = is_latin(b);
    if (latin_a != latin_b) out = latin_b ? best_lay(a, b, table) : best_lay(b, a, table);
    else out = mean(best_lay(a, b, table), best_lay(b, a, table));
    out.kind = std::max(kind_of(a), kind_of(b));
    out.same_script = a.parts[0].script == b.parts[0].script ? 1.0F : 0.0F;
    out.exact = same_letters(a, b) ? 1.0F : 0.0F;
    return out;
}

NameFeatures features_of(NameEvidence const& e) {
    NameFeatures f{};
    float const left = e.left_a + e.left_b;
    float const least = std::min(e.left_a, e.left_b);
    float const rate = e.loss / (e.matched + 1.0F);
    float const share = std::clamp(e.gain / (e.possible + 4.0F), -1.0F, 1.5F);
    f[0] = 1;
    f[1] = std::min(e.gain, 60.0F) / 10;
    f[2] = std::min(e.gain, 15.0F) / 10;
    f[3] = std::min(rate, 3.0F);
    f[4] = std::min(rate, 1.0F);
    f[5] = std::min(rate, 0.4F);
    f[6] = std::min(e.worst, 3.0F);
    f[7] = std::min(e.worst, 1.0F);
    f[8] = std::min(e.loss, 30.0F) / 10;
    f[9] = std::min(e.loss, 8.0F) / 10;
    f[10] = share;
    f[11] = std::min(share, 0.8F);
    f[12] = std::min(share, 0.5F);
    f[13] = std::min(left, 20.0F) / 10;
    f[14] = std::min(left, 5.0F) / 10;
    f[15] = std::min(least, 6.0F) / 10;
    f[16] = std::min(least, 2.0F) / 10;
    f[17] = e.initials;
    f[18] = e.crossed > 0 ? 1.0F : 0.0F;
    f[19] = e.same_script;
    f[20] = e.matched / (e.matched + left + 1.0F);
    f[21] = e.same_script * std::min(rate, 1.0F);
    f[22] = std::min(e.matched, 20.0F) / 10;
    f[23] = e.matched < 1 ? 1.0F : 0.0F;
    return f;
}

float name_bits(NameEvidence const& evidence) {
    auto const features = features_of(evidence);
    auto const& weights = name_weights[static_cast<std::size_t>(evidence.kind)];
    float bits = 0;
    for (std::size_t i = 0; i < features.size(); ++i) bits += features[i] * weights[i];
    // The same letters are never behind anything else that could be found.
    return evidence.exact > 0 ? std::max(bits, exact_name_bits) + evidence.gain / 100 : std::min(bits, exact_name_bits);
}

float name_bits(Name const& a, Name const& b) { return name_bits(compare_names(a, b)); }

}  // namespace sanjal::match
