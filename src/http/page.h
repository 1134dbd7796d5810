#pragma once
// The web client's files, held in memory, and the headers that every answer carries (security.md 3.5).

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/request.h"
#include "app/response.h"

namespace sanjal::http {

inline constexpr char const* default_content_security_policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html sanjal-worker";

struct Page {
    std::string path;  // "/assets/app-3f2a.js"
    std::string content_type;
    std::string body;
    bool immutable = false;  // its name changes with its bytes: may be kept for a year
    std::string content_encoding = {};  // "br" or "gzip", where the bytes are packed; the same path may be there in several
};

class Pages {
public:
    Pages() = default;
    // `entry` is the page shown at every address of the client's own (no dot in its last segment, not under /api/).
    explicit Pages(std::vector<Page> pages, std::string entry = "/index.html");

    // 200, 304 by If-None-Match, or nothing where this is not a page.  The path is decoded.  Of a page in several encodings the
    // smallest that Accept-Encoding takes.
    [[nodiscard]] std::optional<app::Response> find(app::Request const& request) const;
    [[nodiscard]] bool has_pages() const { return !pages_.empty(); }

private:
    struct Kept {
        Page page;
        std::string etag;
    };
    std::map<std::string, std::vector<Kept>, std::less<>> pages_;  // of each page its encodings, the smallest first
    std::string entry_;
};

// By the file name's end; application/octet-stream where it is unknown.
std::string_view content_type_of(std::string_view path);

}  // namespace sanjal::http
