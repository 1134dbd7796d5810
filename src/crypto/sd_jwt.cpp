#include "crypto/sd_jwt.h"

#include <algorithm>
#include <bit>

#include "crypto/entry_form.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

constexpr std::string_view entry_typ = "entry+sd-jwt";
constexpr std::size_t digests_min = 4;
constexpr std::size_t salt_size = 16;
constexpr std::size_t salt_text_size = 22;
constexpr std::size_t name_bytes_max = 256;

tl::unexpected<Error> malformed(char const* code, char const* what) {
    return fail(Fault::Invalid, code, std::string("This is not an entry: ") + what + ".");
}
tl::unexpected<Error> too_large() {
    return fail(Fault::TooLarge, "entry.too_large", "An entry holds at most 256 fields and 1 MiB. Split it, or attach the large part as a file.");
}

bool has_reserved(Json const& json) {  // the parser has bounded the depth
    if (json.is_list()) return std::any_of(json.items().begin(), json.items().end(), has_reserved);
    if (!json.is_object()) return false;
    return std::any_of(json.members().begin(), json.members().end(),
                       [](auto const& member) { return internal::is_reserved(member.first) || has_reserved(member.second); });
}

bool within_depth(Json const& json, int depth) {  // of containers; a value from our own code may be of any depth
    if (!json.is_list() && !json.is_object()) return true;
    if (depth == 0) return false;
    if (json.is_list()) {
        return std::all_of(json.items().begin(), json.items().end(), [&](auto const& item) { return within_depth(item, depth - 1); });
    }
    return std::all_of(json.members().begin(), json.members().end(), [&](auto const& member) { return within_depth(member.second, depth - 1); });
}

bool is_open_key(Json const& jwk) {
    return jwk.is_object() && jwk.members().size() == 3 && jwk.text_at("kty") == "OKP" &&
           (jwk.text_at("crv") == "Ed25519" || jwk.text_at("crv") == "X25519") && internal::is_hash_text(jwk.text_at("x"));
}

bool is_name(std::string_view name) { return !name.empty() && name.size() <= name_bytes_max && !internal::is_reserved(name); }
bool is_salt(std::string_view text) { return text.size() == salt_text_size && internal::is_base64url(text); }

tl::unexpected<Error> bad_salt() { return malformed("entry.salt", "a salt is not the base64url of 16 bytes"); }
tl::unexpected<Error> bad_name() {
    return malformed("entry.name", "a disclosure's name is not a text, is empty, too long, or one that RFC 9901 reserves");
}

// What is not to be kept comes back as its name alone.
Result<Disclosure> read_disclosure(std::string_view encoded, Bytes& scratch, Keep keep = nullptr) {
    if (!internal::decode_base64url(encoded, scratch)) return malformed("entry.disclosure", "a disclosure is not base64url");
    Disclosure disclosure;
    internal::DisclosureForm form;
    if (internal::read_disclosure_form(scratch, form)) {
        if (!is_salt(form.salt)) return bad_salt();
        if (!is_name(form.name)) return bad_name();
        disclosure.name = form.name;
        if (keep != nullptr && !keep(form.name) && internal::is_value_form(form.value, entry_value_depth_max)) return disclosure;
        if (!internal::read_value_form(form.value, entry_value_depth_max, disclosure.value)) {
            SANJAL_TRY(disclosure.value, internal::parse_decoded(form.value, {entry_bytes_max, entry_value_depth_max}));
        }
    } else {
        SANJAL_TRY(auto json, internal::parse_decoded(scratch, {entry_bytes_max, entry_value_depth_max + 1}));
        if (!json.is_list() || json.items().size() != 3) return malformed("entry.disclosure", "a disclosure is not a list of three");
        auto& items = json.items();
        if (!items[0].is_text() || !is_salt(items[0].text())) return bad_salt();
        if (!items[1].is_text() || !is_name(items[1].text())) return bad_name();
        disclosure.name = items[1].text();
        disclosure.value = std::move(items[2]);
    }
    if (has_reserved(disclosure.value)) return malformed("entry.reserved", "a value uses a name that RFC 9901 reserves");
    disclosure.encoded = encoded;
    return disclosure;
}

Result<void> read_header(std::string_view encoded, Claims& claims, Bytes& scratch) {
    if (!internal::decode_base64url(encoded, scratch)) return malformed("entry.header", "its header is not base64url");
    std::string_view kid;
    if (internal::read_header_form(scratch, kid)) {
        claims.kid = kid;
        return {};
    }
    SANJAL_TRY(auto const header, internal::parse_decoded(scratch, {entry_bytes_max, 2}));
    if (!header.is_object() || header.members().size() != 3 || header.text_at("alg") != "EdDSA" || header.text_at("typ") != entry_typ ||
        !internal::is_label(header.text_at("kid"))) {
        return malformed("entry.header", "its header does not have exactly alg EdDSA, typ entry+sd-jwt, and a kid");
    }
    claims.kid = header.text_at("kid");
    return {};
}

Result<void> read_digests(std::vector<std::string_view> const& texts, std::vector<Digest>& digests) {
    if (texts.size() > entry_disclosures_max) return too_large();
    if (texts.size() < digests_min || !std::has_single_bit(texts.size())) return malformed("entry.digests", "its digests are not 4, 8, 16, ...");
    digests.clear();
    digests.reserve(texts.size());
    for (auto const text : texts) {
        if (!internal::is_hash_text(text)) return malformed("entry.digests", "a digest is not 43 characters of base64url");
        if (!digests.empty() && !(internal::view(digests.back()) < text)) return malformed("entry.digests", "its digests are not sorted, or one stands twice");
        std::copy(text.begin(), text.end(), digests.emplace_back().begin());
    }
    return {};
}

Result<void> read_payload(std::string_view encoded, Parsed& entry, Bytes& scratch) {
    entry.claims.jwk.reset();
    if (!internal::decode_base64url(encoded, scratch)) return malformed("entry.payload", "its payload is not base64url");
    internal::PayloadForm form;
    if (internal::read_payload_form(scratch, form) && form.iat <= entry_iat_max) {
        entry.claims.iss = form.iss;
        entry.claims.iat = form.iat;
        return read_digests(form.digests, entry.digests);
    }
    SANJAL_TRY(auto payload, internal::parse_decoded(scratch, {entry_bytes_max, 4}));
    if (!payload.is_object()) return malformed("entry.payload", "its payload is not an object");
    auto* const jwk = payload.find("jwk");
    if (payload.members().size() != (jwk == nullptr ? 4U : 5U)) return malformed("entry.payload", "its payload has a member too few or too many");
    auto const* const iat = payload.find("iat");
    if (!internal::is_label(payload.text_at("iss")) || payload.text_at("_sd_alg") != "sha-256" || iat == nullptr || !iat->is_integer() ||
        iat->integer() < 0 || iat->integer() > entry_iat_max) {
        return malformed("entry.payload", "iss, iat or _sd_alg is missing or not in its form");
    }
    entry.claims.iss = payload.text_at("iss");
    entry.claims.iat = iat->integer();
    if (jwk != nullptr) {
        if (!is_open_key(*jwk)) return malformed("entry.jwk", "its jwk is not an Ed25519 or X25519 key in exactly three members");
        entry.claims.jwk = std::move(*jwk);
    }
    auto const* const fields = payload.find("fld");
    auto const* const list = fields == nullptr ? nullptr : fields->find("_sd");
    if (list == nullptr || !list->is_list() || fields->members().size() != 1) return malformed("entry.payload", "fld is not an object with _sd alone");
    std::vector<std::string_view> texts;
    texts.reserve(list->items().size());
    for (auto const& item : list->items()) texts.push_back(item.is_text() ? std::string_view(item.text()) : std::string_view());
    return read_digests(texts, entry.digests);
}

}  // namespace

Disclosure const* Parsed::find(std::string_view name) const {
    auto const found = std::find_if(disclosures.begin(), disclosures.end(), [&](auto const& disclosure) { return disclosure.name == name; });
    return found == disclosures.end() ? nullptr : &*found;
}

std::string entry_id(std::string_view signed_part) { return std::string(internal::view(internal::hash_text(signed_part))); }
std::string disclosure_digest(std::string_view encoded) { return std::string(internal::view(internal::hash_text(encoded))); }

Result<Issued> issue(Claims const& claims, std::vector<std::pair<std::string, Json>> const& fields, SigningKey const& key,
                     Randomness& random) {
    SANJAL_CHECK(internal::is_label(claims.iss) && internal::is_label(claims.kid) && claims.iat >= 0 && claims.iat <= entry_iat_max &&
                 (!claims.jwk || is_open_key(*claims.jwk)));
    if (fields.size() > entry_disclosures_max) return too_large();
    Issued issued;
    std::vector<std::string> digests;
    std::vector<std::string_view> names;
    Bytes scratch;
    std::size_t bytes = 0;
    for (auto const& [name, value] : fields) {
        if (!within_depth(value, entry_value_depth_max)) return malformed("entry.depth", "a value is nested too deeply");
        auto const encoded = to_base64url(write_json(Json::list({to_base64url(random.bytes(salt_size)), name, value})));
        bytes += encoded.size() + 1;
        if (bytes > entry_bytes_max) return too_large();
        // Read back with the eyes of whoever receives it: what we would refuse from others we do not sign.
        SANJAL_TRY(auto disclosure, read_disclosure(encoded, scratch));
        if (disclosure.name != name || disclosure.value != value) return malformed("entry.value", "a value does not survive being written down");
        issued.disclosures.push_back(std::move(disclosure));
        digests.push_back(disclosure_digest(encoded));
        names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return malformed("entry.name", "a name stands twice");
    // A decoy is the digest of a secret that nobody keeps: it cannot be told from a field that was left out.
    while (digests.size() < digests_min || !std::has_single_bit(digests.size())) digests.push_back(disclosure_digest(random.bytes(32)));
    std::sort(digests.begin(), digests.end());
    SANJAL_CHECK(std::adjacent_find(digests.begin(), digests.end()) == digests.end());

    auto const header = Json::object({{"alg", "EdDSA"}, {"typ", Json(entry_typ)}, {"kid", claims.kid}});
    auto payload = Json::object({{"iss", claims.iss}, {"iat", claims.iat}});
    if (claims.jwk) payload.set("jwk", *claims.jwk);
    payload.set("_sd_alg", "sha-256");
    auto list = Json::list();
    for (auto& digest : digests) list.push_back(Json(std::move(digest)));
    payload.set("fld", Json::object({{"_sd", std::move(list)}}));

    issued.signed_part = to_base64url(write_json(header)) + "." + to_base64url(write_json(payload));
    auto const signature = key.sign(issued.signed_part);
    issued.signed_part.append(".").append(to_base64url(signature));
    if (issued.signed_part.size() + 1 + bytes > entry_bytes_max) return too_large();
    issued.id = entry_id(issued.signed_part);
    return issued;
}

Result<Parsed> parse(std::string_view text, Keep keep) {
    Parsed entry;
    SANJAL_DO(parse(text, keep, entry));
    entry.id = entry_id(entry.signed_part);
    return entry;
}

Result<void> parse(std::string_view text, Keep keep, Parsed& entry) {
    if (text.size() > entry_bytes_max) return too_large();
    if (text.empty() || text.back() != '~') return malformed("entry.form", "it does not end in ~");
    auto const end = text.find('~');
    auto const first = text.find('.');
    auto const second = first < end ? text.find('.', first + 1) : std::string_view::npos;
    if (second == std::string_view::npos || second > end || text.find('.', second + 1) != std::string_view::npos) {
        return malformed("entry.form", "it does not have three parts, two dots between them");
    }
    Bytes scratch;
    if (!internal::decode_base64url(text.substr(second + 1, end - second - 1), entry.signature) || entry.signature.size() != signature_size) {
        return malformed("entry.signature_form", "its signature is not the base64url of 64 bytes");
    }
    SANJAL_DO(read_header(text.substr(0, first), entry.claims, scratch));
    SANJAL_DO(read_payload(text.substr(first + 1, second - first - 1), entry, scratch));
    entry.signed_part = text.substr(0, end);

    entry.disclosures.clear();
    std::size_t const most = std::min((text.size() - end) / 32, entry.digests.size());  // none is shorter than its salt
    if (keep == nullptr) entry.disclosures.reserve(most);
    std::vector<std::string> names;
    names.reserve(most);
    std::vector<bool> used(entry.digests.size(), false);
    for (auto rest = text.substr(end + 1); !rest.empty();) {
        auto const encoded = rest.substr(0, rest.find('~'));
        rest.remove_prefix(encoded.size() + 1);
        auto const digest = internal::hash_text(encoded);
        auto const place = std::lower_bound(entry.digests.begin(), entry.digests.end(), digest);
        if (place == entry.digests.end() || *place != digest) return malformed("entry.foreign_disclosure", "a disclosure is not one that was signed");
        auto const index = static_cast<std::size_t>(place - entry.digests.begin());
        if (used[index]) return malformed("entry.disclosure_twice", "a disclosure stands twice");
        used[index] = true;
        SANJAL_TRY(auto disclosure, read_disclosure(encoded, scratch, keep));
        if (std::find(names.begin(), names.end(), disclosure.name) != names.end()) return malformed("entry.name", "a name stands twice");
        names.push_back(disclosure.name);
        if (keep == nullptr || keep(disclosure.name)) entry.disclosures.push_back(std::move(disclosure));
    }
    entry.shown = names.size();
    return {};
}

Result<void> verify(Parsed const& entry, PublicKey const& key) {
    auto const dot = entry.signed_part.rfind('.');
    SANJAL_CHECK(dot != std::string::npos);
    if (!verify(key, std::string_view(entry.signed_part).substr(0, dot), entry.signature)) {
        return fail(Fault::Invalid, "entry.signature", "The entry's signature is not of this key over these bytes.");
    }
    return {};
}

std::string compact(std::string_view signed_part, std::vector<Disclosure> const& disclosures) {
    std::string out(signed_part);
    out.push_back('~');
    for (auto const& disclosure : disclosures) out.append(disclosure.encoded).push_back('~');
    return out;
}

std::string compact(std::string_view signed_part, std::vector<std::string> const& encoded) {
    std::string out(signed_part);
    out.push_back('~');
    for (auto const& disclosure : encoded) out.append(disclosure).push_back('~');
    return out;
}

}  // namespace sanjal::crypto
