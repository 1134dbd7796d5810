#include "crypto/jws.h"

#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

tl::unexpected<Error> malformed(char const* what) {
    return fail(Fault::Invalid, "jws.malformed", std::string("This is not the signed JSON that was expected: ") + what + ".");
}

}  // namespace

std::string sign_jws(std::string_view typ, std::string_view kid, Json const& payload, SigningKey const& key) {
    SANJAL_CHECK(payload.is_object() && !typ.empty() && internal::is_label(kid));
    auto const header = Json::object({{"alg", "EdDSA"}, {"typ", Json(typ)}, {"kid", Json(kid)}});
    std::string text = to_base64url(write_json(header)) + "." + to_base64url(write_json(payload));
    auto const signature = key.sign(text);
    return text + "." + to_base64url(signature);
}

Result<Jws> parse_jws(std::string_view compact, std::string_view typ) {
    if (compact.size() > jws_bytes_max) return fail(Fault::TooLarge, "jws.too_large", "This signed JSON is larger than 64 MiB.");
    auto const first = compact.find('.');
    auto const second = first == std::string_view::npos ? first : compact.find('.', first + 1);
    if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
        return malformed("it does not have three parts");
    }
    Jws jws;
    jws.signing_input = compact.substr(0, second);
    Bytes bytes;
    if (!internal::decode_base64url(compact.substr(second + 1), jws.signature) || jws.signature.size() != signature_size) {
        return malformed("its signature is not the base64url of 64 bytes");
    }
    if (!internal::decode_base64url(compact.substr(0, first), bytes)) return malformed("its header is not base64url");
    SANJAL_TRY(auto const header, internal::parse_decoded(bytes, {4096, 2}));
    jws.typ = header.text_at("typ");
    jws.kid = header.text_at("kid");
    if (!header.is_object() || header.members().size() != 3 || header.text_at("alg") != "EdDSA" || jws.typ != typ || typ.empty() ||
        !internal::is_label(jws.kid)) {
        return malformed("its header does not have exactly alg EdDSA, the expected typ, and a kid");
    }
    if (!internal::decode_base64url(compact.substr(first + 1, second - first - 1), bytes)) return malformed("its payload is not base64url");
    SANJAL_TRY(jws.payload, internal::parse_decoded(bytes, {jws_bytes_max, 32}));
    if (!jws.payload.is_object()) return malformed("its payload is not an object");
    return jws;
}

Result<void> verify_jws(Jws const& jws, PublicKey const& key) {
    if (!verify(key, jws.signing_input, jws.signature)) {
        return fail(Fault::Invalid, "jws.signature", "The signature is not of this key over these bytes.");
    }
    return {};
}

}  // namespace sanjal::crypto
