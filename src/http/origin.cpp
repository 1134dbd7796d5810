#include "http/origin.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sanjal::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_ip(std::string_view host) {
    if (host.starts_with('[')) return true;
    return std::count(host.begin(), host.end(), '.') == 3 && std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::string lowered(std::string_view text) {
    std::string made(text);
    for (auto& c : made) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return made;
}

// "name[:port]" in two; a port that is the scheme's own is left out.
std::pair<std::string, std::string_view> split(std::string_view authority) {
    auto const close = authority.find(']');
    auto const colon = authority.find(':', close == std::string_view::npos ? 0 : close);
    if (colon == std::string_view::npos) return {lowered(authority), {}};
    return {lowered(authority.substr(0, colon)), authority.substr(colon + 1)};
}

}  // namespace

bool is_authority(std::string_view text) {
    if (text.empty() || text.size() > 259) return false;
    std::string_view port;
    if (text.front() == '[') {
        auto const close = text.find(']');
        if (close == std::string_view::npos || close < 3) return false;
        auto const inner = text.substr(1, close - 1);
        if (!std::all_of(inner.begin(), inner.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.'; })) return false;
        if (close + 1 == text.size()) return true;
        if (text[close + 1] != ':') return false;
        port = text.substr(close + 2);
    } else {
        auto const colon = text.find(':');
        auto const name = text.substr(0, colon);
        if (name.empty() || name.size() > 253 || name.front() == '-' || name.front() == '.') return false;
        if (!std::all_of(name.begin(), name.end(), [](char c) {
                return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
            })) {
            return false;
        }
        if (colon == std::string_view::npos) return true;
        port = text.substr(colon + 1);
    }
    int number = 0;
    auto const [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
    return wrong == std::errc() && end == port.data() + port.size() && port.size() <= 5 && is_digit(port.front()) && number <= 65535;
}

std::string host_name(std::string_view authority) { return split(authority).first; }

Result<void> check_sender(Sender const& sender, std::vector<std::string> const& hosts) {
    auto const [name, port] = split(sender.host);
    if (!hosts.empty() && !name.empty() && !is_ip(name) && std::find(hosts.begin(), hosts.end(), name) == hosts.end()) {
        return fail(Fault::Invalid, "request.host", "This node does not go by that name. Add the name to the node's hosts if it should.");
    }
    if (!sender.writes) return {};
    auto const foreign = [] {
        return fail(Fault::Forbidden, "request.foreign_origin", "Another page sent this request. Nothing was changed.");
    };
    // "none" is the user's own doing (an address typed, a bookmark); "same-site" may be a neighbour on the same domain.
    if (sender.fetch_site && *sender.fetch_site != "same-origin" && *sender.fetch_site != "none") return foreign();
    if (!sender.origin) return {};
    auto const colon = sender.origin->find("://");
    if (colon == std::string_view::npos) return foreign();  // also "null"
    auto const scheme = sender.origin->substr(0, colon);
    auto const authority = sender.origin->substr(colon + 3);
    if ((scheme != "http" && scheme != "https") || !is_authority(authority)) return foreign();
    std::string_view const own_port = scheme == "http" ? "80" : "443";
    auto const [origin_name, origin_port] = split(authority);
    auto const wanted = port.empty() ? own_port : port;
    auto const given = origin_port.empty() ? own_port : origin_port;
    if (origin_name != name || given != wanted) return foreign();
    return {};
}

}  // namespace sanjal::http
