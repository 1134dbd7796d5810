// links: sanjal_rules
// Any question to the rules (conditions, clocks, values, forms): an answer comes, it is JSON, and asking again gives the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "rules/call.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const request(reinterpret_cast<char const*>(data), size);
    auto const answer = sanjal::rules::call(request);
    if (!sanjal::parse_json(answer, {64U << 20U, 128})) std::abort();
    if (sanjal::rules::call(request) != answer) std::abort();
    return 0;
}
