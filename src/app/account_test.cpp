#include "app/account.h"

#include <doctest/doctest.h>

#include "base/folder_for_test.h"

using namespace sanjal;

TEST_CASE("the session that was just given is never the one that ends, also where all of an account were seen in the same millisecond") {
    FolderForTest const folder;
    SteppedClock clock{instant_of(1'780'000'000'000)};
    SystemRandom random;
    SteppedExecutor executor;
    auto loaded = pack::load_pack("packs/bd");
    REQUIRE(loaded);
    app::HouseConfig config;
    config.directory = folder.path + "/node";
    config.passphrase = "five quiet herons cross the river";
    config.kdf_memory_kib = 8192;
    auto house = app::House::found(config, {"Test", "BD", {}, loaded->document}, clock, random, executor);
    REQUIRE(house);
    app::Proven proven;
    proven.actor.id = (*house)->new_id();
    proven.actor.name = "officer";
    proven.actor.role = "police";
    proven.box_secret = random.bytes(32);
    std::int64_t ended = 0;
    constexpr int opened_in_all = 40;
    for (int i = 0; i < opened_in_all; ++i) {
        auto const done = (*house)->ledger().write([&](store::Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const opened, app::open_session(**house, tx, proven));
            ended += opened.ended;
            SANJAL_TRY(auto const session, app::find_session(**house, tx, opened.token));
            CHECK(session.has_value());
            return {};
        });
        REQUIRE(done);
    }
    CHECK(ended == opened_in_all - (*house)->limits().sessions_max);
}
