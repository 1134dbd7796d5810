#include "base/log.h"

#include <doctest/doctest.h>

#include <fstream>

#include "base/folder_for_test.h"
#include "base/json.h"

using namespace sanjal;

TEST_CASE("a log file stays within its size, keeps so many before it, and loses no line of those") {
    FolderForTest const folder;
    std::string const path = folder.path + "/node.log";
    REQUIRE(log::open_file(path, {1000, 3}));
    for (std::int64_t i = 0; i < 200; ++i) log::write(log::Level::Info, "test.line", {{"number", i}});
    log::open(2);
    CHECK(folder.count() == 4);
    std::int64_t next = -1;
    for (auto const& name : {path + ".3", path + ".2", path + ".1", path}) {
        std::ifstream in(name);
        std::int64_t bytes = 0;
        for (std::string line; std::getline(in, line);) {
            bytes += static_cast<std::int64_t>(line.size()) + 1;
            auto const json = parse_json(line);
            REQUIRE(json);
            if (next < 0) {
                for (next = 0; json->text_at("number") != std::to_string(next) && next < 200;) ++next;
            }
            CHECK(json->text_at("number") == std::to_string(next));
            ++next;
        }
        CHECK(bytes > 0);
        CHECK(bytes <= 1000);
    }
    CHECK(next == 200);
}

TEST_CASE("a log file that was there is continued, and one that cannot be opened changes nothing") {
    FolderForTest const folder;
    std::string const path = folder.path + "/node.log";
    for (int i = 0; i < 2; ++i) {
        REQUIRE(log::open_file(path));
        CHECK_FALSE(log::open_file(folder.path + "/no/such/folder/node.log"));
        log::write(log::Level::Info, "test.line");
        log::open(2);
    }
    std::ifstream in(path);
    int lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    CHECK(lines == 2);
}
