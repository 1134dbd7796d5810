#pragma once
// A compiled pack as the entry that puts it in force holds it: the document's JSON, its members in their order, compressed
// (zlib, RFC 1950) and written in base64url (docs/formats/entry.md).  Its identity is the SHA-256 in the pack's reference, which
// is that of the document itself, not of these bytes: who compresses better changes nothing.  Not a signature and not a secret.
// Any thread.  What is read may come from anywhere: it never swells beyond document_bytes_max.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "pack/pack.h"

namespace sanjal::pack {

inline constexpr std::size_t document_bytes_max = std::size_t{16} << 20U;  // of a compiled document as JSON

// TooLarge "pack.too_large" where nobody could read it again.
Result<std::string> compress(Pack const& pack);

// Corrupt "pack.compressed" where the text is not one whole zlib stream with nothing behind it, "pack.swells" beyond the limit,
// "pack.damaged" where the document is not the one that its own hash names, "pack.other_hash" where that is not `reference`.
Result<Pack> decompress(std::string_view text, std::string_view reference);

// The step between, for whoever has the bytes: at most `most` bytes come of it.
Result<Bytes> inflate(std::string_view bytes, std::size_t most);

}  // namespace sanjal::pack
