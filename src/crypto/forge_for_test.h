#pragma once
// For tests only: makes entries from any header, payload and disclosures, rightly signed, so that what is refused is
// refused for its form and not for its signature.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/key.h"

namespace sanjal::crypto::test {

inline std::string const salt = "AAAAAAAAAAAAAAAAAAAAAA";

struct Forge {
    explicit Forge(SigningKey const& signer, std::vector<std::string> shown = {}) : key(signer), disclosures(std::move(shown)) {}

    SigningKey const& key;
    std::string header = R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k"})";
    std::string iss = R"("iss":"n")";
    std::string iat = R"("iat":1764000000)";
    std::string algorithm = R"("_sd_alg":"sha-256")";
    std::string more;                      // e.g. ,"jwk":{...}
    std::vector<std::string> disclosures;  // as JSON; digested, and shown
    std::vector<std::string> digests;      // further ones, as they stand
    std::size_t decoys_to = 4;
    bool sorted = true;
    std::string field_members;             // after _sd, e.g. ,"a":1

    [[nodiscard]] std::vector<std::string> all_digests() const {
        auto all = digests;
        for (auto const& json : disclosures) all.push_back(to_base64url(sha256(to_base64url(json))));
        for (std::size_t i = 0; all.size() < decoys_to; ++i) all.push_back(to_base64url(sha256("decoy " + std::to_string(i))));
        if (sorted) std::sort(all.begin(), all.end());
        return all;
    }
    [[nodiscard]] std::string payload() const {
        std::string list;
        for (auto const& digest : all_digests()) list += (list.empty() ? "\"" : ",\"") + digest + "\"";
        return "{" + iss + "," + iat + "," + algorithm + R"(,"fld":{"_sd":[)" + list + "]" + field_members + "}" + more + "}";
    }
    [[nodiscard]] std::string signed_part(std::string_view payload_bytes) const {
        auto const input = to_base64url(header) + "." + to_base64url(payload_bytes);
        return input + "." + to_base64url(key.sign(input));
    }
    [[nodiscard]] std::string signed_part() const { return signed_part(payload()); }
    [[nodiscard]] std::string text() const {
        auto out = signed_part() + "~";
        for (auto const& json : disclosures) out += to_base64url(json) + "~";
        return out;
    }
};

}  // namespace sanjal::crypto::test
