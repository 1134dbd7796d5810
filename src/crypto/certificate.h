#pragma once
// X.509 for an office without a certificate of its own: a local authority, whose root the office's phones install once, and the
// certificates that it gives to the node, short-lived and made anew.  ECDSA P-256, because browsers take no Ed25519 here.
//
// The root may speak for names and addresses of a local network alone (name constraints, RFC 5280 4.2.1.10): whoever steals its
// key cannot pass for a bank.  It knows no file and no network; OpenSSL's own randomness makes its keys.  Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace sanjal::crypto {

struct CertificatePair {
    std::string certificate;  // PEM; where it was given by an authority, followed by that one's
    std::string key;          // PEM, PKCS #8: wipe() it
};

struct Authority {
    std::string certificate;  // PEM
    std::string key;          // PEM: wipe() it
};

// What a certificate speaks for: DNS names in small letters, and addresses as text ("192.168.1.5", "fd00::5").
struct Reached {
    std::vector<std::string> names;
    std::vector<std::string> addresses;
};

// An address of a local network, or this computer's own: the only ones that an authority of ours speaks for.
bool is_local_address(std::string_view address);
// localhost, a name without a dot, or one below .local, .lan, .home.arpa or .internal.
bool is_local_name(std::string_view name);

// `name` is read by people in their phone's list: short, and nothing that tells what the office does.  `names`: further DNS
// names that it may speak for for ever.
Result<Authority> make_authority(std::string const& name, std::vector<std::string> const& names, Instant from, Instant until);
// Certificates for a server.  An address that is not local, or a name that the root may not speak for, is an Error.
Result<CertificatePair> issue_certificate(Authority const& authority, Reached const& reached, Instant from, Instant until);

struct CertificateFacts {
    Instant from{};
    Instant until{};
    std::string fingerprint;  // SHA-256 of the DER, as phones show it: "3F:A0:..."
    Bytes der;
};
// Of the first certificate in the PEM.
Result<CertificateFacts> read_certificate(std::string_view pem);

}  // namespace sanjal::crypto
