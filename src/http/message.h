#pragma once
// One request out of a stream of bytes that come in any pieces: its head, then its body.  No sockets and no time; Beast's
// parser does the framing, after head.h has refused what is ambiguous.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/head.h"
#include "http/limits.h"

namespace sanjal::http {

class MessageReader {
public:
    explicit MessageReader(Limits const& limits);
    ~MessageReader();
    MessageReader(MessageReader&&) noexcept;
    MessageReader& operator=(MessageReader&&) noexcept;

    // Takes bytes from the front and says how many.  Stops after the head, and after the last byte of the message: what
    // follows is the next request.  0 with neither reached: give it the same bytes again, with more behind them; if they
    // are over Limits::head_bytes_max it fails instead.  After an Error the stream has no meaning any more.
    Result<std::size_t> feed(std::string_view bytes);

    [[nodiscard]] bool has_head() const;
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] Head const& head() const;
    [[nodiscard]] bool has_body() const;  // one is announced, even if it turns out to be empty

    // Decoded body bytes since the last call.
    std::string take_body();

private:
    Result<std::size_t> feed_head(std::string_view bytes);

    struct Parser;
    std::unique_ptr<Parser> parser_;
    Limits const* limits_;
    std::optional<Head> head_;
    std::size_t checked_ = 0;  // of a head that is not complete yet
};

}  // namespace sanjal::http
