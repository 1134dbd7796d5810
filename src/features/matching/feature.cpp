// Matching: may this be somebody whom we know?  Search by name in any script, candidates with their reasons, what people
// decided about them.  Who asks for it: P9 and P10 of practice; docs/matching.md says how it works.
#include "app/context.h"
#include "app/feature.h"
#include "base/log.h"
#include "features/matching/ask.h"
#include "features/matching/links.h"
#include "features/matching/people.h"
#include "features/matching/review.h"
#include "features/matching/search.h"

namespace sanjal::matching {
namespace {

void tick(app::House& house, app::Outbound&) {
    auto& people = house.kept<People>();
    if (auto const read = people.read_on(house); !read) log::write(log::Level::Alarm, "matching.not_read", {{"code", log::Safe::id(read.error().code)}});
    auto const ours = house.store().try_lock_forever("matching");
    if (!ours || !*ours) return;
    if (auto const asked = ask(house, people); !asked) log::write(log::Level::Alarm, "matching.not_asked", {{"code", log::Safe::id(asked.error().code)}});
}

// Of the whole node, as every other number there.
std::string metrics(app::House& house) {
    auto const size = house.kept<People>().size();
    return "# HELP sanjal_people_indexed People whom a search by name can find.\n# TYPE sanjal_people_indexed gauge\nsanjal_people_indexed " + std::to_string(size.people) +
           "\n# HELP sanjal_people_index_bytes Memory that finding them takes.\n# TYPE sanjal_people_index_bytes gauge\nsanjal_people_index_bytes " + std::to_string(size.bytes) + "\n";
}

constexpr app::Route routes[] = {
    {app::Method::Get, "/api/v1/matches", "match.read", app::Needs::Session, app::Run::Read, app::answered<list>},
    {app::Method::Get, "/api/v1/matches/{id}", "match.read", app::Needs::Session, app::Run::Read, app::answered<one>},
    {app::Method::Post, "/api/v1/matches/{id}/decision", "match.decide", app::Needs::Session, app::Run::Write, app::answered<decide>},
    {app::Method::Post, "/api/v1/matches/{id}/undo", "match.decide", app::Needs::Session, app::Run::Write, app::answered<undo>},
    {app::Method::Get, "/api/v1/records/{id}/links", "match.links", app::Needs::Session, app::Run::Read, app::answered<links>},
    {app::Method::Post, "/api/v1/matches/compare", "match.search", app::Needs::Session, app::Run::Read, app::answered<compare>},
};

}  // namespace

extern app::Feature const feature;
std::span<store::Migration const> const migrations = asking_migrations();
app::Feature const feature{.name = "matching", .routes = routes, .migrations = migrations, .tick = tick, .find_people = find_people, .metrics = metrics};

}  // namespace sanjal::matching
