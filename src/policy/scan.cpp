#include "policy/scan.h"

#include <algorithm>
#include <set>

namespace sanjal::policy {
namespace {

constexpr std::size_t words_of_a_name = 3;
constexpr std::size_t phone_digits = 8;  // fewer are years, amounts and sections

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_word(char c) { return static_cast<unsigned char>(c) >= 0x80 || is_digit(c) || (c >= 'a' && c <= 'z') || c == '\''; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

// Punctuation that is not ASCII and stands at the end of a word: the danda, quotation marks, dashes.
void trim_marks(std::string& word) {
    for (std::string_view mark : {"\u0964", "\u0965", "\u2018", "\u2019", "\u201c", "\u201d", "\u2013", "\u2014", "\u2026"}) {
        while (word.ends_with(mark)) word.resize(word.size() - mark.size());
        while (word.starts_with(mark)) word.erase(0, mark.size());
    }
}

std::vector<std::string> words_of(std::string const& text) {
    std::vector<std::string> words(1);
    for (char const c : text) {
        if (is_of_word(c)) words.back() += c;
        else if (!words.back().empty()) words.emplace_back();
    }
    for (auto& word : words) trim_marks(word);
    words.erase(std::remove(words.begin(), words.end(), std::string()), words.end());
    return words;
}

// Fields in which names of people stand, as record_search names them.
std::set<std::string> name_fields(pack::Pack const& pack) {
    std::set<std::string> all;
    auto const* types = pack.document.find("types");
    for (auto const& [type, definition] : types != nullptr ? types->members() : Json::Object()) {
        auto const* fields = definition.find("fields");
        for (auto const& [name, field] : fields != nullptr ? fields->members() : Json::Object()) {
            if (field.text_at("kind") == "person_name") all.insert(name);
        }
    }
    return all;
}

// A whole name, or its first word.
Result<bool> names_somebody(store::Transaction& tx, std::set<std::string> const& fields, std::string const& some_words) {
    for (auto const& field : fields) {
        SANJAL_TRY(auto const found, tx.integer("select 1 from record_search where field = $1 and (value = $2 or (value >= $3 and value < $4)) limit 1", {field, some_words, some_words + " ", some_words + "!"}));
        if (found) return true;
    }
    return false;
}

bool has_long_number(std::string const& text) {
    std::size_t digits = 0;
    for (char const c : text) {
        if (is_digit(c)) ++digits;
        else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '+') digits = 0;
        if (digits >= phone_digits) return true;
    }
    return false;
}

bool has_mail(std::string const& text) {
    auto const at = text.find('@');
    return at != std::string::npos && at > 0 && is_of_word(text[at - 1]) && at + 1 < text.size() && is_of_word(text[at + 1]);
}

}  // namespace

Result<std::vector<std::string>> scan(store::Transaction& tx, pack::Pack const& pack, std::string_view text) {
    std::vector<std::string> why;
    std::string const small = lower(text);
    auto const words = words_of(small);
    auto const fields = name_fields(pack);
    std::set<std::string> tried;
    bool named = false;
    for (std::size_t first = 0; first < words.size() && !named; ++first) {
        std::string some;
        for (std::size_t count = 0; count < words_of_a_name && first + count < words.size() && !named; ++count) {
            some += (count > 0 ? " " : "") + words[first + count];
            if (some.size() < 2 || !tried.insert(some).second) continue;
            SANJAL_TRY(named, names_somebody(tx, fields, some));
        }
    }
    if (named) why.emplace_back("name");
    if (has_long_number(small)) why.emplace_back("telephone");
    if (has_mail(small)) why.emplace_back("mail");
    std::string piece;
    for (char const c : std::string(text) + " ") {
        if (c != ' ' && c != '\n' && c != '\t' && c != ',' && c != ';' && c != '(' && c != ')') {
            piece += c;
            continue;
        }
        while (!piece.empty() && (piece.back() == '.' || piece.back() == ':')) piece.pop_back();
        if (piece.find('/') != std::string::npos) {
            SANJAL_TRY(auto const number, tx.integer("select 1 from record where number = $1 limit 1", {piece}));
            if (number && std::find(why.begin(), why.end(), "case") == why.end()) why.emplace_back("case");
        }
        piece.clear();
    }
    return why;
}

}  // namespace sanjal::policy
