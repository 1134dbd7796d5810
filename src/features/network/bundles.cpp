// Bundles in and out, over a line or by hand: the same bytes and the same code behind both.
#include <memory>

#include "features/network/routes.h"
#include "sync/exchange.h"

namespace sanjal::network {
namespace {

bool is_about_the_bundle(Error const& error) {
    return error.fault == Fault::Invalid || error.fault == Fault::Forbidden || error.fault == Fault::Conflict || error.fault == Fault::TooLarge || error.fault == Fault::TooMany || error.fault == Fault::NotFound;
}

app::Response bytes(Bytes bundle) { return {200, "application/octet-stream", std::move(bundle), {}, std::nullopt}; }

Result<std::int64_t> number_of(Json const& body) {
    std::int64_t from = 0;
    for (char const c : body.text_at("from")) {
        if (c < '0' || c > '9' || from > 1'000'000'000'000) return fail(Fault::Invalid, "request.not_a_number", "This must be a whole number.", "/from");
        from = from * 10 + (c - '0');
    }
    return from;
}

}  // namespace

// Opened before the writer is asked.  Whoever sends may be anybody: what cannot be opened costs a hash and is counted.
Result<void> receive(app::House& house, app::Request const& request, std::optional<app::Proven>&) {
    SANJAL_CHECK(request.source != nullptr);
    Bytes body;
    std::string buffer(64U << 10U, '\0');
    while (true) {
        SANJAL_TRY(auto const count, request.source->read(buffer.data(), buffer.size()));
        if (count == 0) break;
        if (body.size() + count > sync::bundle_bytes_max) return fail(Fault::TooLarge, "bundle.too_large", "A bundle has at most 4 MiB; this is larger, so nothing of it was read.");
        body.append(buffer.data(), count);
    }
    auto arrived = sync::open_arrived(house, body);
    if (!arrived) {
        if (is_about_the_bundle(arrived.error())) {
            SANJAL_DO(house.ledger().write([&](store::Transaction& tx) { return sync::set_aside(house, tx, "", arrived.error().code, 0); }, store::Priority::Low));
        }
        return fail(arrived.error());
    }
    request.prepared = std::make_shared<sync::Arrived>(std::move(*arrived));
    return {};
}

Answer inbox(app::Context& context, app::Request const& request) {
    auto const* prepared = std::any_cast<std::shared_ptr<sync::Arrived>>(&request.prepared);
    SANJAL_CHECK(prepared != nullptr);
    auto const& arrived = **prepared;
    auto const taken = sync::take(context.house(), context.tx(), arrived);
    if (!taken) {
        if (!is_about_the_bundle(taken.error())) return fail(taken.error());
        // Answered as taken note of, so that the note itself is kept.
        SANJAL_DO(sync::set_aside(context.house(), context.tx(), arrived.from, taken.error().code, 0));
        return app::json(200, Json::object({{"aside", taken.error().code}}));
    }
    if (taken->standing == "forked") return app::json(200, Json::object({{"aside", "peer.forked"}}));
    SANJAL_TRY(auto out, sync::compose(context.house(), context.tx(), arrived.from));
    return bytes(std::move(out.bundle));
}

// For a stick: {"from"} is where the last one ended.  The next number stands in a header, and 0 where this was all.
Answer make_bundle(app::Context& context, app::Request const& request) {
    SANJAL_DO(need_officer(context));
    SANJAL_TRY(auto const body, body_of(request, {"from"}));
    SANJAL_TRY(auto const from, number_of(body));
    SANJAL_TRY(auto out, sync::compose(context.house(), context.tx(), std::string(request.param("id")), from));
    auto response = bytes(std::move(out.bundle));
    response.headers.emplace_back("Sanjal-Next", std::to_string(out.more ? out.next : 0));
    return response;
}

}  // namespace sanjal::network
