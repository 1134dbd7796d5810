#include "http/cookie.h"

#include <algorithm>

namespace sanjal::http {
namespace {

constexpr std::size_t value_bytes_max = 256;

bool is_ours(std::string_view value) {
    return value.size() <= value_bytes_max && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

}  // namespace

std::string read_cookie(std::string_view header, std::string_view name) {
    std::string found;
    bool seen = false;
    while (!header.empty()) {
        auto pair = header.substr(0, header.find(';'));
        header.remove_prefix(pair.size() == header.size() ? pair.size() : pair.size() + 1);
        pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
        auto const equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
        // Twice: somebody put one beside ours, and which is which cannot be told.
        if (seen) return {};
        seen = true;
        auto value = pair.substr(equals + 1);
        while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
        if (is_ours(value)) found = value;
    }
    return found;
}

std::string write_cookie(std::string_view name, std::string_view value) {
    std::string made(name);
    made += '=';
    made += value;
    made += "; Path=/; Secure; HttpOnly; SameSite=Strict";
    if (value.empty()) made += "; Max-Age=0";
    return made;
}

}  // namespace sanjal::http
