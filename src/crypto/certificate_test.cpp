#include "crypto/certificate.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace sanjal::crypto {
namespace {

Instant const now = parse_instant("2026-11-25T10:00:00Z").value();
Instant const later = now + std::chrono::hours(24 * 90);

Authority authority(std::vector<std::string> const& names = {}) { return make_authority("Office 3F2A", names, now, now + std::chrono::hours(24 * 3650)).value(); }

// What a phone would say of the certificate, that asks for `name` or `address`.
bool is_believed(Authority const& by, CertificatePair const& pair, std::string const& name, std::string const& address, Instant when = now + std::chrono::hours(1)) {
    auto const read = [](std::string const& pem) {
        std::unique_ptr<BIO, decltype(&BIO_free_all)> const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
        return std::unique_ptr<X509, decltype(&X509_free)>(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
    };
    auto const root = read(by.certificate);
    auto const leaf = read(pair.certificate);
    std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> const store(X509_STORE_new(), X509_STORE_free);
    X509_STORE_add_cert(store.get(), root.get());
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> const check(X509_STORE_CTX_new(), X509_STORE_CTX_free);
    X509_STORE_CTX_init(check.get(), store.get(), leaf.get(), nullptr);
    auto* const asked = X509_STORE_CTX_get0_param(check.get());
    X509_VERIFY_PARAM_set_time(asked, std::chrono::system_clock::to_time_t(when));
    X509_VERIFY_PARAM_set_purpose(asked, X509_PURPOSE_SSL_SERVER);
    if (!name.empty()) X509_VERIFY_PARAM_set1_host(asked, name.c_str(), name.size());
    if (!address.empty()) X509_VERIFY_PARAM_set1_ip_asc(asked, address.c_str());
    return X509_verify_cert(check.get()) == 1;
}

TEST_CASE("a certificate of the office's own authority speaks for the names and addresses given, while it lasts") {
    auto const root = authority({"desk.example.org"});
    auto const pair = issue_certificate(root, {{"localhost", "desk.local", "desk.example.org"}, {"192.168.1.5", "fd00::5"}}, now, later);
    REQUIRE(pair.has_value());
    CHECK(is_believed(root, *pair, "desk.local", ""));
    CHECK(is_believed(root, *pair, "desk.example.org", ""));
    CHECK(is_believed(root, *pair, "", "192.168.1.5"));
    CHECK(is_believed(root, *pair, "", "fd00::5"));
    CHECK_FALSE(is_believed(root, *pair, "other.local", ""));
    CHECK_FALSE(is_believed(root, *pair, "", "192.168.1.6"));
    CHECK_FALSE(is_believed(root, *pair, "desk.local", "", later + std::chrono::hours(1)));
    CHECK_FALSE(is_believed(authority(), *pair, "desk.local", ""));
}

TEST_CASE("the authority speaks for local names and addresses alone") {
    auto const root = authority({"desk.example.org"});
    auto const bank = issue_certificate(root, {{"bank.example.com"}, {}}, now, later);
    REQUIRE_FALSE(bank.has_value());
    CHECK(bank.error().code == "certificate.not_permitted");
    auto const outside = issue_certificate(root, {{}, {"203.0.113.7"}}, now, later);
    REQUIRE_FALSE(outside.has_value());
    CHECK(outside.error().code == "certificate.address");
    for (auto const* name : {"a,DNS:bank.example.com", "a b", "", "-x", "A.local"}) {
        CHECK_FALSE(issue_certificate(root, {{name}, {}}, now, later).has_value());
    }
    CHECK(issue_certificate(root, {}, now, later).error().code == "certificate.nobody");
    for (auto const* address : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.0.1", "169.254.1.1", "::1", "fe80::1", "fd12::1"}) CHECK(is_local_address(address));
    for (auto const* address : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "", "x", "10.1.2"}) CHECK_FALSE(is_local_address(address));
    CHECK((is_local_name("desk") && is_local_name("desk.local") && is_local_name("localhost")));
    CHECK_FALSE((is_local_name("desk.example.org") || is_local_name("local.") || is_local_name("")));
}

TEST_CASE("what a certificate says of itself") {
    auto const root = authority();
    auto const facts = read_certificate(root.certificate);
    REQUIRE(facts.has_value());
    CHECK(facts->from == now);
    CHECK(facts->until == now + std::chrono::hours(24 * 3650));
    CHECK(facts->fingerprint.size() == 95);
    CHECK(facts->der.size() > 300);
    CHECK(read_certificate(authority().certificate)->fingerprint != facts->fingerprint);
    CHECK(read_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().code == "certificate.unreadable");
    CHECK(read_certificate("").error().code == "certificate.unreadable");
    CHECK(issue_certificate({root.certificate, authority().key}, {{"localhost"}, {}}, now, later).error().code == "certificate.unreadable");
}

}  // namespace
}  // namespace sanjal::crypto
