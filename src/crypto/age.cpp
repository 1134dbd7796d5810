#include "crypto/age.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "crypto/hash.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

using internal::raw;

constexpr std::string_view version_line = "age-encryption.org/v1\n";
constexpr std::string_view x25519_info = "age-encryption.org/v1/X25519";
constexpr std::size_t file_key_size = 16;
constexpr std::size_t nonce_size = 16;
constexpr std::size_t tag_size = crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr std::size_t stanzas_max = 32;
constexpr std::size_t column = 64;  // a stanza's body is wrapped here

// Base64 without padding, of which base/bytes.h knows the padded form.
std::string base64_of(std::string_view bytes) {
    std::string text = to_base64(bytes);
    while (!text.empty() && text.back() == '=') text.pop_back();
    return text;
}

std::optional<Bytes> bytes_of(std::string_view text) {
    if (text.find('=') != std::string_view::npos) return std::nullopt;
    auto bytes = from_base64(std::string(text) + std::string((4 - text.size() % 4) % 4, '='));
    if (!bytes || base64_of(*bytes) != text) return std::nullopt;
    return std::move(*bytes);
}

using Nonce = std::array<unsigned char, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

Bytes aead_seal(std::string_view key, Nonce const& nonce, std::string_view plain) {
    Bytes out(plain.size() + tag_size, '\0');
    unsigned long long size = 0;
    SANJAL_CHECK(crypto_aead_chacha20poly1305_ietf_encrypt(raw(out), &size, raw(plain), plain.size(), nullptr, 0, nullptr, nonce.data(), raw(key)) == 0);
    return out;
}

bool aead_open(std::string_view key, Nonce const& nonce, std::string_view sealed, char* out) {
    if (sealed.size() < tag_size) return false;
    unsigned long long size = 0;
    return crypto_aead_chacha20poly1305_ietf_decrypt(raw(out), &size, nullptr, raw(sealed), sealed.size(), nullptr, 0, nonce.data(), raw(key)) == 0;
}

// STREAM: eleven bytes count, the last one marks the last chunk.
Nonce nonce_of(std::uint64_t number, bool last) {
    Nonce nonce{};
    for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<unsigned char>(number >> (8 * i));
    nonce[11] = last ? 1 : 0;
    return nonce;
}

Bytes wrapping_key(std::string_view scalar, std::string_view point, std::string_view ephemeral, std::string_view recipient) {
    Bytes shared(crypto_scalarmult_BYTES, '\0');
    if (crypto_scalarmult(raw(shared), raw(scalar), raw(point)) != 0) return {};
    Bytes key = hkdf_sha256(shared, Bytes(ephemeral) + Bytes(recipient), x25519_info, 32);
    sodium_memzero(shared.data(), shared.size());
    return key;
}

Bytes mac_of(std::string_view file_key, std::string_view header) { return hmac_sha256(hkdf_sha256(file_key, "", "header", 32), header); }

tl::unexpected<Error> malformed() { return fail(Fault::Invalid, "age.malformed", "This is not a whole file of the format age v1. It was cut short or altered; copy it again."); }

struct Stanza {
    std::vector<std::string_view> words;
    Bytes body;
};

struct Header {
    std::vector<Stanza> stanzas;
    std::string_view signed_part;  // up to and with "---"
    Bytes mac;
    std::size_t size = 0;
};

// Printable ASCII words with one space between.
bool read_words(std::string_view line, std::vector<std::string_view>& words) {
    while (true) {
        auto const end = std::min(line.find(' '), line.size());
        auto const word = line.substr(0, end);
        if (word.empty() || !std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < '\x7f'; })) return false;
        words.push_back(word);
        if (end == line.size()) return true;
        line.remove_prefix(end + 1);
    }
}

class HeaderReader {
public:
    explicit HeaderReader(std::string_view file) : file_(file.substr(0, age_header_max)) {}

    std::optional<Header> read() {
        if (!file_.starts_with(version_line)) return std::nullopt;
        at_ = version_line.size();
        Header header;
        while (header.stanzas.size() <= stanzas_max) {
            auto const start = at_;
            auto const line = next();
            if (!line) return std::nullopt;
            if (line->starts_with("--- ")) {
                header.signed_part = file_.substr(0, start + 3);
                auto mac = bytes_of(line->substr(4));
                if (!mac || mac->size() != hash_size || header.stanzas.empty()) return std::nullopt;
                header.mac = std::move(*mac);
                header.size = at_;
                return header;
            }
            auto stanza = read_stanza(*line);
            if (!stanza) return std::nullopt;
            header.stanzas.push_back(std::move(*stanza));
        }
        return std::nullopt;
    }

private:
    std::optional<std::string_view> next() {
        auto const end = file_.find('\n', at_);
        if (end == std::string_view::npos) return std::nullopt;
        auto const line = file_.substr(at_, end - at_);
        at_ = end + 1;
        return line;
    }

    std::optional<Stanza> read_stanza(std::string_view line) {
        Stanza stanza;
        if (!line.starts_with("-> ") || !read_words(line.substr(3), stanza.words)) return std::nullopt;
        std::string body;
        while (true) {
            auto const part = next();
            if (!part || part->size() > column) return std::nullopt;
            body += *part;
            if (part->size() < column) break;
        }
        auto bytes = bytes_of(body);
        if (!bytes) return std::nullopt;
        stanza.body = std::move(*bytes);
        return stanza;
    }

    std::string_view file_;
    std::size_t at_ = 0;
};

std::optional<Bytes> file_key_from(Stanza const& stanza, BoxKey const& key) {
    if (stanza.words.size() != 2 || stanza.body.size() != file_key_size + tag_size) return std::nullopt;
    auto const ephemeral = bytes_of(stanza.words[1]);
    if (!ephemeral || ephemeral->size() != 32) return std::nullopt;
    Bytes const wrapping = wrapping_key(key.secret(), *ephemeral, *ephemeral, key.public_key().bytes());
    if (wrapping.empty()) return std::nullopt;
    Bytes file_key(file_key_size, '\0');
    if (!aead_open(wrapping, Nonce{}, stanza.body, file_key.data())) return std::nullopt;
    return file_key;
}

// --- Bech32 (BIP 173), as age writes its keys ------------------------------------------------------------------------

constexpr std::string_view bech32_letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

std::uint32_t bech32_step(std::uint32_t sum, std::uint32_t value) {
    constexpr std::uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    std::uint32_t const top = sum >> 25U;
    sum = (sum & 0x1ffffffU) << 5U ^ value;
    for (unsigned i = 0; i < 5; ++i) {
        if ((top >> i & 1U) != 0) sum ^= generator[i];
    }
    return sum;
}

std::uint32_t bech32_start(std::string_view prefix) {
    std::uint32_t sum = 1;
    for (char const c : prefix) sum = bech32_step(sum, static_cast<unsigned char>(c) >> 5U);
    sum = bech32_step(sum, 0);
    for (char const c : prefix) sum = bech32_step(sum, static_cast<unsigned char>(c) & 31U);
    return sum;
}

std::string bech32(std::string_view prefix, std::string_view bytes) {
    std::string text = std::string(prefix) + "1";
    std::uint32_t sum = bech32_start(prefix);
    std::uint32_t held = 0;
    unsigned bits = 0;
    auto const put = [&](std::uint32_t five) {
        text += bech32_letters[five];
        sum = bech32_step(sum, five);
    };
    for (char const c : bytes) {
        held = held << 8U | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) put(held >> (bits - 5) & 31U);
    }
    if (bits > 0) put(held << (5 - bits) & 31U);
    for (int i = 0; i < 6; ++i) sum = bech32_step(sum, 0);
    sum ^= 1U;
    for (unsigned i = 0; i < 6; ++i) text += bech32_letters[sum >> (5 * (5 - i)) & 31U];
    return text;
}

std::optional<Bytes> from_bech32(std::string_view prefix, std::string_view text) {
    if (text.size() < prefix.size() + 7 || text.size() > 200 || !text.starts_with(prefix) || text[prefix.size()] != '1') return std::nullopt;
    text.remove_prefix(prefix.size() + 1);
    std::uint32_t sum = bech32_start(prefix);
    std::uint32_t held = 0;
    unsigned bits = 0;
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const value = bech32_letters.find(text[i]);
        if (value == std::string_view::npos) return std::nullopt;
        sum = bech32_step(sum, static_cast<std::uint32_t>(value));
        if (i + 6 >= text.size()) continue;
        held = held << 5U | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(held >> bits & 255U));
        }
    }
    if (sum != 1 || bits >= 5 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace

std::size_t age_sealed_size(std::size_t plain) {
    std::size_t const chunks = plain == 0 ? 1 : (plain + age_chunk_size - 1) / age_chunk_size;
    std::size_t const header = version_line.size() + 10 + 43 + 1 + 43 + 1 + 4 + 43 + 1;  // one stanza for X25519, and the MAC
    return header + nonce_size + plain + chunks * tag_size;
}

Bytes age_seal(BoxPublicKey const& to, std::string_view plain, Randomness& random) {
    internal::ready();
    Bytes file_key = random.bytes(file_key_size);
    BoxKey const ephemeral = BoxKey::generate(random);
    Bytes const wrapping = wrapping_key(ephemeral.secret(), to.bytes(), ephemeral.public_key().bytes(), to.bytes());
    SANJAL_CHECK(!wrapping.empty());
    std::string out(version_line);
    out.reserve(age_sealed_size(plain.size()));
    out += "-> X25519 " + base64_of(ephemeral.public_key().bytes()) + "\n" + base64_of(aead_seal(wrapping, Nonce{}, file_key)) + "\n---";
    out += " " + base64_of(mac_of(file_key, out)) + "\n";
    Bytes const nonce = random.bytes(nonce_size);
    out += nonce;
    Bytes const payload_key = hkdf_sha256(file_key, nonce, "payload", 32);
    sodium_memzero(file_key.data(), file_key.size());
    for (std::uint64_t number = 0;; ++number) {
        auto const chunk = plain.substr(0, age_chunk_size);
        plain.remove_prefix(chunk.size());
        out += aead_seal(payload_key, nonce_of(number, plain.empty()), chunk);
        if (plain.empty()) return out;
    }
}

Result<Bytes> age_open(BoxKey const& key, std::string_view file) {
    internal::ready();
    auto const header = HeaderReader(file).read();
    if (!header) return malformed();
    std::optional<Bytes> file_key;
    for (auto const& stanza : header->stanzas) {
        if (stanza.words.front() == "X25519" && !file_key) file_key = file_key_from(stanza, key);
    }
    if (!file_key) return fail(Fault::Forbidden, "age.not_ours", "This file was sealed to somebody else: this key does not open it.");
    if (!equal_in_constant_time(mac_of(*file_key, header->signed_part), header->mac)) return malformed();
    std::string_view rest = file.substr(header->size);
    if (rest.size() < nonce_size + tag_size) return malformed();
    Bytes const payload_key = hkdf_sha256(*file_key, rest.substr(0, nonce_size), "payload", 32);
    rest.remove_prefix(nonce_size);
    Bytes plain;
    plain.reserve(rest.size());
    for (std::uint64_t number = 0;; ++number) {
        auto const chunk = rest.substr(0, age_chunk_size + tag_size);
        rest.remove_prefix(chunk.size());
        bool const last = rest.empty();
        // Only an empty file has an empty chunk.
        if (chunk.size() < tag_size || (chunk.size() == tag_size && number > 0)) return malformed();
        auto const at = plain.size();
        plain.resize(at + chunk.size() - tag_size);
        if (!aead_open(payload_key, nonce_of(number, last), chunk, plain.data() + at)) return malformed();
        if (last) return plain;
    }
}

std::string age_recipient(BoxPublicKey const& key) { return bech32("age", key.bytes()); }

Result<BoxPublicKey> parse_age_recipient(std::string_view text) {
    auto const bytes = from_bech32("age", text);
    if (!bytes) return fail(Fault::Invalid, "age.recipient", "This is not a key to seal to: it begins with age1 and has a check at its end.");
    return BoxPublicKey::from_bytes(*bytes);
}

Result<BoxKey> age_secret(std::string_view identity) {
    std::string text(identity.substr(0, 200));
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    auto const bytes = from_bech32("age-secret-key-", text);
    if (!bytes) return fail(Fault::Invalid, "age.identity", "This is not a key of age: it begins with AGE-SECRET-KEY-1 and has a check at its end.");
    return BoxKey::from_secret(*bytes);
}

std::string age_identity(BoxKey const& key) {
    std::string text = bech32("age-secret-key-", key.secret());
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

}  // namespace sanjal::crypto
