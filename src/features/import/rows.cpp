#include "features/import/rows.h"

#include "table/csv.h"
#include "table/encoding.h"
#include "table/numbered_list.h"
#include "table/workbook.h"

namespace sanjal::import {

ReadOptions options_of(Json const& document) {
    return {std::string(document.text_at("encoding")), std::string(document.text_at("sheet")), document.integer_at("header_line", 1), std::string(document.text_at("list_under"))};
}

Result<std::unique_ptr<table::Reader>> open_table(table::Source& source, ReadOptions const& options) {
    SANJAL_TRY(auto const kind, table::kind_of(source));
    if (!options.list_under.empty() && kind != table::Kind::Text) return fail(Fault::Invalid, "import.list", "Save the list as plain text first. Nothing was imported.");
    if (kind != table::Kind::Text) return table::open_workbook(source, {options.sheet});
    auto const encoding = table::encoding_of(options.encoding);
    if (!encoding) return fail(Fault::Invalid, "import.encoding", "An encoding is utf-8, utf-16le, utf-16be or windows-1252.", "encoding");
    auto const read = [&source](char* buffer, std::size_t size) { return source.read(buffer, size); };
    if (!options.list_under.empty()) return table::open_numbered_list(table::as_utf8(read, *encoding), options.list_under);
    return std::unique_ptr<table::Reader>(std::make_unique<table::CsvReader>(table::as_utf8(read, *encoding)));
}

Result<std::unique_ptr<Rows>> Rows::open(table::Source& source, Format const& format, ReadOptions const& options) {
    auto rows = std::make_unique<Rows>();
    SANJAL_TRY(rows->reader_, open_table(source, options));
    std::optional<table::Row> first;
    do {
        SANJAL_TRY(first, rows->reader_->next());
    } while (first && first->line < options.header_line);
    if (!first || !first->wrong.empty()) {
        return fail(Fault::Invalid, "import.header", "This is not a table that can be read: " + (first ? first->wrong : std::string("it is empty")) + ". Nothing was imported.", "line 1");
    }
    SANJAL_TRY(rows->held_, rows->reader_->next());
    bool const labels = rows->held_ && rows->held_->wrong.empty() && format.is_labels(rows->held_->cells);
    SANJAL_TRY(rows->header_, format.header(first->cells, labels ? &rows->held_->cells : nullptr));
    if (labels) rows->held_.reset();
    return rows;
}

Result<std::optional<table::Row>> Rows::next() {
    if (held_) {
        auto row = std::move(held_);
        held_.reset();
        return row;
    }
    return reader_->next();
}

std::vector<std::string> Rows::notes() const {
    auto notes = header_.notes;
    auto const more = reader_->notes();
    notes.insert(notes.end(), more.begin(), more.end());
    return notes;
}

}  // namespace sanjal::import
