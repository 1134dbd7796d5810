#include "base/spoken.h"

namespace sanjal {

std::string spoken(std::string_view bytes) {
    constexpr std::string_view consonants = "bdfghjklmnprstvz";
    constexpr std::string_view vowels = "aiou";
    std::string text;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        unsigned const value = unsigned{static_cast<unsigned char>(bytes[i])} << 8U | static_cast<unsigned char>(bytes[i + 1]);
        if (!text.empty()) text += '-';
        text += consonants[value >> 12U & 15U];
        text += vowels[value >> 10U & 3U];
        text += consonants[value >> 6U & 15U];
        text += vowels[value >> 4U & 3U];
        text += consonants[value & 15U];
    }
    return text;
}

std::string spoken_as_typed(std::string_view typed) {
    std::string text;
    bool gap = false;
    for (char const c : typed) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter && gap && !text.empty()) text += '-';
        gap = !letter;
        if (letter) text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

}  // namespace sanjal
