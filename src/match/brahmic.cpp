// The scripts of India that go back to Brahmi, Sinhala and Meetei Mayek: letters by what they are in ISCII's layout, so that
// what is learned for one script helps the others.
#include <algorithm>

#include "match/units.h"

namespace sanjal::match {

using text::Script;

namespace {

constexpr char32_t virama = 0x4D;
constexpr char32_t nukta = 0x3C;

// Sinhala letters in ISCII's places; 0 where there is none.
char32_t from_sinhala(char32_t c) {
    static constexpr char32_t vowels[] = {0x05, 0x06, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x60, 0x0C, 0x61, 0x0F, 0x0F, 0x10, 0x13, 0x13, 0x14};
    static constexpr char32_t consonants[] = {0x15, 0x16, 0x17, 0x18, 0x19, 0x17, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1E, 0x1C, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x21, 0x24, 0x25,
                                              0x26, 0x27, 0x28, 0x00, 0x26, 0x2A, 0x2B, 0x2C, 0x2D, 0x2E, 0x2C, 0x2F, 0x30, 0x00, 0x32, 0x00, 0x00, 0x35, 0x36, 0x37, 0x38, 0x39, 0x33, 0x2B};
    static constexpr char32_t signs[] = {0x3E, 0x3E, 0x3E, 0x3F, 0x40, 0x41, 0, 0x42, 0, 0x43, 0x47, 0x47, 0x48, 0x4B, 0x4B, 0x4C, 0x57};
    if (c == 0xD82) return 0x02;
    if (c == 0xD83) return 0x03;
    if (c >= 0xD85 && c < 0xD85 + std::size(vowels)) return vowels[c - 0xD85];
    if (c >= 0xD9A && c < 0xD9A + std::size(consonants)) return consonants[c - 0xD9A];
    if (c == 0xDCA) return virama;
    if (c >= 0xDCF && c < 0xDCF + std::size(signs)) return signs[c - 0xDCF];
    return 0;
}

// Meetei Mayek; a final letter is its consonant with a virama.
std::u32string from_meitei(char32_t c) {
    static constexpr char32_t consonants[] = {0x15, 0x38, 0x32, 0x2E, 0x2A, 0x28, 0x1A, 0x24, 0x16, 0x19, 0x25, 0x35, 0x2F, 0x39};
    static constexpr char32_t more[] = {0x2B, 0x05, 0x17, 0x1D, 0x30, 0x2C, 0x1C, 0x26, 0x18, 0x27, 0x2D};
    static constexpr char32_t finals[] = {0x15, 0x32, 0x2E, 0x2A, 0x28, 0x24, 0x19, 0x3F};
    if (c >= 0xABC0 && c <= 0xABCD) return {consonants[c - 0xABC0]};
    if (c == 0xABCE) return {0x09};  // un
    if (c == 0xABCF) return {0x07};  // i
    if (c >= 0xABD0 && c <= 0xABDA) return {more[c - 0xABD0]};
    if (c == 0xABE2) return {0x3F};  // final i of a diphthong
    if (c >= 0xABDB && c <= 0xABE1) return {finals[c - 0xABDB], virama};
    switch (c) {
        case 0xABE3: return {0x4B};
        case 0xABE4: return {0x3F};
        case 0xABE5: return {0x3E};
        case 0xABE6: return {0x47};
        case 0xABE7: return {0x4C};
        case 0xABE8: return {0x41};
        case 0xABE9: return {0x48};
        case 0xABEA: return {0x19, virama};
        case 0xABED: return {virama};
        default: return {};
    }
}

std::u32string places_of(Script script, std::u32string_view letters) {
    std::u32string out;
    for (char32_t const c : letters) {
        if (script == Script::Meitei) {
            out += from_meitei(c);
            continue;
        }
        char32_t place = script == Script::Sinhala ? from_sinhala(c) : c & 0x7FU;
        if (script == Script::Bengali && c == 0x9F0) place = 0x30;  // Assamese ra
        if (script == Script::Bengali && c == 0x9F1) place = 0x35;  // Assamese wa
        if (script == Script::Bengali && c == 0x9CE) {              // final t
            out += {0x24, virama};
            continue;
        }
        if (script == Script::Malayalam && c >= 0xD7A && c <= 0xD7F) {  // chillu letters
            static constexpr char32_t chillu[] = {0x23, 0x28, 0x30, 0x32, 0x33, 0x15};
            out += {chillu[c - 0xD7A], virama};
            continue;
        }
        if (script == Script::Gurmukhi && c == 0xA70) place = 0x02;
        if (place != 0) out.push_back(place);
    }
    return out;
}

bool is_consonant(char32_t p) { return p >= 0x15 && p <= 0x39; }
bool is_sign(char32_t p) { return (p >= 0x3E && p <= 0x4C) || p == 0x57 || p == 0x62 || p == 0x56; }
bool is_vowel(char32_t p) { return (p >= 0x04 && p <= 0x14) || p == 0x60 || p == 0x61; }

char32_t letter_of(Script script) {
    switch (script) {
        case Script::Devanagari: return U'D';
        case Script::Bengali: return U'B';
        case Script::Sinhala: return U'S';
        case Script::Meitei: return U'E';
        case Script::Gurmukhi: return U'G';
        case Script::Gujarati: return U'J';
        case Script::Oriya: return U'O';
        case Script::Tamil: return U'A';
        case Script::Telugu: return U'U';
        case Script::Kannada: return U'N';
        default: return U'Y';
    }
}

struct Reader {
    char32_t const script;
    std::u32string const& places;
    Units units{};

    void add(char32_t kind, std::u32string_view what) {
        std::u32string unit{script, kind};
        // Places are written as Devanagari, so that a table can be read.
        for (char32_t const p : what) unit.push_back(p < 0x80 ? 0x900 + p : p);
        units.push_back(std::move(unit));
    }
    [[nodiscard]] char32_t at(std::size_t i) const { return i < places.size() ? places[i] : 0; }

    // The consonant at `i` as a unit, with nukta and the two clusters that are letters of their own; gives where it ends.
    std::size_t consonant(std::size_t i, bool in_cluster) {
        bool const ksha = at(i) == 0x15 && at(i + 1) == virama && at(i + 2) == 0x37;
        bool const gya = at(i) == 0x1C && at(i + 1) == virama && at(i + 2) == 0x1E;
        if (ksha || gya) {
            add(U'.', places.substr(i, 3));
            return i + 3;
        }
        std::u32string what{at(i)};
        std::size_t end = i + 1;
        if (at(end) == nukta) {
            what.push_back(nukta);
            ++end;
        }
        // ya, va, ma and ba as second of a cluster sound otherwise, or not at all.
        bool const is_weak = in_cluster && (what[0] == 0x2F || what[0] == 0x35 || what[0] == 0x2C || what[0] == 0x2E || what[0] == 0x30);
        add(is_weak ? U'+' : units.empty() ? U',' : U'.', what);
        return end;
    }

    // The vowel that is not written, by where it stands.
    void unwritten(std::size_t i, std::size_t vowels_before, bool after_cluster) {
        bool const ends = i >= places.size() || (i + 1 == places.size() && at(i) == 0x03);
        bool const bare_next = is_consonant(at(i)) && (at(i + 1) == virama);
        bool const last_next = is_consonant(at(i)) && i + 1 + (at(i + 1) == nukta ? 1 : 0) >= places.size();
        bool const written_after = is_consonant(at(i)) && is_sign(at(i + 1 + (at(i + 1) == nukta ? 1 : 0)));
        char32_t const place = ends ? (after_cluster ? U'x' : vowels_before == 0 ? U'o' : U'f')
                               : vowels_before == 0 ? (last_next ? U'j' : bare_next ? U'k' : U'i')
                               : last_next ? U'l' : bare_next ? U'c' : written_after && !after_cluster ? U'w' : U'm';
        std::u32string unit{script, U'@', place};
        units.push_back(std::move(unit));
    }

    void nasal(std::size_t i) {
        char32_t const next = at(i + 1);
        char32_t const place = next >= 0x2A && next <= 0x2E ? U'm' : next >= 0x15 && next <= 0x19 ? U'g' : next == 0 ? U'f' : is_consonant(next) ? U'n' : U'v';
        units.push_back({script, at(i) == 0x01 ? U'^' : U'~', place});
    }

    void read() {
        std::size_t vowels = 0;
        bool in_cluster = false;
        for (std::size_t i = 0; i < places.size();) {
            char32_t const p = places[i];
            if (is_consonant(p)) {
                bool const had_before = in_cluster;
                i = consonant(i, in_cluster);
                in_cluster = at(i) == virama;
                if (in_cluster) {
                    ++i;
                } else if (!is_sign(at(i))) {
                    unwritten(i, vowels, had_before);
                    ++vowels;
                }
                continue;
            }
            in_cluster = false;
            if (is_sign(p) || is_vowel(p)) {
                bool const last = i + 1 >= places.size();
                add(is_vowel(p) ? (i == 0 ? U'<' : U'=') : last ? U';' : U':', places.substr(i, 1));
                ++vowels;
            } else if (p == 0x01 || p == 0x02) {
                nasal(i);
            } else if (p == 0x03) {
                units.push_back({script, U'h'});
            }
            ++i;
        }
    }
};

}  // namespace

Units brahmic_units(Script script, std::u32string_view letters) {
    std::u32string const places = places_of(script, letters);
    Reader reader{letter_of(script), places};
    reader.read();
    return std::move(reader.units);
}

}  // namespace sanjal::match
