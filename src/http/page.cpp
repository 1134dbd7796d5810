#include "http/page.h"

#include <array>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace sanjal::http {
namespace {

bool is_clients_own(std::string_view path) {
    return !path.starts_with("/api/") && path.substr(path.rfind('/')).find('.') == std::string_view::npos;
}

// A list of entity tags, or "*"; a weak tag counts (RFC 9110 13.1.2).
bool names(std::string_view list, std::string_view etag) { return list == "*" || list.find(etag) != std::string_view::npos; }

}  // namespace

Pages::Pages(std::vector<Page> pages, std::string entry) : entry_(std::move(entry)) {
    for (auto& page : pages) {
        auto etag = "\"" + to_base64url(crypto::sha256(page.body)).substr(0, 22) + "\"";
        auto path = page.path;
        pages_.insert_or_assign(std::move(path), Kept{std::move(page), std::move(etag)});
    }
}

std::optional<app::Response> Pages::find(app::Request const& request) const {
    if (pages_.empty() || request.method != app::Method::Get) return std::nullopt;
    auto found = pages_.find(request.path);
    if (found == pages_.end() && request.path.starts_with('/') && is_clients_own(request.path)) found = pages_.find(entry_);
    if (found == pages_.end()) return std::nullopt;
    auto const& [page, etag] = found->second;
    app::Response response;
    // The client's program is no secret, and an office that is offline must still have it.
    response.headers.emplace_back("Cache-Control", page.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.headers.emplace_back("ETag", etag);
    if (auto const known = request.header("if-none-match"); known && names(*known, etag)) {
        response.status = 304;
        return response;
    }
    if (!page.content_encoding.empty()) {
        response.headers.emplace_back("Content-Encoding", page.content_encoding);
        response.headers.emplace_back("Vary", "Accept-Encoding");
    }
    response.content_type = page.content_type.empty() ? std::string(content_type_of(page.path)) : page.content_type;
    response.body = page.body;
    return response;
}

std::string_view content_type_of(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 14> types = {{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".wasm", "application/wasm"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".pdf", "application/pdf"},
    }};
    for (auto const& [end, type] : types) {
        if (path.ends_with(end)) return type;
    }
    return "application/octet-stream";
}

}  // namespace sanjal::http
