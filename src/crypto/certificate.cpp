#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "crypto/hash.h"

namespace sanjal::crypto {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* made) const { Free(made); }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Text = std::unique_ptr<BIO, Freed<BIO_free_all>>;

tl::unexpected<Error> broken() { return fail(Fault::Internal, "certificate.not_made", "The certificate could not be made. Is the memory full?"); }
tl::unexpected<Error> unreadable() { return fail(Fault::Invalid, "certificate.unreadable", "This is no certificate in PEM with its key. Give two PEM files that belong together."); }

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(bio, &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
    Text const out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate);
    return text_of(out.get());
}

std::string pem_of(EVP_PKEY* key) {
    Text const out(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out.get());
}

Certificate certificate_of(std::string_view pem) {
    Text const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

// A certificate that is not encrypted: nobody is asked for a passphrase.
Key key_of(std::string_view pem) {
    Text const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Key(PEM_read_bio_PrivateKey(in.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
}

bool add(X509* certificate, X509* issuer, int what, std::string const& says) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> const extension(X509V3_EXT_conf_nid(nullptr, &context, what, says.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_times(X509* certificate, Instant from, Instant until) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(from)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(until)) != nullptr;
}

// A number that nobody guesses, positive, 16 bytes.
bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3FU) | 0x40U);
    std::unique_ptr<BIGNUM, Freed<BN_free>> const number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509_NAME* name, std::string const& called) {
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(called.data()), static_cast<int>(called.size()), -1, 0) == 1;
}

constexpr std::array<std::string_view, 4> local_ends = {".local", ".lan", ".home.arpa", ".internal"};

// What may stand in a name: it goes into OpenSSL's little language of extensions, where a comma begins the next.
bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

std::string constraints(std::vector<std::string> const& names) {
    std::string made = "critical";
    for (auto const* local : {"localhost", "local", "lan", "home.arpa", "internal"}) made += std::string(",permitted;DNS:") + local;
    for (auto const& name : names) made += ",permitted;DNS:" + name;
    for (auto const* block : {"10.0.0.0/255.0.0.0", "172.16.0.0/255.240.0.0", "192.168.0.0/255.255.0.0", "169.254.0.0/255.255.0.0", "100.64.0.0/255.192.0.0", "127.0.0.0/255.0.0.0",
                              "fc00::/fe00::", "fe80::/ffc0::", "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
        made += std::string(",permitted;IP:") + block;
    }
    return made;
}

Bytes address_bytes(std::string_view address) {
    std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>> const parsed(a2i_IPADDRESS(std::string(address).c_str()));
    if (!parsed) return {};
    return Bytes(reinterpret_cast<char const*>(ASN1_STRING_get0_data(parsed.get())), static_cast<std::size_t>(ASN1_STRING_length(parsed.get())));
}

Instant instant_of_asn1(ASN1_TIME const* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::from_time_t(timegm(&parts)));
}

}  // namespace

bool is_local_address(std::string_view address) {
    auto const bytes = address_bytes(address);
    auto const at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
    if (bytes.size() == 4) {
        return at(0) == 10 || at(0) == 127 || (at(0) == 172 && (at(1) & 0xF0U) == 16) || (at(0) == 192 && at(1) == 168) || (at(0) == 169 && at(1) == 254) ||
               (at(0) == 100 && (at(1) & 0xC0U) == 64);
    }
    if (bytes.size() != 16) return false;
    bool const own = std::all_of(bytes.begin(), bytes.end() - 1, [](char c) { return c == 0; }) && at(15) == 1;
    return own || (at(0) & 0xFEU) == 0xFC || (at(0) == 0xFE && (at(1) & 0xC0U) == 0x80);
}

bool is_local_name(std::string_view name) {
    if (!is_plain_name(name)) return false;
    return name.find('.') == std::string_view::npos || std::any_of(local_ends.begin(), local_ends.end(), [&](auto end) { return name.ends_with(end); });
}

Result<Authority> make_authority(std::string const& name, std::vector<std::string> const& names, Instant from, Instant until) {
    for (auto const& one : names) {
        if (!is_plain_name(one)) return fail(Fault::Invalid, "certificate.name", "A name of this computer has small letters, digits, dots and dashes.", one);
    }
    if (name.empty() || name.size() > 64) return fail(Fault::Invalid, "certificate.name", "The authority's name has 1 to 64 bytes.");
    Key const key(EVP_EC_gen("P-256"));
    Certificate const made(X509_new());
    if (!key || !made) return broken();
    auto* const root = made.get();
    bool const good = X509_set_version(root, 2) == 1 && set_serial(root) && set_times(root, from, until) && set_name(X509_get_subject_name(root), name) &&
                      X509_set_issuer_name(root, X509_get_subject_name(root)) == 1 && X509_set_pubkey(root, key.get()) == 1 &&
                      add(root, root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") && add(root, root, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      add(root, root, NID_subject_key_identifier, "hash") && add(root, root, NID_name_constraints, constraints(names)) &&
                      X509_sign(root, key.get(), EVP_sha256()) > 0;
    if (!good) return broken();
    return Authority{pem_of(root), pem_of(key.get())};
}

Result<CertificatePair> issue_certificate(Authority const& authority, Reached const& reached, Instant from, Instant until) {
    auto const root = certificate_of(authority.certificate);
    auto const root_key = key_of(authority.key);
    if (!root || !root_key || X509_check_private_key(root.get(), root_key.get()) != 1) return unreadable();
    std::string alternative;
    for (auto const& name : reached.names) {
        if (!is_plain_name(name)) return fail(Fault::Invalid, "certificate.name", "A name of this computer has small letters, digits, dots and dashes.", name);
        alternative += (alternative.empty() ? "DNS:" : ",DNS:") + name;
    }
    for (auto const& address : reached.addresses) {
        if (!is_local_address(address)) return fail(Fault::Invalid, "certificate.address", "The node's own authority speaks for local addresses alone. Give a certificate for this one.", address);
        alternative += (alternative.empty() ? "IP:" : ",IP:") + address;
    }
    if (alternative.empty()) return fail(Fault::Invalid, "certificate.nobody", "A certificate speaks for a name or an address.");
    Key const key(EVP_EC_gen("P-256"));
    Certificate const made(X509_new());
    if (!key || !made) return broken();
    auto* const leaf = made.get();
    bool const good = X509_set_version(leaf, 2) == 1 && set_serial(leaf) && set_times(leaf, from, until) && set_name(X509_get_subject_name(leaf), "node") &&
                      X509_set_issuer_name(leaf, X509_get_subject_name(root.get())) == 1 && X509_set_pubkey(leaf, key.get()) == 1 &&
                      add(leaf, root.get(), NID_basic_constraints, "critical,CA:FALSE") && add(leaf, root.get(), NID_key_usage, "critical,digitalSignature") &&
                      add(leaf, root.get(), NID_ext_key_usage, "serverAuth") && add(leaf, root.get(), NID_subject_key_identifier, "hash") &&
                      add(leaf, root.get(), NID_authority_key_identifier, "keyid:always") && add(leaf, root.get(), NID_subject_alt_name, alternative) &&
                      X509_sign(leaf, root_key.get(), EVP_sha256()) > 0;
    if (!good) return broken();
    // By the verifier that clients use: a name outside of the root's constraints would be refused by every phone.
    std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> const trusted(X509_STORE_new());
    std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> const check(X509_STORE_CTX_new());
    if (!trusted || !check || X509_STORE_add_cert(trusted.get(), root.get()) != 1 || X509_STORE_CTX_init(check.get(), trusted.get(), leaf, nullptr) != 1) return broken();
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(check.get()) != 1) {
        return fail(Fault::Invalid, "certificate.not_permitted", "The node's own authority may not speak for this name. Give a certificate for it, or make a new authority and install it on the phones again.",
                    reached.names.empty() ? std::string() : reached.names.back());
    }
    return CertificatePair{pem_of(leaf) + pem_of(root.get()), pem_of(key.get())};
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
    auto const certificate = certificate_of(pem);
    if (!certificate) return unreadable();
    CertificateFacts facts;
    facts.from = instant_of_asn1(X509_get0_notBefore(certificate.get()));
    facts.until = instant_of_asn1(X509_get0_notAfter(certificate.get()));
    unsigned char* bytes = nullptr;
    int const size = i2d_X509(certificate.get(), &bytes);
    if (size <= 0) return unreadable();
    facts.der.assign(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    constexpr char digits[] = "0123456789ABCDEF";
    for (char const c : sha256(facts.der)) {
        if (!facts.fingerprint.empty()) facts.fingerprint += ':';
        facts.fingerprint += digits[(static_cast<unsigned char>(c) >> 4U) & 0xFU];
        facts.fingerprint += digits[static_cast<unsigned char>(c) & 0xFU];
    }
    return facts;
}

}  // namespace sanjal::crypto
