#pragma once
// The node's secrets and the keys that seal what is at rest.  They live in a store of their own (keys.db), wrapped by a key
// derived from the node's master key, so that a copy of the ledger alone opens nothing, and so that destroying a slot
// erases for good.
//
// A *slot* is one random 256-bit key.  Slots are made ahead in batches, so that appending an entry never waits for a second
// store: the ledger says which slot seals which record and class.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/random.h"
#include "base/bytes.h"
#include "crypto/key.h"
#include "crypto/secret.h"
#include "store/store.h"

namespace sanjal::ledger {

class Keys {
public:
    // master: opened by the passphrase by way of node.json.
    Keys(store::Store& store, crypto::Secret master, Randomness& random);

    // A signing key by name ("entry", "checkpoint", "cosign", "transport"): made once and kept.  Error if it must exist and does not.
    Result<crypto::SigningKey> make_signing_key(std::string_view name);
    Result<crypto::SigningKey> signing_key(std::string_view name);
    // The key that is to follow `name`: made (over one that was never promoted) and durable, used by nobody yet; and put in its
    // place.  Promoting twice, or where there is none, changes nothing.
    Result<crypto::SigningKey> make_next_signing_key(std::string_view name);
    Result<void> promote_signing_key(std::string_view name);

    // Makes slots durable up to and including `highest`, and has that one and some that follow it ready for slot().  Called
    // with the ledger's head locked, once for each slot that is given out.
    Result<void> fill_slots(std::int64_t highest);
    // The key of a slot; NotFound with code "ledger.erased" where it was destroyed.  Any thread.
    Result<std::shared_ptr<crypto::Secret const>> slot(std::int64_t number);
    // Reads the slots of that range in one go, so that slot() finds them in memory, until the call after the next.  For who
    // walks through the whole ledger.
    Result<void> warm(std::int64_t from, std::int64_t to);
    // Destroys slots for good: overwritten, and forgotten in memory.  Durable on return.
    Result<void> destroy_slots(std::vector<std::int64_t> const& numbers);

    // A key of 32 bytes for one purpose, derived from the master key (HKDF-SHA-256).
    [[nodiscard]] crypto::Secret derived(std::string_view purpose) const;

    store::Store& store() { return store_; }

private:
    Result<void> read_ahead(std::int64_t from);

    store::Store& store_;
    crypto::Secret master_;
    crypto::Secret wrapping_;
    Randomness& random_;
    std::mutex mutex_;
    std::int64_t filled_ = -1;
    std::int64_t ahead_until_ = -1;
    std::unordered_map<std::int64_t, std::shared_ptr<crypto::Secret const>> cache_;
    std::unordered_map<std::int64_t, Bytes> warm_, warm_before_, ahead_;  // still wrapped: unwrapping is for the thread that asks
};

}  // namespace sanjal::ledger
