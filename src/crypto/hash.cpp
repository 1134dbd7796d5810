#include "crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <climits>

#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

// Fetched once: a fetch costs three times as much as hashing a tree node.
EVP_MD const* algorithm() {
    static EVP_MD const* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    SANJAL_CHECK(md != nullptr);
    return md;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context new_context() {
    Context context(EVP_MD_CTX_new());
    SANJAL_CHECK(context != nullptr && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1);
    return context;
}

Bytes hmac(EVP_MD const* md, std::string_view key, std::string_view message) {
    SANJAL_CHECK(key.size() <= INT_MAX);
    Bytes out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    SANJAL_CHECK(HMAC(md, key.data() == nullptr ? "" : key.data(), static_cast<int>(key.size()), internal::raw(message),
                      message.size(), internal::raw(out), &size) != nullptr);
    out.resize(size);
    return out;
}

}  // namespace

void internal::sha256_into(std::initializer_list<std::string_view> parts, unsigned char* out) {
    thread_local Context const context = new_context();
    SANJAL_CHECK(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1);
    for (auto const part : parts) SANJAL_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    SANJAL_CHECK(EVP_DigestFinal_ex(context.get(), out, nullptr) == 1);
}

Bytes sha256(std::string_view bytes) {
    Bytes out(hash_size, '\0');
    internal::sha256_into({bytes}, internal::raw(out));
    return out;
}

struct Sha256::State {
    Context context = new_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
    SANJAL_CHECK(state_ != nullptr);
    SANJAL_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Bytes Sha256::finish() {
    SANJAL_CHECK(state_ != nullptr);
    Bytes out(hash_size, '\0');
    SANJAL_CHECK(EVP_DigestFinal_ex(state_->context.get(), internal::raw(out), nullptr) == 1);
    state_.reset();
    return out;
}

Bytes hmac_sha256(std::string_view key, std::string_view message) { return hmac(EVP_sha256(), key, message); }
Bytes hmac_sha1(std::string_view key, std::string_view message) { return hmac(EVP_sha1(), key, message); }

// By OpenSSL's KDF and not by hand; its parameters are not const, though it does not write to them.
Bytes hkdf_sha256(std::string_view key_material, std::string_view salt, std::string_view info, std::size_t size) {
    SANJAL_CHECK(size > 0 && size <= 255 * hash_size);
    std::unique_ptr<EVP_KDF, void (*)(EVP_KDF*)> const kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
    SANJAL_CHECK(kdf != nullptr);
    std::unique_ptr<EVP_KDF_CTX, void (*)(EVP_KDF_CTX*)> const context(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
    SANJAL_CHECK(context != nullptr);
    std::string digest = "SHA256";
    auto const octets = [](char const* name, std::string_view bytes) {
        static char nothing = 0;
        return OSSL_PARAM_construct_octet_string(name, bytes.empty() ? &nothing : const_cast<char*>(bytes.data()), bytes.size());
    };
    OSSL_PARAM const parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        octets(OSSL_KDF_PARAM_KEY, key_material),
        octets(OSSL_KDF_PARAM_SALT, salt),
        octets(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end(),
    };
    Bytes out(size, '\0');
    SANJAL_CHECK(EVP_KDF_derive(context.get(), internal::raw(out), size, parameters) == 1);
    return out;
}

}  // namespace sanjal::crypto
