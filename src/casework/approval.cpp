#include "casework/approval.h"

#include <algorithm>
#include <vector>

#include "base/time.h"

namespace sanjal::casework {
namespace {

// When it happened, where its author said so; else when it was written down.
std::int64_t moment_of(Json const& event) {
    auto const said = parse_instant(event.text_at("at"));
    return said ? milliseconds_of(*said) : event.integer_at("t");
}

std::vector<Json const*> of_step(record::State const& bearer, std::string_view verb, std::string_view step) {
    auto all = bearer.events(verb);
    all.erase(std::remove_if(all.begin(), all.end(), [&](Json const* event) { return event->text_at("step") != step; }), all.end());
    return all;
}

// The newest thing that was handed in for the step; nullptr where nothing was.
Json const* handed_in(record::State const& bearer, std::string_view step, std::string_view form) {
    Json const* newest = nullptr;
    auto const consider = [&](Json const* event) {
        if (newest == nullptr || event->integer_at("p") > newest->integer_at("p")) newest = event;
    };
    for (auto const* event : bearer.events("form.submitted")) {
        if (!form.empty() && event->text_at("form") == form) consider(event);
    }
    for (auto const* event : of_step(bearer, "task.done", step)) consider(event);
    return newest;
}

}  // namespace

Approval approval_of(record::State const& bearer, std::string_view step, Json const& definition) {
    Approval approval;
    auto const* rule = definition.find("approve");
    if (rule == nullptr) return approval;
    approval.wanted = std::max<std::int64_t>(1, rule->integer_at("number", 1));
    auto const* proposal = handed_in(bearer, step, definition.text_at("form"));
    if (proposal == nullptr) return approval;
    std::int64_t const from = proposal->integer_at("p");
    for (auto const* refusal : of_step(bearer, "task.refused", step)) {
        if (refusal->integer_at("p") > from) approval.sent_back = refusal;
    }
    if (approval.sent_back != nullptr) return approval;
    approval.handed_in = true;
    std::int64_t latest = moment_of(*proposal);
    for (auto const* signature : of_step(bearer, "task.approved", step)) {
        if (signature->integer_at("p") <= from || approval.ended) continue;
        if (!approval.signed_by.insert(std::string(signature->text_at("b"))).second) continue;
        latest = std::max(latest, moment_of(*signature));
        if (static_cast<std::int64_t>(approval.signed_by.size()) < approval.wanted) continue;
        approval.ended = latest;
        approval.ended_by = signature->text_at("b");
    }
    return approval;
}

}  // namespace sanjal::casework
