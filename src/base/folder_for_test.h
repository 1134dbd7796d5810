#pragma once
// For tests: a folder of one's own, gone with the object.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

namespace sanjal {

struct FolderForTest {
    std::string path;
    FolderForTest() {
        char name[] = "/tmp/sanjal-test-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
    }
    ~FolderForTest() { std::filesystem::remove_all(path); }
    FolderForTest(FolderForTest const&) = delete;
    FolderForTest& operator=(FolderForTest const&) = delete;
    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()));
    }
};

}  // namespace sanjal
