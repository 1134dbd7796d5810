#include "table/csv.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/random.h"
#include "table/encoding.h"

namespace sanjal::table {
namespace {

ReadSome pieces_of(std::string text, std::size_t piece) {
    auto at = std::make_shared<std::size_t>(0);
    return [text = std::move(text), piece, at](char* buffer, std::size_t size) -> Result<std::size_t> {
        auto const take = std::min({size, piece, text.size() - *at});
        std::memcpy(buffer, text.data() + *at, take);
        *at += take;
        return take;
    };
}

std::vector<Row> rows_of(std::string const& text, Encoding encoding = Encoding::Detect, std::size_t piece = 1U << 16U) {
    CsvReader reader(as_utf8(pieces_of(text, piece), encoding));
    std::vector<Row> rows;
    while (true) {
        auto row = reader.next();
        REQUIRE(row);
        if (!*row) return rows;
        rows.push_back(std::move(**row));
    }
}

unsigned byte_of(Randomness& random) { return static_cast<unsigned char>(random.bytes(1)[0]); }

std::string utf16(std::u16string const& text, bool little) {
    std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
    for (char16_t const c : text) {
        char const low = static_cast<char>(c & 0xFFU);
        char const high = static_cast<char>(c >> 8U);
        out += little ? low : high;
        out += little ? high : low;
    }
    return out;
}

}  // namespace

TEST_CASE("a separator is told from the first row, outside its quotes") {
    CHECK(rows_of("a,b\n1,2\n")[1].cells == std::vector<std::string>{"1", "2"});
    CHECK(rows_of("a;b\n1,5;2\n")[1].cells == std::vector<std::string>{"1,5", "2"});
    CHECK(rows_of("a\tb\n1\t2\n")[1].cells == std::vector<std::string>{"1", "2"});
    CHECK(rows_of("a|b\n1|2\n")[1].cells == std::vector<std::string>{"1", "2"});
    CHECK(rows_of("\"a;b;c\",d\n1,2\n")[1].cells == std::vector<std::string>{"1", "2"});
    CHECK(rows_of("only\none\n")[1].cells == std::vector<std::string>{"one"});
}

TEST_CASE("UTF-16 of both orders and a byte-order mark of UTF-8 are read, in pieces of any size") {
    std::u16string const text = u"নাম,x\nরীনা \xD83D\xDE00,2\n";
    for (std::size_t const piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}}) {
        CHECK(rows_of(utf16(text, true), Encoding::Detect, piece)[1].cells == std::vector<std::string>{"রীনা 😀", "2"});
        CHECK(rows_of(utf16(text, false), Encoding::Detect, piece)[1].cells == std::vector<std::string>{"রীনা 😀", "2"});
        CHECK(rows_of("\xEF\xBB\xBF" "a,b\n", Encoding::Detect, piece)[0].cells[0] == "a");
    }
}

TEST_CASE("Windows-1252 is read where it is said, and refused row by row where it is not") {
    std::string const text = "name,town\nRen\xE9,\x93Goa\x94\nplain,x\n";
    CHECK(rows_of(text, Encoding::Windows1252)[1].cells == std::vector<std::string>{"René", "“Goa”"});
    auto const guessed = rows_of(text);
    CHECK((!guessed[1].wrong.empty() && guessed[2].wrong.empty()));
    CHECK(!rows_of("a\x81z\n", Encoding::Windows1252)[0].wrong.empty());  // no character
}

TEST_CASE("half a character of UTF-16 refuses its row and no more") {
    auto const rows = rows_of(utf16(u"a,b\n", true) + "x" + std::string(1, '\0') + std::string("\x00\xDC", 2) + std::string("\n\0c\0\n\0", 6));
    REQUIRE(rows.size() == 3);
    CHECK(!rows[1].wrong.empty());
    CHECK(rows[2].cells == std::vector<std::string>{"c"});
}

TEST_CASE("what a spreadsheet program would run is written with an apostrophe, and read back as it was") {
    for (char const* cell : {"=1+1", "+91", "-2", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "'-"}) {
        auto const line = csv_line({cell, "x"});
        INFO(line);
        CHECK(line.find(std::string("'") + cell) != std::string::npos);
        CHECK(rows_of(line)[0].cells[0] == cell);
    }
    for (char const* cell : {"'", "o'=x", "x-y", "'tis"}) CHECK(csv_line({cell}) == std::string(cell) + "\n");
}

TEST_CASE("any row that is written reads back alike") {
    constexpr std::array<std::string_view, 17> alphabet = {"a", ",", ";", "\t", "|", "\"", "\n", "\r\n", " ", "'", "=", "-", "+", "@", "ক", "\xEF\xBB\xBF", ""};
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        SeededRandom random(seed);
        std::vector<std::string> cells(1 + byte_of(random) % 6);
        for (auto& cell : cells) {
            for (unsigned parts = byte_of(random) % 8; parts > 0; --parts) cell += alphabet[byte_of(random) % alphabet.size()];
        }
        CsvReader reader(pieces_of(csv_line({"h", "h"}) + csv_line(cells), 7));
        REQUIRE(reader.next());
        auto const row = reader.next();
        INFO("seed ", seed);
        REQUIRE((row && *row));
        CHECK((*row)->wrong == "");
        CHECK((*row)->cells == cells);
    }
}

}  // namespace sanjal::table
