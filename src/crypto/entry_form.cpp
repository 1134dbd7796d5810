#include "crypto/entry_form.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "crypto/internal.h"

namespace sanjal::crypto::internal {
namespace {

bool take(std::string_view& rest, std::string_view literal) {
    if (!rest.starts_with(literal)) return false;
    rest.remove_prefix(literal.size());
    return true;
}

// Up to the next quote, which stays.  A backslash anywhere before it makes the text not plain.
bool take_until_quote(std::string_view& rest, std::string_view& text) {
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '"' && rest[end] != '\\') ++end;
    if (end == rest.size() || rest[end] != '"') return false;
    text = rest.substr(0, end);
    rest.remove_prefix(end);
    return true;
}

bool is_plain(std::string_view text) {
    bool plain = true;  // without a branch per character, so that the compiler may take sixteen at once
    bool ascii = true;
    for (char c : text) {
        plain &= static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
        ascii &= static_cast<unsigned char>(c) < 0x80;
    }
    return plain && (ascii || is_utf8(text));
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
    return is_plain(form.name);
}

bool read_plain_text(std::string_view json, std::string_view& text) {
    if (json.size() < 2 || json.front() != '"' || json.back() != '"') return false;
    text = json.substr(1, json.size() - 2);
    return is_plain(text);
}

}  // namespace sanjal::crypto::internal
