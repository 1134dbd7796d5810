#pragma once
// By which door browsers come in: plain HTTP on this computer alone, or TLS with a certificate that was given, or with one from the
// node's own authority.  The authority is made at the first start that needs it: DIR/authority.pem, which phones install, and
// DIR/authority.key, sealed under the node's keys.  The certificate that it gives lives in memory, for ninety days, and is made anew
// in time, and when this computer gets another address.
//
// Errors say what to do; one thread at a time.

#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "crypto/certificate.h"
#include "crypto/secret.h"
#include "http/server.h"

namespace sanjal::node {

struct DoorsConfig {
    std::string address = "127.0.0.1";    // to listen on
    std::vector<std::string> hosts = {};  // names by which it may be called, beside localhost and this computer's own
    std::string certificate_file = {};    // PEM; both empty: the own authority, where TLS is needed
    std::string key_file = {};
    bool is_plain = false;                // no TLS, though others could listen: refused unless the address is loopback
};

bool is_loopback_address(std::string_view address);
// This computer's name, and its addresses that a neighbour could reach, in their order.
std::string computer_name();
std::vector<std::string> reachable_addresses();

class Doors {
public:
    ~Doors() {
        if (authority_) crypto::wipe(authority_->key);
    }
    Doors(Doors&&) = default;
    Doors& operator=(Doors&&) = delete;
    static Result<Doors> open(app::House& house, DoorsConfig const& config);

    [[nodiscard]] std::optional<http::Credentials> const& credentials() const { return credentials_; }
    [[nodiscard]] std::vector<std::string> const& hosts() const { return hosts_; }
    // For phones: the own authority's certificate as DER; empty where there is none.
    [[nodiscard]] Bytes const& root() const { return root_; }
    // What GET /doors says: where the node is reached, and the fingerprint of whom to trust.
    [[nodiscard]] Json describe(std::uint16_t port) const;
    // Fresh credentials where the old ones are near their end, this computer has another address, or the files given have changed.
    Result<std::optional<http::Credentials>> renewed();

private:
    Doors(app::House& house, DoorsConfig config) : house_(house), config_(std::move(config)) {}
    Result<void> open_authority();
    Result<void> issue();
    [[nodiscard]] crypto::Reached reached() const;

    app::House& house_;
    DoorsConfig config_;
    std::vector<std::string> hosts_;
    std::optional<crypto::Authority> authority_;
    std::optional<http::Credentials> credentials_;
    std::vector<std::string> addresses_;  // that the certificate speaks for
    Instant until_{};
    std::string fingerprint_;
    Bytes root_;
};

}  // namespace sanjal::node
