#include "app/refusals.h"

#include <algorithm>
#include <map>
#include <vector>

namespace sanjal::app {

extern std::string_view const as_document;
extern std::string_view const bn_document;
extern std::string_view const hi_document;
extern std::string_view const ne_document;

namespace {

// What stands between the places of a sentence: "{1} of {2}." is "", " of " and ".".
struct Pieces {
    std::vector<std::string> said;
    std::vector<std::size_t> places;  // of what stands after said[n]: which of those put in, from 0
};

Pieces pieces_of(std::string_view text) {
    Pieces pieces;
    std::string now;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '{' && at + 2 < text.size() && text[at + 1] >= '1' && text[at + 1] <= '9' && text[at + 2] == '}') {
            pieces.said.push_back(std::move(now));
            pieces.places.push_back(static_cast<std::size_t>(text[at + 1] - '1'));
            now.clear();
            at += 2;
        } else {
            now += text[at];
        }
    }
    pieces.said.push_back(std::move(now));
    return pieces;
}

// What was put in, in the order of the places of `english`; nullopt where the text is another sentence.
std::optional<std::vector<std::string>> put_in(std::string_view text, Pieces const& english) {
    auto const& said = english.said;
    if (!text.starts_with(said.front()) || !text.ends_with(said.back()) || text.size() < said.front().size() + said.back().size()) return std::nullopt;
    text.remove_suffix(said.back().size());
    text.remove_prefix(said.front().size());
    std::vector<std::string> found(english.places.size());
    for (std::size_t place = 0; place < english.places.size(); ++place) {
        bool const is_last = place + 1 == english.places.size();
        auto const end = is_last ? text.size() : text.find(said[place + 1]);
        if (end == std::string_view::npos || english.places[place] >= found.size()) return std::nullopt;
        found[english.places[place]] = text.substr(0, end);
        text.remove_prefix(is_last ? end : end + said[place + 1].size());
    }
    return found;
}

struct Table {
    std::map<std::string, std::string, std::less<>> whole;
    std::vector<std::pair<Pieces, Pieces>> with_places;
};

Table read_table(std::string_view document) {
    Table table;
    auto const read = parse_json(document, {1U << 20U, 4});
    if (!read) return table;  // refusals_test reads every table
    for (auto const& [english, words] : read->members()) {
        auto pieces = pieces_of(english);
        if (pieces.places.empty()) table.whole.emplace(english, words.text());
        else table.with_places.emplace_back(std::move(pieces), pieces_of(words.text()));
    }
    return table;
}

std::map<std::string_view, Table> const& tables() {
    static std::map<std::string_view, Table> const read = {{"as", read_table(as_document)}, {"bn", read_table(bn_document)}, {"hi", read_table(hi_document)}, {"ne", read_table(ne_document)}};
    return read;
}

}  // namespace

std::string_view language_asked(std::string_view accept_language) {
    while (!accept_language.empty()) {
        auto const end = std::min(accept_language.find(','), accept_language.size());
        std::string_view one = accept_language.substr(0, end);
        while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
        one = one.substr(0, one.find_first_of("-;"));
        if (one == "en") break;
        if (auto const found = tables().find(one); found != tables().end()) return found->first;
        accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    }
    return "en";
}

std::optional<std::string> in_words(std::string_view english, std::string_view language) {
    auto const table = tables().find(language);
    if (table == tables().end()) return std::nullopt;
    if (auto const whole = table->second.whole.find(english); whole != table->second.whole.end()) return whole->second;
    for (auto const& [pieces, words] : table->second.with_places) {
        auto const found = put_in(english, pieces);
        if (!found) continue;
        std::string made = words.said.front();
        for (std::size_t at = 0; at < words.places.size(); ++at) {
            if (words.places[at] < found->size()) made += (*found)[words.places[at]];
            made += words.said[at + 1];
        }
        return made;
    }
    return std::nullopt;
}

void say_in(Json& of, std::string_view language) {
    auto const* detail = of.find("detail");
    if (detail == nullptr || !detail->is_text()) return;
    auto words = in_words(detail->text(), language);
    if (!words) return;
    std::string english(detail->text());
    of.set("detail", std::move(*words)).set("detail_en", std::move(english));
}

void say_in(Response& response, std::string_view language) {
    if (language == "en" || response.content_type != "application/problem+json") return;
    auto problem = parse_json(response.body, {1U << 20U, 16});
    if (!problem) return;
    say_in(*problem, language);
    if (auto* errors = problem->find("errors"); errors != nullptr) {
        for (auto& one : errors->items()) say_in(one, language);
    }
    response.body = write_json(*problem);
}

}  // namespace sanjal::app
