#include "ledger/keys.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/seal.h"

namespace sanjal::ledger {
namespace {

constexpr std::int64_t slots_per_batch = 4096;
constexpr std::int64_t slots_read_ahead = 256;
constexpr std::size_t cached_slots_max = 65536;

std::string slot_context(std::int64_t number) { return "sanjal/slot/" + std::to_string(number); }

}  // namespace

Keys::Keys(store::Store& store, crypto::Secret master, Randomness& random)
    : store_(store), master_(std::move(master)), wrapping_(derived("slots")), random_(random) {}

crypto::Secret Keys::derived(std::string_view purpose) const {
    Bytes bytes = crypto::hkdf_sha256(master_.view(), "", "sanjal/" + std::string(purpose), crypto::Secret::size);
    auto secret = crypto::Secret::from_bytes(bytes);
    crypto::wipe(bytes);
    SANJAL_CHECK(secret.has_value());
    return std::move(*secret);
}

Result<crypto::SigningKey> Keys::make_signing_key(std::string_view name) {
    auto key = crypto::SigningKey::generate(random_);
    Bytes const wrapped = crypto::seal(wrapping_, key.seed(), "sanjal/secret/" + std::string(name), random_);
    SANJAL_DO(store_.change([&](store::Transaction& tx) -> Result<void> {
        return tx.put("insert into secret (name, wrapped) values ($1, $2)", {std::string(name), store::Blob{wrapped}});
    }));
    return key;
}

Result<crypto::SigningKey> Keys::signing_key(std::string_view name) {
    std::optional<Bytes> wrapped;
    SANJAL_DO(store_.read([&](store::Transaction& tx) {
        return tx.each("select wrapped from secret where name = $1", {std::string(name)}, [&](store::Row const& row) -> Result<void> {
            wrapped = Bytes(row.bytes(0));
            return {};
        });
    }));
    if (!wrapped) return fail(Fault::Corrupt, "ledger.no_key", "A key of this node is missing in keys.db. Restore keys.db from its own backup.");
    SANJAL_TRY(Bytes seed, crypto::open(wrapping_, *wrapped, "sanjal/secret/" + std::string(name)));
    auto key = crypto::SigningKey::from_seed(seed);
    crypto::wipe(seed);
    return key;
}

Result<crypto::SigningKey> Keys::make_next_signing_key(std::string_view name) {
    auto key = crypto::SigningKey::generate(random_);
    // Sealed under the name that it will have, so that promoting it is a change of one row's name.
    Bytes const wrapped = crypto::seal(wrapping_, key.seed(), "sanjal/secret/" + std::string(name), random_);
    SANJAL_DO(store_.change([&](store::Transaction& tx) -> Result<void> {
        return tx.put("insert into secret (name, wrapped) values ($1, $2) on conflict (name) do update set wrapped = excluded.wrapped",
                      {std::string(name) + ".next", store::Blob{wrapped}});
    }));
    return key;
}

Result<void> Keys::promote_signing_key(std::string_view name) {
    return store_.change([&](store::Transaction& tx) -> Result<void> {
        std::optional<Bytes> next;
        SANJAL_DO(tx.each("select wrapped from secret where name = $1", {std::string(name) + ".next"}, [&](store::Row const& row) -> Result<void> {
            next = Bytes(row.bytes(0));
            return {};
        }));
        if (!next) return {};
        SANJAL_DO(tx.put("update secret set wrapped = $1 where name = $2", {store::Blob{*next}, std::string(name)}));
        return tx.put("delete from secret where name = $1", {std::string(name) + ".next"});
    });
}

Result<void> Keys::fill_slots(std::int64_t highest) {
    std::lock_guard const lock(mutex_);
    if (filled_ < 0) {
        SANJAL_DO(store_.read([&](store::Transaction& tx) {
            return tx.each("select coalesce(max(slot), 0) from key_slot", {}, [&](store::Row const& row) -> Result<void> {
                filled_ = row.integer(0);
                return {};
            });
        }));
    }
    if (highest <= filled_) return read_ahead(highest);
    std::int64_t const until = highest + slots_per_batch;
    SANJAL_DO(store_.change([&](store::Transaction& tx) -> Result<void> {
        for (std::int64_t slot = filled_ + 1; slot <= until; ++slot) {
            // Another process over the same store may have filled the same slots: the first one stands.
            SANJAL_DO(tx.put("insert into key_slot (slot, wrapped) values ($1, $2) on conflict (slot) do nothing",
                             {slot, store::Blob{crypto::wrap_key(wrapping_, crypto::Secret::generate(random_), slot_context(slot), random_)}}));
        }
        return {};
    }));
    filled_ = until;
    return read_ahead(highest);
}

// With the mutex held.  As they stand there and not as they were made: another process may have made the same ones first.
Result<void> Keys::read_ahead(std::int64_t from) {
    if (from <= ahead_until_) return {};
    ahead_.clear();
    std::int64_t const until = std::min(filled_, from + slots_read_ahead - 1);
    SANJAL_DO(store_.read([&](store::Transaction& tx) {
        return tx.each("select slot, wrapped from key_slot where slot >= $1 and slot <= $2 and wrapped is not null", {from, until}, [&](store::Row const& row) -> Result<void> {
            ahead_.emplace(row.integer(0), row.bytes(1));
            return {};
        });
    }));
    ahead_until_ = until;
    return {};
}

Result<std::shared_ptr<crypto::Secret const>> Keys::slot(std::int64_t number) {
    {
        std::lock_guard const lock(mutex_);
        auto const found = cache_.find(number);
        if (found != cache_.end()) return found->second;
    }
    std::optional<Bytes> wrapped;
    {
        std::lock_guard const lock(mutex_);
        for (auto const* warm : {&warm_, &warm_before_, &ahead_}) {
            if (auto const found = warm->find(number); found != warm->end()) wrapped = found->second;
        }
    }
    if (!wrapped) SANJAL_DO(store_.read([&](store::Transaction& tx) {
        return tx.each("select wrapped from key_slot where slot = $1 and wrapped is not null", {number},
                       [&](store::Row const& row) -> Result<void> {
                           wrapped = Bytes(row.bytes(0));
                           return {};
                       });
    }));
    if (!wrapped) return fail(Fault::NotFound, "ledger.erased", "This was erased; its key is destroyed.");
    SANJAL_TRY(auto unwrapped, crypto::unwrap_key(wrapping_, *wrapped, slot_context(number)));
    auto key = std::make_shared<crypto::Secret const>(std::move(unwrapped));
    std::lock_guard const lock(mutex_);
    if (cache_.size() >= cached_slots_max) cache_.clear();
    cache_.emplace(number, key);
    return key;
}

Result<void> Keys::warm(std::int64_t from, std::int64_t to) {
    std::unordered_map<std::int64_t, Bytes> fresh;
    SANJAL_DO(store_.read([&](store::Transaction& tx) {
        return tx.each("select slot, wrapped from key_slot where slot >= $1 and slot <= $2 and wrapped is not null", {from, to}, [&](store::Row const& row) -> Result<void> {
            fresh.emplace(row.integer(0), row.bytes(1));
            return {};
        });
    }));
    std::lock_guard const lock(mutex_);
    warm_before_ = std::move(warm_);
    warm_ = std::move(fresh);
    return {};
}

Result<void> Keys::destroy_slots(std::vector<std::int64_t> const& numbers) {
    SANJAL_DO(store_.change([&](store::Transaction& tx) -> Result<void> {
        for (auto const number : numbers) {
            SANJAL_DO(tx.put("update key_slot set wrapped = null where slot = $1", {number}));
        }
        return {};
    }));
    std::lock_guard const lock(mutex_);
    for (auto const number : numbers) {
        cache_.erase(number);
        warm_.erase(number);
        warm_before_.erase(number);
        ahead_.erase(number);
    }
    return {};
}

}  // namespace sanjal::ledger
