#include "pack/template.h"

#include <algorithm>

namespace sanjal::pack {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

tl::unexpected<Error> wrong(std::string code, std::string message, std::size_t at) { return fail(Fault::Invalid, std::move(code), std::move(message), std::to_string(at)); }

}  // namespace

Result<Piece> parse_path(std::string_view path) {
    auto const dot = path.find('.');
    if (dot == std::string_view::npos || !is_name(path.substr(0, dot)) || !is_name(path.substr(dot + 1))) {
        return fail(Fault::Invalid, "template.path", "A field is named like case.found_at.");
    }
    return Piece{{}, std::string(path.substr(0, dot)), std::string(path.substr(dot + 1))};
}

Result<std::vector<Piece>> parse_template(std::string_view text) {
    std::vector<Piece> pieces;
    std::string words;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const c = text[at];
        bool const twice = at + 1 < text.size() && text[at + 1] == c;
        if (c != '{' && c != '}') {
            words.push_back(c);
        } else if (twice) {
            words.push_back(c);
            ++at;
        } else if (c == '}') {
            return wrong("template.brace", "A brace is closed that was never opened. Write }} where one is meant.", at);
        } else {
            auto const end = text.find('}', at);
            if (end == std::string_view::npos) return wrong("template.brace", "A brace is opened and never closed. Write {{ where one is meant.", at);
            auto path = parse_path(text.substr(at + 1, end - at - 1));
            if (!path) return wrong("template.path", "In braces stands a field, like {case.found_at}.", at);
            if (!words.empty()) pieces.push_back({std::move(words), {}, {}});
            words.clear();
            pieces.push_back(std::move(*path));
            at = end;
        }
    }
    if (!words.empty()) pieces.push_back({std::move(words), {}, {}});
    return pieces;
}

}  // namespace sanjal::pack
