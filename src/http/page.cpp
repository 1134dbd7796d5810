#include "http/page.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace sanjal::http {
namespace {

bool is_clients_own(std::string_view path) {
    return !path.starts_with("/api/") && path.substr(path.rfind('/')).find('.') == std::string_view::npos;
}

// Whether an Accept-Encoding takes that coding; bytes as they are, it always does here (RFC 9110 12.5.3).
bool takes(std::string_view accepted, std::string_view coding) {
    if (coding.empty()) return true;
    while (!accepted.empty()) {
        auto const end = std::min(accepted.find(','), accepted.size());
        std::string_view one = accepted.substr(0, end);
        accepted.remove_prefix(std::min(end + 1, accepted.size()));
        while (one.starts_with(' ')) one.remove_prefix(1);
        auto const semicolon = std::min(one.find(';'), one.size());
        std::string_view name = one.substr(0, semicolon);
        while (name.ends_with(' ')) name.remove_suffix(1);
        auto const weight = one.find("q=", semicolon);
        bool const never = weight != std::string_view::npos && one.substr(weight + 2).find_first_not_of("0. ") == std::string_view::npos;
        if (name == coding) return !never;
    }
    return false;
}

// A list of entity tags, or "*"; a weak tag counts (RFC 9110 13.1.2).
bool names(std::string_view list, std::string_view etag) { return list == "*" || list.find(etag) != std::string_view::npos; }

}  // namespace

Pages::Pages(std::vector<Page> pages, std::string entry) : entry_(std::move(entry)) {
    for (auto& page : pages) {
        auto etag = "\"" + to_base64url(crypto::sha256(page.body)).substr(0, 22) + "\"";
        auto path = page.path;
        pages_[std::move(path)].push_back(Kept{std::move(page), std::move(etag)});
    }
    for (auto& [path, kept] : pages_) {
        std::stable_sort(kept.begin(), kept.end(), [](Kept const& a, Kept const& b) { return a.page.body.size() < b.page.body.size(); });
    }
}

std::optional<app::Response> Pages::find(app::Request const& request) const {
    if (pages_.empty() || request.method != app::Method::Get) return std::nullopt;
    auto found = pages_.find(request.path);
    if (found == pages_.end() && request.path.starts_with('/') && is_clients_own(request.path)) found = pages_.find(entry_);
    if (found == pages_.end()) return std::nullopt;
    auto const accepted = request.header("accept-encoding").value_or("");
    auto const& variants = found->second;
    auto const fits = std::find_if(variants.begin(), variants.end(), [&](Kept const& kept) { return takes(accepted, kept.page.content_encoding); });
    auto const& [page, etag] = fits != variants.end() ? *fits : variants.front();
    app::Response response;
    // The client's program is no secret, and an office that is offline must still have it.
    response.headers.emplace_back("Cache-Control", page.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.headers.emplace_back("ETag", etag);
    if (variants.size() > 1 || !page.content_encoding.empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (auto const known = request.header("if-none-match"); known && names(*known, etag)) {
        response.status = 304;
        return response;
    }
    if (!page.content_encoding.empty()) response.headers.emplace_back("Content-Encoding", page.content_encoding);
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
