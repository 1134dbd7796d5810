#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/log.h"
#include "http/cookie.h"

namespace sanjal::http {
namespace {

bool is_header_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_header_value(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

// Locale-free, and made once a second and thread.
std::string const& date_now() {
    thread_local std::time_t made_at = 0;
    thread_local std::string made;
    auto const now = std::time(nullptr);
    if (now == made_at && !made.empty()) return made;
    constexpr std::array<char const*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<char const*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    auto const two = [](int number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
    made = std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + " " +
           months[static_cast<std::size_t>(parts.tm_mon)] + " " + std::to_string(parts.tm_year + 1900) + " " + two(parts.tm_hour) + ":" +
           two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
    made_at = now;
    return made;
}

void add(std::string& head, std::string_view name, std::string_view value) { head.append(name).append(": ").append(value).append("\r\n"); }

}  // namespace

std::string_view reason_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 416: return "Range Not Satisfiable";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        case 507: return "Insufficient Storage";
        default: return "Answer";
    }
}

std::string make_fixed_headers(std::string const& content_security_policy, bool tls) {
    std::string made;
    add(made, "Content-Security-Policy", content_security_policy);
    add(made, "X-Content-Type-Options", "nosniff");
    add(made, "Referrer-Policy", "no-referrer");
    add(made, "Cross-Origin-Opener-Policy", "same-origin");
    add(made, "Cross-Origin-Resource-Policy", "same-origin");
    if (tls) add(made, "Strict-Transport-Security", "max-age=63072000; includeSubDomains");
    return made;
}

std::string write_response_head(app::Response const& response, Framing const& framing, std::string const& fixed_headers,
                                std::string const& cookie_name) {
    std::string head;
    head.reserve(768);
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_of(response.status)).append("\r\n");
    add(head, "Date", date_now());
    head += fixed_headers;
    bool cached_otherwise = false;
    for (auto const& [name, value] : response.headers) {
        if (!is_header_name(name) || !is_header_value(value)) {
            log::write(log::Level::Alarm, "http.header_left_out", {{"status", std::int64_t{response.status}}});
            continue;
        }
        cached_otherwise = cached_otherwise || name == "Cache-Control";
        add(head, name, value);
    }
    if (!cached_otherwise) add(head, "Cache-Control", "no-store");
    if (!response.content_type.empty() && is_header_value(response.content_type)) add(head, "Content-Type", response.content_type);
    if (response.session_cookie) add(head, "Set-Cookie", write_cookie(cookie_name, *response.session_cookie));
    if (framing.length) add(head, "Content-Length", std::to_string(*framing.length));
    if (framing.chunked) add(head, "Transfer-Encoding", "chunked");
    if (framing.close) add(head, "Connection", "close");
    if (framing.says_keep_alive && !framing.close) add(head, "Connection", "keep-alive");
    head += "\r\n";
    return head;
}

}  // namespace sanjal::http
