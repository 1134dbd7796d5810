#include "features/import/cells.h"

#include "features/import/format.h"
#include "rules/value.h"

namespace sanjal::import {
namespace {

// How many bytes of a space of any kind the text begins with.
std::size_t space_at(std::string_view text) {
    if (text.empty()) return 0;
    if (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') return 1;
    if (text.starts_with("\xC2\xA0")) return 2;                                      // no-break space
    if (text.starts_with("\xE2\x80\x8B") || text.starts_with("\xEF\xBB\xBF")) return 3;  // zero width
    return 0;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (auto const size = space_at(text)) text.remove_prefix(size);
    while (!text.empty()) {
        std::size_t cut = 0;
        for (std::size_t const size : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
            if (text.size() >= size && space_at(text.substr(text.size() - size)) == size) cut = size;
        }
        if (cut == 0) break;
        text.remove_suffix(cut);
    }
    return text;
}

std::string folded(std::string_view text) {
    text = trimmed(text);
    std::string out;
    while (!text.empty()) {
        if (auto const size = space_at(text)) {
            if (out.back() != ' ') out += ' ';
            text.remove_prefix(size);
            continue;
        }
        if (text.starts_with("\xE2\x80\x99") || text.starts_with("\xE2\x80\x98")) {
            out += '\'';
            text.remove_prefix(3);
            continue;
        }
        char const c = text.front();
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        text.remove_prefix(1);
    }
    return out;
}

std::string place_name(std::size_t column) {
    std::string letters;
    for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    return "Column " + letters;
}

Json::List split_lines(Json const& value) {
    if (!value.is_text()) return {value};
    Json::List all;
    std::string_view rest = value.text();
    while (true) {
        auto const end = rest.find('\n');
        if (!trimmed(rest.substr(0, end)).empty()) all.emplace_back(trimmed(rest.substr(0, end)));
        if (end == std::string_view::npos) return all;
        rest.remove_prefix(end + 1);
    }
}

Json answer_of(std::string_view cell) {
    cell = trimmed(cell);
    for (char const* none : {"unknown", "refused", "not_asked"}) {
        Json const answer = Json::object({{"none", none}});
        if (cell == answer_text(answer)) return answer;
    }
    return {};
}

std::string answer_text(Json const& none) {
    auto const word = none.text_at("none");
    return word == "not_asked" ? "(not asked)" : "(" + std::string(word) + ")";
}

}  // namespace sanjal::import
