#pragma once
// C2SP signed notes (c2sp.org/signed-note), checkpoints (tlog-checkpoint) and cosignatures (cosignature/v1): text that a
// person can read over the telephone and any transparency-log tool can check.  Not a store and no policy of how many
// cosigners are enough.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/key.h"

namespace sanjal::crypto {

inline constexpr std::size_t note_bytes_max = 1U << 20U;
inline constexpr std::size_t note_signatures_max = 100;

enum class NoteKind : unsigned char { Ed25519 = 0x01, Cosignature = 0x04 };

struct NoteSignature {
    std::string name;  // of the key
    Bytes key_hash;    // 4 bytes, a hint and no more
    Bytes signature;   // of any length: kinds that we do not know are carried along
};

struct Note {
    std::string text;  // ends in a newline
    std::vector<NoteSignature> signatures;
};

bool is_note_name(std::string_view name);  // not empty, UTF-8, no space and no control character, no '+'
bool is_note_text(std::string_view text);  // UTF-8, ends in a newline, no control character else
Bytes note_key_hash(std::string_view name, PublicKey const& key, NoteKind kind = NoteKind::Ed25519);

// A name or a text that is not one is our defect.
NoteSignature note_signature(std::string_view text, std::string_view name, SigningKey const& key);
std::string sign_note(std::string_view text, std::string_view name, SigningKey const& key);
std::string write_note(Note const& note);
Result<Note> parse_note(std::string_view bytes);  // strict; write_note gives the same bytes back

// There is a signature of that name and key, and every one that claims to be of it verifies.
Result<void> verify_note(Note const& note, std::string_view name, PublicKey const& key);

// A cosignature says: at that second I had seen this checkpoint, consistent with all that I saw of this log before.
NoteSignature cosign(std::string_view checkpoint_text, std::string_view name, SigningKey const& key, std::int64_t seconds);
Result<std::int64_t> verify_cosignature(Note const& note, std::string_view name, PublicKey const& key);  // its second

struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Bytes root;                           // 32 bytes
    std::vector<std::string> extensions;  // further lines, opaque; ours has none

    friend bool operator==(Checkpoint const&, Checkpoint const&) = default;
};
std::string write_checkpoint(Checkpoint const& checkpoint);
Result<Checkpoint> parse_checkpoint(std::string_view text);  // strict; write_checkpoint gives the same bytes back

// A verifier key as one line: name+hash+base64(kind || key).
struct VerifierKey {
    std::string name;
    NoteKind kind = NoteKind::Ed25519;
    PublicKey key;
};
std::string write_vkey(std::string_view name, PublicKey const& key, NoteKind kind = NoteKind::Ed25519);
Result<VerifierKey> parse_vkey(std::string_view text);

}  // namespace sanjal::crypto
