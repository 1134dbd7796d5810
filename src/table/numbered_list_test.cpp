#include "table/numbered_list.h"

#include <doctest/doctest.h>

using namespace sanjal;

namespace {

Result<std::unique_ptr<table::Reader>> open(std::string_view text) {
    return table::open_numbered_list([text](char* buffer, std::size_t size) mutable -> Result<std::size_t> {
        auto const count = text.copy(buffer, size);
        text.remove_prefix(count);
        return count;
    }, "resolved to");
}

std::string read(std::string_view text) {
    auto reader = open(text);
    if (!reader) return reader.error().code;
    std::string all;
    for (auto row = (*reader)->next(); row && *row; row = (*reader)->next()) {
        if (!all.empty()) all += " | ";
        all += (*row)->wrong.empty() ? (*row)->cells[1] + ":" + (*row)->cells[2] : "!" + (*row)->wrong;
    }
    for (auto const& note : (*reader)->notes()) all += " ~ " + note;
    return all;
}

}  // namespace

TEST_CASE("a numbered list under its words is a table: lines go on, brackets and digits of three scripts are numbers") {
    CHECK(read("Plan\n\nThe meeting Resolved To:\n1. Review the\n   handbook\n\n2) Meet\n(3) Replicate\n") == "item:text | 1:Review the handbook | 2:Meet | 3:Replicate");
    CHECK(read("সভা\nwe resolved to\n১. প্রথম\n२. दूसरा\n") == "item:text | 1:প্রথম | 2:दूसरा");
    CHECK(read("\xEF\xBB\xBFPlan\r\nresolved to\r\n1. One\r\n") == "item:text | 1:One");
    auto reader = open("# The plan\nresolved to\n1. One\n");
    REQUIRE(reader);
    REQUIRE((*reader)->next());
    CHECK((**(*reader)->next()).cells[0] == "# The plan");
}

TEST_CASE("a number twice or without a text is a line that cannot be read; a gap and what follows the list are noted") {
    CHECK(read("P\nresolved to\n1. One\n1. Again\n2.\n4. Four\n\nSigned by all\nin the hall\n") ==
          "item:text | 1:One | !The number 1 is there twice | !The number 2 has no text | 4:Four ~ The list has no number 3. ~ 2 lines after the list were not read.");
    CHECK(read("P\nresolved to\n1. One costs\n1.5 crore\n") == "item:text | 1:One costs 1.5 crore");
}

TEST_CASE("a text without those words, or without a number below them, is refused") {
    CHECK(read("") == "import.list");
    CHECK(read("1. One\n2. Two\n") == "import.list");
    CHECK(read("We resolved to do better.\nNothing more.\n") == "import.list");
    CHECK(read(std::string(table::list_bytes_max + 1, 'a')) == "import.too_large");
}
