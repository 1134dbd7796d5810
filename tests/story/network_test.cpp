// Stories of a whole network, by seed.  SANJAL_SEED=N tells one again; SANJAL_SEEDS=N tells that many (SANJAL_FIRST_SEED: from where).
#include "network.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/folder_for_test.h"
#include "base/log.h"
#include "sync/proof.h"

using namespace sanjal;

namespace {

std::uint64_t number_of(char const* name, std::uint64_t otherwise) {
    char const* const given = std::getenv(name);
    return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

void tell(std::uint64_t seed, std::int64_t& days, std::int64_t& delivered) {
    FolderForTest const folder;
    story::Network network(folder.path, seed);
    for (int i = 0; i < 60; ++i) {
        network.step();
        network.check();
    }
    network.heal();
    network.check_end();
    days += network.days();
    delivered += network.delivered();
}

}  // namespace

TEST_CASE("whatever the line, a stick and the disk do: nothing goes without consent, nothing is lost or doubled, one node has a case") {
    log::open(-1);
    bool const one = std::getenv("SANJAL_SEED") != nullptr;
    std::uint64_t const first = one ? number_of("SANJAL_SEED", 1) : number_of("SANJAL_FIRST_SEED", 1);
    std::uint64_t const count = one ? 1 : number_of("SANJAL_SEEDS", 4);
    auto const started = std::chrono::steady_clock::now();
    std::int64_t days = 0, delivered = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        std::string broken;
        try {
            tell(seed, days, delivered);
        } catch (std::exception const& error) {
            broken = error.what();
        }
        INFO(broken);
        CHECK(broken.empty());
    }
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::printf("%llu seeds, %lld simulated days, %lld bundles taken in, %.1f s: %.1f days a second\n", static_cast<unsigned long long>(count), static_cast<long long>(days),
                static_cast<long long>(delivered), seconds, static_cast<double>(days) / seconds);
}

TEST_CASE("a node that goes on from an older copy has two histories: the others find it, prove it to anybody, and stop with it alone") {
    log::open(-1);
    FolderForTest const folder;
    story::Network network(folder.path, 7);
    network.add_woman(0);
    auto const copy = network.copy_of(0);
    // One history is seen by both others, the second goes on from the copy until it is as long.
    network.add_woman(0);
    network.deliver(1, network.compose(0, 1));
    network.deliver(2, network.compose(0, 2));
    network.put_back(0, copy);
    for (int i = 0; i < 3; ++i) network.add_woman(0);
    // It does not know what the others saw: it hears it, and must show how it goes on from there.
    network.deliver(1, network.compose(0, 1));
    CHECK(network.stopped(1, 0).empty());
    network.deliver(0, network.compose(1, 0));
    network.deliver(1, network.compose(0, 1));
    CHECK(network.stopped(1, 0) == "peer.forked");
    CHECK(network.stopped(1, 2).empty());
    CHECK(network.stopped(2, 0).empty());
    auto& house = *network.node(1).house;
    Json evidence;
    REQUIRE(house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const peer, sync::find_peer(tx, network.node(0).id));
        if (!peer) return fail(Fault::NotFound, "peer.none", "The story has lost a node.");
        SANJAL_TRY(auto const state, record::load(tx, peer->record));
        if (auto const* shown = state.value("evidence")) evidence = *shown;
        return {};
    }));
    CHECK(sync::check_evidence(evidence));
    auto const one = std::string(evidence.text_at("one"));
    Json honest = evidence;
    honest.set("other", one);
    CHECK(sync::check_evidence(honest).error().code == "fork.shows_nothing");
    Json garbled = evidence;
    garbled.set("path", Json::object({{"r", std::string(43, 'A')}, {"i", Json::list()}}));
    CHECK(sync::check_evidence(garbled).error().code == "fork.shows_nothing");
}

TEST_CASE("a node that was put back as it was is told so by a peer, and takes nothing from it before somebody has looked") {
    log::open(-1);
    FolderForTest const folder;
    story::Network network(folder.path, 9);
    auto const copy = network.copy_of(0);
    network.add_woman(0);
    network.deliver(1, network.compose(0, 1));
    network.put_back(0, copy);
    auto const answer = network.compose(1, 0);
    network.deliver(0, answer);
    std::int64_t told = 0;
    REQUIRE(network.node(0).house->store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const count, tx.integer("select count(*) from network_aside where code = 'ledger.behind_peer'"));
        told = count.value_or(0);
        return {};
    }));
    CHECK(told == 1);
}
