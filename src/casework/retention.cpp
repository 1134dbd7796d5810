#include "casework/retention.h"

#include "casework/subject.h"
#include "rules/clock.h"

namespace sanjal::casework {

std::vector<Keeping> keeping_of(pack::Pack const& pack, record::Cluster const& cluster) {
    std::vector<Keeping> all;
    auto const* classes = pack.document.find("retention");
    auto const root = cluster.records.find(cluster.root);
    if (classes == nullptr || root == cluster.records.end()) return all;
    Subject const subject(cluster, cluster.root, root->second);
    for (auto const& [sensitivity, rule] : classes->members()) {
        Keeping keeping{sensitivity, std::nullopt};
        auto const* keep = rule.find("keep");
        auto const* from = rule.find("starts");
        auto const started = from != nullptr ? rules::moment_of(subject.start_of(*from, pack).value, pack.calendar()) : std::nullopt;
        auto const clock = keep != nullptr ? rules::ClockRule::parse("", Json::object({{"within", *keep}})) : fail(Fault::Invalid, "", "");
        if (started && clock) {
            rules::ClockInput input;
            input.started = *started;
            input.now = *started;
            input.calendar = pack.calendar();
            if (auto const due = rules::evaluate(*clock, input).due) keeping.until = milliseconds_of(*due);
        }
        all.push_back(std::move(keeping));
    }
    return all;
}

}  // namespace sanjal::casework
