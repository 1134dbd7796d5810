#include "features/import/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "base/id.h"
#include "features/import/csv.h"
#include "rules/value.h"

namespace sanjal::import {
namespace {

constexpr std::size_t rows_a_group = 200;
constexpr int first_year = 1900;

// A file descriptor that closes itself.
class File {
public:
    explicit File(int number) : number_(number) {}
    File(File const&) = delete;
    File& operator=(File const&) = delete;
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

std::string quoted(std::string_view cell) {
    std::string out = "\"";
    for (char const c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

// What is no UTF-8 is shown by its bytes, so that the file of refused rows can be read anywhere.
std::string readable(std::string_view raw) {
    if (is_utf8(raw)) return std::string(raw);
    std::string out;
    for (char const c : raw) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F) out += c;
        else out += "\\x" + to_hex(std::string_view(&c, 1));
    }
    return out;
}

// The rows that could not be taken: made with the first of them, durable before the import is complete.
class RefusedRows {
public:
    explicit RefusedRows(std::string path) : path_(std::move(path)) {}
    ~RefusedRows() {
        if (file_ >= 0) ::close(file_);
    }
    RefusedRows(RefusedRows const&) = delete;
    RefusedRows& operator=(RefusedRows const&) = delete;

    Result<void> add(std::int64_t line, std::string const& reason, std::string_view raw) {
        if (file_ < 0) {
            file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (file_ < 0) return broken();
            SANJAL_DO(write("line,reason,row\n"));
        }
        while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
        return write(std::to_string(line) + "," + quoted(reason) + "," + readable(raw) + "\n");
    }
    Result<void> finish() {
        if (file_ < 0) return {};
        SANJAL_DO(flush());
        return ::fsync(file_) == 0 ? Result<void>{} : broken();
    }
    [[nodiscard]] std::string path() const { return file_ < 0 ? std::string() : path_; }

private:
    Result<void> broken() const {
        bool const full = errno == ENOSPC;
        return fail(full ? Fault::Full : Fault::Io, full ? "import.disk_full" : "import.io", std::string("The file of refused rows could not be written: ") + std::strerror(errno) + ". Nothing was imported.", path_);
    }
    Result<void> write(std::string const& text) {
        buffer_ += text;
        return buffer_.size() < (64U << 10U) ? Result<void>{} : flush();
    }
    Result<void> flush() {
        std::size_t done = 0;
        while (done < buffer_.size()) {
            auto const count = ::write(file_, buffer_.data() + done, buffer_.size() - done);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return broken();
            done += static_cast<std::size_t>(count);
        }
        buffer_.clear();
        return {};
    }

    std::string path_;
    std::string buffer_;
    int file_ = -1;
};

// How the cells of one format become the fields of a type.
class Mapping {
public:
    static Result<Mapping> of(pack::Pack const& pack, std::string const& format, int this_year) {
        auto const* imports = pack.document.find("imports");
        auto const* definition = imports != nullptr ? imports->find(format) : nullptr;
        if (definition == nullptr) {
            std::string known;
            for (auto const& [name, one] : imports != nullptr ? imports->members() : Json::Object()) known += (known.empty() ? "" : ", ") + name;
            return fail(Fault::Invalid, "import.format", "The pack knows no format of this name. It knows: " + (known.empty() ? std::string("none") : known) + ".", "--format");
        }
        Mapping mapping;
        mapping.this_year_ = this_year;
        mapping.type_ = definition->text_at("type");
        mapping.row_field_ = definition->text_at("row");
        mapping.codes_ = pack.document.find("codes");
        SANJAL_CHECK(mapping.codes_ != nullptr);
        for (auto const& [name, rule] : definition->find("columns")->members()) {
            Column column;
            column.name = name;
            column.rule = &rule;
            column.as = rule.text_at("as");
            column.field = rule.text_at("field");
            if (!column.field.empty()) column.definition = pack.field(mapping.type_, column.field);
            if (auto const* unknown = rule.find("unknown"); unknown != nullptr && unknown->is_list()) {
                for (auto const& one : unknown->items()) column.unknown.push_back(one.text());
            }
            if (auto const by = rule.text_at("by"); !by.empty()) column.translation = mapping.codes_->find(column.definition->text_at("from"))->find(by);
            mapping.columns_.push_back(std::move(column));
        }
        auto const* row = pack.field(mapping.type_, mapping.row_field_);
        SANJAL_CHECK(row != nullptr);
        mapping.row_class_ = row->text_at("class");
        return mapping;
    }

    [[nodiscard]] std::string const& type() const { return type_; }

    [[nodiscard]] Result<void> check_header(std::vector<std::string> const& header) const {
        for (std::size_t i = 0; i < std::max(header.size(), columns_.size()); ++i) {
            if (i < header.size() && i < columns_.size() && header[i] == columns_[i].name) continue;
            std::string const wanted = i < columns_.size() ? "\"" + columns_[i].name + "\"" : "no further column";
            return fail(Fault::Invalid, "import.header", "This is not a file of that format: column " + std::to_string(i + 1) + " should be " + wanted + ". Nothing was imported.", "line 1");
        }
        return {};
    }

    // The fields of a row, or the reason why it cannot be taken.
    [[nodiscard]] Result<std::vector<ledger::Field>> fields(CsvRow const& row) const {
        if (row.cells.size() != columns_.size()) {
            return fail(Fault::Invalid, "import.cells", "This row has " + std::to_string(row.cells.size()) + " cells; the header has " + std::to_string(columns_.size()) + ".");
        }
        std::vector<std::pair<Column const*, Json>> values;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            auto const& column = columns_[i];
            std::string const& cell = row.cells[i];
            if (column.as == "kept" || cell.empty() || std::find(column.unknown.begin(), column.unknown.end(), cell) != column.unknown.end()) continue;
            SANJAL_TRY(auto value, read(column, cell));
            if (value.is_null()) continue;
            auto const same = std::find_if(values.begin(), values.end(), [&](auto const& one) { return one.first->field == column.field; });
            if (same == values.end()) values.emplace_back(&column, std::move(value));
            else if (value.is_list()) same->second.items().push_back(value.items().front());
        }
        std::vector<ledger::Field> fields;
        for (auto& [column, value] : values) {
            auto checked = rules::check_value(*column->definition, *codes_, value);
            if (!checked) return fail(Fault::Invalid, "import.value", column->name + ": " + checked.error().message);
            fields.push_back({column->field, std::move(*checked), std::string(column->definition->text_at("class"))});
        }
        std::string_view raw = row.raw;
        while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.remove_suffix(1);
        fields.push_back({row_field_, std::string(raw), row_class_});
        return fields;
    }

private:
    struct Column {
        std::string name;
        std::string as;
        std::string field;
        Json const* rule = nullptr;
        Json const* definition = nullptr;
        Json const* translation = nullptr;  // the source's codes to ours
        std::vector<std::string> unknown;
    };

    [[nodiscard]] Result<Json> read(Column const& column, std::string const& cell) const {
        auto const wrong = [&](std::string const& what) { return fail(Fault::Invalid, "import.value", column.name + ": " + what); };
        if (column.as == "text") return Json(cell);
        if (column.as == "year") {
            int year = 0;
            bool const digits = cell.size() == 4 && std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
            if (digits) std::from_chars(cell.data(), cell.data() + cell.size(), year);
            if (year < first_year || year > this_year_) return wrong("this is not a year from " + std::to_string(first_year) + " to " + std::to_string(this_year_) + ".");
            return Json(year);
        }
        if (column.as == "flag") {
            if (cell == "1" || cell == "1.0") return Json(Json::List{Json(column.rule->text_at("code"))});
            if (cell == "0" || cell == "0.0") return Json();
            return wrong("this is neither 1 nor 0 nor empty.");
        }
        SANJAL_CHECK(column.as == "code");
        if (column.translation == nullptr) return Json(cell);
        auto const* code = column.translation->find(cell);
        if (code == nullptr) return wrong("this value has no code here.");
        return *code;
    }

    std::string type_;
    std::string row_field_;
    std::string row_class_;
    Json const* codes_ = nullptr;
    int this_year_ = 0;
    std::vector<Column> columns_;
};

Result<std::string> first_unit(app::House& house) {
    std::string unit;
    SANJAL_DO(house.store().read([&](store::Transaction& tx) {
        return tx.each("select id from record where type = 'unit' order by id limit 1", {}, [&](store::Row const& row) -> Result<void> {
            unit = row.text(0);
            return {};
        });
    }));
    if (unit.empty()) return fail(Fault::Invalid, "import.no_unit", "No unit is registered at this node, so the records would be nobody's. Add one with `sanjal unit add`.");
    return unit;
}

Result<void> check_unit(app::House& house, std::string const& unit) {
    return house.store().read([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const state, record::find(tx, unit));
        if (!state || state->type() != "unit") return fail(Fault::NotFound, "unit.none", "There is no such unit at this node.", "--unit");
        return {};
    });
}

ledger::Submission submission_of(app::House& house) {
    ledger::Submission made;
    made.id = house.new_id();
    made.actor = house.operator_id();
    made.pack = house.packs().in_force()->reference();
    return made;
}

Result<void> write_one(app::House& house, std::string const& batch, std::string_view verb, std::vector<ledger::Field> fields) {
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        auto submission = submission_of(house);
        ledger::NewEntry entry;
        entry.verb = "import." + std::string(verb);
        entry.record = batch;
        entry.fields = fields;
        submission.entries.push_back(std::move(entry));
        SANJAL_DO(house.commit(tx, std::move(submission)));
        return {};
    });
}

}  // namespace

Result<ImportResult> import_file(app::House& house, ImportRequest const& request) {
    auto const pack = house.packs().in_force();
    SANJAL_CHECK(pack != nullptr);
    auto const day = std::chrono::floor<std::chrono::days>(house.clock().now());
    SANJAL_TRY(auto const mapping, Mapping::of(*pack, request.format, static_cast<int>(std::chrono::year_month_day(day).year())));

    File const file(::open(request.path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!file.is_open() || ::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return fail(Fault::NotFound, "import.no_file", "The file cannot be opened. Is the name right?", request.path);
    }
    std::int64_t read_bytes = 0;
    CsvReader reader([&](char* buffer, std::size_t size) -> Result<std::size_t> {
        auto const count = ::read(file.number(), buffer, size);
        if (count < 0) return fail(Fault::Io, "import.io", std::string("The file could not be read to its end: ") + std::strerror(errno) + ". What came before it is not shown to anybody.", request.path);
        read_bytes += count;
        return static_cast<std::size_t>(count);
    });
    SANJAL_TRY(auto const header, reader.next());
    if (!header || !header->wrong.empty()) {
        return fail(Fault::Invalid, "import.header", "This is not a CSV file in UTF-8: " + (header ? header->wrong : std::string("it is empty.")) + " Nothing was imported.", "line 1");
    }
    SANJAL_DO(mapping.check_header(header->cells));

    ImportResult result;
    std::string unit = request.unit;
    if (!request.dry_run) {
        if (unit.empty()) {
            SANJAL_TRY(unit, first_unit(house));
        } else {
            SANJAL_DO(check_unit(house, unit));
        }
        result.batch = house.new_id();
        ::mkdir(house.path("imports").c_str(), 0700);
        SANJAL_DO(write_one(house, result.batch, "begun", {{"format", request.format, "operational"}, {"unit", unit, "operational"}}));
    }
    RefusedRows refused(house.path("imports/" + (result.batch.empty() ? house.new_id() : result.batch) + ".refused.csv"));

    std::vector<std::vector<ledger::Field>> group;
    auto const flush = [&]() -> Result<void> {
        if (group.empty() || request.dry_run) return {};
        SANJAL_DO(house.ledger().write(
            [&](store::Transaction& tx) -> Result<void> {
                auto submission = submission_of(house);
                submission.entries.reserve(group.size());
                for (auto const& fields : group) {
                    ledger::NewEntry entry;
                    entry.verb = mapping.type() + ".opened";
                    entry.record = house.new_id();
                    entry.fields = fields;
                    entry.fields.push_back({"batch", result.batch, "operational"});
                    entry.fields.push_back({"unit_of_origin", unit, "operational"});
                    submission.entries.push_back(std::move(entry));
                }
                SANJAL_DO(house.commit(tx, std::move(submission)));
                return {};
            },
            store::Priority::Low));
        group.clear();
        if (request.progress) request.progress(read_bytes, info.st_size, result.rows);
        return {};
    };
    while (true) {
        SANJAL_TRY(auto const row, reader.next());
        if (!row) break;
        ++result.rows;
        std::string reason = row->wrong;
        if (reason.empty()) {
            auto fields = mapping.fields(*row);
            if (fields) {
                ++result.imported;
                if (!request.dry_run) group.push_back(std::move(*fields));
                if (group.size() >= rows_a_group) SANJAL_DO(flush());
                continue;
            }
            reason = fields.error().message;
        }
        ++result.refused;
        if (!request.dry_run) SANJAL_DO(refused.add(row->line, reason, row->raw));
    }
    SANJAL_DO(flush());
    if (request.dry_run) return result;
    SANJAL_DO(refused.finish());
    result.refused_file = refused.path();
    SANJAL_DO(write_one(house, result.batch, "completed",
                        {{"imported", result.imported, "operational"}, {"refused", result.refused, "operational"}, {"rows", result.rows, "operational"}}));
    return result;
}

Result<void> undo_import(app::House& house, std::string const& batch) {
    return house.ledger().write([&](store::Transaction& tx) -> Result<void> {
        SANJAL_TRY(auto const state, record::find(tx, batch));
        if (!state || state->type() != "import") return fail(Fault::NotFound, "import.none", "There is no import of that number.", "--undo");
        if (state->condition() == "undone") return fail(Fault::Conflict, "import.undone", "This import is undone already.", "--undo");
        auto submission = submission_of(house);
        ledger::NewEntry entry;
        entry.verb = "import.undone";
        entry.record = batch;
        submission.entries.push_back(std::move(entry));
        SANJAL_DO(house.commit(tx, std::move(submission)));
        return {};
    });
}

}  // namespace sanjal::import
