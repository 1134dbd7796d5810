// One set of tests for both databases.  PostgreSQL by SANJAL_TEST_POSTGRES (tools/with_postgres.sh); without it, these say
// aloud that they were left out.
#include "store/store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <limits>
#include <set>

#include "base/folder_for_test.h"
#include "base/executor.h"
#include "base/log.h"
#include "store/faults.h"
#include "store/writer.h"

using namespace sanjal;
using namespace sanjal::store;
namespace files = std::filesystem;

namespace {

using Folder = FolderForTest;

std::string const a_key(32, 'k');

// A database of its own, which can be opened several times.
class Place {
public:
    explicit Place(bool postgres) : postgres_(postgres) {
        if (!postgres_) return;
        static int number = 0;
        schema_ = "t" + std::to_string(getpid()) + "_" + std::to_string(++number);
        auto base = Store::open({std::string("postgres:") + std::getenv("SANJAL_TEST_POSTGRES")});
        REQUIRE(base);
        REQUIRE((*base)->change([&](Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.run("create schema " + schema_));
            return {};
        }));
    }
    [[nodiscard]] StoreConfig config(FileFaults* faults = nullptr) const {
        if (!postgres_) return {"sqlite:" + folder_.path + "/test.db", a_key, faults};
        return {std::string("postgres:") + std::getenv("SANJAL_TEST_POSTGRES") + " options='-csearch_path=" + schema_ + "'"};
    }
    [[nodiscard]] std::unique_ptr<Store> open() const {
        auto store = Store::open(config());
        INFO((store ? std::string() : store.error().message));
        REQUIRE(store);
        return std::move(*store);
    }
    [[nodiscard]] std::string const& path() const { return folder_.path; }

private:
    bool postgres_;
    Folder folder_;
    std::string schema_;
};

template <typename Test>
void on_both(Test const& test) {
    {
        INFO("SQLite");
        Place place(false);
        test(place);
    }
    if (std::getenv("SANJAL_TEST_POSTGRES") == nullptr) {
        MESSAGE("not looked at on PostgreSQL: SANJAL_TEST_POSTGRES is not set");
        return;
    }
    INFO("PostgreSQL");
    Place place(true);
    test(place);
}

constexpr Migration first_schema[] = {
    {1, "things", "create table thing (id {int} primary key, name {text}, data {blob}, size {real}); create unique index thing_name on thing (name);"},
};

void set_up(Store& store) { REQUIRE(store.migrate("test", first_schema)); }

Result<void> insert(Transaction& tx, std::int64_t id, std::string const& name = {}) {
    return tx.put("insert into thing (id, name) values ($1, $2)", {id, name.empty() ? "n" + std::to_string(id) : name});
}

std::int64_t count(Store& store) {
    std::int64_t all = -1;
    REQUIRE(store.read([&](Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const found, tx.integer("select count(*) from thing"));
        all = found.value_or(-1);
        return {};
    }));
    return all;
}

std::set<std::int64_t> ids(Store& store) {
    std::set<std::int64_t> all;
    REQUIRE(store.read([&](Transaction& tx) {
        return tx.each("select id from thing order by id", {}, [&](Row const& row) -> Result<void> {
            all.insert(row.integer(0));
            return {};
        });
    }));
    return all;
}

}  // namespace

TEST_CASE("every kind of value comes back as it went in") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        std::string zeros("a\0b\xff", 4);
        std::string const assamese = "অসমীয়া 'x' -- $1";
        REQUIRE(store->change([&](Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.run("insert into thing (id, name, data, size) values ($1, $2, $3, $4)", {std::numeric_limits<std::int64_t>::max(), assamese, Blob{zeros}, 0.5}));
            SANJAL_DO(tx.run("insert into thing (id, name, data, size) values ($1, $2, $3, $4)", {std::numeric_limits<std::int64_t>::min(), "", Blob{}, -1e300}));
            SANJAL_DO(tx.run("insert into thing (id, name, data, size) values ($1, $2, $3, $4)", {0, nullptr, nullptr, std::optional<double>()}));
            return {};
        }));
        int seen = 0;
        REQUIRE(store->read([&](Transaction& tx) {
            return tx.each("select id, name, data, size from thing order by id", {}, [&](Row const& row) -> Result<void> {
                if (seen == 0) {
                    CHECK(row.integer(0) == std::numeric_limits<std::int64_t>::min());
                    CHECK(row.text(1).empty());
                    CHECK(!row.is_null(1));
                    CHECK(!row.is_null(2));
                    CHECK(row.real(3) == -1e300);
                } else if (seen == 1) {
                    CHECK(row.is_null(1));
                    CHECK(row.is_null(2));
                    CHECK(row.is_null(3));
                    CHECK(row.text(1).empty());
                } else {
                    CHECK(row.integer(0) == std::numeric_limits<std::int64_t>::max());
                    CHECK(row.text(1) == assamese);
                    CHECK(row.bytes(2) == zeros);
                    CHECK(row.real(3) == 0.5);
                }
                ++seen;
                return {};
            });
        }));
        CHECK(seen == 3);
    });
}

TEST_CASE("text is ordered and compared bytewise, LIKE minds case") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        std::vector<std::string> words = {"a", "B", "b", "Z", "ä", "আ", "~", "A"};
        REQUIRE(store->change([&](Transaction& tx) -> Result<void> {
            std::int64_t id = 0;
            for (auto const& word : words) SANJAL_DO(insert(tx, ++id, word));
            return {};
        }));
        std::sort(words.begin(), words.end());
        REQUIRE(store->read([&](Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const sorted, tx.texts("select name from thing order by name"));
            CHECK(sorted == words);
            SANJAL_TRY(auto const like, tx.texts("select name from thing where name like $1", {"b%"}));
            CHECK(like == std::vector<std::string>{"b"});
            return {};
        }));
    });
}

TEST_CASE("an Error of one work undoes that work alone, also where it surfaces late") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        SteppedExecutor steps;
        Writer writer(*store, steps);
        std::vector<bool> answers(4);
        writer.submit([](Transaction& tx) { return insert(tx, 1); }, [&](Result<void> r) { answers[0] = r.has_value(); });
        writer.submit([](Transaction& tx) -> Result<void> {
            SANJAL_DO(insert(tx, 2));
            return fail(Fault::Forbidden, "test.no", "No.");
        }, [&](Result<void> r) { answers[1] = !r && r.error().code == "test.no"; });
        writer.submit([](Transaction& tx) -> Result<void> {
            SANJAL_DO(insert(tx, 3));
            return insert(tx, 1);  // twice: the store says no, at once or when the answer is read
        }, [&](Result<void> r) { answers[2] = !r; });
        writer.submit([](Transaction& tx) { return insert(tx, 4); }, [&](Result<void> r) { answers[3] = r.has_value(); });
        while (steps.run_one()) {}
        CHECK(answers == std::vector<bool>(4, true));
        CHECK(ids(*store) == std::set<std::int64_t>{1, 4});
    });
}

TEST_CASE("a reader sees one state to its end, does not wait for the writer, and changes nothing") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        REQUIRE(store->change([](Transaction& tx) { return insert(tx, 1); }));
        REQUIRE(store->read([&](Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const before, tx.integer("select count(*) from thing"));
            auto const other = std::async(std::launch::async, [&] { return store->change([](Transaction& inner) { return insert(inner, 2); }).has_value(); }).get();
            CHECK(other);
            SANJAL_TRY(auto const after, tx.integer("select count(*) from thing"));
            CHECK(before == 1);
            CHECK(after == 1);
            return {};
        }));
        CHECK(count(*store) == 2);
        CHECK(!store->read([](Transaction& tx) -> Result<void> {
            SANJAL_DO(tx.run("insert into thing (id, name) values (9, 'x')"));
            return {};
        }));
        CHECK(count(*store) == 2);
    });
}

TEST_CASE("many threads that read, decide and write lose nothing of each other's") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        REQUIRE(store->change([](Transaction& tx) { return tx.put("insert into thing (id, size) values (1, 0)"); }));
        ThreadExecutor executor(1);
        Writer writer(*store, executor);
        std::vector<std::future<int>> threads;
        for (int t = 0; t < 8; ++t) {
            threads.push_back(std::async(std::launch::async, [&] {
                int good = 0;
                for (int i = 0; i < 50; ++i) {
                    good += writer.write([](Transaction& tx) -> Result<void> {
                        SANJAL_TRY(auto const now, tx.integer("select cast(size as bigint) from thing where id = 1"));
                        return tx.put("update thing set size = $1 where id = 1", {static_cast<double>(now.value_or(-1) + 1)});
                    }).has_value();
                }
                return good;
            }));
        }
        int good = 0;
        for (auto& thread : threads) good += thread.get();
        CHECK(good == 400);
        REQUIRE(store->read([&](Transaction& tx) -> Result<void> {
            SANJAL_TRY(auto const now, tx.integer("select cast(size as bigint) from thing where id = 1"));
            CHECK(now == 400);
            return {};
        }));
    });
}

TEST_CASE("what the hooks refuse is told to everybody in the group, and nothing of it stays") {
    struct Hooks : GroupHooks {
        bool refuse = false;
        bool refuse_committed = false;
        int abandoned_times = 0;
        Result<void> before_commit(Transaction&) override { return refuse ? fail(Fault::Io, "test.hook", "No.") : Result<void>{}; }
        Result<void> committed() override { return refuse_committed ? fail(Fault::Io, "test.head", "No.") : Result<void>{}; }
        void abandoned() override { ++abandoned_times; }
    };
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        SteppedExecutor steps;
        Writer writer(*store, steps);
        Hooks hooks;
        writer.set_hooks(&hooks);
        std::vector<std::string> codes;
        auto const submit = [&](std::int64_t id) {
            writer.submit([id](Transaction& tx) { return insert(tx, id); }, [&](Result<void> r) { codes.push_back(r ? "done" : r.error().code); });
        };
        hooks.refuse = true;
        submit(1);
        submit(2);
        while (steps.run_one()) {}
        CHECK(codes == std::vector<std::string>{"test.hook", "test.hook"});
        CHECK(hooks.abandoned_times == 1);
        CHECK(count(*store) == 0);
        codes.clear();
        hooks.refuse = false;
        hooks.refuse_committed = true;
        submit(3);
        while (steps.run_one()) {}
        CHECK(codes == std::vector<std::string>{"test.head"});
        codes.clear();
        hooks.refuse_committed = false;
        submit(4);
        while (steps.run_one()) {}
        CHECK(codes == std::vector<std::string>{"done"});
        CHECK(ids(*store).count(4) == 1);
    });
}

TEST_CASE("migrations go up once, in order, whole; a database from the future is refused") {
    constexpr Migration second_schema[] = {first_schema[0], {2, "more", "alter table thing add column extra {text}; create table other (id {int} primary key);"}};
    constexpr Migration broken[] = {first_schema[0], {2, "broken", "create table half (id {int}); create table thing (id {int});"}};
    on_both([&](Place& place) {
        {
            auto const store = place.open();
            set_up(*store);
            REQUIRE(store->migrate("test", first_schema));
            REQUIRE(store->change([](Transaction& tx) { return insert(tx, 1); }));
            CHECK(!store->migrate("test", broken));
            CHECK(!store->read([](Transaction& tx) -> Result<void> {
                SANJAL_DO(tx.integer("select count(*) from half"));
                return {};
            }));
        }
        auto const store = place.open();
        REQUIRE(store->migrate("test", second_schema));
        CHECK(count(*store) == 1);
        auto const older = store->migrate("test", first_schema);
        REQUIRE(!older);
        CHECK(older.error().message.size() > 20);
        REQUIRE(store->migrate("another", std::span<Migration const>()));
    });
}

TEST_CASE("a lock is held by one, across connections, for as long as its store lives") {
    on_both([](Place& place) {
        auto first = place.open();
        auto const second = place.open();
        CHECK(*first->try_lock_forever("reactor"));
        CHECK(*first->try_lock_forever("reactor"));
        CHECK(!*second->try_lock_forever("reactor"));
        CHECK(*second->try_lock_forever("other"));
        first.reset();
        CHECK(*second->try_lock_forever("reactor"));
    });
}

TEST_CASE("what was there is there after opening again, sound, also after forgetting what was deleted") {
    on_both([](Place& place) {
        {
            auto const store = place.open();
            set_up(*store);
            for (std::int64_t id = 1; id <= 300; ++id) {
                REQUIRE(store->change([&](Transaction& tx) { return insert(tx, id, "name " + std::to_string(id)); }));
            }
            REQUIRE(store->change([](Transaction& tx) { return tx.put("delete from thing where id > 200"); }));
            CHECK(store->forget());
        }
        auto const store = place.open();
        CHECK(count(*store) == 200);
        CHECK(store->check());
    });
}

TEST_CASE("what a group remembers is there for the next work, gone when a work is undone, and gone with the group") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        SteppedExecutor executor;
        Writer writer(*store, executor);
        std::vector<int> seen;
        auto const work = [&](bool fails) {
            writer.submit(
                [&seen, fails](Transaction& tx) -> Result<void> {
                    REQUIRE(tx.memory() != nullptr);
                    seen.push_back(tx.memory()->of<int>()++);
                    if (fails) return fail(Fault::Invalid, "test.no", "No.");
                    return {};
                },
                [](Result<void> const&) {});
        };
        work(false);
        work(false);
        work(true);
        work(false);
        while (executor.run_one()) {}
        work(false);
        while (executor.run_one()) {}
        CHECK(seen == std::vector<int>{0, 1, 2, 0, 0});
        REQUIRE(store->read([](Transaction& tx) -> Result<void> {
            CHECK(tx.memory() == nullptr);  // who only reads remembers nothing
            return {};
        }));
    });
}

TEST_CASE("several questions are answered in order, each to its own, and see what was put before them") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        REQUIRE(store->change([](Transaction& tx) -> Result<void> {
            for (std::int64_t id = 1; id <= 3; ++id) SANJAL_DO(insert(tx, id));
            std::vector<std::int64_t> first;
            std::vector<std::int64_t> second;
            auto const into = [](std::vector<std::int64_t>& all) {
                return [&all](Row const& row) -> Result<void> {
                    all.push_back(row.integer(0));
                    return {};
                };
            };
            Query const queries[] = {{"select id from thing where id >= $1 order by id", {2}, into(first)},
                                     {"select id from thing where id > $1", {9}, into(second)},
                                     {"select count(*) from thing", {}, into(second)}};
            SANJAL_DO(tx.each_of(queries));
            CHECK(first == std::vector<std::int64_t>{2, 3});
            CHECK(second == std::vector<std::int64_t>{3});
            return {};
        }));
    });
}

TEST_CASE("a statement that was first asked behind one that failed can be asked again") {
    on_both([](Place& place) {
        auto const store = place.open();
        set_up(*store);
        SteppedExecutor executor;
        Writer writer(*store, executor);
        auto const never_asked_before = [](Transaction& tx) { return tx.put("update thing set size = 1.5 where id = $1", {1}); };
        CHECK(writer.write([](Transaction& tx) { return insert(tx, 1); }));
        auto const refused = writer.write([&](Transaction& tx) -> Result<void> {
            SANJAL_DO(insert(tx, 1));
            return never_asked_before(tx);
        });
        REQUIRE(!refused);
        CHECK(refused.error().code == "store.constraint");
        CHECK(writer.write(never_asked_before));
    });
}

TEST_CASE("SQLite: the file is encrypted, opens with its own key alone, and a file that is none is refused") {
    Place const place(false);
    {
        auto const store = place.open();
        set_up(*store);
        REQUIRE(store->change([](Transaction& tx) { return insert(tx, 1, "a secret name"); }));
        REQUIRE(store->forget());
    }
    std::string const path = place.path() + "/test.db";
    std::ifstream in(path, std::ios::binary);
    std::string const bytes((std::istreambuf_iterator<char>(in)), {});
    CHECK(bytes.size() > 4096);
    CHECK(bytes.find("a secret name") == std::string::npos);
    CHECK(bytes.find("SQLite format") == std::string::npos);
    CHECK(bytes.find("create table") == std::string::npos);
    CHECK(!Store::open({"sqlite:" + path, std::string(32, 'x')}));
    CHECK(!Store::open({"sqlite:" + path}));
    std::ofstream(place.path() + "/none.db") << std::string(8192, 'x');
    CHECK(!Store::open({"sqlite:" + place.path() + "/none.db", a_key}));
    CHECK(count(*place.open()) == 1);
}

// SQLite's own method: fail the Nth operation on the files, for every N until none fails any more.
TEST_CASE("SQLite: whichever write or sync fails, once or for good, nothing that was acknowledged is lost and nothing half is seen") {
    log::open(::open("/dev/null", O_WRONLY | O_CLOEXEC));  // hundreds of alarms, all wanted
    for (int const error : {ENOSPC, EIO}) {
        for (auto const lasting : {FileFaults::Lasting::Once, FileFaults::Lasting::ForGood}) {
            bool reached_end = false;
            for (std::int64_t nth = 1; !reached_end; ++nth) {
                CAPTURE(nth);
                CAPTURE(error);
                Place const place(false);
                {
                    auto const store = place.open();
                    set_up(*store);
                }
                FileFaults faults;
                std::set<std::int64_t> acknowledged;
                {
                    auto opened = Store::open(place.config(&faults));
                    REQUIRE(opened);
                    auto& store = **opened;
                    SteppedExecutor steps;
                    Writer writer(store, steps);
                    faults.fail(nth, error, lasting);
                    for (std::int64_t id = 0; id < 6; ++id) {
                        // Two rows a work: both or none.
                        auto const written = writer.write([&](Transaction& tx) -> Result<void> {
                            SANJAL_DO(insert(tx, 2 * id, std::string(3000, 'x') + std::to_string(2 * id)));
                            return insert(tx, 2 * id + 1);
                        });
                        if (written) acknowledged.insert(id);
                        else CHECK((written.error().fault == Fault::Full || written.error().fault == Fault::Io || written.error().fault == Fault::Busy));
                    }
                    reached_end = faults.failed() == 0;
                    CHECK((!reached_end || acknowledged.size() == 6));
                    if (lasting == FileFaults::Lasting::Once && !reached_end) CHECK(acknowledged.size() >= 5);  // service resumes by itself
                    faults.heal();
                    CHECK(writer.write([&](Transaction& tx) { return insert(tx, 100); }));
                }
                auto const store = place.open();
                auto const there = ids(*store);
                for (std::int64_t id = 0; id < 6; ++id) {
                    CHECK(there.count(2 * id) == there.count(2 * id + 1));
                    if (acknowledged.count(id) > 0) CHECK(there.count(2 * id) == 1);
                }
                CHECK(there.count(100) == 1);
                CHECK(store->check());
            }
        }
    }
}
