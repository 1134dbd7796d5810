// links: sanjal_crypto
// Notes, checkpoints, verifier keys and signed manifests from strangers.  What is taken is written back the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/jws.h"
#include "crypto/note.h"

using namespace sanjal;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const key = crypto::SigningKey::from_seed(Bytes(32, 'k')).value();
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    if (auto const note = crypto::parse_note(input)) {
        SANJAL_CHECK(crypto::write_note(*note) == input);
        SANJAL_CHECK(crypto::is_note_text(note->text) && !note->signatures.empty());
        // The first signature's name under our key: mostly another hash, never a crash.
        (void)crypto::verify_note(*note, note->signatures[0].name, key.public_key());
        (void)crypto::verify_cosignature(*note, note->signatures[0].name, key.public_key());
        // Signed again by us, it verifies, whatever else it carries.
        auto ours = *note;
        ours.signatures.push_back(crypto::note_signature(note->text, "ours", key));
        auto const again = crypto::parse_note(crypto::write_note(ours));
        SANJAL_CHECK(again.has_value() || note->signatures.size() == crypto::note_signatures_max || input.size() + 200 > crypto::note_bytes_max);
        if (again && note->signatures[0].name != "ours") {
            auto only = *again;
            only.signatures.erase(only.signatures.begin(), only.signatures.end() - 1);
            SANJAL_CHECK(crypto::verify_note(only, "ours", key.public_key()).has_value());
        }
    }
    if (auto const checkpoint = crypto::parse_checkpoint(input)) {
        SANJAL_CHECK(crypto::write_checkpoint(*checkpoint) == input);
        SANJAL_CHECK(checkpoint->root.size() == 32 && checkpoint->size <= static_cast<std::uint64_t>(INT64_MAX));
    }
    if (auto const vkey = crypto::parse_vkey(input)) SANJAL_CHECK(crypto::write_vkey(vkey->name, vkey->key, vkey->kind) == input);
    if (auto const jws = crypto::parse_jws(input, "t")) {
        SANJAL_CHECK(jws->payload.is_object() && jws->signing_input + "." + to_base64url(jws->signature) == input);
    }
    return 0;
}
