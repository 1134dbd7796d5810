// links: sanjal_pack
// Any text as a document's template: it is refused with a place, or its pieces are names and words that say the same again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pack/documents.h"
#include "pack/template.h"

namespace {

std::string doubled(std::string const& words) {
    std::string out;
    for (char const c : words) out.append(c == '{' || c == '}' ? 2 : 1, c);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const pieces = sanjal::pack::parse_template(text);
    if (!pieces) {
        if (pieces.error().message.empty() || pieces.error().where.empty()) std::abort();
    } else {
        std::string again;
        for (auto const& piece : *pieces) again += piece.alias.empty() ? doubled(piece.text) : "{" + piece.alias + "." + piece.field + "}";
        if (again != text) std::abort();
    }
    // The same bytes as a document among others, and as a path of its strings.
    sanjal::Json const pack = sanjal::Json::object({{"documents", sanjal::Json::object({{"d", sanjal::Json::object({{"title", text}, {"sections", sanjal::Json::list({sanjal::Json::object({{"text", text}})})}})}})}});
    for (auto const& flaw : sanjal::pack::check_documents(pack)) {
        if (flaw.message.empty()) std::abort();
    }
    (void)sanjal::pack::document_text(pack, text);
    return 0;
}
