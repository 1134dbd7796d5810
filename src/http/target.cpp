#include "http/target.h"

#include "base/bytes.h"

namespace sanjal::http {
namespace {

tl::unexpected<Error> wrong() { return fail(Fault::Invalid, "request.target", "The address of the request is not written properly."); }

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Percent signs decoded once; in a query "+" is a blank.
Result<std::string> decode(std::string_view text, bool is_query) {
    std::string made;
    made.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        bool const encoded = c == '%';
        if (encoded) {
            if (i + 2 >= text.size()) return wrong();
            int const high = digit(text[i + 1]);
            int const low = digit(text[i + 2]);
            if (high < 0 || low < 0) return wrong();
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (is_query && c == '+') {
            c = ' ';
        }
        bool const is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        // A query may hold text with lines and tabs; a path holds none.
        if (is_control && !(is_query && encoded && (c == '\n' || c == '\r' || c == '\t'))) return wrong();
        if (!is_query && (c == '\\' || (encoded && c == '/'))) return wrong();
        made.push_back(c);
    }
    if (!is_utf8(made)) return wrong();
    return made;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
    if (!text.starts_with('/') || text.find('#') != std::string_view::npos) return wrong();
    auto const question = text.find('?');
    Target target;
    SANJAL_TRY(target.path, decode(text.substr(0, question), false));
    std::string_view rest = target.path;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        auto const segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") return wrong();
        if (segment.empty() && !rest.empty()) return wrong();  // "//": what stands behind it could be taken for a host
        rest.remove_prefix(segment.size());
    }
    if (question == std::string_view::npos) return target;
    std::string_view query = text.substr(question + 1);
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() == query.size() ? pair.size() : pair.size() + 1);
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        SANJAL_TRY(auto name, decode(pair.substr(0, equals), true));
        std::string value;
        if (equals != std::string_view::npos) {
            SANJAL_TRY(value, decode(pair.substr(equals + 1), true));
        }
        target.queries.emplace_back(std::move(name), std::move(value));
    }
    return target;
}

}  // namespace sanjal::http
