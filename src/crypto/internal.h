#pragma once
// What the .cpp files of this folder share.  Not for anybody else; includes neither libsodium nor OpenSSL.

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/json.h"

namespace sanjal::crypto::internal {

void ready();  // libsodium has been started; any thread, any number of times

inline unsigned char const* raw(std::string_view bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }
inline unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
inline unsigned char* raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

// base64url of whole bytes, unused bits zero: what decode_base64url would take.
bool is_base64url(std::string_view text);
// 43 characters of it, which stand for 32 bytes.
inline bool is_hash_text(std::string_view text) { return text.size() == 43 && is_base64url(text); }

// The base64url of the SHA-256, without a Bytes on the way.
using HashText = std::array<char, 43>;
HashText hash_text(std::string_view bytes);
inline std::string_view view(HashText const& text) { return {text.data(), text.size()}; }
void sha256_into(std::initializer_list<std::string_view> parts, unsigned char* out);  // one after another; hash.cpp
// RFC 9901 gives these names a meaning wherever they stand: another verifier would read an entry that uses them in a value
// differently from us.
inline bool is_reserved(std::string_view name) { return name == "_sd" || name == "_sd_alg" || name == "..."; }
// What may stand as iss and kid: 1 to 128 letters, digits and -_.:/#@
bool is_label(std::string_view text);

// Strict base64url into `out`, as base's from_base64url but four characters at a time and without an Error to build:
// an entry is mostly base64 and every entry is read many times.
bool decode_base64url(std::string_view text, Bytes& out);

// JSON that came inside base64.  U+0000 is refused before the parser sees it: nothing that we read may hold it, and a
// parser may take it for the end of the text and never look at what stands behind.
Result<Json> parse_decoded(std::string_view bytes, JsonLimits limits);

}  // namespace sanjal::crypto::internal
