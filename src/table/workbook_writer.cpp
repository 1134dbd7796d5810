#include "table/workbook_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "base/bytes.h"

namespace sanjal::table {
namespace {

constexpr std::size_t flush_at = 32U << 10U;
constexpr char const* head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr char const* sheet_part = "xl/worksheets/sheet1.xml";

constexpr char const* content_types =
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>";
constexpr char const* package_relations =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
constexpr char const* workbook_relations =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>";
// Style 0 is plain text (format 49, so that a program that edits it keeps it text), style 1 bold.
constexpr char const* styles =
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"2\">"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/></cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

bool begins_escape(std::string_view text, std::size_t at) {
    auto const is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); };
    return text.size() - at >= 7 && text[at + 1] == 'x' && text[at + 6] == '_' && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 2, text.begin() + static_cast<std::ptrdiff_t>(at) + 6, is_hex);
}

// XML text; what XML cannot hold, or would be read as such, is written as _x0001_ (ST_Xstring).
void escape(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else if (c == '_' && begins_escape(text, i)) out += "_x005F_";
        else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') out += "_x00" + to_hex(std::string_view(&c, 1)) + "_";
        else out += c;
    }
}

// How Excel counts them: in units of UTF-16.
std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        count += (byte & 0xC0U) != 0x80U;
        count += byte >= 0xF0U;
    }
    return count;
}

void append_column(std::string& out, std::size_t column) {
    if (column >= 26) append_column(out, column / 26 - 1);
    out += static_cast<char>('A' + column % 26);
}

}  // namespace

struct WorkbookWriter::Zip {
    archive* held = archive_write_new();
    archive_entry* entry = archive_entry_new();
    Put put;
    std::optional<Error> broken = {};

    explicit Zip(Put to) : put(std::move(to)) {}
    ~Zip() {
        archive_entry_free(entry);
        archive_write_fail(held);  // what was not finished is left as it is
        archive_write_free(held);
    }
    Zip(Zip const&) = delete;
    Zip& operator=(Zip const&) = delete;

    static la_ssize_t on_write(archive*, void* self, void const* bytes, std::size_t size) {
        auto& one = *static_cast<Zip*>(self);
        if (auto const done = one.put(std::string_view(static_cast<char const*>(bytes), size)); !done) {
            one.broken = done.error();
            return -1;
        }
        return static_cast<la_ssize_t>(size);
    }
    [[nodiscard]] Result<void> judged(bool good) const {
        if (good) return {};
        if (broken) return tl::make_unexpected(*broken);
        return fail(Fault::Internal, "workbook.write", "The workbook could not be written.");
    }
    Result<void> open(char const* name, std::optional<std::size_t> size) {
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        if (size) archive_entry_set_size(entry, static_cast<la_int64_t>(*size));
        return judged(archive_write_header(held, entry) == ARCHIVE_OK);
    }
    Result<void> data(std::string_view bytes) { return judged(archive_write_data(held, bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size())); }
};

WorkbookWriter::WorkbookWriter(Put put) : zip_(std::make_unique<Zip>(std::move(put))) {}
WorkbookWriter::~WorkbookWriter() = default;

Result<void> WorkbookWriter::part(char const* name, std::string_view bytes) {
    std::string const whole = head + std::string(bytes);
    SANJAL_DO(zip_->open(name, whole.size()));
    return zip_->data(whole);
}

Result<std::unique_ptr<WorkbookWriter>> WorkbookWriter::start(Put put, std::string const& sheet) {
    std::unique_ptr<WorkbookWriter> writer(new WorkbookWriter(std::move(put)));
    auto& zip = *writer->zip_;
    archive_write_set_format_zip(zip.held);
    // Excel does not open parts of unknown length in the 64-bit form; a sheet of 4 GiB it would not open either.
    archive_write_set_format_option(zip.held, "zip", "zip64", nullptr);
    archive_write_set_bytes_per_block(zip.held, 16384);
    archive_write_set_bytes_in_last_block(zip.held, 1);
    SANJAL_DO(zip.judged(archive_write_open(zip.held, &zip, nullptr, Zip::on_write, nullptr) == ARCHIVE_OK));
    std::string book = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"";
    escape(book, sheet);
    book += "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    SANJAL_DO(writer->part("[Content_Types].xml", content_types));
    SANJAL_DO(writer->part("_rels/.rels", package_relations));
    SANJAL_DO(writer->part("xl/workbook.xml", book));
    SANJAL_DO(writer->part("xl/_rels/workbook.xml.rels", workbook_relations));
    SANJAL_DO(writer->part("xl/styles.xml", styles));
    SANJAL_DO(zip.open(sheet_part, std::nullopt));
    writer->pending_ = std::string(head) + "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";
    return writer;
}

Result<void> WorkbookWriter::flush() {
    SANJAL_DO(zip_->data(pending_));
    pending_.clear();
    return {};
}

Result<void> WorkbookWriter::row(std::vector<std::string> const& cells, Look look) {
    if (++rows_ > sheet_rows_max) return fail(Fault::TooLarge, "workbook.rows", "A sheet of Excel holds no more than 1,048,576 rows. Export as CSV instead.");
    std::string const number = std::to_string(rows_);
    pending_ += "<row r=\"" + number + (look == Look::Hidden ? "\" hidden=\"1\">" : "\">");
    for (std::size_t column = 0; column < cells.size(); ++column) {
        if (cells[column].empty()) continue;
        if (cells[column].size() > cell_characters_max && characters(cells[column]) > cell_characters_max) {
            return fail(Fault::TooLarge, "workbook.cell", "A cell of Excel holds no more than 32,767 characters, and nothing is cut off. Export as CSV instead.");
        }
        pending_ += "<c r=\"";
        append_column(pending_, column);
        pending_ += number + (look == Look::Plain ? "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">" : "\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        escape(pending_, cells[column]);
        pending_ += "</t></is></c>";
    }
    pending_ += "</row>";
    return pending_.size() < flush_at ? Result<void>{} : flush();
}

Result<void> WorkbookWriter::finish() {
    pending_ += "</sheetData></worksheet>";
    SANJAL_DO(flush());
    SANJAL_DO(zip_->judged(archive_write_finish_entry(zip_->held) == ARCHIVE_OK));
    return zip_->judged(archive_write_close(zip_->held) == ARCHIVE_OK);
}

}  // namespace sanjal::table
