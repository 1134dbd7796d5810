#include "crypto/seal.h"

#include <sodium.h>

#include "crypto/internal.h"

namespace sanjal::crypto {
namespace {

using internal::raw;

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(Secret::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(stream_header_size == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(stream_overhead == crypto_secretstream_xchacha20poly1305_ABYTES);

tl::unexpected<Error> not_opened() {
    return fail(Fault::Corrupt, "seal.not_opened", "This does not open with this key in this place: it was altered, or it belongs elsewhere.");
}

std::string purpose_of(std::string_view purpose) { return std::string("sanjal/key/v1/").append(purpose); }

}  // namespace

Bytes seal(Secret const& key, std::string_view plain, std::string_view associated, Randomness& random) {
    internal::ready();
    Bytes out(nonce_size + plain.size() + tag_size, '\0');
    random.fill(out.data(), nonce_size);
    SANJAL_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + nonce_size, nullptr, raw(plain), plain.size(), raw(associated),
                                                            associated.size(), nullptr, raw(out), raw(key.view())) == 0);
    return out;
}

Result<Bytes> open(Secret const& key, std::string_view sealed, std::string_view associated) {
    Bytes plain;
    SANJAL_DO(open_onto(key, sealed, associated, plain));
    return plain;
}

Result<void> open_onto(Secret const& key, std::string_view sealed, std::string_view associated, Bytes& out) {
    internal::ready();
    if (sealed.size() < nonce_size + tag_size) return not_opened();
    std::size_t const had = out.size();
    out.resize(had + sealed.size() - nonce_size - tag_size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out) + had, nullptr, nullptr, raw(sealed) + nonce_size, sealed.size() - nonce_size,
                                                   raw(associated), associated.size(), raw(sealed), raw(key.view())) != 0) {
        out.resize(had);
        return not_opened();
    }
    return {};
}

Bytes wrap_key(Secret const& with, Secret const& key, std::string_view purpose, Randomness& random) {
    return seal(with, key.view(), purpose_of(purpose), random);
}

Result<Secret> unwrap_key(Secret const& with, std::string_view wrapped, std::string_view purpose) {
    SANJAL_TRY(Bytes plain, open(with, wrapped, purpose_of(purpose)));
    auto key = Secret::from_bytes(plain);
    wipe(plain);
    return key;
}

struct StreamSealer::State {
    crypto_secretstream_xchacha20poly1305_state stream{};
    bool finished = false;
    ~State() { sodium_memzero(&stream, sizeof stream); }
};

StreamSealer::StreamSealer(Secret const& key, Randomness& random)
    : state_(std::make_unique<State>()), header_(random.bytes(stream_header_size)) {
    internal::ready();
    // init_push is init_pull with a header from libsodium's own generator; ours must come from `random` so that a story
    // repeats itself.  Both set up the same state.
    SANJAL_CHECK(crypto_secretstream_xchacha20poly1305_init_pull(&state_->stream, raw(header_), raw(key.view())) == 0);
}
StreamSealer::~StreamSealer() = default;
StreamSealer::StreamSealer(StreamSealer&&) noexcept = default;
StreamSealer& StreamSealer::operator=(StreamSealer&&) noexcept = default;

Bytes StreamSealer::push(std::string_view chunk, Last last) {
    SANJAL_CHECK(state_ != nullptr && !state_->finished);
    SANJAL_CHECK(chunk.size() == stream_chunk_size || (last == Last::Yes && chunk.size() < stream_chunk_size));
    state_->finished = last == Last::Yes;
    Bytes out(chunk.size() + stream_overhead, '\0');
    SANJAL_CHECK(crypto_secretstream_xchacha20poly1305_push(
                     &state_->stream, raw(out), nullptr, raw(chunk), chunk.size(), nullptr, 0,
                     state_->finished ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                      : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE) == 0);
    return out;
}

struct StreamOpener::State {
    crypto_secretstream_xchacha20poly1305_state stream{};
    bool finished = false;
    bool broken = false;
    ~State() { sodium_memzero(&stream, sizeof stream); }
};

StreamOpener::StreamOpener() : state_(std::make_unique<State>()) {}
StreamOpener::~StreamOpener() = default;
StreamOpener::StreamOpener(StreamOpener&&) noexcept = default;
StreamOpener& StreamOpener::operator=(StreamOpener&&) noexcept = default;

Result<StreamOpener> StreamOpener::start(Secret const& key, std::string_view header) {
    internal::ready();
    StreamOpener opener;
    if (header.size() != stream_header_size ||
        crypto_secretstream_xchacha20poly1305_init_pull(&opener.state_->stream, raw(header), raw(key.view())) != 0) {
        return not_opened();
    }
    return opener;
}

Result<Bytes> StreamOpener::pull(std::string_view chunk) {
    SANJAL_CHECK(state_ != nullptr);
    auto& state = *state_;
    if (state.finished || state.broken || chunk.size() < stream_overhead || chunk.size() > stream_chunk_size + stream_overhead) {
        state.broken = true;
        return not_opened();
    }
    Bytes plain(chunk.size() - stream_overhead, '\0');
    unsigned char tag = 0;
    bool const good = crypto_secretstream_xchacha20poly1305_pull(&state.stream, raw(plain), nullptr, &tag, raw(chunk), chunk.size(),
                                                                 nullptr, 0) == 0;
    state.finished = good && tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    bool const whole = tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE && plain.size() == stream_chunk_size;
    if (!good || (!state.finished && !whole)) {
        state.broken = true;
        return not_opened();
    }
    return plain;
}

Result<void> StreamOpener::finish() const {
    SANJAL_CHECK(state_ != nullptr);
    if (!state_->finished || state_->broken) {
        return fail(Fault::Corrupt, "seal.cut_short", "This file was cut short or altered: its last piece was not seen. Fetch it again.");
    }
    return {};
}

Bytes seal_stream(Secret const& key, std::string_view plain, Randomness& random) {
    StreamSealer sealer(key, random);
    Bytes out = sealer.header();
    for (;;) {
        auto const chunk = plain.substr(0, stream_chunk_size);
        plain.remove_prefix(chunk.size());
        out += sealer.push(chunk, plain.empty() ? Last::Yes : Last::No);
        if (plain.empty()) return out;
    }
}

Result<Bytes> open_stream(Secret const& key, std::string_view sealed) {
    SANJAL_TRY(auto opener, StreamOpener::start(key, sealed.substr(0, stream_header_size)));
    sealed.remove_prefix(stream_header_size);
    Bytes out;
    while (!sealed.empty()) {
        auto const chunk = sealed.substr(0, stream_chunk_size + stream_overhead);
        sealed.remove_prefix(chunk.size());
        SANJAL_TRY(auto const plain, opener.pull(chunk));
        out += plain;
    }
    SANJAL_DO(opener.finish());
    return out;
}

}  // namespace sanjal::crypto
