#include "rules/value.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/id.h"
#include "base/time.h"

namespace sanjal::rules {
namespace {

constexpr std::int64_t about_years = 2;
constexpr std::int64_t years_max = 130;

tl::unexpected<Error> wrong(char const* code, std::string message) { return fail(Fault::Invalid, code, std::move(message)); }

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<Json> check_text(Json const& definition, Json const& value, std::size_t otherwise_max) {
    if (!value.is_text()) return wrong("value.not_text", "This must be a text.");
    std::string_view text = value.text();
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t')) text.remove_suffix(1);
    if (text.empty()) return wrong("value.empty", "Nothing is written here. If it is not known, say so.");
    for (char const c : text) {
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') return wrong("value.control", "This text holds a character that cannot be read or printed.");
    }
    auto const* must = definition.find("must");
    auto const most = static_cast<std::size_t>(must != nullptr ? must->integer_at("characters", static_cast<std::int64_t>(otherwise_max)) : static_cast<std::int64_t>(otherwise_max));
    if (text.size() > text_bytes_max || characters(text) > most) return wrong("value.too_long", "This text is longer than " + std::to_string(most) + " characters.");
    return Json(text);
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.size() <= 4 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t number_of(std::string_view digits) {
    std::int64_t value = 0;
    for (char const c : digits) value = value * 10 + (c - '0');
    return value;
}

Result<Json> check_date(Json const& value) {
    char const* const how = "Write a day as 2013-05-04, a month as 2013-05, a year as 2013.";
    if (!value.is_text()) return wrong("value.not_date", how);
    std::string const& text = value.text();
    bool const shaped = (text.size() == 4 || text.size() == 7 || text.size() == 10) && is_digits(std::string_view(text).substr(0, 4)) &&
                        (text.size() < 7 || (text[4] == '-' && is_digits(std::string_view(text).substr(5, 2)))) &&
                        (text.size() < 10 || (text[7] == '-' && is_digits(std::string_view(text).substr(8, 2))));
    if (!shaped) return wrong("value.not_date", how);
    int const year = static_cast<int>(number_of(std::string_view(text).substr(0, 4)));
    unsigned const month = text.size() >= 7 ? static_cast<unsigned>(number_of(std::string_view(text).substr(5, 2))) : 1;
    unsigned const day = text.size() == 10 ? static_cast<unsigned>(number_of(std::string_view(text).substr(8, 2))) : 1;
    if (year < 1850 || !std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)).ok()) {
        return wrong("value.no_such_day", std::string("There is no such day. ") + how);
    }
    return value;
}

Result<Json> check_age(Json const& value) {
    char const* const message = "Write an age as 12, about 12, over 18 or under 14.";
    std::int64_t years = -1;
    std::string how = "exact";
    if (value.is_integer()) {
        years = value.integer();
    } else if (value.is_text()) {
        std::string_view text = value.text();
        for (char const* word : {"about", "over", "under"}) {
            std::string_view const prefix(word);
            if (text.substr(0, prefix.size()) == prefix && text.size() > prefix.size() && text[prefix.size()] == ' ') {
                how = word;
                text.remove_prefix(prefix.size() + 1);
                break;
            }
        }
        if (!is_digits(text)) return wrong("value.not_age", message);
        years = number_of(text);
    } else if (value.is_object() && value.members().size() == 2) {
        years = value.integer_at("years", -1);
        how = value.text_at("how");
    }
    if (years < 0 || years > years_max || (how != "exact" && how != "about" && how != "over" && how != "under")) return wrong("value.not_age", message);
    return Json::object({{"years", years}, {"how", how}});
}

bool has_code(Json const& list, std::string_view code) {
    auto const* values = list.find("values");
    return (values != nullptr ? values : &list)->find(code) != nullptr;
}

Result<Json> check_code(Json const& definition, Json const& codes, Json const& value) {
    if (!value.is_text()) return wrong("value.not_code", "Choose one of the answers.");
    auto const* list = codes.find(definition.text_at("from"));
    if (list == nullptr || !has_code(*list, value.text())) return wrong("value.unknown_code", "This is not one of the answers that can be chosen.");
    return value;
}

Result<Json> check_number(Json const& definition, Json const& value) {
    if (!value.is_integer()) return wrong("value.not_number", "This must be a whole number.");
    if (auto const* must = definition.find("must")) {
        auto const* from = must->find("from");
        auto const* to = must->find("to");
        if ((from != nullptr && from->is_integer() && value.integer() < from->integer()) || (to != nullptr && to->is_integer() && value.integer() > to->integer())) {
            return wrong("value.out_of_bounds", "This number is out of bounds.");
        }
    }
    return value;
}

}  // namespace

bool is_none(Json const& value) {
    auto const none = value.text_at("none");
    return value.is_object() && value.members().size() == 1 && (none == "unknown" || none == "refused" || none == "not_asked");
}

bool is_erased(Json const& value) { return value.bool_at("erased"); }

Result<Json> check_value(Json const& definition, Json const& codes, Json const& value) {
    if (is_none(value)) return value;
    std::string_view const kind = definition.text_at("kind");
    if (kind == "text") return check_text(definition, value, 4000);
    if (kind == "person_name") return check_text(definition, value, 200);
    if (kind == "phone") {
        SANJAL_TRY(auto text, check_text(definition, value, 40));
        if (text.text().find_first_not_of("0123456789+-() ") != std::string::npos) return wrong("value.not_phone", "A telephone number has digits, spaces and a plus.");
        return text;
    }
    if (kind == "time") {
        if (!value.is_text()) return wrong("value.not_time", "Write a time as 2026-11-21T16:05+05:30.");
        int offset = 0;
        SANJAL_TRY(auto const moment, parse_instant(value.text(), &offset));
        return Json(format_instant(moment, offset));
    }
    if (kind == "date") return check_date(value);
    if (kind == "age") return check_age(value);
    if (kind == "choice") return check_code(definition, codes, value);
    if (kind == "choices") {
        if (!value.is_list()) return wrong("value.not_list", "Send a list of answers.");
        Json::List seen;
        for (auto const& one : value.items()) {
            SANJAL_DO(check_code(definition, codes, one));
            if (std::find(seen.begin(), seen.end(), one) != seen.end()) return wrong("value.twice", "An answer is chosen twice.");
            seen.push_back(one);
        }
        return value;
    }
    if (kind == "yes_no") {
        if (!value.is_text() || (value.text() != "yes" && value.text() != "no")) return wrong("value.not_yes_no", "Answer yes or no.");
        return value;
    }
    if (kind == "number") return check_number(definition, value);
    if (kind == "place") {
        if (value.is_text()) return check_text(definition, value, 400);
        if (value.is_object() && value.members().size() <= 2 && (value.find("code") != nullptr || value.find("text") != nullptr)) {
            for (auto const& [name, part] : value.members()) {
                if ((name != "code" && name != "text") || !check_text(definition, part, 400)) return wrong("value.not_place", "A place has a code, or a text, or both.");
            }
            return value;
        }
        return wrong("value.not_place", "A place has a code, or a text, or both.");
    }
    if (kind == "money") {
        auto const* amount = value.find("amount");
        if (!value.is_object() || value.members().size() != 2 || amount == nullptr || !amount->is_integer() || value.text_at("currency").size() != 3) {
            return wrong("value.not_money", "Money has an amount and a currency of three letters.");
        }
        return value;
    }
    if (kind == "relation" || kind == "unit") {
        if (!value.is_text() || !is_uuid(value.text())) return wrong("value.not_record", "This must be the id of a record.");
        return value;
    }
    if (kind == "file" || kind == "signature" || kind == "voice" || kind == "photo") {
        if (!value.is_text() || value.text().size() > 64) return wrong("value.not_file", "This must be the id of a file.");
        return value;
    }
    return wrong("value.unknown_kind", "The pack gives this field a kind that the program does not know.");
}

Result<Interval> years_of(Json const& age) {
    SANJAL_TRY(auto const normal, check_age(age));
    std::int64_t const years = normal.integer_at("years");
    auto const how = normal.text_at("how");
    if (how == "about") return Interval{std::max<std::int64_t>(0, years - about_years), years + about_years};
    if (how == "over") return Interval{years + 1, years_max};
    if (how == "under") return Interval{0, std::max<std::int64_t>(0, years - 1)};
    return Interval{years, years};
}

}  // namespace sanjal::rules
