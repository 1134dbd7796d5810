#pragma once
// Bytes that must not linger: kept in memory of their own, locked against swapping where the system allows it, wiped when
// they go.  They move and do not copy.  A view of them is for handing on at once, never for keeping or logging.

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"

namespace sanjal::crypto {

class SecretBytes {
public:
    explicit SecretBytes(std::size_t size);  // zeros
    explicit SecretBytes(std::string_view bytes);
    ~SecretBytes();
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(SecretBytes const&) = delete;
    SecretBytes& operator=(SecretBytes const&) = delete;

    [[nodiscard]] std::string_view view() const { return {data_, size_}; }
    [[nodiscard]] char* data() { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    void release();
    char* data_ = nullptr;
    std::size_t size_ = 0;
};

// A symmetric key: exactly 32 bytes.
class Secret {
public:
    static constexpr std::size_t size = 32;
    static Result<Secret> from_bytes(std::string_view bytes);
    static Secret generate(Randomness& random);
    [[nodiscard]] Secret clone() const { return Secret(SecretBytes(view())); }
    [[nodiscard]] std::string_view view() const { return bytes_.view(); }

private:
    explicit Secret(SecretBytes bytes) : bytes_(std::move(bytes)) {}
    SecretBytes bytes_;
};

// Overwrites the characters (not only the size) before the string goes, e.g. a passphrase that came over HTTP.
void wipe(std::string& text);

}  // namespace sanjal::crypto
