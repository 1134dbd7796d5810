// What is not an entry, one table.  Every one of these is rightly signed unless it says otherwise, and is refused for its form.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "crypto/forge_for_test.h"
#include "crypto/sd_jwt.h"
#include "crypto/vectors_for_test.h"

namespace sanjal::crypto {
namespace {

using test::Forge;
using test::salt;

struct Bad {
    char const* what;
    std::function<std::string(Forge)> make;
};

std::string field(std::string const& name, std::string const& value) { return R"([")" + salt + R"(",")" + name + R"(",)" + value + "]"; }

template <class Change>
std::function<std::string(Forge)> changed(Change change) {
    return [change](Forge forge) {
        change(forge);
        return forge.text();
    };
}
std::function<std::string(Forge)> header(std::string text) {
    return changed([text](Forge& f) { f.header = text; });
}
std::function<std::string(Forge)> payload(std::string text) {
    return [text](Forge f) { return f.signed_part(text) + "~"; };
}
std::function<std::string(Forge)> disclosure(std::string json) {
    return changed([json](Forge& f) { f.disclosures = {json}; });
}
std::function<std::string(Forge)> replaced(std::string from, std::string to) {
    return [from, to](Forge f) {
        auto text = f.payload();
        auto const at = text.find(from);
        REQUIRE(at != std::string::npos);
        return f.signed_part(text.replace(at, from.size(), to)) + "~";
    };
}
std::function<std::string(Forge)> count_of(std::size_t count) {
    return changed([count](Forge& f) { f.disclosures.clear(); f.decoys_to = count; });
}

std::string const hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

std::vector<Bad> const bad = {
    {"nothing", [](Forge const&) { return std::string(); }},
    {"a tilde alone", [](Forge const&) { return std::string("~"); }},
    {"dots and a tilde", [](Forge const&) { return std::string("..~"); }},
    {"no tilde at the end", [](Forge const& f) { return f.signed_part(); }},
    {"last disclosure not closed", [](Forge const& f) { auto t = f.text(); t.pop_back(); return t; }},
    {"an empty disclosure", [](Forge const& f) { return f.text() + "~"; }},
    {"an empty disclosure in front", [](Forge const& f) { return f.signed_part() + "~~" + to_base64url(f.disclosures[0]) + "~"; }},
    {"a space behind", [](Forge const& f) { return f.text() + " "; }},
    {"a line end behind", [](Forge const& f) { return f.text() + "\n"; }},
    {"a space before", [](Forge const& f) { return " " + f.text(); }},
    {"two parts", [](Forge const& f) { auto t = f.signed_part(); return t.substr(0, t.rfind('.')) + "~"; }},
    {"four parts", [](Forge const& f) { return f.signed_part() + ".AAAA~"; }},
    {"a key-binding JWT", [](Forge const& f) { return f.text() + f.signed_part(); }},
    {"a key-binding JWT and a tilde", [](Forge const& f) { return f.text() + f.signed_part() + "~"; }},
    {"JSON serialization", [](Forge const& f) { return R"({"payload":")" + to_base64url(f.payload()) + R"("}~)"; }},
    {"empty signature", [](Forge const& f) { auto t = f.signed_part(); return t.substr(0, t.rfind('.') + 1) + "~"; }},
    {"signature of 63 bytes", [](Forge const& f) { auto t = f.signed_part(); return t.substr(0, t.rfind('.') + 1) + to_base64url(Bytes(63, 'a')) + "~"; }},
    {"signature of 65 bytes", [](Forge const& f) { auto t = f.signed_part(); return t.substr(0, t.rfind('.') + 1) + to_base64url(Bytes(65, 'a')) + "~"; }},
    {"padding on the signature", [](Forge const& f) { return f.signed_part() + "==~"; }},
    {"unused bits in the signature", [](Forge const& f) {
         auto t = f.signed_part();
         t.back() = t.back() == 'A' ? 'B' : static_cast<char>(t.back() + 1);  // 64 bytes leave four unused bits, all zero: A, Q, g or w
         return t + "~";
     }},
    {"padding on a disclosure", [](Forge f) {
         auto const encoded = to_base64url(f.disclosures[0]) + "=";
         f.disclosures.clear();
         f.digests = {disclosure_digest(encoded)};
         return f.signed_part() + "~" + encoded + "~";
     }},
    {"ordinary base64 in a disclosure", [](Forge f) {
         auto const encoded = to_base64(field("a", R"("\u00ff???>>>")"));
         f.disclosures.clear();
         f.digests = {disclosure_digest(encoded)};
         return f.signed_part() + "~" + encoded + "~";
     }},
    {"header not JSON", header("x")},
    {"header a list", header("[]")},
    {"header empty", header("{}")},
    {"alg none", header(R"({"alg":"none","typ":"entry+sd-jwt","kid":"k"})")},
    {"alg ES256", header(R"({"alg":"ES256","typ":"entry+sd-jwt","kid":"k"})")},
    {"alg Ed25519", header(R"({"alg":"Ed25519","typ":"entry+sd-jwt","kid":"k"})")},
    {"alg in small letters", header(R"({"alg":"eddsa","typ":"entry+sd-jwt","kid":"k"})")},
    {"another typ", header(R"({"alg":"EdDSA","typ":"dc+sd-jwt","kid":"k"})")},
    {"no typ", header(R"({"alg":"EdDSA","kid":"k"})")},
    {"no kid", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt"})")},
    {"kid empty", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":""})")},
    {"kid a number", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":1})")},
    {"kid with a space", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k k"})")},
    {"kid of 129 characters", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":")" + std::string(129, 'k') + "\"}")},
    {"a header member more", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k","crit":[]})")},
    {"a key in the header", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k","jwk":{}})")},
    {"a header member twice", header(R"({"alg":"EdDSA","alg":"EdDSA","typ":"entry+sd-jwt","kid":"k"})")},
    {"something behind the header", header(R"({"alg":"EdDSA","typ":"entry+sd-jwt","kid":"k"}{})")},
    {"payload not JSON", payload("x")},
    {"payload empty", payload("")},
    {"payload null", payload("null")},
    {"payload a list", payload("[]")},
    {"payload with a comma too many", replaced(R"("_sd_alg")", R"(,"_sd_alg")")},
    {"payload with something behind", [](Forge const& f) { return f.signed_part(f.payload() + "x") + "~"; }},
    {"payload with U+0000 behind", [](Forge const& f) { return f.signed_part(f.payload() + std::string(1, '\0')) + "~"; }},
    {"payload with a byte order mark", [](Forge const& f) { return f.signed_part("\xEF\xBB\xBF" + f.payload()) + "~"; }},
    {"payload in UTF-16", [](Forge const& f) { std::string w; for (char c : f.payload()) { w += c; w += '\0'; } return f.signed_part(w) + "~"; }},
    {"a member more", changed([](Forge& f) { f.more = R"(,"exp":1764000001)"; })},
    {"a claim in the open", changed([](Forge& f) { f.more = R"(,"name":"x")"; })},
    {"cnf", changed([](Forge& f) { f.more = R"(,"cnf":{})"; })},
    {"_sd at the top", changed([](Forge& f) { f.more = R"(,"_sd":[])"; })},
    {"no iss", replaced(R"("iss":"n",)", "")},
    {"iss a number", changed([](Forge& f) { f.iss = R"("iss":1)"; })},
    {"iss empty", changed([](Forge& f) { f.iss = R"("iss":"")"; })},
    {"iss with a line end", changed([](Forge& f) { f.iss = R"("iss":"a\n")"; })},
    {"iss with another script", changed([](Forge& f) { f.iss = R"("iss":"ক")"; })},
    {"iss twice", changed([](Forge& f) { f.iss = R"("iss":"n","iss":"n")"; })},
    {"no iat", replaced(R"("iat":1764000000,)", "")},
    {"iat a text", changed([](Forge& f) { f.iat = R"("iat":"1764000000")"; })},
    {"iat with a fraction", changed([](Forge& f) { f.iat = R"("iat":1764000000.5)"; })},
    {"iat as 1e9", changed([](Forge& f) { f.iat = R"("iat":1e9)"; })},
    {"iat with point zero", changed([](Forge& f) { f.iat = R"("iat":1764000000.0)"; })},
    {"iat before 1970", changed([](Forge& f) { f.iat = R"("iat":-1)"; })},
    {"iat after the year 9999", changed([](Forge& f) { f.iat = R"("iat":253402300800)"; })},
    {"iat beyond 64 bits", changed([](Forge& f) { f.iat = R"("iat":18446744073709551616)"; })},
    {"iat with a leading zero", changed([](Forge& f) { f.iat = R"("iat":01764000000)"; })},
    {"iat null", changed([](Forge& f) { f.iat = R"("iat":null)"; })},
    {"no _sd_alg", replaced(R"("_sd_alg":"sha-256",)", "")},
    {"_sd_alg sha-512", changed([](Forge& f) { f.algorithm = R"("_sd_alg":"sha-512")"; })},
    {"_sd_alg SHA-256", changed([](Forge& f) { f.algorithm = R"("_sd_alg":"SHA-256")"; })},
    {"_sd_alg inside fld", [](Forge f) { f.algorithm = R"("x":1)"; f.field_members = R"(,"_sd_alg":"sha-256")"; return f.text(); }},
    {"jwk null", changed([](Forge& f) { f.more = R"(,"jwk":null)"; })},
    {"jwk with a private part", changed([](Forge& f) { f.more = R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":")" + hash + R"(","d":")" + hash + R"("})"; })},
    {"jwk of another kind", changed([](Forge& f) { f.more = R"(,"jwk":{"kty":"EC","crv":"P-256","x":")" + hash + R"("})"; })},
    {"jwk with x too short", changed([](Forge& f) { f.more = R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":")" + hash.substr(1) + R"("})"; })},
    {"jwk with unused bits", changed([](Forge& f) { f.more = R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":")" + hash.substr(0, 42) + R"(V"})"; })},
    {"no fld", payload(R"({"iss":"n","iat":1,"_sd_alg":"sha-256"})")},
    {"fld a list", payload(R"({"iss":"n","iat":1,"_sd_alg":"sha-256","fld":[]})")},
    {"fld empty", payload(R"({"iss":"n","iat":1,"_sd_alg":"sha-256","fld":{}})")},
    {"a field in the open", changed([](Forge& f) { f.field_members = R"(,"name":"x")"; })},
    {"_sd twice", changed([](Forge& f) { f.field_members = R"(,"_sd":[])"; })},
    {"_sd a text", payload(R"({"iss":"n","iat":1,"_sd_alg":"sha-256","fld":{"_sd":"x"}})")},
    {"no digests", count_of(0)},
    {"two digests", count_of(2)},
    {"three digests", count_of(3)},
    {"five digests", count_of(5)},
    {"six digests", count_of(6)},
    {"twelve digests", count_of(12)},
    {"512 digests", count_of(512)},
    {"digests not sorted", [](Forge f) { auto d = f.all_digests(); std::reverse(d.begin(), d.end()); f.digests = d; f.disclosures.clear(); f.sorted = false; return f.text(); }},
    {"a digest twice", changed([](Forge& f) { f.digests = {hash, hash}; })},
    {"a digest of 42 characters", changed([](Forge& f) { f.digests = {hash.substr(1)}; })},
    {"a digest of 44 characters", changed([](Forge& f) { f.digests = {hash + "A"}; })},
    {"a digest with unused bits", changed([](Forge& f) { f.digests = {hash.substr(0, 42) + "V"}; })},
    {"a digest with another character", changed([](Forge& f) { f.digests = {"+" + hash.substr(1)}; })},
    {"a digest that is a number", replaced(R"(,"fld":{"_sd":[")", R"(,"fld":{"_sd":[1,")")},
    {"a digest that is an array element's", replaced(R"(,"fld":{"_sd":[")", R"(,"fld":{"_sd":[{"...":")" + hash + R"("},")")},
    {"a disclosure that was not signed", [](Forge const& f) { return f.text() + to_base64url(field("b", "1")) + "~"; }},
    {"a disclosure twice", [](Forge const& f) { return f.text() + to_base64url(f.disclosures[0]) + "~"; }},
    {"a name twice", changed([](Forge& f) { f.disclosures = {field("a", "1"), field("a", "2")}; })},
    {"disclosure not JSON", disclosure("x")},
    {"disclosure an object", disclosure("{}")},
    {"disclosure of two", disclosure(R"([")" + salt + R"(","a"])")},
    {"disclosure of four", disclosure(field("a", "1,2"))},
    {"disclosure of one", disclosure("[1]")},
    {"disclosure with an empty place", disclosure(field("a", ""))},
    {"disclosure with a comma too many", disclosure(field("a", "1,"))},
    {"something behind a disclosure", disclosure(field("a", "1") + "x")},
    {"salt a number", disclosure(R"([1,"a",1])")},
    {"salt empty", disclosure(R"(["","a",1])")},
    {"salt of 21 characters", disclosure(R"([")" + salt.substr(1) + R"(","a",1])")},
    {"salt of 23 characters", disclosure(R"([")" + salt + R"(A","a",1])")},
    {"salt with unused bits", disclosure(R"([")" + salt.substr(1) + R"(B","a",1])")},
    {"salt with another character", disclosure(R"([")" + salt.substr(1) + R"(+","a",1])")},
    {"name a number", disclosure(R"([")" + salt + R"(",1,1])")},
    {"name null", disclosure(R"([")" + salt + R"(",null,1])")},
    {"name empty", disclosure(field("", "1"))},
    {"name _sd", disclosure(field("_sd", "[]"))},
    {"name _sd in another spelling", disclosure(field(R"(\u005fsd)", "[]"))},
    {"name of three dots", disclosure(field("...", "1"))},
    {"name _sd_alg", disclosure(field("_sd_alg", "1"))},
    {"name of 257 bytes", disclosure(field(std::string(257, 'n'), "1"))},
    {"name not UTF-8", disclosure(field("\xFF", "1"))},
    {"name with U+0000", disclosure(field(R"(\u0000)", "1"))},
    {"value with _sd inside", disclosure(field("a", R"({"b":{"_sd":[")" + hash + R"("]}})"))},
    {"value with an array digest inside", disclosure(field("a", R"([{"...":")" + hash + R"("}])"))},
    {"value not UTF-8", disclosure(field("a", "\"\xC3\""))},
    {"value with a control character", disclosure(field("a", "\"\n\""))},
    {"value with U+0000", disclosure(field("a", R"("\u0000")"))},
    {"value with half a surrogate", disclosure(field("a", R"("\ud800")"))},
    {"value with a member twice", disclosure(field("a", R"({"b":1,"b":1})"))},
    {"value beyond 64 bits", disclosure(field("a", "18446744073709551616e999"))},
    {"value NaN", disclosure(field("a", "NaN"))},
    {"value not closed", disclosure(R"([")" + salt + R"(","a","x])")},
    {"value nested too deeply", disclosure(field("a", std::string(25, '[') + std::string(25, ']')))},
    {"value with a comment", disclosure(field("a", "1/**/"))},
    {"more than a mebibyte", disclosure(field("a", "\"" + std::string(1U << 20U, 'a') + "\""))},
};

bool keep_none(std::string_view) { return false; }

}  // namespace

TEST_CASE("What is not an entry is refused, though it is rightly signed") {
    SeededRandom random(1);
    auto const key = SigningKey::generate(random);
    Forge const good(key, {field("a", "1")});
    REQUIRE(parse(good.text()).has_value());
    REQUIRE(verify(*parse(good.text()), key.public_key()).has_value());
    CHECK(bad.size() >= 60);
    for (auto const& one : bad) {
        auto const text = one.make(good);
        auto const entry = parse(text);
        CHECK_MESSAGE(!entry.has_value(), std::string(one.what));
        auto const checked = parse(text, keep_none);
        CHECK_MESSAGE(!checked.has_value(), std::string(one.what));
        if (!entry && !checked) CHECK_MESSAGE(checked.error().code == entry.error().code, std::string(one.what));
        if (!entry) CHECK_MESSAGE((entry.error().fault == Fault::Invalid || entry.error().fault == Fault::TooLarge), std::string(one.what));
    }
}

TEST_CASE("What another writer may do within the profile is taken") {
    SeededRandom random(2);
    auto const key = SigningKey::generate(random);
    Forge const good(key, {field("a", "1")});
    auto const taken = [&](std::string const& text, char const* what) {
        auto const entry = parse(text);
        CHECK_MESSAGE((entry && verify(*entry, key.public_key())), std::string(what));
        auto const checked = parse(text, keep_none);
        CHECK_MESSAGE((checked && checked->disclosures.empty() && checked->shown == entry->disclosures.size()), std::string(what));
    };
    taken(header(R"( { "kid" : "k", "typ" : "entry+sd-jwt", "alg" : "EdDSA" } )")(good), "members in another order, with spaces");
    taken(header(R"({"alg":"EdDSA","typ":"entry\u002bsd-jwt","kid":"k"})")(good), "escapes");
    taken(good.signed_part(R"({ "fld": {"_sd":["A7DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","B7DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "C7DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","D7DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"]}, "_sd_alg":"sha-256", "iat":0, "iss":"n"})") + "~", "payload likewise");
    taken(changed([](Forge& f) { f.iat = R"("iat":253402300799)"; })(good), "the last second");
    taken(changed([](Forge& f) { f.more = R"(,"jwk":{"kty":"OKP","crv":"X25519","x":")" + hash + R"("})"; })(good), "a box key");
    taken(count_of(256)(good), "256 digests");
    for (auto const* value : {"1", "-0.5e3", "null", "true", "[]", "{}", R"("")", R"("\ud83d\ude00 \" \\ \u000a")", " 1 ", "\"\xE0\xA6\xB0\"", R"([1,[2,{"a":"_sd"}]])", R"("],[")"}) {
        auto const text = disclosure(field("a", value))(good);
        taken(text, value);
        auto const entry = parse(text);
        REQUIRE(entry.has_value());
        CHECK(entry->disclosures[0].value == parse_json(value).value());
    }
    taken(disclosure(field("...." , "1"))(good), "four dots are a name");
    taken(disclosure(field("a", std::string(24, '[') + std::string(24, ']')))(good), "as deep as may be");
    taken(disclosure(field(R"(\u0061)", "1"))(good), "a name with an escape");
}

}  // namespace sanjal::crypto
