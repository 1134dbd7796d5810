#include "ledger/signers.h"

namespace sanjal::ledger {
namespace {

tl::unexpected<Error> refuse(char const* code, char const* why) { return fail(Fault::Invalid, code, why); }

}  // namespace

Result<Head> head_of(crypto::Parsed const& entry) {
    auto const* head = entry.find("head");
    if (head == nullptr) return refuse("entry.no_head", "An entry does not show its head.");
    return head_from_json(head->value);
}

Result<crypto::PublicKey> Signers::key_for(crypto::Parsed const& entry, std::int64_t position) const {
    if (position == 0) {
        if (!entry.claims.jwk) return refuse("key.first", "The first entry does not introduce a key.");
        SANJAL_TRY(auto const key, crypto::from_jwk(*entry.claims.jwk));
        if (crypto::thumbprint(key) != node_ || entry.claims.iss != node_ || entry.claims.kid != node_) {
            return refuse("key.not_the_node", "The first key is not the one that the node is named after.");
        }
        return key;
    }
    auto const found = signers_.find(entry.claims.kid);
    if (found == signers_.end() || found->second.introduced >= position) {
        return refuse("key.unknown", "An entry is signed by a key that was not introduced before it.");
    }
    auto const& signer = found->second;
    if (signer.retired && *signer.retired < position) return refuse("key.retired", "An entry is signed by a key that was retired before it.");
    if (signer.use != "entry" && signer.use != "device") return refuse("key.wrong_use", "An entry is signed by a key that is not for entries.");
    if (signer.issuer != entry.claims.iss) return refuse("key.other_issuer", "An entry is signed by a key that is not its signer's.");
    return signer.key;
}

Result<void> Signers::learn(crypto::Parsed const& entry, std::int64_t position) {
    SANJAL_TRY(auto const head, head_of(entry));
    if (head.verb == "key.introduced") {
        auto const* use = entry.find("use");
        if (!entry.claims.jwk || use == nullptr || !use->value.is_text()) return refuse("key.incomplete", "A key entry does not say which key, or for what.");
        if (entry.claims.iss != node_) return refuse("key.by_device", "A key is introduced by somebody who is not the node.");
        SANJAL_TRY(auto const key, crypto::from_jwk(*entry.claims.jwk));
        std::string const kid = crypto::thumbprint(key);
        std::string const& what = use->value.text();
        if (what != "entry" && what != "checkpoint" && what != "cosign" && what != "transport" && what != "device") {
            return refuse("key.unknown_use", "A key is introduced for a use that is not known.");
        }
        if (!signers_.emplace(kid, Signer{key, what, what == "device" ? kid : node_, position, std::nullopt}).second) {
            return refuse("key.twice", "A key is introduced twice.");
        }
    } else if (head.verb == "key.retired") {
        auto const* kid = entry.find("kid");
        if (kid == nullptr || !kid->value.is_text() || entry.claims.iss != node_) return refuse("key.incomplete", "A key entry does not say which key.");
        auto const found = signers_.find(kid->value.text());
        if (found == signers_.end() || found->second.retired) return refuse("key.unknown", "A key is retired that was not in use.");
        found->second.retired = position;
    }
    return {};
}

Result<crypto::PublicKey> Signers::newest(std::string_view use) const {
    Signer const* best = nullptr;
    for (auto const& [kid, signer] : signers_) {
        if (signer.use == use && !signer.retired && (best == nullptr || signer.introduced > best->introduced)) best = &signer;
    }
    if (best == nullptr) return refuse("key.none", "No key is known for a signature that this file needs.");
    return best->key;
}

Signers::Signer const* Signers::find(std::string_view kid) const {
    auto const found = signers_.find(kid);
    return found == signers_.end() ? nullptr : &found->second;
}

bool Signers::verifies_note(crypto::Note const& note, std::string_view origin) const {
    for (auto const& [kid, signer] : signers_) {
        if (signer.use == "checkpoint" && crypto::verify_note(note, origin, signer.key)) return true;
    }
    return false;
}

}  // namespace sanjal::ledger
