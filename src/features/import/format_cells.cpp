// One cell, read and written.
#include <algorithm>
#include <charconv>

#include "base/time.h"
#include "features/import/cells.h"
#include "features/import/format.h"
#include "rules/value.h"
#include "table/workbook.h"

namespace sanjal::import {
namespace {

constexpr int first_year = 1900;
constexpr int serial_max = 73051;  // as IOM's workbook validates: up to the year 2100
constexpr int label_pieces_max = 4;

std::optional<std::int64_t> integer_of(std::string_view text) {
    std::int64_t value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// 2013, 2013-05, 2013-05-04; a day count of Excel's; a moment, of which the day counts.
std::optional<std::string> date_of(std::string_view cell) {
    if (auto const number = integer_of(cell)) {
        if (cell.size() == 4 && *number >= 1850 && *number <= 2100) return std::string(cell);
        if (*number < 1 || *number > serial_max) return std::nullopt;
        auto const date = table::date_of_serial(static_cast<double>(*number), false);
        return date.empty() ? std::nullopt : std::optional(date);
    }
    if (cell.size() >= 19 && (cell[10] == 'T' || cell[10] == ' ')) cell = cell.substr(0, 10);
    if (!rules::check_value(Json::object({{"kind", "date"}}), Json::object(), Json(cell))) return std::nullopt;
    return std::string(cell);
}

std::optional<bool> truth_of(std::string_view cell) {
    std::string const word = folded(cell);
    for (char const* yes : {"true", "yes", "y", "1", "1.0"}) {
        if (word == yes) return true;
    }
    for (char const* no : {"false", "no", "n", "0", "0.0"}) {
        if (word == no) return false;
    }
    return std::nullopt;
}

std::string value_text(Json const& value) {
    if (value.is_text()) return value.text();
    if (value.is_integer()) return std::to_string(value.integer());
    if (auto const* years = value.find("years"); years != nullptr && years->is_integer()) {
        auto const how = value.text_at("how");
        return (how == "exact" || how.empty() ? std::string() : std::string(how) + " ") + std::to_string(years->integer());
    }
    return write_json(value);
}

}  // namespace

Reading Format::read(Column const& column, std::string const& cell) const {
    Reading reading;
    reading.canonical = cell;
    std::string const word(trimmed(cell));
    if (word.empty()) return {{}, {}, {}};
    if (std::any_of(column.unknown.begin(), column.unknown.end(), [&](std::string const& one) { return folded(one) == folded(word); })) {
        reading.canonical = column.unknown.front();
        if (!exact_) reading.value = Json::object({{"none", "unknown"}});
        return reading;
    }
    if (column.words.count(folded(word)) > 0 && !column.unknown.empty()) {  // a label of a code that means unknown
        auto const& code = column.words.at(folded(word));
        if (std::find(column.unknown.begin(), column.unknown.end(), code) != column.unknown.end()) return {Json::object({{"none", "unknown"}}), code, {}};
    }
    if (!exact_) {
        if (auto answer = answer_of(word); !answer.is_null()) return {std::move(answer), word, {}};
    }
    switch (column.as) {
        case As::Kept: break;
        case As::Text: {
            bool const place = column.definition != nullptr && column.definition->text_at("kind") == "place" && word.front() == '{';
            auto parsed = place ? parse_json(word) : Result<Json>(Json(cell));
            reading.value = parsed ? std::move(*parsed) : Json(cell);
            break;
        }
        case As::Year: {
            auto const year = integer_of(word);
            if (word.size() == 4 && year && *year >= first_year && *year <= this_year_) reading.value = Json(*year);
            else reading.why = "this is not a year from " + std::to_string(first_year) + " to " + std::to_string(this_year_) + ".";
            break;
        }
        case As::Number: {
            auto const number = integer_of(word);
            if (number) reading.value = Json(*number);
            else reading.why = "this is not a whole number.";
            break;
        }
        case As::Flag: {
            if (word == "1" || word == "1.0") reading.value = Json::list({Json(column.flag)});
            else if (word != "0" && word != "0.0") reading.why = "this is neither 1 nor 0 nor empty.";
            break;
        }
        case As::Date: {
            auto date = date_of(word);
            if (date) {
                reading.canonical = *date;
                reading.value = Json(std::move(*date));
            } else {
                reading.why = "this is not a day written as 2026-11-25, nor one of Excel's.";
            }
            break;
        }
        case As::Time: {
            std::string moment = word;
            if (moment.size() == 19 && (moment[10] == 'T' || moment[10] == ' ')) {  // of the place
                moment[10] = 'T';
                auto const at = parse_instant(moment + "Z");
                if (at) moment = format_instant(*at - std::chrono::minutes(pack_->offset_minutes(*at)), pack_->offset_minutes(*at));
            }
            if (parse_instant(moment)) reading.value = Json(moment);
            else reading.why = "this is not a moment written as 2026-11-25T16:05:00.";
            break;
        }
        case As::YesNo: {
            auto const truth = truth_of(word);
            if (truth) {
                reading.canonical = *truth ? "TRUE" : "FALSE";
                reading.value = Json(*truth ? "yes" : "no");
            } else {
                reading.why = "this is neither yes nor no.";
            }
            break;
        }
        case As::Code:
        case As::Codes: return read_codes(column, cell);
    }
    return reading;
}

Reading Format::read_codes(Column const& column, std::string const& cell) const {
    Reading reading;
    std::vector<std::string> tokens;  // codes, and what is none as it stood
    Json ours = Json::list();
    auto const take = [&](std::string const& code) {
        if (std::find(tokens.begin(), tokens.end(), code) == tokens.end()) tokens.push_back(code);
        auto const found = column.to.find(code);
        if (found != column.to.end() && std::find(ours.items().begin(), ours.items().end(), found->second) == ours.items().end()) ours.push_back(found->second);
    };
    auto const known = [&](std::string_view word) {
        auto const found = column.words.find(folded(word));
        return found != column.words.end() ? &found->second : nullptr;
    };
    std::vector<std::string_view> pieces;
    std::string_view rest = cell;
    for (char const separator : {';', ' '}) {
        if (separator == ' ' && (pieces.size() > 1 || known(cell) != nullptr)) break;
        pieces.clear();
        rest = trimmed(cell);
        while (true) {
            auto const end = rest.find(separator);
            if (!trimmed(rest.substr(0, end)).empty()) pieces.push_back(rest.substr(0, end));
            if (end == std::string_view::npos) break;
            rest.remove_prefix(end + 1);
        }
        // Words separated by spaces (XLSForm) count only where every one is a code.
        if (separator == ' ' && !std::all_of(pieces.begin(), pieces.end(), [&](std::string_view piece) { return known(piece) != nullptr; })) pieces = {std::string_view(cell)};
    }
    bool all = true;
    for (std::size_t i = 0; i < pieces.size();) {
        // A label may itself hold a semicolon: the longest run of pieces that is one counts.
        std::size_t taken = 0;
        for (std::size_t run = std::min<std::size_t>(label_pieces_max, pieces.size() - i); run > 0 && taken == 0; --run) {
            auto const* const end = pieces[i + run - 1].data() + pieces[i + run - 1].size();
            if (auto const* code = known(std::string_view(pieces[i].data(), static_cast<std::size_t>(end - pieces[i].data())))) {
                take(*code);
                taken = run;
            }
        }
        if (taken == 0) {
            tokens.emplace_back(trimmed(pieces[i]));
            all = false;
            taken = 1;
        }
        i += taken;
    }
    for (auto const& token : tokens) reading.canonical += (reading.canonical.empty() ? "" : ";") + token;
    bool const list = column.definition != nullptr && column.definition->text_at("kind") == "choices";
    if (!all) reading.why = "this value has no code here.";
    if (list && !ours.items().empty()) {
        // What is known of a list is taken, what is not stays beside.
        reading.value = std::move(ours);
        if (!column.strict) reading.why.clear();
    } else if (all && ours.items().size() == 1) {
        reading.value = ours.items().front();
    } else if (all && ours.items().size() > 1) {
        reading.why = "several answers stand where there is room for one.";
    }
    return reading;
}

std::string Format::write(Column const& column, Json const& value, bool is_said_already) const {
    if (value.is_null() || value.bool_at("erased") || value.bool_at("sealed") || is_said_already) return {};
    if (rules::is_none(value)) {
        if (!column.unknown.empty() && value.text_at("none") == "unknown") return column.unknown.front();
        return document_.find("source") != nullptr ? std::string() : answer_text(value);  // a standard has no word for it
    }
    auto const code_of = [&](Json const& one) -> std::string {
        for (auto const& [ours, theirs] : column.from) {
            if (one.is_text() && one.text() == ours) return theirs;
        }
        return {};
    };
    std::string out;
    if (column.as == As::YesNo) return value.is_text() ? (value.text() == "yes" ? "TRUE" : "FALSE") : std::string();
    if (column.as == As::Code || column.as == As::Codes) {
        for (auto const& one : value.is_list() ? value.items() : Json::List{value}) {
            auto const code = code_of(one);
            if (!code.empty() && (";" + out + ";").find(";" + code + ";") == std::string::npos) out += (out.empty() ? "" : ";") + code;
        }
        return out;
    }
    if (!value.is_list()) return value_text(value);
    for (auto const& one : value.items()) {
        if (!rules::is_none(one) && !one.bool_at("erased")) out += (out.empty() ? "" : "\n") + value_text(one);
    }
    return out;
}

std::string Format::labelled(Column const& column, std::string const& canonical) const {
    if (!writes_label(column)) return canonical;
    std::string out;
    std::string_view rest = canonical;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(';'), rest.size());
        std::string const token(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        auto const found = std::find_if(column.codes.begin(), column.codes.end(), [&](auto const& one) { return one.first == token; });
        out += (out.empty() ? "" : "; ") + (found != column.codes.end() && !found->second.empty() ? found->second : token);
    }
    return out;
}

}  // namespace sanjal::import
