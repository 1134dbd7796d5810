// links: sanjal_pack
// Any text as a pack's YAML: it is read or refused with a place, and what was read is JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "pack/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const read = sanjal::pack::read_yaml(std::string_view(reinterpret_cast<char const*>(data), size), "fuzz.yaml");
    if (!read) {
        if (read.error().message.empty()) std::abort();
        return 0;
    }
    if (!sanjal::parse_json(sanjal::write_json(read->json), {64U << 20U, 256})) std::abort();
    return 0;
}
