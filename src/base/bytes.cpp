#include "base/bytes.h"

#include <array>
#include <cstdint>

namespace sanjal {
namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_alphabet = "0123456789abcdef";

constexpr std::array<std::int8_t, 256> inverse(std::string_view alphabet) {
    std::array<std::int8_t, 256> table{};
    for (auto& entry : table) entry = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i) table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}
constexpr auto url_inverse = inverse(url_alphabet);
constexpr auto plain_inverse = inverse(plain_alphabet);

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t hold = 0;
    unsigned bits = 0;
    for (char c : bytes) {
        hold = (hold << 8) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            out.push_back(alphabet[(hold >> bits) & 63U]);
        }
    }
    if (bits > 0) out.push_back(alphabet[(hold << (6 - bits)) & 63U]);
    return out;
}

Result<Bytes> decode(std::string_view text, std::array<std::int8_t, 256> const& table) {
    if (text.size() % 4 == 1) return fail(Fault::Invalid, "base64.length", "This is not base64: a character is missing.");
    Bytes out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t hold = 0;
    unsigned bits = 0;
    for (char c : text) {
        int const value = table[static_cast<unsigned char>(c)];
        if (value < 0) return fail(Fault::Invalid, "base64.character", "This is not base64: a character outside its alphabet.");
        hold = (hold << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>((hold >> bits) & 0xFFU));
        }
    }
    if (bits > 0 && (hold & ((1U << bits) - 1U)) != 0) {
        return fail(Fault::Invalid, "base64.unused_bits", "This base64 has unused bits that are not zero.");
    }
    return out;
}

}  // namespace

std::string to_base64url(std::string_view bytes) { return encode(bytes, url_alphabet); }
Result<Bytes> from_base64url(std::string_view text) { return decode(text, url_inverse); }

std::string to_base64(std::string_view bytes) {
    std::string out = encode(bytes, plain_alphabet);
    while (out.size() % 4 != 0) out.push_back('=');
    return out;
}

Result<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return fail(Fault::Invalid, "base64.length", "This is not base64: its length is not a multiple of four.");
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    return decode(text.substr(0, text.size() - padding), plain_inverse);
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        out.push_back(hex_alphabet[static_cast<unsigned char>(c) >> 4]);
        out.push_back(hex_alphabet[static_cast<unsigned char>(c) & 15U]);
    }
    return out;
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return fail(Fault::Invalid, "hex.length", "This is not hexadecimal: a digit is missing.");
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        auto const high = hex_alphabet.find(text[i]);
        auto const low = hex_alphabet.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return fail(Fault::Invalid, "hex.character", "This is not lower-case hexadecimal.");
        }
        out.push_back(static_cast<char>(high * 16 + low));
    }
    return out;
}

bool is_utf8(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        auto const lead = static_cast<unsigned char>(text[i]);
        if (lead == 0) return false;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        std::size_t const length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
        }
        auto const second = static_cast<unsigned char>(text[i + 1]);
        if (lead == 0xE0 && second < 0xA0) return false;
        if (lead == 0xED && second > 0x9F) return false;
        if (lead == 0xF0 && second < 0x90) return false;
        if (lead == 0xF4 && second > 0x8F) return false;
        i += length;
    }
    return true;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
    }
    return difference == 0;
}

}  // namespace sanjal
