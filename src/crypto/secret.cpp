#include "crypto/secret.h"

#include <sodium.h>

#include <cstring>
#include <mutex>
#include <vector>

#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

constexpr std::size_t slot_size = 64;  // a symmetric key, or an Ed25519 pair
constexpr std::size_t block_slots = 512;

// Small secrets share blocks of guarded, locked, undumped memory: a system call per key would cost more than using it, and
// unlocking one key's page must not unlock its neighbour's.  Blocks are kept for the life of the process.
class Slots {
public:
    static Slots& instance() {
        static auto* const slots = new Slots;  // outlives every static that holds a secret
        return *slots;
    }
    char* take() {
        std::lock_guard const lock(mutex_);
        if (free_.empty()) grow();
        char* const slot = free_.back();
        free_.pop_back();
        return slot;
    }
    void give_back(char* slot) {
        std::lock_guard const lock(mutex_);
        free_.push_back(slot);
    }

private:
    void grow() {
        internal::ready();
        // Locking may be refused (RLIMIT_MEMLOCK); the guard pages and the wiping remain.
        auto* const block = static_cast<char*>(sodium_malloc(slot_size * block_slots));
        SANJAL_CHECK(block != nullptr);
        blocks_.push_back(block);
        free_.reserve(blocks_.size() * block_slots);  // so that give_back never allocates
        for (std::size_t i = block_slots; i-- > 0;) free_.push_back(block + i * slot_size);
    }
    std::mutex mutex_;
    std::vector<char*> blocks_;
    std::vector<char*> free_;
};

}  // namespace

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
    if (size <= slot_size) {
        data_ = Slots::instance().take();
    } else {
        internal::ready();
        data_ = static_cast<char*>(sodium_malloc(size));
        SANJAL_CHECK(data_ != nullptr);
    }
    std::memset(data_, 0, size);
}

SecretBytes::SecretBytes(std::string_view bytes) : SecretBytes(bytes.size()) {
    if (!bytes.empty()) std::memcpy(data_, bytes.data(), bytes.size());
}

SecretBytes::~SecretBytes() { release(); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
        release();
        data_ = other.data_;
        size_ = other.size_;
        other.data_ = nullptr;
        other.size_ = 0;
    }
    return *this;
}

void SecretBytes::release() {
    if (data_ == nullptr) return;
    sodium_memzero(data_, size_);
    if (size_ <= slot_size) {
        Slots::instance().give_back(data_);
    } else {
        sodium_free(data_);
    }
    data_ = nullptr;
}

Result<Secret> Secret::from_bytes(std::string_view bytes) {
    if (bytes.size() != size) return fail(Fault::Invalid, "key.length", "A key has 32 bytes; this has another length.");
    return Secret(SecretBytes(bytes));
}

Secret Secret::generate(Randomness& random) {
    SecretBytes bytes(size);
    random.fill(bytes.data(), size);
    return Secret(std::move(bytes));
}

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

}  // namespace sanjal::crypto
