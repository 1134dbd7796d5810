#include "crypto/entry_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "crypto/internal.h"

namespace sanjal::crypto::internal {
namespace {

bool take(std::string_view& rest, std::string_view literal) {
    if (!rest.starts_with(literal)) return false;
    rest.remove_prefix(literal.size());
    return true;
}

enum Kind : unsigned char { Plain, Wide, Stop };  // of a character within quotes

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> of{};
    for (std::size_t c = 0; c < of.size(); ++c) of[c] = c < 0x20 || c == '"' || c == '\\' ? Stop : c < 0x80 ? Plain : Wide;
    return of;
}();

// Up to the next quote, which stays; every character before it stands for itself.
bool take_until_quote(std::string_view& rest, std::string_view& text) {
    unsigned seen = 0;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        auto const kind = kinds[static_cast<unsigned char>(rest[end])];
        if (kind == Stop) break;
        seen |= kind;
    }
    if (end == rest.size() || rest[end] != '"') return false;
    text = rest.substr(0, end);
    rest.remove_prefix(end);
    return seen == 0 || is_utf8(text);
}

bool take_quoted(std::string_view& rest, std::string_view& text) {
    return take(rest, "\"") && take_until_quote(rest, text) && take(rest, "\"");
}

// At most fifteen digits, so that nothing can overflow; "-0" and leading zeros are left to the parser.
bool take_integer(std::string_view& rest, std::int64_t& number) {
    std::size_t const sign = !rest.empty() && rest[0] == '-' ? 1 : 0;
    std::size_t end = sign;
    while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') ++end;
    if (end == sign || end - sign > 15 || (rest[sign] == '0' && end > 1)) return false;
    if (end < rest.size() && rest[end] != ',' && rest[end] != ']' && rest[end] != '}') return false;
    std::from_chars(rest.data(), rest.data() + end, number);
    rest.remove_prefix(end);
    return true;
}

bool take_value(std::string_view& rest, int depth, Json& value) {
    if (rest.empty()) return false;
    std::string_view text;
    switch (rest.front()) {
        case '"':
            if (!take_quoted(rest, text)) return false;
            value = Json(text);
            return true;
        case '[': {
            rest.remove_prefix(1);
            Json::List items;
            if (depth == 0) return false;
            if (!take(rest, "]")) {
                do {
                    if (!take_value(rest, depth - 1, items.emplace_back())) return false;
                } while (take(rest, ","));
                if (!take(rest, "]")) return false;
            }
            value = Json(std::move(items));
            return true;
        }
        case '{': {
            rest.remove_prefix(1);
            if (depth == 0) return false;
            value = Json::object();
            auto& members = value.members();
            members.reserve(8);
            if (take(rest, "}")) return true;
            do {
                if (!take_quoted(rest, text) || !take(rest, ":") || members.size() == 64 || value.find(text) != nullptr) return false;
                if (!take_value(rest, depth - 1, members.emplace_back(std::string(text), Json()).second)) return false;
            } while (take(rest, ","));
            return take(rest, "}");
        }
        case 't': value = Json(true); return take(rest, "true");
        case 'f': value = Json(false); return take(rest, "false");
        case 'n': value = Json(); return take(rest, "null");
        default: {
            std::int64_t number = 0;
            if (!take_integer(rest, number)) return false;
            value = Json(number);
            return true;
        }
    }
}

// As take_value, building nothing.
bool skip_value(std::string_view& rest, int depth) {
    if (rest.empty()) return false;
    std::string_view text;
    switch (rest.front()) {
        case '"': return take_quoted(rest, text);
        case '[':
            rest.remove_prefix(1);
            if (depth == 0) return false;
            if (take(rest, "]")) return true;
            do {
                if (!skip_value(rest, depth - 1)) return false;
            } while (take(rest, ","));
            return take(rest, "]");
        case '{': {
            rest.remove_prefix(1);
            if (depth == 0) return false;
            if (take(rest, "}")) return true;
            std::array<std::string_view, 16> names;
            std::size_t count = 0;
            do {
                if (count == names.size() || !take_quoted(rest, text) || !take(rest, ":") || is_reserved(text)) return false;
                if (std::find(names.begin(), names.begin() + count, text) != names.begin() + count) return false;
                names[count++] = text;
                if (!skip_value(rest, depth - 1)) return false;
            } while (take(rest, ","));
            return take(rest, "}");
        }
        case 't': return take(rest, "true");
        case 'f': return take(rest, "false");
        case 'n': return take(rest, "null");
        default: {
            std::int64_t number = 0;
            return take_integer(rest, number);
        }
    }
}

}  // namespace

bool read_header_form(std::string_view json, std::string_view& kid) {
    return take(json, R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":")") && take_until_quote(json, kid) && json == "\"}" && is_label(kid);
}

bool read_payload_form(std::string_view json, PayloadForm& form) {
    if (!take(json, R"({"iss":")") || !take_until_quote(json, form.iss) || !take(json, R"(","iat":)") || !is_label(form.iss)) return false;
    auto const digits = json.substr(0, json.find(','));
    if (digits.empty() || digits.size() > 12 || (digits.front() == '0' && digits.size() > 1) ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return false;
    }
    std::from_chars(digits.data(), digits.data() + digits.size(), form.iat);
    json.remove_prefix(digits.size());
    if (!take(json, R"(,"_sd_alg":"sha-256","fld":{"_sd":[)")) return false;
    constexpr std::size_t step = 46;  // "43 characters",
    form.digests.clear();
    form.digests.reserve(json.size() / step + 1);
    for (;;) {
        if (json.size() < step || json[0] != '"' || json[step - 2] != '"') return false;
        form.digests.push_back(json.substr(1, 43));
        char const next = json[step - 1];
        json.remove_prefix(step);
        if (next == ']') return json == "}}";
        if (next != ',') return false;
    }
}

bool read_disclosure_form(std::string_view json, DisclosureForm& form) {
    if (!take(json, "[\"") || !take_until_quote(json, form.salt) || !take(json, "\",\"") || !take_until_quote(json, form.name) ||
        !take(json, "\",") || json.empty() || json.back() != ']') {
        return false;
    }
    json.remove_suffix(1);
    form.value = json;
    return true;
}

bool read_value_form(std::string_view json, int depth_max, Json& value) { return take_value(json, depth_max, value) && json.empty(); }
bool is_value_form(std::string_view json, int depth_max) { return skip_value(json, depth_max) && json.empty(); }

}  // namespace sanjal::crypto::internal
