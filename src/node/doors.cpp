#include "node/doors.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "base/log.h"
#include "crypto/seal.h"

namespace sanjal::node {
namespace {

constexpr auto day = std::chrono::hours(24);
constexpr auto root_lasts = 3650 * day;
constexpr auto leaf_lasts = 90 * day;
constexpr auto renew_before = 30 * day;
constexpr auto clocks_apart = day;  // a phone's clock may be behind
constexpr std::string_view sealed_for = "sanjal/authority";

Result<void> write_private(std::string const& path, std::string_view bytes) {
    std::string const fresh = path + ".new";
    int const file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool const written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (written && ::rename(fresh.c_str(), path.c_str()) == 0) return {};
    ::unlink(fresh.c_str());
    return fail(Fault::Io, "doors.io", "The node's own authority could not be written. Is the disk full?", path);
}

std::optional<std::string> read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string((std::istreambuf_iterator<char>(in)), {});
}

std::string lowered(std::string text) {
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string in_url(std::string const& address) { return address.find(':') != std::string::npos ? "[" + address + "]" : address; }

}  // namespace

bool is_loopback_address(std::string_view address) { return address == "localhost" || address == "::1" || address.starts_with("127."); }

std::string computer_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    return lowered(name.data());
}

std::vector<std::string> reachable_addresses() {
    std::vector<std::string> found;
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return found;
    for (auto const* one = all; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
        std::array<char, INET6_ADDRSTRLEN> text{};
        int const family = one->ifa_addr->sa_family;
        void const* const bytes = family == AF_INET    ? static_cast<void const*>(&reinterpret_cast<sockaddr_in const*>(one->ifa_addr)->sin_addr)
                                  : family == AF_INET6 ? static_cast<void const*>(&reinterpret_cast<sockaddr_in6 const*>(one->ifa_addr)->sin6_addr)
                                                       : nullptr;
        if (bytes == nullptr || inet_ntop(family, bytes, text.data(), text.size()) == nullptr) continue;
        std::string address(text.data());
        // Link-local IPv6 needs the name of an interface, which no address bar takes.
        if (address.starts_with("fe80:") || !crypto::is_local_address(address)) continue;
        if (std::find(found.begin(), found.end(), address) == found.end()) found.push_back(std::move(address));
    }
    freeifaddrs(all);
    // The short ones first: they are what people read and type.
    std::stable_sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return (a.find(':') != std::string::npos) < (b.find(':') != std::string::npos); });
    return found;
}

Result<Doors> Doors::open(app::House& house, DoorsConfig const& config) {
    Doors doors(house, config);
    bool const outside = !is_loopback_address(config.address);
    bool const given = !config.certificate_file.empty() || !config.key_file.empty();
    if (config.is_plain && given) return fail(Fault::Invalid, "doors.both", "Plain HTTP needs no certificate. Leave out --plain, or the certificate.");
    if (config.is_plain && outside) {
        return fail(Fault::Invalid, "doors.plain", "Plain HTTP is for this computer alone: anybody in the office's network could read along. Leave out --plain, and the node speaks HTTPS.", config.address);
    }
    doors.hosts_ = {"localhost"};
    for (auto const& host : config.hosts) doors.hosts_.push_back(lowered(host));
    if (auto const own = computer_name(); outside && crypto::is_local_name(own)) {
        doors.hosts_.push_back(own);
        if (own.find('.') == std::string::npos) doors.hosts_.push_back(own + ".local");
    }
    if (given) {
        SANJAL_TRY(doors.credentials_, http::read_credentials(config.certificate_file, config.key_file));
    } else if (outside) {
        SANJAL_DO(doors.open_authority());
        SANJAL_DO(doors.issue());
    }
    return doors;
}

Result<void> Doors::open_authority() {
    std::string const open_path = house_.path("authority.pem");
    std::string const sealed_path = house_.path("authority.key");
    auto const key = house_.keys().derived("authority");
    auto const certificate = read_file(open_path);
    auto const sealed = read_file(sealed_path);
    if (certificate && sealed) {
        auto opened = crypto::open(key, *sealed, sealed_for);
        if (!opened)
            return fail(Fault::Corrupt, "doors.authority", "The node's own authority cannot be opened. Put authority.pem and authority.key back from the backup, or take both away: "
                                                           "a new one is made, and phones install it again.", sealed_path);
        authority_ = crypto::Authority{*certificate, std::move(*opened)};
    } else {
        // Nothing in the name says what the office does; its end tells two of them apart.
        std::string const name = "Office " + house_.ledger().node().substr(0, 6);
        auto const now = house_.clock().now();
        std::vector<std::string> further;
        for (auto const& host : hosts_) {
            if (host != "localhost" && !host.ends_with(".local")) further.push_back(host);
        }
        SANJAL_TRY(authority_, crypto::make_authority(name, further, now - clocks_apart, now + root_lasts));
        // The key first: a root that was installed and has no key is of no use.
        SANJAL_DO(write_private(sealed_path, crypto::seal(key, authority_->key, sealed_for, house_.random())));
        SANJAL_DO(write_private(open_path, authority_->certificate));
        log::write(log::Level::Info, "doors.authority_made");
    }
    SANJAL_TRY(auto facts, crypto::read_certificate(authority_->certificate));
    fingerprint_ = std::move(facts.fingerprint);
    root_ = std::move(facts.der);
    return {};
}

crypto::Reached Doors::reached() const {
    crypto::Reached made{hosts_, {"127.0.0.1", "::1"}};
    for (auto const& address : reachable_addresses()) made.addresses.push_back(address);
    return made;
}

Result<void> Doors::issue() {
    auto const now = house_.clock().now();
    auto const wanted = reached();
    SANJAL_TRY(auto pair, crypto::issue_certificate(*authority_, wanted, now - clocks_apart, now + leaf_lasts));
    credentials_ = http::Credentials{std::move(pair.certificate), std::move(pair.key)};
    addresses_ = wanted.addresses;
    until_ = now + leaf_lasts;
    return {};
}

Result<std::optional<http::Credentials>> Doors::renewed() {
    if (authority_) {
        if (house_.clock().now() < until_ - renew_before && reached().addresses == addresses_) return std::nullopt;
        SANJAL_DO(issue());
        return credentials_;
    }
    if (config_.certificate_file.empty()) return std::nullopt;
    SANJAL_TRY(auto fresh, http::read_credentials(config_.certificate_file, config_.key_file));
    if (fresh.certificate == credentials_->certificate && fresh.key == credentials_->key) return std::nullopt;
    credentials_ = std::move(fresh);
    return credentials_;
}

Json Doors::describe(std::uint16_t port) const {
    std::string const end = ":" + std::to_string(port);
    Json addresses = Json::list();
    Json trust = Json::list();
    if (!is_loopback_address(config_.address)) {
        bool const everywhere = config_.address == "0.0.0.0" || config_.address == "::";
        auto const mine = everywhere ? reachable_addresses() : std::vector<std::string>{config_.address};
        if (!authority_) {
            for (auto const& host : config_.hosts) addresses.push_back("https://" + host + end);
        }
        for (auto const& address : mine) {
            addresses.push_back("https://" + in_url(address) + end);
            if (authority_) trust.push_back("http://" + in_url(address) + end + "/trust");
        }
    }
    Json made = Json::object({{"certificate", authority_ ? "own" : credentials_ ? "given" : "none"}});
    made.set("addresses", std::move(addresses)).set("trust", std::move(trust));
    if (authority_) made.set("fingerprint", fingerprint_).set("until", format_instant(until_));
    return made;
}

}  // namespace sanjal::node
