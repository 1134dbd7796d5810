#include "crypto/sd_jwt.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "crypto/entry_form.h"
#include "crypto/forge_for_test.h"
#include "crypto/hash.h"
#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {
namespace {

using Fields = std::vector<std::pair<std::string, Json>>;

Claims claims_of(SigningKey const& key) {
    auto const name = thumbprint(key.public_key());
    return {name, 1764000000, name, std::nullopt};
}

Fields some_fields(std::size_t count) {
    Fields fields;
    for (std::size_t i = 0; i < count; ++i) {
        auto const name = "field_" + std::to_string(i);
        switch (i % 7) {
            case 0: fields.emplace_back(name, Json::object({{"do", "case.opened"}, {"aft", Json::list({"a", "b"})}, {"seq", 7}})); break;
            case 1: fields.emplace_back(name, "রীনা দাস"); break;
            case 2: fields.emplace_back(name, 42); break;
            case 3: fields.emplace_back(name, Json()); break;
            case 4: fields.emplace_back(name, "with \"quotes\", a \\ and a\nline"); break;
            case 5: fields.emplace_back(name, 0.25); break;
            default: fields.emplace_back(name, true);
        }
    }
    return fields;
}

}  // namespace

TEST_CASE("An entry comes back as it was issued, whole, in part and empty, and always verifies") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    auto const stranger = SigningKey::generate(random);
    for (std::size_t count : {0U, 1U, 3U, 4U, 5U, 8U, 9U, 31U, 100U, 256U}) {
        auto const fields = some_fields(count);
        auto claims = claims_of(key);
        if (count % 2 == 1) claims.jwk = to_jwk(stranger.public_key());
        auto const issued = issue(claims, fields, key, random);
        REQUIRE(issued.has_value());
        auto const whole = parse(compact(issued->signed_part, issued->disclosures));
        REQUIRE(whole.has_value());
        CHECK(whole->id == issued->id);
        CHECK(whole->id == to_base64url(sha256(issued->signed_part)));
        CHECK(whole->signed_part == issued->signed_part);
        CHECK(whole->claims.iss == claims.iss);
        CHECK(whole->claims.iat == claims.iat);
        CHECK(whole->claims.kid == claims.kid);
        CHECK(whole->claims.jwk.has_value() == claims.jwk.has_value());
        if (claims.jwk) CHECK(*whole->claims.jwk == *claims.jwk);
        CHECK(whole->digests.size() == std::max<std::size_t>(4, std::bit_ceil(count)));
        REQUIRE(whole->disclosures.size() == count);
        for (std::size_t i = 0; i < count; ++i) {
            CHECK(whole->disclosures[i].name == fields[i].first);
            CHECK(whole->disclosures[i].value == fields[i].second);
            CHECK(whole->disclosures[i].encoded == issued->disclosures[i].encoded);
            CHECK(whole->find(fields[i].first) == &whole->disclosures[i]);
        }
        CHECK(verify(*whole, key.public_key()).has_value());
        CHECK(verify(*whole, stranger.public_key()).error().code == "entry.signature");
        auto part = issued->disclosures;
        part.erase(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count / 2));
        std::reverse(part.begin(), part.end());
        for (auto const& shown : {part, std::vector<Disclosure>{}}) {
            auto const less = parse(compact(issued->signed_part, shown));
            REQUIRE(less.has_value());
            CHECK(less->id == issued->id);
            CHECK(less->disclosures.size() == shown.size());
            CHECK(verify(*less, key.public_key()).has_value());
        }
    }
}

TEST_CASE("Who only checks keeps what he named, and everything else is counted") {
    SeededRandom random(7);
    auto const key = SigningKey::generate(random);
    auto const issued = issue(claims_of(key), {{"head", Json::object({{"do", "case.opened"}})}, {"name", "secret"}, {"deep", Json::object({{"b", Json::list({1, "x"})}})}}, key, random).value();
    auto const checked = parse(compact(issued.signed_part, issued.disclosures), [](std::string_view name) { return name == "head"; });
    REQUIRE(checked.has_value());
    CHECK(checked->shown == 3);
    REQUIRE(checked->disclosures.size() == 1);
    CHECK(checked->find("head")->value.text_at("do") == "case.opened");
    CHECK(checked->find("head")->encoded == issued.disclosures[0].encoded);
    CHECK(checked->find("name") == nullptr);
    CHECK(verify(*checked, key.public_key()).has_value());
}

TEST_CASE("The open part has the members of the profile in their order, and tells nothing of the fields") {
    SeededRandom random(2);
    auto const key = SigningKey::generate(random);
    auto claims = claims_of(key);
    claims.jwk = to_jwk(key.public_key());
    auto const issued = issue(claims, {{"name", "secret"}}, key, random).value();
    auto const dot = issued.signed_part.find('.');
    auto const header = from_base64url(issued.signed_part.substr(0, dot)).value();
    auto const payload = from_base64url(issued.signed_part.substr(dot + 1, issued.signed_part.rfind('.') - dot - 1)).value();
    CHECK(header == R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":")" + claims.kid + "\"}");
    CHECK(payload.starts_with(R"({"iss":")" + claims.iss + R"(","iat":1764000000,"jwk":{"kty":"OKP","crv":"Ed25519","x":")"));
    CHECK(payload.find(R"(},"_sd_alg":"sha-256","fld":{"_sd":[")") != std::string::npos);
    CHECK(payload.find("name") == std::string::npos);
    CHECK(payload.find("secret") == std::string::npos);
}

TEST_CASE("The same fields issued twice share no digest, and a fourth field cannot be told from a decoy") {
    SeededRandom random(3);
    auto const key = SigningKey::generate(random);
    auto const parsed = [&](std::size_t count) {
        return parse(issue(claims_of(key), some_fields(count), key, random)->signed_part + "~").value();
    };
    auto const a = parsed(3);
    auto const b = parsed(4);
    for (auto const& digest : a.digests) CHECK(std::find(b.digests.begin(), b.digests.end(), digest) == b.digests.end());
    CHECK(a.digests.size() == b.digests.size());
    CHECK(a.signed_part.size() == b.signed_part.size());
}

TEST_CASE("Digests are those of the examples of RFC 9901") {
    auto const all = test::vectors("rfc9901.json");
    SeededRandom random(4);
    auto const key = SigningKey::generate(random);
    test::Forge forge(key);
    std::string shown;
    for (auto const& vector : all.find("disclosures")->items()) {
        CHECK(disclosure_digest(vector.text_at("encoded")) == vector.text_at("digest"));
        forge.digests.emplace_back(vector.text_at("digest"));
        shown.append(vector.text_at("encoded")).append("~");
    }
    forge.decoys_to = 8;
    auto const entry = parse(forge.signed_part() + "~" + shown);
    REQUIRE(entry.has_value());
    for (auto const& vector : all.find("disclosures")->items()) {
        REQUIRE(entry->find(vector.text_at("name")) != nullptr);
        CHECK(entry->find(vector.text_at("name"))->value == *vector.find("value"));
    }
    for (auto const& vector : all.find("foreign_disclosures")->items()) {
        CHECK(disclosure_digest(vector.text_at("encoded")) == vector.text_at("digest"));
        test::Forge other(key);
        other.digests.emplace_back(vector.text_at("digest"));
        CHECK_FALSE_MESSAGE(parse(other.signed_part() + "~" + std::string(vector.text_at("encoded")) + "~").has_value(), std::string(vector.text_at("why")));
    }
}

TEST_CASE("No character of an entry can be changed, left out or put in without the entry being refused") {
    SeededRandom random(5);
    auto const key = SigningKey::generate(random);
    auto const issued = issue(claims_of(key), some_fields(5), key, random).value();
    auto const text = compact(issued.signed_part, issued.disclosures);
    auto const refused = [&](std::string const& changed) {
        auto const entry = parse(changed);
        return !entry || !verify(*entry, key.public_key());
    };
    REQUIRE_FALSE(refused(text));
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        for (char c : std::string_view("ABQgw09-_.~=+/ \n\x80")) {
            if (c == text[at]) continue;
            changed[at] = c;
            REQUIRE(refused(changed));
        }
        changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        REQUIRE(refused(changed));
        changed = text;
        changed.insert(at, 1, 'A');
        REQUIRE(refused(changed));
        changed = text;
        changed.erase(at, 1);
        REQUIRE(refused(changed));
    }
}

TEST_CASE("The quick reading of values agrees with the parser wherever it answers") {
    auto const agrees = [](std::string const& text, int depth) {
        Json quick;
        if (!internal::read_value_form(text, depth, quick)) return false;
        auto const careful = parse_json(text, {entry_bytes_max, depth});
        REQUIRE_MESSAGE(careful.has_value(), text);
        REQUIRE_MESSAGE(write_json(quick) == write_json(*careful), text);
        return true;
    };
    for (auto const* text : {"0", "-1", "42", "true", "false", "null", R"("")", R"("রীনা")", "[]", "{}", R"([1,"a",[],{"b":null}])", R"({"a":1,"b":[true]})"}) {
        CHECK_MESSAGE(agrees(text, 4), std::string(text));
    }
    for (auto const* text : {"", " 1", "1 ", "-", "-0", "01", "1.0", "1e3", "1x", "1234567890123456", "tru", "truex", "nul", R"("a)", R"("a\n")", "\"\n\"",
                             "\"\xFF\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 ]", "]", "{", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({a:1})",
                             R"({"a":1,"a":2})", R"({"a" :1})", "[1]]", "[[[[[]]]]]"}) {
        CHECK_FALSE_MESSAGE(agrees(text, 4), std::string(text));
    }
    // Random sequences of the pieces of JSON.
    static char const* const pieces[] = {"{", "}", "[", "]", ",", ":", R"("a")", R"("b")", "1", "-7", "0", "true", "null", R"("\u0061")", " ", "1.5"};
    SeededRandom random(8);
    int answered = 0;
    for (int round = 0; round < 300000; ++round) {
        std::string text;
        auto const choice = random.bytes(8);
        for (std::size_t i = 0; i < 1 + static_cast<unsigned char>(choice[7]) % 7U; ++i) text += pieces[static_cast<unsigned char>(choice[i]) % std::size(pieces)];
        answered += agrees(text, 3) ? 1 : 0;
    }
    CHECK(answered > 1000);
}

TEST_CASE("A field that an entry cannot carry is refused when it is issued") {
    SeededRandom random(6);
    auto const key = SigningKey::generate(random);
    auto const code = [&](Fields const& fields) {
        auto const issued = issue(claims_of(key), fields, key, random);
        return issued ? std::string("issued") : issued.error().code;
    };
    CHECK(code({{"a", 1}}) == "issued");
    CHECK(code({{"a", 1}, {"b", 1}, {"a", 2}}) == "entry.name");
    CHECK(code({{"", 1}}) == "entry.name");
    CHECK(code({{"_sd", 1}}) == "entry.name");
    CHECK(code({{"_sd_alg", 1}}) == "entry.name");
    CHECK(code({{"...", 1}}) == "entry.name");
    CHECK(code({{std::string(257, 'n'), 1}}) == "entry.name");
    CHECK(code({{"a", Json::object({{"_sd", Json::list()}})}}) == "entry.reserved");
    CHECK(code({{"a", Json::list({Json::object({{"...", "digest"}})})}}) == "entry.reserved");
    CHECK(code({{"a", Json::object({{"b", Json::object({{"_sd_alg", "md5"}})}})}}) == "entry.reserved");
    CHECK(code({{"a", "\xFF"}}) == "json.malformed");
    CHECK(code({{"a", std::string("\0", 1)}}) == "json.malformed");
    CHECK(code({{"a", 1.0 / 0.0}}) != "issued");
    CHECK(code({{"a", Json::object({{"b", 1}, {"b", 2}})}}) == "json.malformed");
    Json deep = 1;
    for (int i = 0; i < entry_value_depth_max; ++i) deep = Json::list({deep});
    CHECK(code({{"a", deep}}) == "issued");
    CHECK(code({{"a", Json::list({deep})}}) == "entry.depth");
    CHECK(code(some_fields(257)) == "entry.too_large");
    CHECK(code({{"a", std::string(entry_bytes_max, 'a')}}) == "entry.too_large");
    CHECK(code({{"a", std::string(entry_bytes_max / 4 * 3 - 300, 'a')}}) == "entry.too_large");
    CHECK(code({{"a", std::string(entry_bytes_max / 2, 'a')}}) == "issued");
}

// What node tests/oracle/verify_entries.mjs reads: run with SANJAL_ORACLE_OUT=FILE.
TEST_CASE("Entries are written for the oracle where SANJAL_ORACLE_OUT names a file") {
    auto const* const path = std::getenv("SANJAL_ORACLE_OUT");
    if (path == nullptr) return;
    std::ofstream out(path, std::ios::binary);
    REQUIRE(out.good());
    SeededRandom random(7);
    for (std::size_t count : {0U, 1U, 4U, 7U, 8U, 40U}) {
        auto const key = SigningKey::generate(random);
        auto claims = claims_of(key);
        if (count == 4) claims.jwk = to_jwk(BoxKey::generate(random).public_key());
        auto const fields = some_fields(count);
        auto const issued = issue(claims, fields, key, random).value();
        for (std::size_t shown : {count, count / 2, std::size_t{0}}) {
            auto const part = std::vector<Disclosure>(issued.disclosures.begin(), issued.disclosures.begin() + static_cast<std::ptrdiff_t>(shown));
            auto expected = Json::object();
            for (auto const& disclosure : part) expected.set(disclosure.name, disclosure.value);
            out << write_json(Json::object({{"entry", compact(issued.signed_part, part)}, {"jwk", to_jwk(key.public_key())}, {"fld", expected}})) << "\n";
        }
    }
    REQUIRE(out.good());
}

}  // namespace sanjal::crypto
