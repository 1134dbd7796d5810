#include "http/message.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace sanjal::http {

namespace beast = boost::beast;

// Beast reads the head a second time and must find the same in it; then it takes the body apart.
struct MessageReader::Parser final : beast::http::basic_parser<true> {
    explicit Parser(std::size_t head_bytes_max) {
        header_limit(static_cast<std::uint32_t>(head_bytes_max));
        body_limit(boost::none);  // the owner counts: how much is too much depends on the route
        eager(false);
    }

    Head const* head = nullptr;
    std::size_t fields = 0;
    bool head_read = false;
    std::uint64_t chunk_left = 0;
    std::string body;

private:
    using ErrorCode = beast::error_code;
    static void disagree(ErrorCode& ec) { ec = beast::http::error::bad_field; }

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version, ErrorCode& ec) override {
        if (method != beast::string_view(head->method) || target != beast::string_view(head->target) || version != head->version) disagree(ec);
    }
    void on_response_impl(int, beast::string_view, int, ErrorCode& ec) override { disagree(ec); }
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, ErrorCode& ec) override {
        if (head_read) return;  // a trailer: nothing of it is used
        if (fields >= head->headers.size()) return disagree(ec);
        auto const& [own_name, own_value] = head->headers[fields++];
        if (!beast::iequals(name, own_name) || value != beast::string_view(own_value)) disagree(ec);
    }
    void on_header_impl(ErrorCode& ec) override {
        head_read = true;
        if (fields != head->headers.size() || chunked() != head->chunked) disagree(ec);
    }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, ErrorCode& ec) override {
        if (!head->chunked && length.value_or(0) != head->length.value_or(0)) disagree(ec);
    }
    std::size_t on_body_impl(beast::string_view piece, ErrorCode&) override {
        body.append(piece.data(), piece.size());
        return piece.size();
    }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions, ErrorCode& ec) override {
        chunk_left = size;
        if (!extensions.empty()) ec = beast::http::error::bad_chunk_extension;  // nobody needs them; smugglers like them
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view piece, ErrorCode&) override {
        body.append(piece.data(), piece.size());
        chunk_left -= piece.size();
        return piece.size();
    }
    void on_finish_impl(ErrorCode&) override {}
};

namespace {

// "0\r\n\r\n": no chunked body ends with less.  Beast 1.81 asserts that it is not asked again about "0\r\n" before.
constexpr std::size_t chunk_line_bytes_min = 5;

tl::unexpected<Error> wrong_body() {
    return fail(Fault::Invalid, "http.400", "The body of the request is not framed as its head says.");
}

}  // namespace

MessageReader::MessageReader(Limits const& limits) : parser_(std::make_unique<Parser>(limits.head_bytes_max)), limits_(&limits) {}
MessageReader::~MessageReader() = default;
MessageReader::MessageReader(MessageReader&&) noexcept = default;
MessageReader& MessageReader::operator=(MessageReader&&) noexcept = default;

bool MessageReader::has_head() const { return head_.has_value(); }
bool MessageReader::is_done() const { return head_.has_value() && parser_->is_done(); }
Head const& MessageReader::head() const {
    SANJAL_CHECK(head_.has_value());
    return *head_;
}
bool MessageReader::has_body() const { return head_.has_value() && (head_->chunked || head_->length.value_or(0) > 0); }
std::string MessageReader::take_body() { return std::exchange(parser_->body, {}); }

Result<std::size_t> MessageReader::feed_head(std::string_view bytes) {
    auto const end = end_of_head(bytes);
    if (end.value_or(bytes.size()) > limits_->head_bytes_max) return fail(Fault::Invalid, "http.431", "The head of the request is too large.");
    if (!end) {
        // From one byte before what was checked: a CR that was last may now be followed by something else than LF.
        auto start = std::min(checked_, bytes.size());
        if (start > 0 && bytes[start - 1] == '\r') --start;
        SANJAL_DO(check_characters(bytes.substr(start)));
        checked_ = bytes.size();
        return std::size_t{0};
    }
    auto text = bytes.substr(0, *end);
    while (text.starts_with("\r\n")) text.remove_prefix(2);
    SANJAL_TRY(auto head, parse_head(text, limits_->headers_max, limits_->target_bytes_max));
    parser_->head = &head;
    beast::error_code ec;
    auto const used = parser_->put(boost::asio::const_buffer(text.data(), text.size()), ec);
    parser_->head = nullptr;
    if (ec || used != text.size() || !parser_->is_header_done()) {
        return fail(Fault::Invalid, "http.400", "The head of the request can be read in two ways.");
    }
    head_ = std::move(head);
    parser_->head = &*head_;
    return *end;
}

Result<std::size_t> MessageReader::feed(std::string_view bytes) {
    if (!head_) return feed_head(bytes);
    parser_->head = &*head_;
    std::size_t total = 0;
    while (!bytes.empty() && !parser_->is_done()) {
        if (head_->chunked && parser_->chunk_left == 0 && bytes.size() < chunk_line_bytes_min) break;
        beast::error_code ec;
        auto const used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
        total += used;
        bytes.remove_prefix(used);
        if (ec == beast::http::error::need_more) break;
        if (ec) return wrong_body();
    }
    // What is left can only be a chunk's size line or the trailer, not yet complete.
    if (!parser_->is_done() && bytes.size() > limits_->head_bytes_max) return wrong_body();
    return total;
}

}  // namespace sanjal::http
