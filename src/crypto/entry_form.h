#pragma once
// The three JSON texts of an entry, read from the very bytes that issue() writes: no spaces, members in our order, no
// escapes.  Reading an entry is mostly reading these, and a general parser costs three times as much as is to be had beside
// an Ed25519 verification.  Not a second opinion: whatever does not match to the last byte answers false and goes to
// parse_json, which gives the same values for what matches.  For sd_jwt.cpp alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sanjal::crypto::internal {

struct PayloadForm {
    std::string_view iss;
    std::int64_t iat = 0;
    std::vector<std::string_view> digests;  // 43 characters each; neither their alphabet nor their order has been looked at
};
struct DisclosureForm {
    std::string_view salt;   // plain, as the name: UTF-8 without quote, backslash or control character
    std::string_view name;
    std::string_view value;  // JSON, not looked at
};

bool read_header_form(std::string_view json, std::string_view& kid);
bool read_payload_form(std::string_view json, PayloadForm& form);  // without jwk
bool read_disclosure_form(std::string_view json, DisclosureForm& form);

// A whole JSON value as write_json writes it where its texts are plain and its numbers are short integers.
bool read_value_form(std::string_view json, int depth_max, Json& value);
// Whether it is one, with few members at each level and no reserved name among them: then there is nothing to refuse in it,
// and who does not need the value need not build it.
bool is_value_form(std::string_view json, int depth_max);

}  // namespace sanjal::crypto::internal
