#include "crypto/password.h"

#include <sodium.h>

#include <charconv>
#include <optional>
#include <semaphore>

#include "crypto/hash.h"
#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

using internal::raw;

constexpr std::size_t salt_size = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::uint32_t memory_kib_min = 8;
constexpr std::uint32_t memory_kib_max = 2 * 1024 * 1024;
constexpr std::uint32_t passes_max = 16;
static_assert(salt_size == 16);

bool in_bounds(PasswordParameters const& parameters) {
    return parameters.memory_kib >= memory_kib_min && parameters.memory_kib <= memory_kib_max && parameters.passes >= 1 &&
           parameters.passes <= passes_max;
}

struct Derived {
    Secret key;
    Bytes verifier;
};

Result<Derived> derive(std::string_view password, PasswordParameters const& parameters, std::string_view salt) {
    internal::ready();
    if (password.size() > password_bytes_max) {
        return fail(Fault::TooLarge, "password.too_long", "This password is longer than 1024 bytes. Use a shorter one.");
    }
    if (!in_bounds(parameters) || salt.size() != salt_size) {
        return fail(Fault::Invalid, "password.parameters", "The cost of a password is outside 8 KiB to 2 GiB of memory and 1 to 16 passes.");
    }
    SecretBytes out(64);
    static std::counting_semaphore<2> places(2);
    places.acquire();
    int const done = crypto_pwhash_argon2id(raw(out.data()), out.size(), password.data() == nullptr ? "" : password.data(), password.size(),
                                            raw(salt), parameters.passes, std::size_t{parameters.memory_kib} * 1024,
                                            crypto_pwhash_argon2id_ALG_ARGON2ID13);
    places.release();
    if (done != 0) {
        return fail(Fault::Busy, "password.no_memory", "There is not enough memory to check a password now. Try again in a moment.");
    }
    SANJAL_TRY(auto key, Secret::from_bytes(out.view().substr(0, 32)));
    return Derived{std::move(key), sha256(out.view().substr(32))};
}

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '0') return std::nullopt;
    return value;
}

}  // namespace

std::string PasswordRecord::to_text() const {
    return "argon2id$m=" + std::to_string(parameters.memory_kib) + ",t=" + std::to_string(parameters.passes) + "$" + to_base64url(salt) +
           "$" + to_base64url(verifier);
}

Result<PasswordRecord> PasswordRecord::parse(std::string_view text) {
    auto const malformed = [] { return fail(Fault::Corrupt, "password.record", "A stored password record is not in its form."); };
    auto const next = [&](std::string_view until) -> std::optional<std::string_view> {
        auto const end = text.find(until);
        if (end == std::string_view::npos) return std::nullopt;
        auto const part = text.substr(0, end);
        text.remove_prefix(end + until.size());
        return part;
    };
    if (next("$m=") != "argon2id") return malformed();
    auto const memory = next(",t=");
    auto const passes = next("$");
    auto const salt = next("$");
    if (!memory || !passes || !salt || memory->empty() || passes->empty()) return malformed();
    auto const memory_kib = number(*memory);
    auto const pass_count = number(*passes);
    auto salt_bytes = from_base64url(*salt);
    auto verifier = from_base64url(text);
    if (!memory_kib || !pass_count || !salt_bytes || !verifier) return malformed();
    PasswordRecord record{{*memory_kib, *pass_count}, std::move(*salt_bytes), std::move(*verifier)};
    if (!in_bounds(record.parameters) || record.salt.size() != salt_size || record.verifier.size() != hash_size) return malformed();
    return record;
}

Result<NewPassword> make_password(std::string_view password, PasswordParameters parameters, Randomness& random) {
    Bytes salt = random.bytes(salt_size);
    SANJAL_TRY(auto derived, derive(password, parameters, salt));
    return NewPassword{{parameters, std::move(salt), std::move(derived.verifier)}, std::move(derived.key)};
}

Result<Secret> check_password(std::string_view password, PasswordRecord const& record) {
    SANJAL_TRY(auto derived, derive(password, record.parameters, record.salt));
    if (!equal_in_constant_time(derived.verifier, record.verifier)) {
        return fail(Fault::Unsigned, "password.wrong", "The name or the password is not right.");
    }
    return std::move(derived.key);
}

PasswordRecord unopenable_record(PasswordParameters parameters) {
    // No known input has this SHA-256, and finding a password that leads to one is harder than that.
    return {parameters, Bytes(salt_size, '\0'), Bytes(hash_size, '\0')};
}

}  // namespace sanjal::crypto
