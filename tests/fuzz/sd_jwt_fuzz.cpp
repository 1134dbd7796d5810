// links: sanjal_crypto
// Entries from strangers.  What is taken must be exactly what came: nothing may be read into an entry that is not there.
// Base64 hides the JSON from the fuzzer, so the first byte chooses whether the input is an entry as it stands or the
// header, payload and disclosures before they are encoded (parted by newlines; disclosures are given their digests).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "crypto/sd_jwt.h"

using namespace sanjal;

namespace {

void read(std::string_view text) {
    auto const entry = crypto::parse(text);
    // Who keeps nothing takes and refuses the same.
    auto const checked = crypto::parse(text, [](std::string_view) { return false; });
    SANJAL_CHECK(checked.has_value() == entry.has_value());
    if (!entry) {
        SANJAL_CHECK(checked.error().code == entry.error().code);
        SANJAL_CHECK(!entry.error().code.empty() && !entry.error().message.empty());
        return;
    }
    SANJAL_CHECK(checked->shown == entry->disclosures.size() && entry->shown == checked->shown && checked->disclosures.empty() && checked->digests == entry->digests);
    SANJAL_CHECK(crypto::compact(entry->signed_part, entry->disclosures) == text);
    SANJAL_CHECK(crypto::entry_id(entry->signed_part) == entry->id && entry->signature.size() == 64);
    SANJAL_CHECK(entry->digests.size() >= 4 && std::is_sorted(entry->digests.begin(), entry->digests.end()));
    SANJAL_CHECK(entry->claims.iat >= 0 && entry->claims.iat <= crypto::entry_iat_max);
    for (auto const& disclosure : entry->disclosures) {
        crypto::Digest digest{};
        auto const hash = crypto::disclosure_digest(disclosure.encoded);
        std::copy(hash.begin(), hash.end(), digest.begin());
        SANJAL_CHECK(std::binary_search(entry->digests.begin(), entry->digests.end(), digest));
        SANJAL_CHECK(entry->find(disclosure.name) == &disclosure);
        // The quick reading and the general parser say the same.
        auto const list = parse_json(from_base64url(disclosure.encoded).value(), {crypto::entry_bytes_max, crypto::entry_value_depth_max + 1});
        SANJAL_CHECK(list.has_value() && list->items().at(1).text() == disclosure.name && list->items().at(2) == disclosure.value);
    }
    auto const payload_at = entry->signed_part.find('.') + 1;
    auto const payload = parse_json(from_base64url(entry->signed_part.substr(payload_at, entry->signed_part.rfind('.') - payload_at)).value());
    SANJAL_CHECK(payload.has_value() && payload->text_at("iss") == entry->claims.iss && payload->integer_at("iat", -1) == entry->claims.iat);
    SANJAL_CHECK(payload->find("fld")->find("_sd")->items().size() == entry->digests.size());
    auto const bare = crypto::parse(entry->signed_part + "~");
    SANJAL_CHECK(bare.has_value() && bare->id == entry->id && bare->disclosures.empty());
}

void build_and_read(std::string_view input) {
    std::vector<std::string_view> lines;
    while (lines.size() < 40) {
        auto const end = input.find('\n');
        lines.push_back(input.substr(0, end));
        if (end == std::string_view::npos) break;
        input.remove_prefix(end + 1);
    }
    std::string header = R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k"})";
    std::string payload_head = R"({"iss":"n","iat":1764000000,"_sd_alg":"sha-256","fld":{"_sd":[)";
    if (!lines[0].empty()) header = lines[0];
    if (lines.size() > 1 && !lines[1].empty()) payload_head = lines[1];
    std::string shown;
    std::vector<std::string> digests;
    for (std::size_t i = 2; i < lines.size(); ++i) {
        auto const encoded = to_base64url(lines[i]);
        digests.push_back(crypto::disclosure_digest(encoded));
        shown += encoded + "~";
    }
    for (int i = 0; digests.size() < 4 || (digests.size() & (digests.size() - 1)) != 0; ++i) digests.push_back(crypto::disclosure_digest(std::to_string(i)));
    std::sort(digests.begin(), digests.end());
    std::string list;
    for (auto const& digest : digests) list += (list.empty() ? "\"" : ",\"") + digest + "\"";
    read(to_base64url(header) + "." + to_base64url(payload_head + list + "]}}") + "." + to_base64url(Bytes(64, 's')) + "~" + shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
    if (data[0] % 4 == 0) {
        read(input);
    } else {
        build_and_read(input);
    }
    return 0;
}
