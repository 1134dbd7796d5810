#pragma once
// Builds workbooks part by part, also such as no spreadsheet program writes.  For tests and fuzz targets alone.

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <utility>
#include <vector>

namespace sanjal::table {

struct TestParts {
    std::string sheets = "<sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/>";
    std::string book;    // more inside <workbook>
    std::string sheet;   // empty: the part is missing
    std::string shared;  // as above
    std::string styles;
    std::vector<std::pair<std::string, std::string>> more;
};

inline std::string zip_of(std::vector<std::pair<std::string, std::string>> const& parts) {
    std::string out;
    archive* held = archive_write_new();
    archive_write_set_format_zip(held);
    archive_write_set_bytes_in_last_block(held, 1);
    archive_write_open(
        held, &out, nullptr,
        [](archive*, void* to, void const* bytes, std::size_t size) -> la_ssize_t {
            static_cast<std::string*>(to)->append(static_cast<char const*>(bytes), size);
            return static_cast<la_ssize_t>(size);
        },
        nullptr);
    for (auto const& [name, bytes] : parts) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
        archive_write_header(held, entry);
        archive_write_data(held, bytes.data(), bytes.size());
        archive_entry_free(entry);
    }
    archive_write_close(held);
    archive_write_free(held);
    return out;
}

inline std::string workbook_of(TestParts const& parts) {
    std::string const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
    auto const relation = [&](char const* id, char const* kind, char const* target) {
        return "<Relationship Id=\"" + std::string(id) + "\" Type=\"" + office + kind + "\" Target=\"" + target + "\"/>";
    };
    std::vector<std::pair<std::string, std::string>> all = {
        {"[Content_Types].xml", "<Types/>"},
        {"_rels/.rels", "<Relationships>" + relation("rId1", "officeDocument", "xl/workbook.xml") + "</Relationships>"},
        {"xl/workbook.xml", "<workbook xmlns:r=\"" + office + "\">" + parts.book + "<sheets>" + parts.sheets + "</sheets></workbook>"},
        {"xl/_rels/workbook.xml.rels", "<Relationships>" + relation("rId1", "worksheet", "worksheets/sheet1.xml") + relation("rId2", "sharedStrings", "sharedStrings.xml") +
                                           relation("rId3", "styles", "/xl/styles.xml") + "</Relationships>"}};
    if (!parts.sheet.empty()) all.emplace_back("xl/worksheets/sheet1.xml", parts.sheet);
    if (!parts.shared.empty()) all.emplace_back("xl/sharedStrings.xml", parts.shared);
    if (!parts.styles.empty()) all.emplace_back("xl/styles.xml", parts.styles);
    all.insert(all.end(), parts.more.begin(), parts.more.end());
    return zip_of(all);
}

}  // namespace sanjal::table
