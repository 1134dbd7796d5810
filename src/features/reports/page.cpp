#include "features/reports/page.h"

#include "base/id.h"
#include "rules/value.h"

namespace sanjal::reports {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else out += c;
    }
    return out;
}

Result<std::string> scalar(app::Context& context, Json const& column, Json const& value) {
    if (value.is_integer()) return std::to_string(value.integer());
    if (value.is_object()) return std::string(value.text_at("called", value.text_at("text", value.text_at("code"))));
    if (!value.is_text()) return std::string();
    if (auto const* choices = column.find("choices")) {
        for (auto const& choice : choices->items()) {
            if (choice.text_at("code") == value.text()) return std::string(choice.text_at("label"));
        }
    }
    if (column.text_at("kind") == "unit") {
        SANJAL_TRY(auto const unit, record::find(context.tx(), value.text()));
        auto const* title = unit ? unit->value("title") : nullptr;
        return title != nullptr && title->is_text() ? title->text() : std::string();
    }
    if (column.text_at("kind") == "relation" || is_uuid(value.text())) return std::string();
    return value.text();
}

}  // namespace

Result<std::string> words_of(app::Context& context, Json const& column, Table::Row const& row) {
    std::string const name(column.text_at("name"));
    auto const found = row.values.find(name);
    if (found == row.values.end() || found->second.is_null() || rules::is_none(found->second)) return row.few && column.text_at("kind") == "number" ? std::string("*") : std::string();
    if (!found->second.is_list()) return scalar(context, column, found->second);
    std::string all;
    for (auto const& one : found->second.items()) {
        SANJAL_TRY(auto const words, scalar(context, column, one));
        if (!words.empty()) all += (all.empty() ? "" : ", ") + words;
    }
    return all;
}

Result<std::string> page(app::Context& context, std::string const& language, std::string const& title, Table const& table) {
    std::string html = "<!doctype html>\n<html lang=\"" + escaped(language) + "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
                       "<link rel=\"stylesheet\" href=\"/public.css\"><title>" + escaped(title) +
                       "</title></head><body><main><h1>" + escaped(title) + "</h1>\n<table><thead><tr>";
    for (auto const& column : table.columns.items()) html += "<th scope=\"col\">" + escaped(column.text_at("title")) + "</th>";
    html += "</tr></thead><tbody>\n";
    for (auto const& row : table.rows) {
        html += "<tr>";
        for (auto const& column : table.columns.items()) {
            SANJAL_TRY(auto const cell, words_of(context, column, row));
            html += "<td data-label=\"" + escaped(column.text_at("title")) + "\">" + escaped(cell) + "</td>";
        }
        html += "</tr>\n";
    }
    return html + "</tbody></table></main></body></html>\n";
}

}  // namespace sanjal::reports
