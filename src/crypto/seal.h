#pragma once
// Sealing under a symmetric key: XChaCha20-Poly1305 for one value, libsodium's secretstream for a file.  Whoever holds the
// key can read; destroying the key erases.  To seal to a person see box_seal in key.h; what key is for what is policy's.

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret.h"

namespace sanjal::crypto {

// 24 random bytes of nonce, the ciphertext, 16 bytes of tag: 40 bytes longer than the plain bytes.
// `associated` is bound to it and not kept: the same must be given to open (say what and where this value is).
Bytes seal(Secret const& key, std::string_view plain, std::string_view associated, Randomness& random);
Result<Bytes> open(Secret const& key, std::string_view sealed, std::string_view associated);
// As open, but behind what `out` holds already; unchanged after an Error.
Result<void> open_onto(Secret const& key, std::string_view sealed, std::string_view associated, Bytes& out);

// A key under a key, 72 bytes, bound to a purpose.
Bytes wrap_key(Secret const& with, Secret const& key, std::string_view purpose, Randomness& random);
Result<Secret> unwrap_key(Secret const& with, std::string_view wrapped, std::string_view purpose);

// A file in chunks: header() first, then one chunk after another.  Every chunk but the last holds chunk_size plain bytes;
// the last is marked, so that a file that was cut short is found out.
inline constexpr std::size_t stream_header_size = 24;
inline constexpr std::size_t stream_chunk_size = 65536;
inline constexpr std::size_t stream_overhead = 17;  // bytes that a chunk grows

enum class Last { No, Yes };

class StreamSealer {
public:
    StreamSealer(Secret const& key, Randomness& random);
    ~StreamSealer();
    StreamSealer(StreamSealer&&) noexcept;
    StreamSealer& operator=(StreamSealer&&) noexcept;
    [[nodiscard]] Bytes const& header() const { return header_; }
    Bytes push(std::string_view chunk, Last last);  // at most chunk_size, exactly that unless last; none after the last

private:
    struct State;
    std::unique_ptr<State> state_;
    Bytes header_;
};

class StreamOpener {
public:
    static Result<StreamOpener> start(Secret const& key, std::string_view header);
    ~StreamOpener();
    StreamOpener(StreamOpener&&) noexcept;
    StreamOpener& operator=(StreamOpener&&) noexcept;
    Result<Bytes> pull(std::string_view chunk);  // chunk_size + overhead bytes, fewer only for the last
    // At the end of the file: an Error where the last chunk was not seen.
    [[nodiscard]] Result<void> finish() const;

private:
    StreamOpener();
    struct State;
    std::unique_ptr<State> state_;
};

// Both in one go, for what fits into memory.
Bytes seal_stream(Secret const& key, std::string_view plain, Randomness& random);
Result<Bytes> open_stream(Secret const& key, std::string_view sealed);

}  // namespace sanjal::crypto
