// What clocks tell, lived through by hand: before the end who does the work, after it the officer and the head of the unit,
// hours later whoever supervises them; each once, whatever is restarted or rebuilt, and nobody who must not know.
#include "app/alerts.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "app/account.h"
#include "base/folder_for_test.h"

using namespace sanjal;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A police unit with an officer and a head, a shelter, and a commission over the police unit; one child, found now.
struct Node {
    FolderForTest folder;
    SteppedClock clock{instant_of(1'780'000'000'000)};
    SystemRandom random;
    SteppedExecutor executor;
    std::unique_ptr<app::House> house;
    std::string police, shelter, commission, root, part;
    policy::Actor officer, head, keeper, overseer;

    Node() {
        auto loaded = pack::load_pack("packs/in");
        REQUIRE(loaded);
        auto made = app::House::found(config(), {"Test", "IN", {}, loaded->document}, clock, random, executor);
        REQUIRE(made);
        house = std::move(*made);
        write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(police, app::register_unit(*house, tx, {"P", "Police", "police"}, house->operator_id()));
            SANJAL_TRY(shelter, app::register_unit(*house, tx, {"S", "Shelter", "shelter"}, house->operator_id()));
            SANJAL_TRY(commission, app::register_unit(*house, tx, {"C", "Commission", "commission"}, house->operator_id()));
            return {};
        });
        add({"unit.changed", police, {{"supervised_by", commission, "public"}}, {}, {}});
        officer = account("police", police, false);
        head = account("police", police, true);
        keeper = account("shelter", shelter, true);
        overseer = account("commission", commission, false);
        root = house->new_id();
        part = house->new_id();
        std::string const person = house->new_id();
        add({"case.opened", root, {{"found_at", format_instant(clock.now(), 330), "operational"}, {"unit_of_origin", police, "operational"}}, {}, {}});
        add({"person.opened", person, {{"under_18", "yes", "operational"}, {"names/e0", "কেউ একজন", "identity"}, {"unit_of_origin", police, "operational"}}, {}, {}});
        add({"part.opened", part, {{"as", "survivor", "operational"}, {"case", root, "operational"}, {"person", person, "operational"}, {"unit_of_origin", police, "operational"}}, {}, {}});
        add({"form.submitted", part, {{"form", "rescue_report", "operational"}}, {}, {}});
    }

    app::HouseConfig config() const {
        app::HouseConfig config;
        config.directory = folder.path + "/node";
        config.passphrase = "five quiet herons cross the river";
        config.kdf_memory_kib = 8192;
        return config;
    }

    void write(std::function<Result<void>(store::Transaction&)> const& work) {
        auto const done = house->ledger().write(work);
        INFO((done ? std::string() : done.error().message + " " + done.error().where));
        REQUIRE(done);
    }

    void add(ledger::NewEntry entry) {
        ledger::Submission made;
        made.id = house->new_id();
        made.actor = house->operator_id();
        made.pack = house->packs().in_force()->reference();
        made.entries.push_back(std::move(entry));
        write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_DO(house->commit(tx, made));
            return {};
        });
    }

    policy::Actor account(std::string const& role, std::string const& unit, bool heads) {
        policy::Actor actor;
        actor.id = house->new_id();
        actor.role = role;
        actor.unit = unit;
        actor.is_head = heads;
        add({"actor.registered", actor.id, {{"role", role, "public"}, {"unit", unit, "public"}}, {}, {}});
        return actor;
    }

    void tell() {
        for (bool more = true; more;) {
            auto const some = app::make_some_notices(*house);
            INFO((some ? std::string() : some.error().message));
            REQUIRE(some);
            more = *some;
        }
    }

    // Notices about one rule, as somebody sees them.
    std::vector<Json> seen_by(policy::Actor const& actor, std::string_view rule = "in.jj.s31.produce_cwc", std::string_view language = "en") {
        std::vector<Json> all;
        auto const read = house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const alerts, app::alerts_for(*house, tx, actor, language));
            for (auto const& one : alerts.items()) {
                if (one.text_at("rule") == rule) all.push_back(one);
            }
            return {};
        });
        REQUIRE(read);
        return all;
    }

    std::int64_t rows() {
        std::int64_t count = 0;
        REQUIRE(house->store().read([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const all, tx.integer("select count(*) from casework_notice"));
            count = all.value_or(0);
            return {};
        }));
        return count;
    }
};

}  // namespace

TEST_CASE("a clock tells who does the work before its end, the officer and the head at its end, the commission hours after it") {
    Node node;
    node.clock.pass(hours(17) + minutes(59));
    node.tell();
    CHECK(node.seen_by(node.officer).empty());
    node.clock.pass(minutes(1));  // six hours before the end
    CHECK(node.seen_by(node.officer).empty());  // nothing is told before it was made
    node.tell();
    auto seen = node.seen_by(node.officer);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].text_at("alert") == "warning");
    CHECK(seen[0].text_at("record") == node.part);
    CHECK(seen[0].text_at("case") == node.root);
    CHECK(seen[0].text_at("title") == "Produce the child before the Child Welfare Committee");
    CHECK(write_json(seen[0]).find("কেউ") == std::string::npos);

    node.clock.pass(hours(6));  // the last lawful minute
    node.tell();
    CHECK(node.seen_by(node.officer)[0].text_at("alert") == "warning");
    node.clock.pass(minutes(1));
    node.tell();
    CHECK(node.seen_by(node.officer)[0].text_at("alert") == "late");
    CHECK(node.seen_by(node.officer)[0].text_at("told") == "owner");
    REQUIRE(node.seen_by(node.head).size() == 1);
    CHECK(node.seen_by(node.head)[0].text_at("alert") == "late");

    // P6: for three days nobody else.
    node.clock.pass(hours(72) - minutes(1));
    node.tell();
    CHECK(node.seen_by(node.overseer).empty());
    CHECK(node.seen_by(node.keeper).empty());
    node.clock.pass(minutes(1));
    node.tell();
    auto const over = node.seen_by(node.overseer);
    REQUIRE(over.size() == 1);
    CHECK(over[0].text_at("unit") == node.police);
    for (char const* hidden : {"record", "case", "number", "title", "step", "due"}) CHECK(over[0].find(hidden) == nullptr);
    CHECK(node.seen_by(node.keeper).empty());
}

TEST_CASE("a task that somebody took tells that one alone, and the head of the unit that it is in") {
    Node node;
    node.add({"task.assigned", node.part, {{"step", "produce_before_cwc", "operational"}, {"to", node.officer.id, "operational"}}, {}, {}});
    auto const other = node.account("police", node.police, false);
    node.clock.pass(hours(24));
    node.tell();
    CHECK(node.seen_by(node.officer).size() == 1);
    CHECK(node.seen_by(other).empty());
    node.clock.pass(minutes(1));
    node.tell();
    CHECK(node.seen_by(other).empty());
    auto const seen = node.seen_by(node.head);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].text_at("told") == "unit_head");
}

TEST_CASE("each notice is made once: a second turn, a restart and a rebuild tell nobody again; what is done is told no more") {
    Node node;
    node.clock.pass(hours(25));
    node.tell();
    auto const made = node.seen_by(node.officer);
    auto const rows = node.rows();
    REQUIRE(made.size() == 1);
    REQUIRE(rows > 0);
    node.clock.pass(minutes(5));
    node.tell();
    CHECK(node.rows() == rows);

    node.house.reset();
    auto again = app::House::open(node.config(), node.clock, node.random, node.executor);
    REQUIRE(again);
    node.house = std::move(*again);
    node.tell();
    CHECK(node.rows() == rows);
    CHECK(node.seen_by(node.officer) == made);
    REQUIRE(node.house->rebuild({}));
    node.tell();
    CHECK(node.rows() == rows);
    CHECK(node.seen_by(node.officer) == made);

    node.add({"task.done", node.part, {{"step", "produce_before_cwc", "operational"}}, {}, {}});
    CHECK(node.seen_by(node.officer).empty());
    CHECK(node.seen_by(node.head).empty());
}

TEST_CASE("a corrected time moves the notice with the clock, and what was told of the old end is forgotten (P5)") {
    Node node;
    node.clock.pass(hours(25));
    node.tell();
    REQUIRE(node.seen_by(node.officer).size() == 1);
    node.add({"case.changed", node.root, {{"found_at", format_instant(node.clock.now() - hours(10), 330), "operational"}}, {}, {}});
    CHECK(node.seen_by(node.officer).empty());
    node.clock.pass(hours(8));
    node.tell();
    REQUIRE(node.seen_by(node.officer).size() == 1);
    CHECK(node.seen_by(node.officer)[0].text_at("alert") == "warning");
}

TEST_CASE("what is told is in the reader's language") {
    Node node;
    node.clock.pass(hours(25));
    node.tell();
    auto const bengali = node.seen_by(node.officer, "in.jj.s31.produce_cwc", "bn");
    REQUIRE(bengali.size() == 1);
    CHECK(bengali[0].text_at("says") == "এই কাজের সময় শেষ। এখন করুন, আর কেন দেরি হল বলুন।");
}

TEST_CASE("whom a person named as one who must not know is told nothing (P1)") {
    Node node;
    node.clock.pass(hours(25));
    node.tell();
    REQUIRE(node.seen_by(node.officer).size() == 1);
    std::string person;
    REQUIRE(node.house->store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const state, record::load(tx, node.part));
        person = state.value("person")->text();
        return {};
    }));
    node.add({"person.changed", person, {{"not_to_know/e1", node.officer.id, "identity"}}, {}, {}});
    CHECK(node.seen_by(node.officer).empty());
    CHECK(node.seen_by(node.head).size() == 1);
}
