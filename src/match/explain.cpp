#include "match/explain.h"

namespace sanjal::match {

namespace {

struct Entry {
    std::string_view code, words;
};

constexpr Entry english[] = {
#include "match/strings/en.inc"
};
constexpr Entry hindi[] = {
#include "match/strings/hi.inc"
};
constexpr Entry bengali[] = {
#include "match/strings/bn.inc"
};
constexpr Entry assamese[] = {
#include "match/strings/as.inc"
};
constexpr Entry nepali[] = {
#include "match/strings/ne.inc"
};

std::span<Entry const> entries_of(std::string_view language) {
    if (language == "hi") return hindi;
    if (language == "bn") return bengali;
    if (language == "as") return assamese;
    if (language == "ne") return nepali;
    return english;
}

}  // namespace

std::string_view words_for(std::string_view code, std::string_view language) {
    for (auto const entries : {entries_of(language), entries_of("en")}) {
        for (auto const& entry : entries) {
            if (entry.code == code) return entry.words;
        }
    }
    return code;
}

std::vector<std::string_view> codes_of(std::string_view language) {
    std::vector<std::string_view> out;
    for (auto const& entry : entries_of(language)) out.push_back(entry.code);
    return out;
}

std::vector<Reason> reasons(Score const& score, std::string_view language) {
    std::vector<Reason> out;
    for (auto const& one : score.all()) {
        std::string const code = std::string(field_code(one.field)) + "." + std::string(finding_code(one.finding));
        std::string words = std::string(words_for(field_code(one.field), language)) + ": " + std::string(words_for(finding_code(one.finding), language));
        out.push_back({code, std::move(words), one.bits > 0});
    }
    return out;
}

std::string explain(Score const& score, std::string_view language) {
    std::string out(words_for(strength_code(strength_of(score)), language));
    for (auto const& reason : reasons(score, language)) out += "; " + reason.words;
    return out;
}

std::string explain_names(NameEvidence const& evidence, std::string_view language) {
    std::string out;
    auto const add = [&](std::string_view code) {
        if (!out.empty()) out += "; ";
        out += words_for(code, language);
    };
    if (evidence.matched < 1) add("words.none");
    else if (evidence.exact > 0) add("words.exact");
    else if (evidence.loss / (evidence.matched + 1) < 0.5F) add("words.sound");
    else add("words.near");
    if (evidence.initials > 0) add("words.initials");
    if (evidence.crossed > 0) add("words.order");
    if (evidence.left_a + evidence.left_b >= 1) add("words.left");
    return out;
}

}  // namespace sanjal::match
