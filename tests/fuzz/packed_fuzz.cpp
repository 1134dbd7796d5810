// links: sanjal_pack
// Any bytes as a compressed pack: read within the limit or refused with a code; and a document with its own right hash, whatever
// it says, is taken or refused, and comes out of its entry as it went in.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "pack/packed.h"

namespace {

void as_document(std::string_view text) {
    auto document = sanjal::parse_json(text, {sanjal::pack::document_bytes_max, 64});
    if (!document || !document->is_object()) return;
    document->erase("sha256");
    document->set("sha256", sanjal::to_hex(sanjal::crypto::sha256(sanjal::write_json_sorted(*document))));
    auto const pack = sanjal::pack::Pack::from_json(std::move(*document));
    if (!pack) return;
    auto const text_of = sanjal::pack::compress(*pack);
    if (!text_of) std::abort();
    auto const again = sanjal::pack::decompress(*text_of, pack->reference());
    if (!again || sanjal::write_json(again->document) != sanjal::write_json(pack->document)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    constexpr std::size_t most = std::size_t{1} << 20U;
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const whole = sanjal::pack::inflate(bytes, most);
    if (whole) {
        if (whole->size() > most) std::abort();
        as_document(*whole);
    } else if (whole.error().code.empty()) {
        std::abort();
    }
    as_document(bytes);
    // No document that somebody else's hash names.
    if (sanjal::pack::decompress(sanjal::to_base64url(bytes), "x@1#")) std::abort();
    return 0;
}
