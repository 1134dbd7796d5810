#include "match/link_words.h"

#include <algorithm>
#include <bit>

#include "match/edit.h"

namespace sanjal::match {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t h = (a ^ 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    h = (h ^ (h >> 29U) ^ b) * 0x94D049BB133111EBU;
    return h ^ (h >> 32U);
}

LinkWords::LinkWords(Dictionary const& dictionary, std::size_t persons) : dictionary_(&dictionary), words_(dictionary.size()) {
    bytes_.reserve(dictionary.size() * 16);
    for (WordId w = 0; w < words_.size(); ++w) {
        Part const& part = dictionary.part(w);
        LinkWord& word = words_[w];
        word.at = static_cast<std::uint32_t>(bytes_.size());
        word.is_whole = part.script == text::Script::Other;
        word.is_initial = part.is_initial;
        word.is_title = part.title != nullptr;
        word.rare = rarity(dictionary.uses(w), persons);
        word.letter_set = sounds_of(part.latin);
        if (word.is_whole) {
            // Of other scripts the low byte tells letters of one script apart.
            for (char32_t const c : std::u32string_view(part.letters).substr(1)) bytes_.push_back(static_cast<char>(c & 0xFFU));
        } else {
            bytes_.insert(bytes_.end(), part.latin.begin(), part.latin.end());
        }
        std::size_t const length = bytes_.size() - word.at;
        if (length > edit_length_max) bytes_.resize(word.at + edit_length_max);
        word.length = static_cast<std::uint8_t>(std::min(length, edit_length_max));
        word.frame = word.is_whole ? 0 : dictionary.frame(w);
        word.skeleton = skeleton_of(part.latin);
        for (std::uint64_t rest = word.frame; rest != 0; rest >>= 5U) {
            std::uint32_t const one = std::uint32_t{1} << std::min<std::uint64_t>(rest & 31U, 15U);  // consonants are 1 to 13, a vowel at the beginning 20
            word.frame_set |= (word.frame_set & one) != 0 ? one << 16U : one;
            ++word.frame_length;
        }
        if (word.skeleton < 32) word.skeleton = mix(w, 77);  // one consonant is no frame
    }
}

float LinkWords::alike(WordId a, WordId b) const {
    LinkWord const& x = words_[a];
    LinkWord const& y = words_[b];
    int const strokes = strokes_apart(bytes(x), bytes(y));
    auto const longer = static_cast<float>(std::max(x.length, y.length));
    if (x.is_whole && y.is_whole) {
        float const how = 1.0F - 1.6F * static_cast<float>(strokes) / std::max(4.0F, longer);
        return std::max(strokes == 1 && longer <= 8 ? 0.8F : 0.0F, how);
    }
    // A slip of the pen: letters instead of sounds.
    float const slip = strokes <= 2 && std::min(x.length, y.length) > 3 ? 1.0F - 1.3F * static_cast<float>(strokes) / longer : 0.0F;
    if (frames_apart(x.frame, y.frame)) return slip;
    float const sound = likeness(dictionary_->part(a), dictionary_->part(b));
    return sound < 0.8F ? std::max(sound, slip) : sound;
}

LikenessCache::LikenessCache(LinkWords const& words) : words_(words), fits_(words.size() < (std::size_t{1} << 24U)) {
    std::size_t const size = std::bit_ceil(std::clamp<std::size_t>(4 * words.size(), std::size_t{1} << 13U, std::size_t{1} << 19U));
    slots_.assign(size, 0);
    mask_ = size - 1;
}

}  // namespace sanjal::match
