#include "app/receipt.h"

#include "base/bytes.h"
#include "base/time.h"

namespace sanjal::app {
namespace {

Json begun(House& house, std::string_view actor, std::string_view submission) {
    return Json::object({{"node", house.ledger().node()}, {"actor", std::string(actor)}, {"submission", std::string(submission)}, {"at", format_instant(house.clock().now())}});
}

}  // namespace

Result<std::string> receipt_for_request(House& house, std::string_view actor, Appended const& appended, std::string_view request_digest) {
    Json payload = begun(house, actor, appended.submission);
    payload.set("count", appended.entries).set("request", to_base64url(request_digest));
    return house.ledger().sign_receipt(payload);
}

Result<std::string> receipt_for_entries(House& house, std::string_view actor, std::string_view submission, std::vector<std::string> const& entries) {
    Json payload = begun(house, actor, submission);
    Json list = Json::list();
    for (auto const& entry : entries) list.push_back(entry);
    payload.set("entries", std::move(list));
    return house.ledger().sign_receipt(payload);
}

}  // namespace sanjal::app
