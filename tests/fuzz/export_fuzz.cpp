// links: sanjal_ledger
// Any bytes as an export: the verifier ends with a verdict, and the same in whatever pieces they come.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ledger/verify.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    sanjal::ledger::VerifyOptions options;
    options.threads = 1;
    auto const whole = sanjal::ledger::verify_export(text, options);
    std::size_t at = 0;
    auto const pieces = sanjal::ledger::verify_export(
        [&](char* buffer, std::size_t room) -> sanjal::Result<std::size_t> {
            auto const take = std::min({room, std::size_t{7}, text.size() - at});
            std::copy_n(text.data() + at, take, buffer);
            at += take;
            return take;
        },
        options);
    if (whole.accepted != pieces.accepted || whole.why != pieces.why) std::abort();
    return 0;
}
