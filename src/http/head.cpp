#include "http/head.h"

#include <algorithm>
#include <array>

#include "http/origin.h"

namespace sanjal::http {
namespace {

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (char const c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}
constexpr auto token_table = make_token_table();

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), lower);
    return made;
}

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

tl::unexpected<Error> no(int status, std::string message) { return fail(Fault::Invalid, "http." + std::to_string(status), std::move(message)); }

// Headers that have one meaning only if they are there once.
constexpr std::string_view single[] = {"accept-language", "authorization", "content-length", "content-type", "cookie", "expect", "host",
                                       "idempotency-key", "if-match", "if-none-match", "last-event-id", "origin", "range",
                                       "sec-fetch-site", "transfer-encoding", "x-csrf-token", "x-purpose"};

Result<void> read_request_line(std::string_view line, std::size_t target_bytes_max, Head& head) {
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return no(400, "The first line of the request is not a request line.");
    auto const method = line.substr(0, first);
    auto const target = line.substr(first + 1, last - first - 1);
    auto const version = line.substr(last + 1);
    if (method.empty() || method.size() > 16 || !std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; })) {
        return no(400, "The method of the request is not one.");
    }
    if (version == "HTTP/1.1") {
        head.version = 11;
    } else if (version == "HTTP/1.0") {
        head.version = 10;
    } else if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9') {
        return no(505, "Only HTTP/1.1 is spoken here.");
    } else {
        return no(400, "The version of the request is not one.");
    }
    if (target.size() > target_bytes_max) return no(414, "The address is too long.");
    if (target.empty() || !std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7F; })) {
        return no(400, "The address of the request has characters that must be percent-encoded.");
    }
    if (target.front() != '/' && !(target == "*" && method == "OPTIONS")) return no(400, "This node is no proxy: the address must begin with a slash.");
    head.method = method;
    head.target = target;
    return {};
}

Result<void> read_header(std::string_view line, Head& head) {
    if (line.front() == ' ' || line.front() == '\t') return no(400, "A header is folded over two lines.");
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return no(400, "A header has no proper name.");
    head.headers.emplace_back(lowered(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
    return {};
}

Result<void> read_framing(Head& head) {
    auto const length = head.header("content-length");
    auto const encoding = head.header("transfer-encoding");
    if (length && encoding) return no(400, "The request has two lengths.");
    if (encoding) {
        if (head.version == 10) return no(400, "HTTP/1.0 has no transfer encodings.");
        if (lowered(*encoding) != "chunked") return no(501, "This transfer encoding is not known here; send the body as it is.");
        head.chunked = true;
    }
    if (length) {
        if (length->empty() || !std::all_of(length->begin(), length->end(), [](char c) { return c >= '0' && c <= '9'; })) {
            return no(400, "The Content-Length is not a number.");
        }
        if (length->size() > 18) {  // more than any number that we count in
            return no(413, "The body is larger than any address takes.");
        }
        std::uint64_t value = 0;
        for (char const c : *length) value = value * 10 + static_cast<std::uint64_t>(c - '0');
        head.length = value;
    }
    return {};
}

Result<void> read_connection(Head& head) {
    head.keep_alive = head.version == 11;
    for (auto const& [name, value] : head.headers) {
        if (name != "connection") continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            auto const token = lowered(trimmed(rest.substr(0, rest.find(','))));
            if (token == "close") {
                head.keep_alive = false;
                return {};
            }
            if (token == "keep-alive") head.keep_alive = true;
            auto const comma = rest.find(',');
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    return {};
}

}  // namespace

std::optional<std::string_view> Head::header(std::string_view name) const {
    for (auto const& [key, value] : headers) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::size_t Head::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](auto const& header) { return header.first == name; }));
}

std::optional<std::size_t> end_of_head(std::string_view bytes) {
    std::size_t start = 0;
    while (bytes.substr(start, 2) == "\r\n") start += 2;
    auto const end = bytes.find("\r\n\r\n", start);
    if (end == std::string_view::npos) return std::nullopt;
    return end + 4;
}

Result<void> check_characters(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const c = static_cast<unsigned char>(bytes[i]);
        if (c > ' ' && c != 0x7F) continue;
        if (c == ' ' || c == '\t') continue;
        if (c == '\r' && (i + 1 == bytes.size() || bytes[i + 1] == '\n')) continue;
        if (c == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
        return no(400, "The head of the request has a control character, or a line that does not end with CR LF.");
    }
    return {};
}

Result<Head> parse_head(std::string_view bytes, std::size_t headers_max, std::size_t target_bytes_max) {
    while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
    if (!bytes.ends_with("\r\n\r\n")) return no(400, "The head of the request has no end.");
    SANJAL_DO(check_characters(bytes));
    bytes.remove_suffix(2);
    Head head;
    bool first = true;
    while (!bytes.empty()) {
        auto const end = bytes.find("\r\n");
        auto const line = bytes.substr(0, end);
        bytes.remove_prefix(end + 2);
        if (line.empty()) return no(400, "The head of the request ends twice.");
        if (first) {
            SANJAL_DO(read_request_line(line, target_bytes_max, head));
            first = false;
            continue;
        }
        if (head.headers.size() == headers_max) return no(431, "The request has too many headers.");
        SANJAL_DO(read_header(line, head));
    }
    for (auto const name : single) {
        if (head.count(name) > 1) return no(400, "A header that may come once came twice.");
    }
    auto const host = head.header("host");
    if (head.version == 11 && !host) return no(400, "The Host header is missing.");
    if (host && !is_authority(*host)) return no(400, "The Host header is not a name or an address.");
    SANJAL_DO(read_framing(head));
    SANJAL_DO(read_connection(head));
    if (auto const expect = head.header("expect"); expect && head.version == 11) {
        if (lowered(*expect) != "100-continue") return no(417, "Only 100-continue can be expected here.");
        head.expects_continue = true;
    }
    return head;
}

int status_in(Error const& error) {
    if (error.code.size() != 8 || !error.code.starts_with("http.")) return 400;
    return (error.code[5] - '0') * 100 + (error.code[6] - '0') * 10 + (error.code[7] - '0');
}

}  // namespace sanjal::http
