#include "crypto/internal.h"

#include <sodium.h>

#include <array>
#include <cstdint>

namespace sanjal::crypto::internal {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint32_t bad = 0x80000000U;

// One table per place of a character within its group of four, already shifted; `bad` marks what is not in the alphabet.
struct Tables {
    std::array<std::array<std::uint32_t, 256>, 4> at{};
    constexpr Tables() {
        for (auto& table : at) table.fill(bad);
        for (std::uint32_t i = 0; i < 64; ++i) {
            for (std::uint32_t place = 0; place < 4; ++place) {
                at[place][static_cast<unsigned char>(alphabet[i])] = i << (18U - 6U * place);
            }
        }
    }
};
constexpr Tables tables;

constexpr std::array<bool, 256> label_characters = [] {
    std::array<bool, 256> is{};
    for (char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/#@")) is[static_cast<unsigned char>(c)] = true;
    return is;
}();

}  // namespace

void ready() {
    static bool const started = sodium_init() >= 0;
    SANJAL_CHECK(started);
}

bool is_base64url(std::string_view text) {
    std::size_t const rest = text.size() % 4;
    if (rest == 1) return false;
    std::uint32_t seen = 0;
    for (char c : text) seen |= tables.at[3][static_cast<unsigned char>(c)];
    if ((seen & bad) != 0) return false;
    return rest == 0 || (tables.at[3][static_cast<unsigned char>(text.back())] & (rest == 2 ? 15U : 3U)) == 0;
}

HashText hash_text(std::string_view bytes) {
    unsigned char hash[33];
    sha256_into({bytes}, hash);
    hash[32] = 0;
    HashText out{};
    for (std::size_t i = 0, at = 0; i < 33; i += 3, at += 4) {
        std::uint32_t const group = (std::uint32_t{hash[i]} << 16U) | (std::uint32_t{hash[i + 1]} << 8U) | hash[i + 2];
        out[at] = alphabet[group >> 18U];
        out[at + 1] = alphabet[(group >> 12U) & 63U];
        out[at + 2] = alphabet[(group >> 6U) & 63U];
        if (at + 3 < out.size()) out[at + 3] = alphabet[group & 63U];
    }
    return out;
}

Result<Json> parse_decoded(std::string_view bytes, JsonLimits limits) {
    if (bytes.find('\0') != std::string_view::npos) {
        return fail(Fault::Invalid, "json.malformed", "This is not the JSON that was expected: it holds U+0000.");
    }
    return parse_json(bytes, limits);
}

bool is_label(std::string_view text) {
    if (text.empty() || text.size() > 128) return false;
    bool good = true;
    for (char c : text) good &= label_characters[static_cast<unsigned char>(c)];
    return good;
}

bool decode_base64url(std::string_view text, Bytes& out) {
    std::size_t const rest = text.size() % 4;
    if (rest == 1) return false;
    std::size_t const whole = text.size() - rest;
    out.resize(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1));
    auto const* in = raw(text);
    char* to = out.data();
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < whole; i += 4) {
        std::uint32_t const group = tables.at[0][in[i]] | tables.at[1][in[i + 1]] | tables.at[2][in[i + 2]] | tables.at[3][in[i + 3]];
        seen |= group;
        *to++ = static_cast<char>(group >> 16U);
        *to++ = static_cast<char>(group >> 8U);
        *to++ = static_cast<char>(group);
    }
    if (rest != 0) {
        std::uint32_t group = tables.at[0][in[whole]] | tables.at[1][in[whole + 1]];
        if (rest == 3) group |= tables.at[2][in[whole + 2]];
        seen |= group;
        *to++ = static_cast<char>(group >> 16U);
        if (rest == 3) *to++ = static_cast<char>(group >> 8U);
        if ((group & (rest == 3 ? 0xFFU : 0xFFFFU)) != 0) return false;
    }
    return (seen & bad) == 0;
}

}  // namespace sanjal::crypto::internal
