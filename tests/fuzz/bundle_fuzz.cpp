// links: sanjal_sync
// Bundles and cards from strangers, after the seal: what is taken holds every bound.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sync/bundle.h"
#include "sync/peer.h"

using namespace sanjal;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static SeededRandom random(3);
    static auto const key = crypto::SigningKey::generate(random);
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    if (auto const bundle = sync::parse_bundle(input)) {
        SANJAL_CHECK(bundle->messages.size() <= sync::messages_max && bundle->head.is_object());
        for (auto const& message : bundle->messages) SANJAL_CHECK(message.is_object());
        SANJAL_CHECK(!sync::check_signature(*bundle, key.public_key()));
    }
    if (auto const card = sync::parse_card(input)) SANJAL_CHECK(card->node.size() == 43 && !card->keys.empty() && sync::code_of(card->text, card->text).has_value());
    return 0;
}
