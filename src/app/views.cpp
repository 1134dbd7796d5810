#include "app/views.h"

#include <cstring>
#include <string>

#include "crypto/hash.h"

namespace sanjal::app {
namespace {

constexpr std::int64_t page_rows = 512;

std::string listed(std::vector<View::Column> const& key) {
    std::string out;
    for (auto const& column : key) out.append(out.empty() ? "" : ", ").append(column.name);
    return out;
}

std::string select_page(View const& view, bool first) {
    std::string columns = listed(view.key);
    for (auto const column : view.rest) columns.append(", cast(").append(column).append(" as text)");
    std::string sql = "select " + columns + " from " + std::string(view.name);
    if (!first) {
        std::string values;
        for (std::size_t i = 1; i <= view.key.size(); ++i) values.append(values.empty() ? "$" : ", $").append(std::to_string(i));
        sql += " where (" + listed(view.key) + ") > (" + values + ")";
    }
    return sql + " order by " + listed(view.key) + " limit " + std::to_string(page_rows);
}

// Every value with its length before it, so that no two rows have the same text.
void add_value(std::string& text, std::string_view value) { text.append(std::to_string(value.size())).append(":").append(value); }

void add_row(ViewSum& sum, std::string_view row) {
    auto const hash = crypto::sha256(row);
    for (std::size_t i = 0; i < sum.sum.size(); ++i) {
        std::uint64_t part = 0;
        std::memcpy(&part, hash.data() + i * sizeof part, sizeof part);
        sum.sum[i] += part;
    }
    ++sum.rows;
}

}  // namespace

std::span<View const> views() {
    static std::vector<View> const all = {
        {"record", {{"id"}}, {"type", "state", "number", "unit", "batch", "created", "updated", "data"}},
        {"record_link", {{"origin"}, {"field"}, {"target"}}, {}},
        {"record_search", {{"record"}, {"field"}, {"value"}}, {}},
        {"record_reach", {{"holder"}, {"type"}, {"record"}, {"relation"}, {"root"}}, {}},
        {"record_block", {{"record"}, {"holder"}, {"root"}}, {}},
        {"record_grant", {{"record"}, {"root"}, {"entry"}}, {"type", "holder", "unit", "relation", "since", "until"}},
        {"record_serial", {{"series"}}, {"last"}},
        {"pack_loaded", {{"reference"}}, {"position"}},
        {"calendar_listed", {{"calendar"}, {"year"}}, {"position"}},
        {"casework_task", {{"part"}, {"step"}}, {"procedure", "root", "state", "roles", "rule", "due", "ended", "ended_by", "reason", "ordinal", "pack", "gate", "owner", "wanted", "signatures"}},
        {"casework_clock", {{"part"}, {"rule"}}, {"step", "root", "started", "due", "stopped", "reason", "pack", "next_notice"}},
        {"casework_idle", {{"root"}}, {"since"}},
        {"casework_keeping", {{"root"}, {"class"}}, {"until", "agreed"}},
        {"casework_elsewhere", {{"record"}}, {"node", "turn"}},
        {"casework_todo", {{"holder"}, {"role"}, {"due", true}, {"part"}, {"ordinal", true}, {"step"}}, {"owner", "root"}},
    };
    return all;
}

Result<ViewSum> sum_of(store::Transaction& tx, View const& view) {
    ViewSum sum;
    store::Args last;
    for (std::int64_t in_page = page_rows; in_page == page_rows;) {
        in_page = 0;
        store::Args next;
        SANJAL_DO(tx.each(select_page(view, last.empty()), last, [&](store::Row const& row) -> Result<void> {
            std::string text;
            next.clear();
            int at = 0;
            for (auto const& column : view.key) {
                next.push_back(column.is_integer ? store::Value(row.integer(at)) : store::Value(row.text(at)));
                add_value(text, column.is_integer ? std::to_string(row.integer(at)) : std::string(row.text(at)));
                ++at;
            }
            for (std::size_t i = 0; i < view.rest.size(); ++i, ++at) row.is_null(at) ? void(text += "null") : add_value(text, row.text(at));
            add_row(sum, text);
            ++in_page;
            return {};
        }));
        last = std::move(next);
    }
    return sum;
}

}  // namespace sanjal::app
