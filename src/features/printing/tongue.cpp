#include "features/printing/tongue.h"

#include <algorithm>

#include "pack/documents.h"
#include "rules/form.h"
#include "rules/value.h"

namespace sanjal::printing {
namespace {

constexpr std::size_t ticked_max = 12;  // codes that are printed as boxes to tick
constexpr std::size_t date_size = 10;

std::string two(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// 2026-11-21 -> 21-11-2026, 2026-11 -> 11-2026: as Indian offices write days.
std::string turned(std::string_view date) {
    std::string out;
    for (auto rest = date; !rest.empty();) {
        auto const dash = rest.rfind('-');
        out += (out.empty() ? "" : "-") + std::string(dash == std::string_view::npos ? rest : rest.substr(dash + 1));
        rest = dash == std::string_view::npos ? std::string_view() : rest.substr(0, dash);
    }
    return out;
}

std::string offset_text(int minutes) {
    int const away = minutes < 0 ? -minutes : minutes;
    return std::string(minutes < 0 ? "-" : "+") + two(away / 60) + ":" + two(away % 60);
}

Json const* codes_of(pack::Pack const& pack, Json const& definition) {
    auto const* codes = pack.document.find("codes");
    auto const* list = codes != nullptr ? codes->find(definition.text_at("from")) : nullptr;
    auto const* values = list != nullptr ? list->find("values") : nullptr;
    return values != nullptr && values->is_object() ? values : nullptr;
}

}  // namespace

print::Said Tongue::say(std::string const& path, std::string_view english) const {
    print::Said said;
    for (auto const& language : languages_) {
        std::string text = language == "en" ? std::string(english) : rules::label(pack_.document, language, path, "");
        bool const there = text.empty() || std::any_of(said.begin(), said.end(), [&](auto const& one) { return one.text == text; });
        if (!there) said.push_back({std::move(text), language});
    }
    if (said.empty() && !english.empty()) said.push_back({std::string(english), "en"});
    return said;
}

print::Said Tongue::word(std::string_view name) const {
    auto const found = pack::paper_words().find(name);
    SANJAL_CHECK(found != pack::paper_words().end());
    return say("print." + found->first, found->second);
}

std::string Tongue::word_in(std::string_view language, std::string_view name) const {
    auto const found = pack::paper_words().find(name);
    SANJAL_CHECK(found != pack::paper_words().end());
    return rules::label(pack_.document, language, "print." + found->first, found->second);
}

print::Said Tongue::ask(std::string_view type, std::string_view field) const {
    if (field == "number") return word("case_number");
    auto const* definition = pack_.field(type, field);
    return say(std::string(type) + "." + std::string(field) + ".ask", definition != nullptr ? definition->text_at("ask", field) : field);
}

std::string Tongue::moment(Instant instant) const {
    int const offset = pack_.offset_minutes(instant);
    return time(format_instant(instant, offset));
}

// "2026-11-21T16:05:00+05:30" -> "21-11-2026 16:05 (+05:30)".
std::string Tongue::time(std::string_view text) const {
    int offset = 0;
    auto const instant = parse_instant(text, &offset);
    if (!instant) return std::string(text);
    std::string const plain = format_instant(*instant, offset);
    return turned(std::string_view(plain).substr(0, date_size)) + " " + plain.substr(date_size + 1, 5) + " (" + offset_text(offset) + ")";
}

std::string Tongue::scalar(Json const& definition, Json const& value, std::string_view language) const {
    auto const kind = definition.text_at("kind");
    if (value.is_null()) return {};
    if (rules::is_none(value)) return word_in(language, value.text_at("none"));
    if (rules::is_erased(value)) return word_in(language, "erased");
    if (value.find("sealed") != nullptr || value.find("kept") != nullptr) return std::string(six_dots);
    if (kind == "yes_no") return value.is_text() ? word_in(language, value.text() == "yes" ? "yes" : "no") : std::string();
    if (kind == "choice" || kind == "choices") {
        std::string all;
        auto const* codes = codes_of(pack_, definition);
        for (auto const& code : value.is_list() ? value.items() : Json::List{value}) {
            if (!code.is_text()) continue;
            auto const* english = codes != nullptr ? codes->find(code.text()) : nullptr;
            all += (all.empty() ? "" : ", ") + rules::label(pack_.document, language, std::string(definition.text_at("from")) + "." + code.text(), english != nullptr && english->is_text() ? english->text() : code.text());
        }
        return all;
    }
    if (kind == "time") return value.is_text() ? time(value.text()) : std::string();
    if (kind == "date") return value.is_text() ? turned(value.text()) : std::string();
    if (kind == "age" && value.is_object()) {
        auto const how = value.text_at("how");
        std::string const years = std::to_string(value.integer_at("years"));
        return how == "about" || how == "over" || how == "under" ? word_in(language, how) + " " + years : years;
    }
    if (kind == "money" && value.is_object()) return std::string(value.text_at("currency")) + " " + std::to_string(value.integer_at("amount"));
    if (kind == "place" && value.is_object()) {
        std::string const said(value.text_at("text"));
        std::string const code(value.text_at("code"));
        return said.empty() || code.empty() ? said + code : said + " (" + code + ")";
    }
    if (kind == "unit") return value.is_text() && unit_title_ ? unit_title_(value.text()) : std::string();
    if (kind == "relation") return {};  // an id says nothing on paper; who is meant stands there by name, where it may
    if (kind == "photo" || kind == "file" || kind == "signature" || kind == "voice") return word_in(language, "attached");
    if (value.is_text()) return value.text();
    return value.is_integer() ? std::to_string(value.integer()) : std::string();
}

std::string Tongue::value(Json const& definition, Json const* value, std::string_view language) const {
    if (value == nullptr) return {};
    Json::List parts;
    if (auto const* conflict = value->find("conflict"); conflict != nullptr && conflict->is_list()) {
        for (auto const& one : conflict->items()) {
            if (auto const* said = one.find("value")) parts.push_back(*said);
        }
    } else if (value->is_list() && definition.text_at("kind") != "choices") {
        parts = value->items();
    } else {
        parts.push_back(*value);
    }
    std::string all;
    char const* between = value->find("conflict") != nullptr ? " / " : ", ";
    for (auto const& part : parts) {
        std::string one = scalar(definition, part, language);
        if (!one.empty()) all += (all.empty() ? "" : between) + one;
    }
    return all;
}

print::Said Tongue::answer(Json const& definition, Json const* given) const {
    print::Said said;
    for (auto const& language : languages_) {
        std::string text = value(definition, given, language);
        bool const there = text.empty() || std::any_of(said.begin(), said.end(), [&](auto const& one) { return one.text == text; });
        if (!there) said.push_back({std::move(text), language});
    }
    return said;
}

std::vector<print::Option> Tongue::options(Json const& definition, Json const* given) const {
    auto const kind = definition.text_at("kind");
    std::vector<print::Option> options;
    // What people say differently, what is sealed and what was erased is written out.
    if (given != nullptr && given->is_object() && !rules::is_none(*given)) return options;
    auto const is_given = [&](std::string_view code) {
        if (given == nullptr) return false;
        if (given->is_text()) return given->text() == code;
        return given->is_list() && std::any_of(given->items().begin(), given->items().end(), [&](Json const& one) { return one.is_text() && one.text() == code; });
    };
    if (kind == "yes_no") {
        for (char const* code : {"yes", "no"}) options.push_back({word(code), is_given(code)});
    } else if (kind == "choice" || kind == "choices") {
        auto const* codes = codes_of(pack_, definition);
        if (codes == nullptr || codes->members().size() > ticked_max) return options;
        for (auto const& [code, english] : codes->members()) {
            options.push_back({say(std::string(definition.text_at("from")) + "." + code, english.is_text() ? std::string_view(english.text()) : std::string_view(code)), is_given(code)});
        }
    } else {
        return options;
    }
    // "Unknown" and "refused" are answers to everything.
    for (char const* none : {"unknown", "refused"}) options.push_back({word(none), given != nullptr && given->text_at("none") == none});
    return options;
}

}  // namespace sanjal::printing
