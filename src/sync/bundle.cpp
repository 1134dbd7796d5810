#include "sync/bundle.h"

#include <algorithm>
#include <bit>

#include "crypto/age.h"
#include "crypto/hash.h"
#include "crypto/jws.h"

namespace sanjal::sync {
namespace {

constexpr std::string_view magic = "SANJALB1\n";
constexpr std::string_view bundle_type = "bundle+jwt";
constexpr std::size_t head_bytes_max = 1U << 20U;

tl::unexpected<Error> malformed(char const* where) {
    return fail(Fault::Invalid, "bundle.malformed", "This is not a whole bundle: it was cut short, altered, or made by something else. Copy it again, or ask the sender for a new one.", where);
}

}  // namespace

std::size_t padded_size(std::size_t size) {
    size = std::max(size, bundle_plain_min);
    auto const exponent = static_cast<unsigned>(std::bit_width(size) - 1);
    auto const kept = static_cast<unsigned>(std::bit_width(exponent));
    std::size_t const mask = (std::size_t{1} << (exponent - kept)) - 1;
    return (size + mask) & ~mask;
}

Bytes write_bundle(crypto::SigningKey const& transport, crypto::BoxPublicKey const& to, Json head, std::vector<Json> const& messages, Randomness& random) {
    SANJAL_CHECK(messages.size() <= messages_max);
    std::string lines;
    for (auto const& message : messages) {
        auto const line = write_json(message);
        SANJAL_CHECK(line.size() <= message_bytes_max);
        lines += line;
        lines += '\n';
    }
    head.set("messages", static_cast<std::int64_t>(messages.size())).set("bytes", static_cast<std::int64_t>(lines.size())).set("sha256", to_base64url(crypto::sha256(lines)));
    std::string plain(magic);
    plain += crypto::sign_jws(bundle_type, crypto::thumbprint(transport.public_key()), head, transport);
    plain += '\n';
    plain += lines;
    plain.resize(padded_size(plain.size()), '\0');
    Bytes sealed = crypto::age_seal(to, plain, random);
    SANJAL_CHECK(sealed.size() <= bundle_bytes_max);
    return sealed;
}

Result<Bundle> parse_bundle(std::string_view plain) {
    if (!plain.starts_with(magic)) return malformed("magic");
    std::string_view rest = plain.substr(magic.size());
    auto const end = rest.substr(0, head_bytes_max).find('\n');
    if (end == std::string_view::npos) return malformed("head");
    auto jws = crypto::parse_jws(rest.substr(0, end), bundle_type);
    if (!jws) return malformed("head");
    Bundle bundle;
    bundle.signed_head = rest.substr(0, end);
    bundle.kid = jws->kid;
    bundle.head = std::move(jws->payload);
    rest.remove_prefix(end + 1);
    auto const count = bundle.head.integer_at("messages", -1);
    auto const bytes = bundle.head.integer_at("bytes", -1);
    if (count < 0 || count > static_cast<std::int64_t>(messages_max) || bytes < 0 || bytes > static_cast<std::int64_t>(rest.size())) return malformed("messages");
    auto lines = rest.substr(0, static_cast<std::size_t>(bytes));
    auto const padding = rest.substr(lines.size());
    if (to_base64url(crypto::sha256(lines)) != bundle.head.text_at("sha256")) return malformed("messages");
    if (padding.find_first_not_of('\0') != std::string_view::npos || plain.size() != padded_size(plain.size() - padding.size())) return malformed("padding");
    bundle.messages.reserve(static_cast<std::size_t>(count));
    while (!lines.empty()) {
        auto const line_end = lines.find('\n');
        if (line_end == std::string_view::npos || line_end > message_bytes_max || bundle.messages.size() == static_cast<std::size_t>(count)) return malformed("messages");
        auto message = parse_json(lines.substr(0, line_end), {message_bytes_max, 32});
        if (!message || !message->is_object()) return malformed("messages");
        bundle.messages.push_back(std::move(*message));
        lines.remove_prefix(line_end + 1);
    }
    if (bundle.messages.size() != static_cast<std::size_t>(count)) return malformed("messages");
    return bundle;
}

Result<Bundle> open_bundle(crypto::BoxKey const& key, std::string_view bytes) {
    if (bytes.size() > bundle_bytes_max) return fail(Fault::TooLarge, "bundle.too_large", "A bundle has at most 4 MiB; this is larger, so nothing of it was read.");
    auto const plain = crypto::age_open(key, bytes);
    if (!plain && plain.error().code == "age.not_ours") return fail(Fault::Forbidden, "bundle.not_ours", "This bundle was sealed to another node. Take it there.");
    if (!plain) return malformed("seal");
    return parse_bundle(*plain);
}

Result<void> check_signature(Bundle const& bundle, crypto::PublicKey const& key) {
    SANJAL_TRY(auto const jws, crypto::parse_jws(bundle.signed_head, bundle_type));
    if (!crypto::verify_jws(jws, key)) return fail(Fault::Forbidden, "bundle.signature", "This bundle was not made by the node whose name it bears. It was set aside.");
    return {};
}

}  // namespace sanjal::sync
