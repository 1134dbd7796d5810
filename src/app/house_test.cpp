// The whole house below the slices: rebuilding gives the same bytes as living, and no failing or dying write loses what was
// acknowledged.
#include "app/house.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "app/account.h"
#include "app/upgrade.h"
#include "base/folder_for_test.h"
#include "base/log.h"
#include "app/views.h"
#include "crypto/hash.h"
#include "ledger/verify_live.h"
#include "store/faults.h"

using namespace sanjal;
namespace files = std::filesystem;

namespace {

constexpr std::uint32_t light_kdf = 8192;
constexpr char const* passphrase = "five quiet herons cross the river";

using Folder = FolderForTest;

Instant const then = instant_of(1'780'000'000'000);

// A failure is repeated by its seed.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

private:
    std::mt19937_64 engine_;
};

Json pack_document() {
    static Json const document = [] {
        auto loaded = pack::load_pack("packs/in");
        REQUIRE(loaded);
        REQUIRE(loaded->findings.empty());
        return loaded->document;
    }();
    return document;
}

std::string fresh_schema() {
    static int number = 0;
    std::string const schema = "h" + std::to_string(getpid()) + "_" + std::to_string(++number);
    auto base = store::Store::open({std::string("postgres:") + std::getenv("SANJAL_TEST_POSTGRES")});
    REQUIRE(base);
    REQUIRE((*base)->change([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.run("create schema " + schema));
        return {};
    }));
    return std::string("postgres:") + std::getenv("SANJAL_TEST_POSTGRES") + " options='-csearch_path=" + schema + "'";
}

std::unique_ptr<app::House> found(std::string const& directory, ClockSource& clock, Randomness& random, Executor& executor, std::string const& url = {}) {
    app::HouseConfig config;
    config.directory = directory;
    config.passphrase = passphrase;
    config.kdf_memory_kib = light_kdf;
    auto house = app::House::found(config, {"Test", "IN", url, pack_document()}, clock, random, executor);
    INFO((house ? std::string() : house.error().message));
    REQUIRE(house);
    return std::move(*house);
}

Result<std::unique_ptr<app::House>> open(std::string const& directory, ClockSource& clock, Randomness& random, Executor& executor, store::FileFaults* faults = nullptr) {
    app::HouseConfig config;
    config.directory = directory;
    config.passphrase = passphrase;
    config.kdf_memory_kib = light_kdf;
    config.faults = faults;
    return app::House::open(config, clock, random, executor);
}

// The next version of the pack: the day in which a child is produced has become half of one.
Json next_document(std::string const& folder) {
    namespace files = std::filesystem;
    files::copy("packs", folder, files::copy_options::recursive);
    auto const replace = [&](std::string const& file, std::string const& before, std::string const& after) {
        std::ifstream in(folder + "/" + file);
        std::string text((std::istreambuf_iterator<char>(in)), {});
        auto const at = text.find(before);
        REQUIRE(at != std::string::npos);
        std::ofstream(folder + "/" + file) << text.replace(at, before.size(), after);
    };
    replace("in/pack.yaml", "version: 1", "version: 2");
    replace("in/clocks.yaml", "within: 24 hours", "within: 12 hours");
    auto loaded = pack::load_pack(folder + "/in");
    REQUIRE(loaded);
    REQUIRE(loaded->findings.empty());
    return std::move(loaded->document);
}

// Loads it and derives what stands already.
void upgrade(app::House& house, Json const& document) {
    auto const loaded = house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(app::load_pack(house, tx, document, house.operator_id()));
        return {};
    });
    INFO((loaded ? std::string() : loaded.error().message));
    REQUIRE(loaded);
    for (bool more = true; more;) {
        auto const some = app::derive_some(house);
        REQUIRE(some);
        more = *some;
    }
}

// As a node loaded it before the document was compressed.
void load_plain(app::House& house, Json const& document) {
    auto const pack = pack::Pack::from_json(document);
    REQUIRE(pack);
    ledger::Submission load;
    load.id = house.new_id();
    load.actor = house.operator_id();
    load.pack = pack->reference();
    load.entries.push_back({"pack.loaded", house.new_id(), {{"document", document, "public"}, {"reference", pack->reference(), "public"}}, {}, {}});
    REQUIRE(house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(house.commit(tx, load));
        return {};
    }));
}

// Every row of every view, as text.
std::vector<std::string> views_of(app::House& house) {
    std::vector<std::string> all;
    REQUIRE(house.store().read([&](store::Transaction& tx) -> Result<void> {
        for (auto const& view : app::views()) {
            std::vector<std::string_view> names;
            for (auto const& column : view.key) names.push_back(column.name);
            names.insert(names.end(), view.rest.begin(), view.rest.end());
            std::string columns;
            for (auto const column : names) columns.append(columns.empty() ? "cast(" : ", cast(").append(column).append(" as text)");
            SANJAL_DO(tx.each("select " + columns + " from " + std::string(view.name), {}, [&](store::Row const& row) -> Result<void> {
                std::string line(view.name);
                for (int i = 0; i < static_cast<int>(names.size()); ++i) line += "|" + (row.is_null(i) ? std::string("null") : std::string(row.text(i)));
                all.push_back(std::move(line));
                return {};
            }));
        }
        return {};
    }));
    std::sort(all.begin(), all.end());
    return all;
}

bool is_sound(app::House& house) {
    bool sound = false;
    REQUIRE(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const verdict, ledger::verify_live(tx, house.ledger(), 1, {}));
        INFO(verdict.why);
        CHECK(verdict.sound);
        sound = verdict.sound;
        return {};
    }));
    return sound;
}

// A unit's day, at random: people who see all, people who saw less, corrections, claims, elements, consents, referrals and what becomes
// of them, signatures, closings, erasures, imports.
class Life {
public:
    Life(app::House& house, std::uint64_t seed, SteppedClock& clock) : house_(house), random_(seed), clock_(clock) {
        REQUIRE(house_.ledger().write([&](store::Transaction& tx) -> Result<void> {
            for (int i = 0; i < 3; ++i) {
                SANJAL_TRY(auto const unit, app::register_unit(house_, tx, {"U" + std::to_string(i), "Unit", "police"}, house_.operator_id()));
                units_.push_back(unit);
            }
            return {};
        }));
        for (int i = 0; i < 4; ++i) actors_.push_back(house_.new_id());
    }

    void step() {
        clock_.pass(std::chrono::milliseconds(random_.below(3'600'000)));
        auto const what = random_.below(32);
        if (cases_.empty() || what < 3) return open_case();
        auto const& one = cases_[random_.below(cases_.size())];
        switch (what) {
            case 3:
            case 4: return add(one.root, "case.changed", {{"found_at", moment(), "operational"}});
            case 5: return add(one.root, "case.changed", {{"journey_minutes", static_cast<std::int64_t>(random_.below(900)), "operational"}});
            case 6: return add(one.person, "person.changed", {{"names/" + element(), text("নাম"), "identity"}});
            case 7: return add(one.person, "person.changed", {{"names/" + element(), Json(), "identity"}});
            case 8: return add(one.person, "person.changed", {{"age", Json::object({{"years", static_cast<std::int64_t>(random_.below(30))}, {"how", "about"}}), "identity"}});
            case 9: return add(one.part, "part.changed", {{"committee", unit(), "operational"}});
            case 10: return add(one.part, "part.changed", {{"produced_at", moment(), "legal"}});
            case 11: return add(one.part, random_.below(2) == 0 ? "task.done" : "task.skipped", {{"step", "health_check", "operational"}, {"reason", text("r"), "operational"}});
            case 12: return add(one.person, "person.changed", {{"urgent_hurt", "yes", "medical"}, {"under_18", random_.below(2) == 0 ? "yes" : "no", "operational"}});
            case 13: return add(one.person, "person.changed", {{"not_to_know/" + element(), unit(), "identity"}});
            case 14: return erase(one);
            case 15: return ask(one);
            case 16:
            case 17: return answer();
            case 18: return consent(one.person);
            case 19: return add(one.part, "form.submitted", {{"form", "final_order", "operational"}});
            case 20:
            case 21: return add(one.part, random_.below(5) == 0 ? "task.refused" : "task.approved", {{"step", "final_order", "operational"}, {"reason", text("r"), "operational"}});
            case 22: return add(one.root, random_.below(2) == 0 ? "case.closed" : "case.reopened", {{"reason", text("r"), "operational"}});
            case 23: return add(one.part, "task.assigned", {{"step", "health_check", "operational"}, {"to", actor(), "operational"}});
            case 24: return add(one.root, "access.ordered", {{"order", text("o"), "legal"}, {"to", actor(), "operational"}, {"unit", unit(), "operational"}, {"until", later(), "operational"}});
            case 26: return register_alone();
            case 27: return bring_into(one);
            case 28: return add(one.part, "part.changed", {{"case", some_case().root, "operational"}});
            case 29: return add(one.part, "part.changed", {{"person", some_person(), "operational"}});
            case 30: return consent(alone_.empty() ? one.person : alone_[random_.below(alone_.size())]);
            case 25: return add(one.person, "access.glass_broken", {{"reason", text("r"), "operational"}, {"to", actor(), "operational"}, {"unit", unit(), "operational"}, {"until", later(), "operational"}});
            default: return import();
        }
    }

    [[nodiscard]] std::vector<std::string> const& units() const { return units_; }
    [[nodiscard]] std::vector<std::string> const& actors() const { return actors_; }

private:
    struct Case {
        std::string root, person, part;
    };
    std::string element() { return "e" + std::to_string(random_.below(3)); }
    std::string text(std::string const& stem) { return stem + " " + std::to_string(random_.below(1000)); }
    std::string unit() { return units_[random_.below(units_.size())]; }
    std::string actor() { return actors_[random_.below(actors_.size())]; }
    Json later() { return format_instant(clock_.now() + std::chrono::minutes(random_.below(30000)), 330); }
    Json moment() { return format_instant(clock_.now() - std::chrono::minutes(random_.below(3000)), 330); }
    ledger::Submission submission() {
        ledger::Submission made;
        made.id = house_.new_id();
        made.actor = actors_[random_.below(actors_.size())];
        made.pack = house_.packs().in_force()->reference();
        return made;
    }
    void commit(ledger::Submission made) {
        auto const done = house_.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(house_.commit(tx, made));
            return {};
        });
        INFO((done ? std::string() : done.error().message + " " + done.error().where));
        REQUIRE(done);
    }
    void add(std::string const& record, std::string const& verb, std::vector<ledger::Field> fields) {
        auto made = submission();
        ledger::NewEntry entry{verb, record, std::move(fields), std::nullopt, std::nullopt};
        if (random_.below(3) == 0) {  // somebody who saw less: what stood there some entries ago
            std::vector<std::string> seen;
            REQUIRE(house_.store().read([&](store::Transaction& tx) -> Result<void> {
                SANJAL_TRY(auto const positions, house_.ledger().positions_of_record(tx, record));
                SANJAL_TRY(auto const earlier, house_.ledger().read(tx, positions[random_.below(positions.size())]));
                seen.push_back(earlier.id);
                return {};
            }));
            entry.after = seen;
        }
        made.entries.push_back(std::move(entry));
        commit(std::move(made));
    }
    void open_case() {
        Case const one{house_.new_id(), house_.new_id(), house_.new_id()};
        auto const home = unit();
        auto made = submission();
        made.entries.push_back({"case.opened", one.root, {{"found_at", moment(), "operational"}, {"place_found", text("জায়গা"), "operational"}, {"unit_of_origin", home, "operational"}}, {}, {}});
        made.entries.push_back({"person.opened", one.person, {{"names/e0", text("নাম"), "identity"}, {"under_18", "yes", "operational"}, {"unit_of_origin", home, "operational"}}, {}, {}});
        made.entries.push_back({"part.opened", one.part, {{"as", "survivor", "operational"}, {"case", one.root, "operational"}, {"person", one.person, "operational"}, {"unit_of_origin", home, "operational"}}, {}, {}});
        made.entries.push_back({"form.submitted", one.part, {{"form", "rescue_report", "operational"}}, {}, {}});
        commit(std::move(made));
        cases_.push_back(one);
    }
    // About one person or two, of one case or two.
    void ask(Case const& one) {
        auto made = submission();
        std::string const id = house_.new_id();
        std::vector<ledger::Field> fields = {{"about/e0", one.part, "operational"}, {"asks", "shelter", "operational"}, {"basis", random_.below(2) == 0 ? "consent" : "court_order", "operational"},
                                             {"to", unit(), "operational"}, {"unit_of_origin", unit(), "operational"}, {"until", moment(), "operational"}};
        if (random_.below(3) == 0) fields.push_back({"about/e1", cases_[random_.below(cases_.size())].part, "operational"});
        made.entries.push_back({"referral.offered", id, std::move(fields), {}, {}});
        commit(std::move(made));
        referrals_.push_back(id);
    }
    void answer() {
        if (referrals_.empty()) return;
        char const* const acts[] = {"seen", "accepted", "accepted", "declined", "completed", "withdrawn"};
        add(referrals_[random_.below(referrals_.size())], std::string("referral.") + acts[random_.below(std::size(acts))], {{"words", text("w"), "operational"}});
    }
    void consent(std::string const& person) {
        auto made = submission();
        made.entries.push_back({"consent.opened", house_.new_id(), {{"C_share_min", random_.below(2) == 0 ? "yes" : "no", "operational"}, {"person", person, "operational"}, {"unit_of_origin", unit(), "operational"}}, {}, {}});
        commit(std::move(made));
    }
    // Someone whom no case names yet, and who comes into one later.
    void register_alone() {
        auto made = submission();
        std::string const person = house_.new_id();
        made.entries.push_back({"person.opened", person, {{"names/e0", text("নাম"), "identity"}, {"under_18", "no", "operational"}, {"unit_of_origin", unit(), "operational"}}, {}, {}});
        commit(std::move(made));
        alone_.push_back(person);
    }
    void bring_into(Case const& one) {
        if (alone_.empty()) return;
        Case const joined{one.root, alone_[random_.below(alone_.size())], house_.new_id()};
        auto made = submission();
        made.entries.push_back({"part.opened", joined.part, {{"as", "survivor", "operational"}, {"case", joined.root, "operational"}, {"person", joined.person, "operational"}, {"unit_of_origin", unit(), "operational"}}, {}, {}});
        commit(std::move(made));
        cases_.push_back(joined);
    }
    Case const& some_case() { return cases_[random_.below(cases_.size())]; }
    std::string some_person() { return alone_.empty() || random_.below(2) == 0 ? some_case().person : alone_[random_.below(alone_.size())]; }
    void erase(Case const& one) {
        struct What {
            std::string record;
            std::vector<std::string> fields;
        };
        What const all[] = {{one.root, {"found_at"}}, {one.person, {"names"}}, {one.part, {"person"}}};
        auto const& what = all[random_.below(std::size(all))];
        auto const erased = house_.erase({what.record, what.fields, "test", {"a", "b"}, {}, house_.operator_id(), house_.packs().in_force()->reference(), house_.new_id()});
        if (!erased) CHECK(erased.error().code == "erase.nothing");
    }
    void import() {
        std::string const batch = house_.new_id();
        auto const one = [&](std::string const& verb) {
            auto made = submission();
            made.entries.push_back({verb, batch, {{"format", "x", "operational"}}, {}, {}});
            commit(std::move(made));
        };
        one("import.begun");
        auto rows = submission();
        for (int i = 0; i < 3; ++i) {
            rows.entries.push_back({"anonymous_case.opened", house_.new_id(), {{"year", 2015, "operational"}, {"batch", batch, "operational"}, {"unit_of_origin", unit(), "operational"}}, {}, {}});
        }
        commit(std::move(rows));
        auto const end = random_.below(3);
        if (end > 0) one("import.completed");
        if (end > 1) one("import.undone");
    }

    app::House& house_;
    Dice random_;
    SteppedClock& clock_;
    std::vector<std::string> units_;
    std::vector<std::string> actors_;
    std::vector<Case> cases_;
    std::vector<std::string> alone_;  // people whom no case named when they were written down
    std::vector<std::string> referrals_;
};

// Lists join the views before paging; single records ask decide().  Both say the same of every record, for everybody; and what
// the records themselves say of who registered them, and of who must not know, holds in both.
// Gives how often a record was open to somebody for a time.
std::size_t reach_is_decision(app::House& house, Life const& life, Instant now) {
    std::size_t seen = 0, open_for_a_time = 0;
    auto const pack = house.packs().in_force();
    REQUIRE(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const ids, tx.texts("select id from record order by id"));
        for (auto const& unit : life.units()) {
            for (auto const& id : life.actors()) {
                policy::Actor actor;
                actor.id = id;
                actor.role = "police";
                actor.unit = unit;
                std::set<std::string> listed;
                SANJAL_DO(tx.each("select h.record from record_reach h join record r on r.id = h.record left join record b on b.id = r.batch where h.holder in ($1, $2) and (r.batch = '' or b.state = 'complete')"
                                  " and not exists (select 1 from record_block x where x.record = h.record and x.holder in ($1, $2))"
                                  " union select g.record from record_grant g where g.holder = $2 and g.since <= $3 and g.until > $3"
                                  " and not exists (select 1 from record_block x where x.record = g.record and x.holder in ($1, $2))",
                                  {unit, id, milliseconds_of(now)}, [&](store::Row const& row) -> Result<void> {
                                      listed.insert(std::string(row.text(0)));
                                      return {};
                                  }));
                for (auto const& record : ids) {
                    SANJAL_TRY(auto const state, record::load(tx, record));
                    SANJAL_TRY(auto const stands, policy::standing(tx, actor, record, now));
                    auto const answer = policy::require(tx, {actor, {}, now}, policy::Action::Read, record, state, *pack);
                    bool const not_there = !answer && answer.error().fault == Fault::NotFound;
                    if (not_there == (listed.count(record) > 0)) CHECK(not_there == (listed.count(record) == 0));
                    auto const decision = policy::decide({actor, policy::Action::Read, state.type(), stands.relations, stands.blocked}, *pack);
                    if (decision.allowed != answer.has_value()) CHECK(decision.allowed == answer.has_value());
                    seen += answer.has_value();
                    open_for_a_time += stands.relations.count("under_order") + stands.relations.count("break_glass");
                    for (auto const* cell : state.cells("not_to_know")) {
                        if (cell->text_at("v") == unit) CHECK(not_there);
                    }
                    if (state.unit() == unit && state.data().text_at("batch").empty() && !stands.blocked) CHECK(!not_there);
                }
            }
        }
        return {};
    }));
    CHECK(seen > 0);
    return open_for_a_time;
}

std::size_t live_and_rebuild(std::uint64_t seed, int steps, std::string const& url) {
    CAPTURE(seed);
    Folder const folder;
    SteppedClock clock{then};
    SeededRandom random(seed);
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor, url);
    Life life(*house, seed, clock);
    for (int i = 0; i < steps; ++i) {
        if (i == steps / 2) upgrade(*house, next_document(folder.path + "/packs"));
        life.step();
    }
    auto const lived = views_of(*house);
    CHECK(lived.size() > static_cast<std::size_t>(steps));
    auto const unlike = house->views_unlike_entries({});
    REQUIRE(unlike);
    CHECK(unlike->empty());
    CHECK(views_of(*house) == lived);
    auto const open_for_a_time = reach_is_decision(*house, life, clock.now());
    clock.pass(std::chrono::hours(24 * 40));  // views do not depend on when they are made
    REQUIRE(house->rebuild({}));
    auto const rebuilt = views_of(*house);
    std::vector<std::string> unlike_rows;
    std::set_symmetric_difference(lived.begin(), lived.end(), rebuilt.begin(), rebuilt.end(), std::back_inserter(unlike_rows));
    for (auto const& row : unlike_rows) FAIL_CHECK(row << (std::binary_search(lived.begin(), lived.end(), row) ? " only when lived" : " only when rebuilt"));
    CHECK(is_sound(*house));
    return open_for_a_time;
}

// One small life: two reports, a change, with the ids of what was acknowledged.
std::vector<std::string> write_some(app::House& house, int count, std::function<void(std::string const&)> const& acknowledged) {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) {
        ledger::Submission made;
        made.id = house.new_id();
        made.actor = house.operator_id();
        made.pack = house.packs().in_force()->reference();
        std::string const root = house.new_id();
        std::string const person = house.new_id();
        made.entries.push_back({"case.opened", root, {{"found_at", "2026-05-28T10:00:00+05:30", "operational"}}, {}, {}});
        made.entries.push_back({"person.opened", person, {{"under_18", "yes", "operational"}}, {}, {}});
        made.entries.push_back({"part.opened", house.new_id(), {{"case", root, "operational"}, {"person", person, "operational"}}, {}, {}});
        auto const done = house.ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(house.commit(tx, made));
            return {};
        });
        if (!done) continue;
        all.push_back(root);
        if (acknowledged) acknowledged(root);
    }
    return all;
}

void check_there(app::House& house, std::vector<std::string> const& acknowledged) {
    REQUIRE(house.store().read([&](store::Transaction& tx) -> Result<void> {
        for (auto const& root : acknowledged) {
            SANJAL_TRY(auto const state, record::find(tx, root));
            CHECK(state.has_value());
            SANJAL_TRY(auto const positions, house.ledger().positions_of_record(tx, root));
            CHECK(positions.size() == 2);  // opened, numbered
            SANJAL_TRY(auto const tasks, tx.integer("select count(*) from casework_task where root = $1", {root}));
            CHECK(tasks.value_or(0) > 0);
        }
        return {};
    }));
}

}  // namespace

TEST_CASE("rebuilding all views gives the same bytes as living through the entries one by one") {
    char const* const given = std::getenv("SANJAL_SEEDS");
    std::uint64_t const seeds = given != nullptr ? std::strtoul(given, nullptr, 10) : 8;
    std::size_t open_for_a_time = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) open_for_a_time += live_and_rebuild(seed, 120, {});
    CHECK(open_for_a_time > 0);
    if (std::getenv("SANJAL_TEST_POSTGRES") == nullptr) {
        MESSAGE("not looked at on PostgreSQL: SANJAL_TEST_POSTGRES is not set");
        return;
    }
    live_and_rebuild(101, 80, fresh_schema());
    live_and_rebuild(102, 80, fresh_schema());
}

TEST_CASE("whichever write or sync of a node fails, once or for good: what was acknowledged stays, the ledger verifies, the next start works") {
    log::open(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    Folder const original;
    SystemClock clock;
    SystemRandom random;
    SteppedExecutor executor;
    found(original.path + "/node", clock, random, executor).reset();
    for (auto const lasting : {store::FileFaults::Lasting::Once, store::FileFaults::Lasting::ForGood}) {
        bool reached_end = false;
        for (std::int64_t nth = 1; !reached_end; ++nth) {
            CAPTURE(nth);
            Folder const folder;
            files::copy(original.path + "/node", folder.path + "/node", files::copy_options::recursive);
            store::FileFaults faults;
            std::vector<std::string> acknowledged;
            {
                auto house = open(folder.path + "/node", clock, random, executor, &faults);
                REQUIRE(house);
                faults.fail(nth, nth % 2 == 0 ? ENOSPC : EIO, lasting);
                acknowledged = write_some(**house, 3, {});
                reached_end = faults.failed() == 0;
                if (lasting == store::FileFaults::Lasting::Once || reached_end) CHECK(acknowledged.size() >= 2);
                faults.heal();
                auto const more = write_some(**house, 1, {});
                CHECK(more.size() == 1);
                acknowledged.insert(acknowledged.end(), more.begin(), more.end());
            }
            auto house = open(folder.path + "/node", clock, random, executor);
            INFO((house ? std::string() : house.error().message));
            REQUIRE(house);
            check_there(**house, acknowledged);
            is_sound(**house);
        }
    }
}

TEST_CASE("a process that dies at any write or sync loses nothing that it acknowledged, and the next start works") {
    Folder const original;
    SystemClock clock;
    SystemRandom random;
    {
        SteppedExecutor executor;
        found(original.path + "/node", clock, random, executor).reset();
    }
    bool reached_end = false;
    for (std::int64_t nth = 1; !reached_end; ++nth) {
        CAPTURE(nth);
        Folder const folder;
        files::copy(original.path + "/node", folder.path + "/node", files::copy_options::recursive);
        int ends[2] = {};
        REQUIRE(pipe(ends) == 0);
        pid_t const child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            close(ends[0]);
            SteppedExecutor executor;
            store::FileFaults faults;
            auto house = open(folder.path + "/node", clock, random, executor, &faults);
            if (!house) _exit(3);
            faults.call(nth, [] { _exit(9); });
            write_some(**house, 2, [&](std::string const& id) {
                [[maybe_unused]] auto const sent = ::write(ends[1], id.data(), id.size());
            });
            _exit(0);
        }
        close(ends[1]);
        std::string told;
        char buffer[256];
        for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) told.append(buffer, static_cast<std::size_t>(got));
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
        reached_end = WEXITSTATUS(status) == 0;
        std::vector<std::string> acknowledged;
        for (std::size_t at = 0; at + 36 <= told.size(); at += 36) acknowledged.push_back(told.substr(at, 36));
        CHECK((!reached_end || acknowledged.size() == 2));
        SteppedExecutor executor;
        auto house = open(folder.path + "/node", clock, random, executor);
        INFO((house ? std::string() : house.error().message));
        REQUIRE(house);
        check_there(**house, acknowledged);
        is_sound(**house);
    }
}

TEST_CASE("founding that fails leaves no node behind, and can be tried again") {
    Folder const folder;
    SystemClock clock;
    SystemRandom random;
    SteppedExecutor executor;
    app::HouseConfig config;
    config.directory = folder.path + "/node";
    config.passphrase = passphrase;
    config.kdf_memory_kib = light_kdf;
    CHECK(!app::House::found(config, {"Test", "IN", "postgres:host=/nowhere", pack_document()}, clock, random, executor));
    CHECK(!files::exists(config.directory + "/node.json"));
    CHECK(found(config.directory, clock, random, executor) != nullptr);
    CHECK(!app::House::found(config, {"Test", "IN", "", pack_document()}, clock, random, executor));
}

TEST_CASE("a clock that is set back changes no order: the tree's order holds, numbers go on, and what is later stands on what is earlier") {
    Folder const folder;
    SteppedClock clock{then};
    SystemRandom random;
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor);
    auto const first = write_some(*house, 2, {});
    clock.pass(-std::chrono::hours(24 * 30));
    auto const second = write_some(*house, 2, {});
    REQUIRE(first.size() + second.size() == 4);
    std::vector<std::string> numbers;
    REQUIRE(house->store().read([&](store::Transaction& tx) -> Result<void> {
        std::int64_t last = -1;
        for (auto const& root : {first[0], first[1], second[0], second[1]}) {
            SANJAL_TRY(auto const positions, house->ledger().positions_of_record(tx, root));
            CHECK(positions.front() > last);
            last = positions.back();
            SANJAL_TRY(auto const state, record::load(tx, root));
            numbers.emplace_back(state.number());
        }
        return {};
    }));
    for (std::size_t i = 1; i < numbers.size(); ++i) CHECK(numbers[i].substr(0, numbers[i].rfind('/')) == numbers[0].substr(0, numbers[0].rfind('/')));
    CHECK(std::set<std::string>(numbers.begin(), numbers.end()).size() == 4);
    // A change written "before" the record was opened is still the later one.
    REQUIRE(house->ledger().write([&](store::Transaction& tx) -> Result<void> {
        ledger::Submission made;
        made.id = house->new_id();
        made.actor = house->operator_id();
        made.pack = house->packs().in_force()->reference();
        made.entries.push_back({"case.changed", first[0], {{"journey_minutes", 40, "operational"}}, {}, {}});
        SANJAL_DO(house->commit(tx, made));
        SANJAL_TRY(auto const state, record::load(tx, first[0]));
        CHECK(state.value("journey_minutes") != nullptr);
        CHECK(state.heads().size() == 1);
        return {};
    }));
    is_sound(*house);
    house.reset();
    auto again = open(folder.path + "/node", clock, random, executor);
    REQUIRE(again);
    auto const lived = views_of(**again);
    REQUIRE((*again)->rebuild({}));
    CHECK(views_of(**again) == lived);
}

TEST_CASE("a row of a view that is missing, changed or too many is found, and comparing changes nothing") {
    Folder const folder;
    SteppedClock clock{then};
    SystemRandom random;
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor);
    write_some(*house, 3, {});
    house->ledger().note_access({house->operator_id(), "list", "work", "list"});
    REQUIRE(house->ledger().flush_access(true));  // what the ledger says of itself makes no record, living or anew
    struct Damage {
        char const* view;
        char const* sql;
    };
    for (auto const& [view, sql] : {Damage{"record", "update record set data = data || ' ' where id = (select min(id) from record where type = 'case')"},
                                          Damage{"record", "delete from record where id = (select min(id) from record where type = 'case')"},
                                          Damage{"record_serial", "update record_serial set last = last + 1"},
                                          Damage{"casework_idle", "insert into casework_idle (root, since) values ('nobody', 1)"}}) {
        CAPTURE(view);
        REQUIRE(house->views_unlike_entries({})->empty());
        REQUIRE(house->ledger().write([&, sql = sql](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const rows, tx.run(sql));
            CHECK(rows == 1);
            return {};
        }));
        auto const damaged = views_of(*house);
        auto const unlike = house->views_unlike_entries({});
        REQUIRE(unlike);
        REQUIRE(unlike->size() == 1);
        CHECK(unlike->front().starts_with(std::string(view) + " ("));
        CHECK(views_of(*house) == damaged);
        REQUIRE(house->rebuild({}));
    }
}

TEST_CASE("a node whose first pack lies plain in its entry opens, rebuilds and takes the next one compressed") {
    Folder const folder;
    SteppedClock clock{then};
    SystemRandom random;
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor);
    Json english = pack_document();
    english.set("strings", Json::object()).erase("sha256");
    english.set("sha256", to_hex(crypto::sha256(write_json_sorted(english))));
    load_plain(*house, english);
    auto const plain = house->packs().in_force()->reference();
    CHECK(plain.ends_with("#" + std::string(english.text_at("sha256"))));
    auto acknowledged = write_some(*house, 1, {});
    upgrade(*house, next_document(folder.path + "/packs"));
    auto const next = house->packs().in_force()->reference();
    CHECK(next != plain);
    auto const lived = views_of(*house);
    house.reset();
    auto again = open(folder.path + "/node", clock, random, executor);
    REQUIRE(again);
    CHECK((*again)->packs().find(plain) != nullptr);
    CHECK((*again)->packs().in_force()->reference() == next);
    REQUIRE((*again)->rebuild({}));
    CHECK(views_of(**again) == lived);
    check_there(**again, acknowledged);
    is_sound(**again);
}

TEST_CASE("what need not be kept goes: answers of a fortnight ago, access rows that stand in an entry") {
    Folder const folder;
    SteppedClock clock{then};
    SystemRandom random;
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor);
    auto const count = [&](char const* table) {
        std::int64_t all = -1;
        REQUIRE(house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const found, tx.integer(std::string("select count(*) from ") + table));
            all = found.value_or(-1);
            return {};
        }));
        return all;
    };
    auto const sign_in = [&] {
        REQUIRE(house->ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.run("insert into idempotency (actor, name, body_hash, status, body, at) values ('a', $1, $2, 200, '', $3)",
                             {house->new_id(), store::Blob{"x"}, milliseconds_of(clock.now())}));
            app::Proven proven;
            proven.actor.id = house->new_id();
            proven.box_secret = Bytes(32, 'b');
            SANJAL_DO(app::open_session(*house, tx, proven));
            return {};
        }));
    };
    sign_in();
    house->ledger().note_access({house->operator_id(), "list", "work", "list"});
    REQUIRE(house->ledger().flush_access(true));
    CHECK(count("idempotency") == 1);
    CHECK(count("access_row") == 1);
    CHECK(count("session") == 1);
    clock.pass(std::chrono::hours(24 * 16));
    sign_in();
    house->ledger().note_access({house->operator_id(), "list", "work", "list"});
    REQUIRE(house->ledger().flush_access(true));
    CHECK(count("idempotency") == 1);
    CHECK(count("access_row") == 1);
    CHECK(count("session") == 1);
}

TEST_CASE("views that an older program made are made anew when the node is opened") {
    Folder const folder;
    SteppedClock clock{then};
    SystemRandom random;
    SteppedExecutor executor;
    auto house = found(folder.path + "/node", clock, random, executor);
    write_some(*house, 3, {});
    auto const lived = views_of(*house);
    REQUIRE(house->store().change([](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.run("delete from casework_task"));
        SANJAL_DO(tx.run("update house_state set value = '1' where name = 'views'"));
        return {};
    }));
    house.reset();
    auto again = open(folder.path + "/node", clock, random, executor);
    REQUIRE(again);
    CHECK(views_of(**again) == lived);
    // And only then: what is as it should be is not made again.
    REQUIRE((*again)->store().change([](store::Transaction& tx) -> Result<void> {
        SANJAL_DO(tx.run("delete from casework_task"));
        return {};
    }));
    again->reset();
    auto third = open(folder.path + "/node", clock, random, executor);
    REQUIRE(third);
    CHECK(views_of(**third) != lived);
}
