// Keeping time (P31): what is kept too long is proposed for erasure; the nodal officer and a second person say yes, and the
// node erases it.  A list of cases, classes and days, never of what they hold.
//
// The second person is another nodal officer of the unit that registered the case, or its head.  One no begins anew.
#include <algorithm>

#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"
#include "casework/retention.h"

namespace sanjal::retention {
namespace {

constexpr std::size_t reason_max = 1000;

bool may_say(policy::Actor const& actor) { return actor.is_nodal || actor.is_head; }

tl::unexpected<Error> not_yours() { return fail(Fault::Forbidden, "erasure.not_yours", "The nodal officer and the head of the unit decide about erasing."); }

Json described(pack::Pack const& pack, casework::Kept const& kept, record::State const& root) {
    Json one = Json::object({{"record", kept.root}, {"class", kept.sensitivity}, {"until", format_instant(instant_of(kept.until))}});
    if (!root.number().empty()) one.set("number", root.number());
    Json agreed = Json::list();
    for (auto const& actor : casework::agreed_on(root, kept.sensitivity, kept.until)) agreed.push_back(actor);
    one.set("agreed", std::move(agreed));
    if (auto const* rule = pack.retention(kept.sensitivity)) {
        for (char const* word : {"answers", "ground", "keep", "ends", "source"}) {
            if (auto const* said = rule->find(word)) one.set(word, *said);
        }
    }
    return one;
}

// GET /erasures: what the unit registered and is kept too long.
Result<app::Response> list(app::Context& context, app::Request const& request) {
    if (!may_say(context.actor())) return not_yours();
    for (auto const& [name, value] : request.queries) return fail(Fault::Invalid, "request.unknown_query", "There is no such filter.", name);
    SANJAL_TRY(auto const all, casework::kept_too_long(context.tx(), context.actor().unit, context.now()));
    Json shown = Json::list();
    for (auto const& kept : all) {
        SANJAL_TRY(auto const root, record::load(context.tx(), kept.root));
        if (!context.require(policy::Action::Read, kept.root, root)) continue;  // blocked, or only for a purpose
        shown.push_back(described(context.pack(), kept, root));
    }
    context.note_access("list", "erasures");
    Json answer = Json::object();
    answer.set("erasures", std::move(shown));
    return app::json(200, std::move(answer));
}

// One of the two who agree is the nodal officer: the first to say yes, or the second where the head was first.
Result<void> check_second(app::Context& context, record::State const& root, casework::Kept const& kept) {
    auto const agreed = casework::agreed_on(root, kept.sensitivity, kept.until);
    if (std::find(agreed.begin(), agreed.end(), context.actor().id) != agreed.end()) return fail(Fault::Conflict, "erasure.twice", "You have said yes already. A second person has to say it, too.");
    if (agreed.empty() || context.actor().is_nodal) return {};
    SANJAL_TRY(auto const first, record::find(context.tx(), agreed.front()));
    auto const* nodal = first ? first->value("nodal") : nullptr;
    if (nodal != nullptr && nodal->is_bool() && nodal->boolean()) return {};
    return fail(Fault::Forbidden, "erasure.nodal", "One of the two who agree is the nodal officer. Ask the nodal officer.");
}

// POST /records/{id}/erasures {class, agree, reason?}
Result<app::Response> answer(app::Context& context, app::Request const& request) {
    std::string const id(request.param("id"));
    SANJAL_TRY(auto const root, record::load(context.tx(), id));
    SANJAL_DO(context.require(policy::Action::Read, id, root));
    if (!may_say(context.actor()) || root.unit() != context.actor().unit) return not_yours();
    SANJAL_TRY(auto const body, parse_json(request.body));
    if (!body.is_object()) return fail(Fault::Invalid, "request.not_an_object", "Send a JSON object.");
    for (auto const& [name, value] : body.members()) {
        if (name != "class" && name != "agree" && name != "reason") return fail(Fault::Invalid, "request.unknown_member", "There is no such member here.", "/" + name);
    }
    auto const* agree = body.find("agree");
    if (agree == nullptr || !agree->is_bool()) return fail(Fault::Invalid, "request.kind", "This is true or false.", "/agree");
    auto const reason = body.text_at("reason");
    if (reason.size() > reason_max || (!agree->boolean() && reason.empty())) return fail(Fault::Invalid, "erasure.reason", "Say in a sentence why this must be kept.", "/reason");
    std::string const sensitivity(body.text_at("class"));
    SANJAL_TRY(auto const kept, casework::find_kept(context.tx(), id, sensitivity, context.now()));
    if (!kept) return fail(Fault::Conflict, "erasure.not_due", "Nothing of this class is proposed for erasure in this case. Load the list again.", "/class");
    if (agree->boolean()) SANJAL_DO(check_second(context, root, *kept));
    auto submission = context.submission();
    ledger::NewEntry entry{agree->boolean() ? "erasure.agreed" : "erasure.refused", id, {{"class", sensitivity, "operational"}}, std::nullopt, std::nullopt};
    if (!reason.empty()) entry.fields.push_back({"why", std::string(reason), "operational"});
    submission.entries.push_back(std::move(entry));
    SANJAL_DO(context.house().commit(context.tx(), std::move(submission)));
    SANJAL_TRY(auto const after, record::load(context.tx(), id));
    Json shown = described(context.pack(), *kept, after);
    shown.set("state", shown.find("agreed")->items().size() >= 2 ? "agreed" : "proposed");
    return app::json(200, std::move(shown));
}

struct Plan {
    std::vector<casework::Erasable> records;
    std::vector<std::string> approvals;
};
Result<Plan> plan(app::House& house, store::Transaction& tx, casework::Kept const& kept) {
    Plan made;
    auto const pack = house.packs().in_force();
    SANJAL_TRY(auto const cluster, record::load_cluster(tx, kept.root));
    auto const root = cluster.records.find(kept.root);
    if (pack == nullptr || root == cluster.records.end()) return made;
    made.approvals = casework::agreed_on(root->second, kept.sensitivity, kept.until);
    for (auto& one : casework::erasable_of(*pack, cluster, kept.sensitivity)) {
        SANJAL_TRY(bool const over, casework::is_over_everywhere(tx, one.record, kept.sensitivity, house.clock().now()));
        if (over) made.records.push_back(std::move(one));
    }
    return made;
}

// What two people agreed to, record by record; what was cut short goes on the next time.
Result<void> erase_agreed(app::House& house) {
    std::set<std::string> looked_at;
    while (true) {
        std::optional<casework::Kept> kept;
        Plan made;
        SANJAL_DO(house.store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(kept, casework::next_to_erase(tx, house.clock().now(), looked_at));
            if (!kept) return {};
            SANJAL_TRY(made, plan(house, tx, *kept));
            return {};
        }));
        if (!kept) return {};
        looked_at.insert(kept->root + " " + kept->sensitivity);
        if (made.approvals.size() < 2 || made.records.empty()) continue;  // the rest is held by a case whose time is not over
        SANJAL_TRY(bool const ours, house.store().try_lock_forever("retention"));
        if (!ours) return {};
        for (auto const& one : made.records) {
            auto const erased = house.erase({one.record, one.fields, "keeping time is over: " + kept->sensitivity, made.approvals, Json::object(), house.operator_id(),
                                             house.packs().in_force()->reference(), house.new_id()});
            if (!erased && erased.error().fault != Fault::NotFound) return fail(erased.error());
        }
    }
}

void tick(app::House& house, app::Outbound&) {
    if (auto const done = erase_agreed(house); !done) log::write(log::Level::Alarm, "retention.not_erased", {{"code", log::Safe::id(done.error().code)}});
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/erasures", "erasure.list", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Post, "/api/v1/records/{id}/erasures", "erasure.answer", app::Needs::Session, app::Run::Write, app::answered<answer>},
};

}  // namespace

extern app::Feature const feature;
app::Feature const feature{.name = "retention", .routes = routes, .migrations = {}, .tick = tick};

}  // namespace sanjal::retention
