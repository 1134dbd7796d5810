// links: sanjal_table
// Any bytes as a text with a numbered list: reading ends, and every row has three cells and stands on a line that there is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "table/numbered_list.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view text(reinterpret_cast<char const*>(data), size);
    auto const lines = std::count(text.begin(), text.end(), '\n') + 1;
    auto reader = sanjal::table::open_numbered_list([&](char* buffer, std::size_t most) -> sanjal::Result<std::size_t> {
        auto const count = text.copy(buffer, std::min<std::size_t>(most, 7));
        text.remove_prefix(count);
        return count;
    }, "resolved to");
    if (!reader) return 0;
    long rows = 0;
    while (true) {
        auto row = (*reader)->next();
        if (!row) std::abort();
        if (!*row) break;
        if ((*row)->cells.size() != 3 || (*row)->line < 1 || (*row)->line > lines || ++rows > lines + 1) std::abort();
    }
    return 0;
}
