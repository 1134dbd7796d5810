#include "table/workbook.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "table/workbook_for_test.h"
#include "table/workbook_writer.h"

namespace sanjal::table {
namespace {

using Cells = std::vector<std::vector<std::string>>;

unsigned byte_of(Randomness& random) { return static_cast<unsigned char>(random.bytes(1)[0]); }

std::string written(Cells const& rows) {
    std::string out;
    auto writer = WorkbookWriter::start(
        [&](std::string_view bytes) -> Result<void> {
            out += bytes;
            return {};
        },
        "Cases & more");
    REQUIRE(writer);
    for (auto const& row : rows) REQUIRE((*writer)->row(row));
    REQUIRE((*writer)->finish());
    return out;
}

struct Read {
    Cells rows;
    std::vector<std::int64_t> lines;
    std::vector<std::string> wrong;
    std::vector<std::string> notes;
    std::string code;  // of an Error
};

Read read(std::string bytes, WorkbookOptions const& options = {}) {
    Read all;
    auto const source = from_bytes(std::move(bytes));
    auto reader = open_workbook(*source, options);
    if (!reader) return {{}, {}, {}, {}, reader.error().code};
    while (true) {
        auto row = (*reader)->next();
        if (!row) {
            all.code = row.error().code;
            return all;
        }
        if (!*row) break;
        all.rows.push_back((*row)->cells);
        all.lines.push_back((*row)->line);
        all.wrong.push_back((*row)->wrong);
    }
    all.notes = (*reader)->notes();
    return all;
}

std::string sheet_of(std::string const& rows, std::string const& after = {}) {
    return "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>" + rows + "</sheetData>" + after + "</worksheet>";
}

bool has_note(Read const& all, std::string_view part) {
    return std::any_of(all.notes.begin(), all.notes.end(), [&](std::string const& note) { return note.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("what is written as a workbook reads back alike") {
    Cells const rows = {{"name", "ফোন", "=1+1"}, {"", "0917", "line\nbreak"}, {"<&>\"'", "_x0041_", std::string("a\x01" "b\r")}, {" edge ", "-2", "1e9"}};
    CHECK(read(written(rows)).rows == rows);
    constexpr std::array<std::string_view, 15> alphabet = {"a", "_x0041_", "_", "x", "<", "&", "\n", "\r", "\t", "\x02", " ", "ক", "😀", "]]>", "0"};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        SeededRandom random(seed);
        Cells some(byte_of(random) % 5);
        for (auto& row : some) {
            row.resize(1 + byte_of(random) % 5);
            for (auto& cell : row) {
                cell = "b";
                for (unsigned more = byte_of(random) % 8; more > 0; --more) cell += alphabet[byte_of(random) % alphabet.size()];
            }
        }
        INFO("seed ", seed);
        CHECK(read(written(some)).rows == some);
    }
}

TEST_CASE("a workbook cut short anywhere, or with a byte changed, gives an Error or the same rows, never others") {
    Cells const rows = {{"name", "town"}, {"Asha", "Guwahati"}, {"Mina", "Dhaka"}};
    std::string const whole = written(rows);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto const got = read(whole.substr(0, size));
        CHECK_MESSAGE(!got.code.empty(), size);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x15);
        auto const got = read(changed);
        CHECK_MESSAGE((!got.code.empty() || got.rows == rows), at);
    }
}

TEST_CASE("days are counted as Excel counts them, in both date systems") {
    struct Case {
        double serial;
        bool since_1904;
        char const* date;
    };
    for (auto const& one : {Case{1, false, "1900-01-01"}, Case{59, false, "1900-02-28"}, Case{60, false, ""}, Case{61, false, "1900-03-01"}, Case{36526, false, "2000-01-01"},
                            Case{46351, false, "2026-11-25"}, Case{46351.5, false, "2026-11-25T12:00:00"}, Case{0.25, false, "06:00:00"}, Case{0, true, "1904-01-01"}, Case{44889, true, "2026-11-25"},
                            Case{2958465, false, "9999-12-31"}, Case{2958466, false, ""}, Case{-1, false, ""}, Case{36525.999999, false, "2000-01-01"}}) {
        CHECK(date_of_serial(one.serial, one.since_1904) == one.date);
    }
}

TEST_CASE("numbers, dates, yes and no, shared texts and formulas come as a person sees them") {
    TestParts parts;
    parts.styles = "<styleSheet><numFmts count=\"2\"><numFmt numFmtId=\"170\" formatCode=\"dd/mm/yyyy\"/><numFmt numFmtId=\"171\" formatCode=\"[Red]0.00 &quot;days&quot;\"/></numFmts>"
                   "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/><xf numFmtId=\"171\"/></cellXfs></styleSheet>";
    parts.shared = "<sst><si><t>plain</t></si><si><r><t>two </t></r><r><t>runs</t></r><rPh><t>spoken</t></rPh></si></sst>";
    parts.sheet = sheet_of(
        "<row r=\"3\"><c r=\"A3\"><v>919876543210</v></c><c r=\"B3\"><v>9.19876543210E11</v></c><c r=\"C3\" s=\"1\"><v>46351</v></c><c r=\"D3\" s=\"2\"><v>46351</v></c>"
        "<c r=\"E3\" s=\"3\"><v>3.5</v></c><c r=\"F3\" t=\"b\"><v>1</v></c><c r=\"G3\" t=\"s\"><v>1</v></c><c r=\"H3\"><f>1+1</f><v>2</v></c><c r=\"I3\"><f>NOW()</f></c>"
        "<c r=\"J3\" t=\"e\"><v>#N/A</v></c><c r=\"L3\" t=\"str\"><f>A1</f><v>text</v></c></row>"
        "<row r=\"7\"><c t=\"s\"><v>0</v></c><c><v>0.1</v></c></row><row r=\"8\"><c r=\"A8\" t=\"s\"><v>99</v></c></row>",
        "<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>");
    auto const got = read(workbook_of(parts));
    REQUIRE(got.code == "");
    REQUIRE(got.rows.size() == 3);
    CHECK(got.rows[0] == std::vector<std::string>{"919876543210", "919876543210", "2026-11-25", "2026-11-25", "3.5", "TRUE", "two runs", "2", "", "", "", "text"});
    CHECK(got.rows[1] == std::vector<std::string>{"plain", "0.1"});
    CHECK(got.lines == std::vector<std::int64_t>{3, 7, 8});
    CHECK(!got.wrong[2].empty());
    CHECK(has_note(got, "2 cells are formulas"));
    CHECK(has_note(got, "1 formulas have no saved value"));
    CHECK(has_note(got, "1 groups of cells are merged"));
    CHECK(has_note(got, "1 cells hold an error"));
}

TEST_CASE("the date system of 1904 counts where the workbook says it") {
    TestParts parts;
    parts.book = "<workbookPr date1904=\"1\"/>";
    parts.styles = "<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    parts.sheet = sheet_of("<row><c s=\"0\"><v>44889</v></c></row>");
    CHECK(read(workbook_of(parts)).rows == Cells{{"2026-11-25"}});
}

TEST_CASE("a sheet is found by its name, a hidden one only so") {
    TestParts parts;
    parts.sheets = "<sheet name=\"Lists\" sheetId=\"1\" state=\"hidden\" r:id=\"rId9\"/><sheet name=\"Cases\" sheetId=\"2\" r:id=\"rId1\"/>";
    parts.sheet = sheet_of("<row><c t=\"inlineStr\"><is><t>x</t></is></c></row>");
    CHECK(read(workbook_of(parts)).rows == Cells{{"x"}});
    CHECK(read(workbook_of(parts), {"Cases"}).rows == Cells{{"x"}});
    CHECK(read(workbook_of(parts), {"Nothing"}).code == "workbook.no_sheet");
    CHECK(has_note(read(workbook_of(parts)), "2 sheets"));
}

TEST_CASE("what no spreadsheet program writes, or nobody can read, is refused with its reason") {
    struct Case {
        char const* code;
        std::function<void(TestParts&)> plant;
    };
    std::string const bomb(std::size_t{96} << 20U, ' ');
    std::string const laughs = "<!DOCTYPE sst [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><sst><si><t>&b;</t></si></sst>";
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "<x>";
    for (auto const& one : {Case{"workbook.doctype", [&](TestParts& parts) { parts.shared = laughs; }},
                            Case{"workbook.doctype", [&](TestParts& parts) { parts.sheet = "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x\">" + parts.sheet; }},
                            Case{"workbook.swells", [&](TestParts& parts) { parts.sheet = sheet_of("<row><c><v>1</v></c></row>" + bomb); }},
                            Case{"workbook.swells", [&](TestParts& parts) { parts.shared = "<sst>" + bomb + "</sst>"; }},
                            Case{"workbook.texts", [&](TestParts& parts) { parts.shared = "<sst><si><t>" + std::string(200000, 'x') + "</t></si></sst>"; }},
                            Case{"workbook.macros", [&](TestParts& parts) { parts.more.emplace_back("xl/vbaProject.bin", "x"); }},
                            Case{"workbook.names", [&](TestParts& parts) { parts.more.emplace_back("../../etc/passwd", "x"); }},
                            Case{"workbook.names", [&](TestParts& parts) { parts.more.emplace_back("/etc/passwd", "x"); }},
                            Case{"workbook.twice", [&](TestParts& parts) { parts.more.emplace_back("xl/workbook.xml", "x"); }},
                            Case{"workbook.xml", [&](TestParts& parts) { parts.sheet = "<worksheet><sheetData><row>"; }},
                            Case{"workbook.xml", [&](TestParts& parts) { parts.sheet = deep; }},
                            Case{"workbook.missing", [&](TestParts& parts) { parts.sheet.clear(); }}}) {
        TestParts parts;
        parts.sheet = sheet_of("<row><c><v>1</v></c></row>");
        one.plant(parts);
        CHECK(read(workbook_of(parts)).code == one.code);
    }
    CHECK(read(std::string("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) + std::string(600, '\0')).code == "workbook.old");
    CHECK(read("").code != "");
    CHECK(read("PK").code != "");
}

TEST_CASE("a row that is too wide or too long is refused, and the next one is read") {
    TestParts parts;
    parts.shared = "<sst><si><t>" + std::string(30000, 'x') + "</t></si></sst>";
    std::string many;
    for (int i = 0; i < 50; ++i) many += "<c t=\"s\"><v>0</v></c>";
    parts.sheet = sheet_of("<row><c r=\"XFD1\"><v>1</v></c></row><row>" + many + "</row><row><c><v>3</v></c></row>");
    auto const got = read(workbook_of(parts));
    REQUIRE(got.rows.size() == 3);
    CHECK((!got.wrong[0].empty() && !got.wrong[1].empty()));
    CHECK(got.rows[2] == std::vector<std::string>{"3"});
}

TEST_CASE("a cell or a sheet that Excel could not hold is said, and nothing is cut off") {
    auto writer = WorkbookWriter::start([](std::string_view) -> Result<void> { return {}; }, "x");
    REQUIRE(writer);
    CHECK((*writer)->row({std::string(cell_characters_max, 'x')}));
    auto const too_long = (*writer)->row({std::string(cell_characters_max + 1, 'x')});
    CHECK((!too_long && too_long.error().code == "workbook.cell"));
}

TEST_CASE("an Error of where the bytes go ends the writing with that Error") {
    auto writer = WorkbookWriter::start([count = 0](std::string_view) mutable -> Result<void> { return ++count > 1 ? fail(Fault::Full, "test.full", "The disk is full.") : Result<void>{}; }, "x");
    bool full = !writer && writer.error().code == "test.full";
    for (int i = 0; i < 20000 && !full; ++i) {
        auto const done = (*writer)->row({std::to_string(i * 7919), "some text of " + std::to_string(i)});
        full = !done && done.error().code == "test.full";
    }
    CHECK(full);
}

}  // namespace sanjal::table
