#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "http/client_for_test.h"
#include "http/server.h"

namespace sanjal::http {
namespace {

class Pong final : public Dispatcher {
public:
    void dispatch(app::Request, std::function<void(app::Response)> done) override { done(app::text(200, std::string(1'000'000, 'x'))); }
    [[nodiscard]] std::vector<std::string_view> methods(std::string_view path) const override {
        if (path == "/trust.html") return {};
        return {"GET"};
    }
};

// A certificate of its own and its key, in two files that go with it.
struct Certificate {
    Certificate() : directory(std::filesystem::temp_directory_path() / ("sanjal-tls-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(directory);
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        std::unique_ptr<X509, decltype(&X509_free)> const made(X509_new(), X509_free);
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), key.get());
        auto* name = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("node"), -1, -1, 0);
        X509_set_issuer_name(made.get(), name);
        X509_sign(made.get(), key.get(), EVP_sha256());
        auto* file = std::fopen(certificate().c_str(), "w");
        PEM_write_X509(file, made.get());
        std::fclose(file);
        file = std::fopen(private_key().c_str(), "w");
        PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }
    ~Certificate() { std::filesystem::remove_all(directory); }
    [[nodiscard]] std::string certificate() const { return (directory / "certificate.pem").string(); }
    [[nodiscard]] std::string private_key() const { return (directory / "key.pem").string(); }
    std::filesystem::path directory;
};

std::string ask_over_tls(std::uint16_t port, int version_max) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> const context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version_max);
    Client client(port);
    std::unique_ptr<SSL, decltype(&SSL_free)> const tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), client.descriptor());
    if (SSL_connect(tls.get()) != 1) return {};
    std::string got;
    for (int i = 0; i < 2; ++i) {
        constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: node\r\n\r\n";
        SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
        std::string one;
        char buffer[16384];
        while (one.size() < 1'000'000 || one.size() < one.find("\r\n\r\n") + 4 + 1'000'000) {
            int const size = SSL_read(tls.get(), buffer, sizeof buffer);
            if (size <= 0) return {};
            one.append(buffer, static_cast<std::size_t>(size));
        }
        got = std::string(SSL_get_version(tls.get())) + "\n" + one;
    }
    return got;
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones and plain HTTP are not") {
    Certificate const files;
    Pong pong;
    ThreadExecutor workers(1);
    ServerConfig config;
    config.credentials = read_credentials(files.certificate(), files.private_key()).value();
    config.bare_pages = Pages({{"/trust.html", "text/html; charset=utf-8", "whom to trust", false, {}}}, {});
    Server server(config, pong, workers);
    REQUIRE(server.start().has_value());
    auto const newest = ask_over_tls(server.port(), TLS1_3_VERSION);
    CHECK(newest.starts_with("TLSv1.3\nHTTP/1.1 200"));
    CHECK(newest.find("Strict-Transport-Security: max-age=63072000") != std::string::npos);
    CHECK(ask_over_tls(server.port(), TLS1_2_VERSION).starts_with("TLSv1.2\nHTTP/1.1 200"));
    CHECK(ask_over_tls(server.port(), TLS1_1_VERSION).empty());
    Client plain(server.port());
    auto const refused = plain.ask("GET / HTTP/1.1\r\nHost: node\r\n\r\n");
    CHECK(refused.status == 426);
    CHECK(refused.body.find("This address speaks HTTPS.") != std::string::npos);
    CHECK(refused.head.find("Strict-Transport-Security") == std::string::npos);
    CHECK(plain.ask("GET /trust.html HTTP/1.1\r\nHost: node\r\n\r\n").body == "whom to trust");
    CHECK(ask_over_tls(server.port(), TLS1_3_VERSION).starts_with("TLSv1.3"));
    server.stop();
    CHECK(server.metrics().connections_open == 0);
}

}  // namespace
}  // namespace sanjal::http
