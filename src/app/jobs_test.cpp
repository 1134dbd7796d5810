#include "app/jobs.h"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

namespace sanjal::app {

TEST_CASE("a second job is refused while the first runs, and taken when it is done") {
    Jobs jobs;
    std::promise<void> begun;
    std::promise<void> may_end;
    auto end = may_end.get_future().share();
    REQUIRE(jobs.start("first", [&](auto const&) {
        begun.set_value();
        end.wait();
    }));
    begun.get_future().wait();
    jobs.report("first", Json::object({{"rows", 7}}));
    jobs.report("second", Json::object({{"rows", 9}}));
    auto const progress = jobs.progress("first");
    CHECK((progress && progress->integer_at("rows") == 7));
    CHECK(!jobs.progress("second"));
    auto const refused = jobs.start("second", [](auto const&) {});
    CHECK((!refused && refused.error().fault == Fault::Busy));
    may_end.set_value();
    while (jobs.progress("first")) std::this_thread::yield();
    CHECK(jobs.start("second", [](auto const&) {}));
}

TEST_CASE("a house that closes tells the job and waits for it") {
    bool was_told = false;
    {
        Jobs jobs;
        std::promise<void> begun;
        REQUIRE(jobs.start("long", [&](std::function<bool()> const& should_stop) {
            begun.set_value();
            while (!should_stop()) std::this_thread::yield();
            was_told = true;
        }));
        begun.get_future().wait();
    }
    CHECK(was_told);
}

}  // namespace sanjal::app
