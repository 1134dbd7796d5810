#include "features/import/export.h"

#include <algorithm>
#include <cstring>

#include "policy/decide.h"
#include "table/csv.h"

namespace sanjal::import {
namespace {

constexpr std::int64_t parts_a_page = 50;

// What a field says: of several opinions the newest.
Json said(Json const& value) {
    auto const* conflict = value.find("conflict");
    if (conflict == nullptr || !conflict->is_list() || conflict->items().empty()) return value;
    auto const* newest = conflict->items().back().find("value");
    return newest != nullptr ? *newest : Json();
}

// Cells as they stood, of every class that is shown.
std::map<std::string, std::string> kept_of(Json const* row, std::map<std::string, std::string>& classes) {
    std::map<std::string, std::string> kept;
    if (row == nullptr || !row->is_object()) return kept;
    for (auto const& [field, value] : row->members()) {
        if (!field.starts_with("kept_") || !value.is_text()) continue;
        auto const cells = parse_json(value.text());
        if (!cells || !cells->is_object()) continue;
        for (auto const& [name, cell] : cells->members()) {
            if (!cell.is_text()) continue;
            kept[name] = cell.text();
            classes[name] = field.substr(5);
        }
    }
    return kept;
}

// For whoever holds the passphrase.  Clinical notes leave only where that is said.
policy::Mask everything(bool clinical) {
    policy::Mask mask;
    mask.classes = {"operational", "identity", "contact", "legal"};
    if (clinical) mask.classes.insert({"medical", "counselling"});
    return mask;
}

}  // namespace

TableExport::~TableExport() = default;

FileKind kind_for(std::string_view format) { return format == "xlsx" || format.ends_with("-xlsx") ? FileKind::Workbook : FileKind::Csv; }

Result<std::unique_ptr<TableExport>> TableExport::start(app::House& house, Format format, ExportRequest request) {
    std::unique_ptr<TableExport> one(new TableExport(house, std::move(format), std::move(request)));
    auto const& makes = one->format_.makes();
    std::size_t most = 0;
    for (auto const& [alias, made] : makes.members()) {
        std::size_t relations = 0;
        for (auto const& [name, value] : made.members()) relations += name != "type" && value.is_text() && makes.find(value.text()) != nullptr;
        if (alias == one->format_.keep() || (!one->root_.empty() && relations <= most)) continue;
        most = relations;
        one->root_ = alias;
        one->root_type_ = made.text_at("type");
    }
    if (one->format_.keep().empty()) return fail(Fault::Invalid, "export.format", "Tables are read in this format, never written.", "--format");
    SANJAL_DO(one->begin());
    return one;
}

Result<void> TableExport::begin() {
    std::vector<std::string> names;
    std::vector<std::string> labels;
    for (auto const& column : format_.columns()) {
        names.push_back(column.name);
        labels.push_back(column.label);
    }
    names.emplace_back(kept_beside);
    labels.emplace_back();
    if (request_.kind == FileKind::Workbook) {
        SANJAL_TRY(workbook_, table::WorkbookWriter::start(
                                  [this](std::string_view bytes) -> Result<void> {
                                      pending_ += bytes;
                                      return {};
                                  },
                                  "Cases"));
        using Look = table::WorkbookWriter::Look;
        if (!format_.has_labels_row()) return put(std::move(names), Look::Heading);
        // Column A is a running number, without a name.
        names.insert(names.begin(), "");
        labels.insert(labels.begin(), "");
        SANJAL_DO(workbook_->row(names, Look::Hidden));
        return workbook_->row(labels, Look::Heading);
    }
    pending_ = table::byte_order_mark;
    return put(std::move(names), {});
}

Result<void> TableExport::put(std::vector<std::string> cells, table::WorkbookWriter::Look look) {
    if (workbook_) return workbook_->row(cells, look);
    pending_ += table::csv_line(cells);
    return {};
}

Result<std::size_t> TableExport::read(char* buffer, std::size_t size) {
    while (at_ == pending_.size() && !ended_) {
        pending_.clear();
        at_ = 0;
        SANJAL_DO(page());
    }
    auto const take = std::min(size, pending_.size() - at_);
    std::memcpy(buffer, pending_.data() + at_, take);
    at_ += take;
    return take;
}

Result<void> TableExport::page() {
    std::vector<std::string> ids;
    SANJAL_DO(house_.store().read([&](store::Transaction& tx) -> Result<void> {
        std::string sql = "select r.id from record r left join record b on b.id = r.batch where r.type = $1 and r.id > $2 and (r.batch = '' or b.state = 'complete')";
        store::Args args{root_type_, last_};
        if (request_.actor) {
            sql += " and exists (select 1 from record_reach h where h.record = r.id and h.holder in ($3, $4))"
                   " and not exists (select 1 from record_block x where x.record = r.id and x.holder in ($3, $4))";
            args.emplace_back(request_.actor->unit);
            args.emplace_back(request_.actor->id);
        }
        SANJAL_TRY(ids, tx.texts(sql + " order by r.id limit " + std::to_string(parts_a_page), args));
        for (auto const& id : ids) SANJAL_DO(part(tx, id));
        return {};
    }));
    if (ids.empty()) {
        ended_ = true;
        return workbook_ ? workbook_->finish() : Result<void>{};
    }
    last_ = ids.back();
    return house_.ledger().flush_access(false);  // durable before anybody has the bytes
}

// The fields of a record that may be taken out, or nothing where it may not.
Result<std::optional<Json>> TableExport::show(store::Transaction& tx, std::string const& id) {
    SANJAL_TRY(auto const state, record::find(tx, id));
    if (!state) return std::optional<Json>();
    policy::Mask mask = everything(request_.clinical);
    if (request_.actor) {
        auto const allowed = policy::require(tx, {*request_.actor, request_.opened_for, house_.clock().now()}, policy::Action::Export, id, *state, *request_.pack);
        if (!allowed) {
            bool const refused = allowed.error().fault == Fault::NotFound || allowed.error().fault == Fault::Forbidden;
            return refused ? Result<std::optional<Json>>(std::optional<Json>()) : fail(allowed.error());
        }
        mask = *allowed;
    }
    mask.opens.clear();
    SANJAL_TRY(auto const shown, policy::show(id, *state, mask, *request_.pack, [&](Json const& cell, std::string_view field) -> Result<Json> {
                   if (cell.text_at("class") == "sealed") return Json::object({{"sealed", true}});
                   SANJAL_TRY(auto const entry, house_.ledger().read(tx, cell.integer_at("p", -1)));
                   std::string name(field);
                   if (auto const element = cell.text_at("el"); !element.empty()) name += "/" + std::string(element);
                   auto const* value = entry.field(name);
                   return value != nullptr && value->find("sealed_to") == nullptr ? *value : Json::object({{"erased", true}});
               }));
    house_.ledger().note_access({request_.actor ? request_.actor->id : "node", id, request_.purpose, "export"});
    Json fields = Json::object();
    for (auto const& [name, value] : shown.find("fields")->members()) {
        if (!policy::is_hidden(value)) fields.set(name, value);  // on a table a name that is not shown is an empty cell
    }
    return std::optional<Json>(std::move(fields));
}

// The records of the others that hang on this one, or that this one hangs on.
Result<void> TableExport::gather(store::Transaction& tx, std::string const& id, Shown& shown) {
    std::map<std::string, std::string> ids{{root_, id}};
    auto const& makes = format_.makes();
    for (bool found = true; found;) {
        found = false;
        for (auto const& [alias, made] : makes.members()) {
            for (auto const& [field, value] : made.members()) {
                if (field == "type" || !value.is_text() || makes.find(value.text()) == nullptr) continue;
                bool const have = ids.count(alias) > 0;
                if (have == (ids.count(value.text()) > 0)) continue;
                auto const linked = have ? tx.text("select target from record_link where origin = $1 and field = $2 order by target limit 1", {ids[alias], field})
                                         : tx.text("select l.origin from record_link l join record r on r.id = l.origin where l.target = $1 and l.field = $2 and r.type = $3 order by l.origin limit 1",
                                                   {ids[value.text()], field, std::string(made.text_at("type"))});
                if (!linked) return fail(linked.error());
                if (!*linked) continue;
                ids[have ? value.text() : alias] = **linked;
                found = true;
            }
        }
    }
    for (auto const& [alias, one] : ids) {
        SANJAL_TRY(auto fields, show(tx, one));
        if (fields) shown[alias] = std::move(*fields);
    }
    return {};
}

// A format that says whom a row is about (HTCDS: a survivor) has a row for others only where one came in.
bool TableExport::is_wanted(Shown const& shown, std::map<std::string, std::string> const& kept) const {
    auto const* otherwise = format_.options().find("otherwise");
    auto const* constants = format_.makes().find(root_);
    if (otherwise == nullptr || constants == nullptr) return true;
    bool differs = false;
    for (auto const& [path, value] : otherwise->members()) {
        if (!path.starts_with(root_ + ".")) continue;
        auto const* usual = constants->find(path.substr(root_.size() + 1));
        auto const* now = shown.at(root_).find(path.substr(root_.size() + 1));
        differs = differs || (usual != nullptr && now != nullptr && *now != *usual);
    }
    if (!differs) return true;
    auto const* filled = otherwise->find("filled");
    return filled != nullptr && std::any_of(filled->items().begin(), filled->items().end(), [&](Json const& name) { return name.is_text() && kept.count(name.text()) > 0; });
}

std::vector<std::string> TableExport::cells(Shown const& shown) const {
    auto const fields_of = [&](std::string const& alias) {
        auto const found = shown.find(alias);
        return found != shown.end() ? &found->second : nullptr;
    };
    std::map<std::string, std::string> classes;
    auto kept = kept_of(fields_of(format_.keep()), classes);
    if (!is_wanted(shown, kept)) return {};
    auto const now_of = [&](std::string const& alias, std::string const& field) {
        auto const* fields = fields_of(alias);
        auto const* value = fields != nullptr ? fields->find(field) : nullptr;
        return value != nullptr ? said(*value) : Json();
    };
    struct Group {
        Json now;
        bool unchanged = false;
        bool written = false;
    };
    std::map<std::string, Group> groups;  // fields, each of one or more columns
    std::vector<std::string> row;
    for (auto const& column : format_.columns()) {
        auto const cell = kept.find(column.name);
        Reading reading;
        if (cell != kept.end()) reading = format_.read(column, cell->second);
        std::string text = reading.canonical;
        if (!column.field.empty()) {
            auto [group, is_new] = groups.try_emplace(column.alias + "." + column.field);
            if (is_new) {
                group->second.now = now_of(column.alias, column.field);
                group->second.unchanged = group->second.now == format_.joined(column.alias, column.field, kept);
            }
            if (!group->second.unchanged) text = group->second.now.is_null() && reading.value.is_null() ? reading.canonical : format_.write(column, group->second.now, group->second.written);
            group->second.written = true;
        } else if (!column.out_field.empty()) {
            auto const now = now_of(column.out_alias, column.out_field);
            if (auto told = format_.write(column, now, false); !told.empty() && now.is_text()) text = std::move(told);
        }
        if (cell != kept.end()) kept.erase(cell);
        row.push_back(request_.kind == FileKind::Workbook ? format_.labelled(column, text) : text);
    }
    Json beside = Json::object();
    for (auto const& [name, cell] : kept) {
        if (beside.find(classes[name]) == nullptr) beside.set(classes[name], Json::object());
        beside.find(classes[name])->set(name, cell);
    }
    row.push_back(beside.members().empty() ? std::string() : write_json_sorted(beside));
    return row;
}

Result<void> TableExport::part(store::Transaction& tx, std::string const& id) {
    Shown shown;
    SANJAL_DO(gather(tx, id, shown));
    if (shown.count(root_) == 0) return {};
    auto row = cells(shown);
    if (row.empty()) return {};
    ++rows_;
    if (format_.has_labels_row()) row.insert(row.begin(), std::to_string(rows_));
    return put(std::move(row), table::WorkbookWriter::Look::Plain);
}

}  // namespace sanjal::import
