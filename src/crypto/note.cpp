#include "crypto/note.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "crypto/hash.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

constexpr std::string_view dash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::size_t key_hash_size = 4;
constexpr std::size_t cosignature_size = 8 + signature_size;

// Unicode's White_Space beyond ASCII, in UTF-8.
constexpr std::string_view wide_spaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

tl::unexpected<Error> malformed(char const* what) {
    return fail(Fault::Invalid, "note.malformed", std::string("This is not a signed note: ") + what + ".");
}

bool is_line(std::string_view line) {  // of a checkpoint
    return !line.empty() && is_utf8(line) && std::all_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

std::string cosigned_message(std::string_view text, std::uint64_t seconds) {
    return std::string("cosignature/v1\ntime ").append(std::to_string(seconds)).append("\n").append(text);
}

std::optional<std::uint64_t> decimal(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0') || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

tl::unexpected<Error> not_signed() {
    return fail(Fault::Invalid, "note.not_signed", "This note has no signature of the key that was asked for.");
}
tl::unexpected<Error> bad_signature() {
    return fail(Fault::Invalid, "note.signature", "A signature on this note does not fit its text. The note was altered or is not theirs.");
}

}  // namespace

bool is_note_name(std::string_view name) {
    return is_line(name) && name.find_first_of(" +") == std::string_view::npos &&
           std::none_of(std::begin(wide_spaces), std::end(wide_spaces),
                        [&](std::string_view space) { return name.find(space) != std::string_view::npos; });
}

bool is_note_text(std::string_view text) {
    return !text.empty() && text.back() == '\n' && is_utf8(text) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x20; });
}

Bytes note_key_hash(std::string_view name, PublicKey const& key, NoteKind kind) {
    Bytes bytes(name);
    bytes.push_back('\n');
    bytes.push_back(static_cast<char>(kind));
    return sha256(bytes.append(key.bytes())).substr(0, key_hash_size);
}

NoteSignature note_signature(std::string_view text, std::string_view name, SigningKey const& key) {
    SANJAL_CHECK(is_note_name(name) && is_note_text(text));
    return {std::string(name), note_key_hash(name, key.public_key()), key.sign(text)};
}

std::string sign_note(std::string_view text, std::string_view name, SigningKey const& key) {
    return write_note({std::string(text), {note_signature(text, name, key)}});
}

std::string write_note(Note const& note) {
    std::string out = note.text + "\n";
    for (auto const& signature : note.signatures) {
        out.append(dash).append(signature.name).append(" ").append(to_base64(signature.key_hash + signature.signature)).append("\n");
    }
    return out;
}

Result<Note> parse_note(std::string_view bytes) {
    if (bytes.size() > note_bytes_max) return fail(Fault::TooLarge, "note.too_large", "This note is larger than 1 MiB.");
    if (!is_note_text(bytes)) return malformed("it is not UTF-8 text in whole lines without control characters");
    auto const blank = bytes.rfind("\n\n");
    if (blank == std::string_view::npos) return malformed("no blank line stands between its text and its signatures");
    Note note;
    note.text = bytes.substr(0, blank + 1);
    bytes.remove_prefix(blank + 2);
    if (bytes.empty()) return malformed("it has no signature");
    while (!bytes.empty()) {
        if (note.signatures.size() == note_signatures_max) return malformed("it has more than 100 signatures");
        auto line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(line.size() + 1);
        if (!line.starts_with(dash)) return malformed("a signature line does not begin with a dash");
        line.remove_prefix(dash.size());
        auto const space = line.find(' ');
        if (space == std::string_view::npos || !is_note_name(line.substr(0, space))) return malformed("a signature line names no key");
        auto const decoded = from_base64(line.substr(space + 1));
        if (!decoded || decoded->size() <= key_hash_size) return malformed("a signature is not base64 of a key hash and a signature");
        note.signatures.push_back({std::string(line.substr(0, space)), decoded->substr(0, key_hash_size), decoded->substr(key_hash_size)});
    }
    return note;
}

Result<void> verify_note(Note const& note, std::string_view name, PublicKey const& key) {
    auto const key_hash = note_key_hash(name, key);
    bool found = false;
    for (auto const& signature : note.signatures) {
        if (signature.name != name || signature.key_hash != key_hash) continue;
        if (!verify(key, note.text, signature.signature)) return bad_signature();
        found = true;
    }
    if (!found) return not_signed();
    return {};
}

NoteSignature cosign(std::string_view checkpoint_text, std::string_view name, SigningKey const& key, std::int64_t seconds) {
    SANJAL_CHECK(is_note_name(name) && seconds >= 0 && parse_checkpoint(checkpoint_text).has_value());
    auto const time = static_cast<std::uint64_t>(seconds);
    Bytes signature;
    for (unsigned shift = 64; shift > 0; shift -= 8) signature.push_back(static_cast<char>(time >> (shift - 8)));
    signature += key.sign(cosigned_message(checkpoint_text, time));
    return {std::string(name), note_key_hash(name, key.public_key(), NoteKind::Cosignature), std::move(signature)};
}

Result<std::int64_t> verify_cosignature(Note const& note, std::string_view name, PublicKey const& key) {
    SANJAL_DO(parse_checkpoint(note.text));
    auto const key_hash = note_key_hash(name, key, NoteKind::Cosignature);
    std::int64_t newest = -1;
    for (auto const& signature : note.signatures) {
        if (signature.name != name || signature.key_hash != key_hash) continue;
        if (signature.signature.size() != cosignature_size) return bad_signature();
        std::uint64_t seconds = 0;
        for (std::size_t i = 0; i < 8; ++i) seconds = (seconds << 8U) | static_cast<unsigned char>(signature.signature[i]);
        if (seconds > static_cast<std::uint64_t>(INT64_MAX)) return bad_signature();
        if (!verify(key, cosigned_message(note.text, seconds), std::string_view(signature.signature).substr(8))) return bad_signature();
        newest = std::max(newest, static_cast<std::int64_t>(seconds));
    }
    if (newest < 0) return not_signed();
    return newest;
}

std::string write_checkpoint(Checkpoint const& checkpoint) {
    SANJAL_CHECK(is_line(checkpoint.origin) && checkpoint.root.size() == hash_size);
    std::string out = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root) + "\n";
    for (auto const& line : checkpoint.extensions) {
        SANJAL_CHECK(is_line(line));
        out.append(line).append("\n");
    }
    return out;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    auto const refuse = [](char const* what) {
        return fail(Fault::Invalid, "checkpoint.malformed", std::string("This is not a checkpoint: ") + what + ".");
    };
    if (text.size() > note_bytes_max) return refuse("it is larger than 1 MiB");
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        auto const end = text.find('\n');
        if (end == std::string_view::npos) return refuse("its last line does not end");
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
        if (!is_line(lines.back())) return refuse("a line is empty or not plain UTF-8");
    }
    if (lines.size() < 3) return refuse("it has fewer than three lines");
    auto const size = decimal(lines[1]);
    if (!size || *size > static_cast<std::uint64_t>(INT64_MAX)) return refuse("its second line is not a size");
    auto root = from_base64(lines[2]);
    if (!root || root->size() != hash_size) return refuse("its third line is not the base64 of 32 bytes");
    Checkpoint checkpoint{std::string(lines[0]), *size, std::move(*root), {}};
    for (std::size_t i = 3; i < lines.size(); ++i) checkpoint.extensions.emplace_back(lines[i]);
    return checkpoint;
}

std::string write_vkey(std::string_view name, PublicKey const& key, NoteKind kind) {
    SANJAL_CHECK(is_note_name(name));
    Bytes bytes(1, static_cast<char>(kind));
    bytes += key.bytes();
    return std::string(name) + "+" + to_hex(note_key_hash(name, key, kind)) + "+" + to_base64(bytes);
}

Result<VerifierKey> parse_vkey(std::string_view text) {
    auto const refuse = [] { return fail(Fault::Invalid, "vkey.malformed", "This is not a verifier key: name+hash+key, as its owner printed it."); };
    auto const first = text.find('+');
    auto const second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos) return refuse();
    auto const name = text.substr(0, first);
    auto const bytes = from_base64(text.substr(second + 1));
    if (!is_note_name(name) || !bytes || bytes->size() != 33) return refuse();
    auto const kind = static_cast<NoteKind>((*bytes)[0]);
    if (kind != NoteKind::Ed25519 && kind != NoteKind::Cosignature) return refuse();
    SANJAL_TRY(auto const key, PublicKey::from_bytes(std::string_view(*bytes).substr(1)));
    if (text.substr(first + 1, second - first - 1) != to_hex(note_key_hash(name, key, kind))) return refuse();
    return VerifierKey{std::string(name), kind, key};
}

}  // namespace sanjal::crypto
