#pragma once
// Writes cases as a table: one row for each part that a person plays in a case, by an import format of the pack, a column map, or
// the pack's own fields (`csv`, `xlsx`).  What was imported is written as it came where nobody changed it since, so that a file
// of ours reads in equal (docs/formats/import.md).
//
// Every field passes policy::decide with Action::Export; of what is sealed nothing is written.  Who took out what is durable in
// the access log before its bytes are given.  Memory does not grow with the rows.  Pulled by one thread at a time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/house.h"
#include "features/import/format.h"
#include "table/workbook_writer.h"

namespace sanjal::import {

enum class FileKind { Csv, Workbook };

struct ExportRequest {
    std::shared_ptr<pack::Pack const> pack;
    std::optional<policy::Actor> actor;  // none: whoever holds the passphrase, who sees all that is not sealed
    std::string purpose;     // in words, for the access log
    std::string opened_for;  // a purpose that the pack knows, or empty
    FileKind kind = FileKind::Csv;
    bool clinical = false;  // without an actor: what is medical or of counselling too
};

class TableExport {
public:
    // Invalid "export.format": that format is for reading alone.
    static Result<std::unique_ptr<TableExport>> start(app::House& house, Format format, ExportRequest request);
    ~TableExport();

    // The next bytes of the file; 0 at the end.
    Result<std::size_t> read(char* buffer, std::size_t size);
    [[nodiscard]] std::int64_t rows() const { return rows_; }

private:
    struct Part;
    using Shown = std::map<std::string, Json>;  // alias -> fields
    TableExport(app::House& house, Format format, ExportRequest request) : house_(house), format_(std::move(format)), request_(std::move(request)) {}
    Result<void> begin();
    Result<void> page();
    Result<void> part(store::Transaction& tx, std::string const& id);
    Result<std::optional<Json>> show(store::Transaction& tx, std::string const& id);
    Result<void> gather(store::Transaction& tx, std::string const& id, Shown& shown);
    [[nodiscard]] std::vector<std::string> cells(Shown const& shown) const;
    [[nodiscard]] bool is_wanted(Shown const& shown, std::map<std::string, std::string> const& kept) const;
    Result<void> put(std::vector<std::string> cells, table::WorkbookWriter::Look look);

    app::House& house_;
    Format format_;
    ExportRequest request_;
    std::string root_;          // the alias that the others hang on
    std::string root_type_;
    std::string last_;          // id of the last record written
    std::string pending_;
    std::size_t at_ = 0;
    bool ended_ = false;
    std::int64_t rows_ = 0;
    std::unique_ptr<table::WorkbookWriter> workbook_;
};

// csv and *-csv are CSV, xlsx and *-xlsx workbooks.
FileKind kind_for(std::string_view format);

}  // namespace sanjal::import
