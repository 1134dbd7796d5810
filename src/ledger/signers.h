#pragma once
// Which key was good for what, and from where to where in the tree: an entry verifies only under a key that was introduced
// before it and not retired before it.  The first key introduces itself, and the node's id is its thumbprint.

#include <map>
#include <optional>
#include <string>

#include "crypto/note.h"
#include "crypto/sd_jwt.h"
#include "ledger/entry.h"

namespace sanjal::ledger {

class Signers {
public:
    struct Signer {
        crypto::PublicKey key;
        std::string use;     // entry, checkpoint, cosign, transport, device
        std::string issuer;  // the node, or the device (its own thumbprint)
        std::int64_t introduced = 0;
        std::optional<std::int64_t> retired;
    };

    explicit Signers(std::string node) : node_(std::move(node)) {}

    // The key under which an entry at a position must verify.
    [[nodiscard]] Result<crypto::PublicKey> key_for(crypto::Parsed const& entry, std::int64_t position) const;
    // Takes note of a key.introduced or key.retired entry whose signature was verified.
    Result<void> learn(crypto::Parsed const& entry, std::int64_t position);
    // The newest key of a use that is not retired.
    [[nodiscard]] Result<crypto::PublicKey> newest(std::string_view use) const;
    [[nodiscard]] Signer const* find(std::string_view kid) const;
    // Signed by one of the node's checkpoint keys, whether or not it was retired since.
    [[nodiscard]] bool verifies_note(crypto::Note const& note, std::string_view origin) const;
    [[nodiscard]] std::size_t size() const { return signers_.size(); }

private:
    std::string node_;
    std::map<std::string, Signer, std::less<>> signers_;
};

// The head of a parsed entry; refused where it is not shown.
Result<Head> head_of(crypto::Parsed const& entry);

}  // namespace sanjal::ledger
