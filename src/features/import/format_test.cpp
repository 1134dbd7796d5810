#include "features/import/format.h"

#include <doctest/doctest.h>

#include "features/import/cells.h"
#include "features/import/maps.h"

namespace sanjal::import {
namespace {

constexpr int year = 2026;

pack::Pack const& common() {
    static pack::Pack const loaded = [] {
        auto folder = pack::load_pack("packs/common");
        REQUIRE(folder);
        REQUIRE(folder->findings.empty());
        auto made = pack::Pack::from_json(std::move(folder->document));
        REQUIRE(made);
        return std::move(*made);
    }();
    return loaded;
}

Format htcds() {
    auto format = Format::of_pack(common(), "htcds-csv", year);
    REQUIRE(format);
    return std::move(*format);
}

Column const& column_of(Format const& format, std::string_view name) {
    for (auto const& column : format.columns()) {
        if (column.name == name) return column;
    }
    FAIL("no such column");
    return format.columns().front();
}

Json document_of(std::string_view columns) {
    auto json = parse_json(R"({"makes": {"person": {"type": "person"}, "row": {"type": "imported_row", "about": "person"}}, "keep": "row", "columns": )" + std::string(columns) + "}");
    REQUIRE(json);
    return std::move(*json);
}

}  // namespace

TEST_CASE("spaces of every kind, capitals and curly apostrophes make no difference between labels") {
    CHECK(folded(" Not\u00A0Specified /  Unknown\u00A0") == "not specified / unknown");
    CHECK(folded("Bachelor\u2019s") == folded("bachelor's"));
    CHECK(trimmed("\uFEFF\u200B x \u00A0") == "x");
    CHECK(trimmed("\u00A0") == "");
    CHECK(folded("") == "");
}

TEST_CASE("a column without a header is named as a spreadsheet program names it") {
    CHECK(place_name(0) == "Column A");
    CHECK(place_name(25) == "Column Z");
    CHECK(place_name(26) == "Column AA");
    CHECK(place_name(702) == "Column AAA");
}

TEST_CASE("a day is read in every form that the standard and its workbook know, and in no other") {
    auto const format = htcds();
    auto const& birth = column_of(format, "prs_Birthdate");
    struct Case {
        char const* cell;
        char const* canonical;
        bool understood;
    };
    for (auto const& one : {Case{"2001-02-03", "2001-02-03", true}, Case{"2001-02", "2001-02", true}, Case{"2001", "2001", true}, Case{"36925", "2001-02-03", true}, Case{"1", "1900-01-01", true},
                            Case{"73051", "2100-01-01", true}, Case{"73052", "73052", false}, Case{"60", "60", false}, Case{"0", "0", false}, Case{"2001-02-30", "2001-02-30", false},
                            Case{"03/02/2001", "03/02/2001", false}, Case{"2001-02-03T10:00:00", "2001-02-03", true}, Case{" 2001-02-03 ", "2001-02-03", true}, Case{"-5", "-5", false}}) {
        auto const reading = format.read(birth, one.cell);
        CHECK_MESSAGE(reading.canonical == one.canonical, one.cell);
        CHECK_MESSAGE(reading.why.empty() == one.understood, one.cell);
    }
}

TEST_CASE("unknown, refused and not asked are answers, and empty is none") {
    auto const format = htcds();
    auto const& gender = column_of(format, "prs_Gender");
    CHECK(format.read(gender, "NonSpecifiedUnknown").value == Json::object({{"none", "unknown"}}));
    CHECK(format.read(gender, "Not Specified/Unknown\u00A0").value == Json::object({{"none", "unknown"}}));
    CHECK(format.read(gender, "  ").value.is_null());
    CHECK(format.read(gender, "(refused)").value == Json::object({{"none", "refused"}}));
    CHECK(format.write(gender, Json::object({{"none", "unknown"}}), false) == "NonSpecifiedUnknown");
    CHECK(format.write(gender, Json::object({{"none", "refused"}}), false) == "");
    CHECK(format.write(gender, Json::object({{"erased", true}}), false) == "");
}

TEST_CASE("of a list what has a code of ours is taken, and what has none stays in the cell") {
    auto const format = htcds();
    auto const reading = format.read(column_of(format, "vic_TypeOfExploitation"), "Forced labour; Servitude;Dancing");
    CHECK(reading.value == Json::list({Json("forced_labour")}));
    CHECK(reading.canonical == "ForcedLabour;Servitude;Dancing");
}

TEST_CASE("every code that the format maps leads to a code of ours, and is written again as a code that leads there") {
    auto const format = htcds();
    for (auto const& column : format.columns()) {
        for (auto const& [theirs, ours] : column.to) {
            auto const value = column.definition->text_at("kind") == "choices" ? Json::list({ours}) : ours;
            auto const back = format.read(column, format.write(column, value, false));
            CHECK_MESSAGE(back.value == value, theirs);
        }
    }
}

TEST_CASE("names and labels of a header: agreeing, alone, crossed, twice, and unknown") {
    auto const format = htcds();
    std::vector<std::string> const names = {"prs_FirstName", "", "prs_MailingCity", "prs_MailingStreet", "Nonsense", "prs_FirstName"};
    std::vector<std::string> const labels = {"First Name", "Status", "Mailing Street", "Mailing City", "", "First Name"};
    auto const header = format.header(names, &labels);
    REQUIRE(header);
    auto const name_at = [&](std::size_t i) { return header->columns[i] != nullptr ? header->columns[i]->name : std::string("-"); };
    CHECK(name_at(0) == "prs_FirstName");
    CHECK(name_at(1) == "cas_Status");
    CHECK(name_at(2) == "prs_MailingStreet");
    CHECK(name_at(3) == "prs_MailingCity");
    CHECK(name_at(4) == "-");
    CHECK(name_at(5) == "-");
    CHECK(header->names[5] == "prs_FirstName (Column F)");
    CHECK(header->notes.size() == 4);
    CHECK(!format.header({"a", "b"}, nullptr));
    CHECK(!format.header({"Longitude"}, nullptr));  // three columns have that label
}

TEST_CASE("a row makes its records with their classes, and keeps every cell by the class of its column") {
    auto const format = htcds();
    auto const header = format.header({"prs_FirstName", "prs_SecondName", "prs_Gender", "prs_MobilePhone", "Other"}, nullptr);
    REQUIRE(header);
    table::Row row;
    row.cells = {"Asha", "Rai", "Feminine", "+91", "x", ""};
    std::map<std::string, std::int64_t> missed;
    auto const made = format.records(*header, row, missed);
    REQUIRE(made);
    std::map<std::string, Made> by_alias;
    for (auto const& one : *made) by_alias[one.alias] = one;
    auto const field = [&](char const* alias, char const* name) -> std::string {
        for (auto const& one : by_alias[alias].fields) {
            if (one.name == name) return write_json(one.value) + " " + one.sensitivity;
        }
        return {};
    };
    CHECK(field("person", "names/1") == "\"Asha Rai\" identity");
    CHECK(field("person", "sex") == "\"female\" identity");
    CHECK(field("part", "as") == "\"survivor\" operational");
    CHECK(field("consent", "C_match") == "{\"none\":\"unknown\"} operational");
    CHECK(field("row", "kept_contact") == R"("{\"prs_MobilePhone\":\"+91\"}" contact)");
    CHECK(field("row", "kept_identity").find("Other") != std::string::npos);
    CHECK(missed.empty());
}

TEST_CASE("a cell that the field cannot hold leaves it empty, is kept and counted; of a strict column it refuses the row") {
    for (bool const strict : {false, true}) {
        auto const format = Format::of_document(common(), "map", document_of(strict ? R"({"Age": {"into": "person.age", "strict": true}})" : R"({"Age": {"into": "person.age"}})"), year);
        REQUIRE(format);
        auto const header = format->header({"Age"}, nullptr);
        REQUIRE(header);
        table::Row row;
        row.cells = {"very old"};
        std::map<std::string, std::int64_t> missed;
        auto const made = format->records(*header, row, missed);
        CHECK(made.has_value() != strict);
        CHECK(missed["Age"] == (strict ? 0 : 1));
    }
}

TEST_CASE("headers are proposed by their words, in the languages of the pack") {
    auto const map = propose_map(common(), {"Name of the victim", "AGE", "Sex", "prs_PrimaryLanguage", "Shoe size", ""}, year);
    auto const* columns = map.find("columns");
    REQUIRE(columns != nullptr);
    CHECK(columns->find("Name of the victim")->text_at("into") == "person.names");
    CHECK(columns->find("AGE")->text_at("into") == "person.age");
    CHECK(columns->find("Sex")->text_at("into") == "person.sex");
    CHECK(columns->find("prs_PrimaryLanguage")->text_at("into") == "person.language");
    CHECK(columns->find("Shoe size") == nullptr);
    CHECK(Format::of_document(common(), "map", map, year));
}

}  // namespace sanjal::import
