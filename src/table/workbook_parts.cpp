#include "table/workbook_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "table/workbook.h"
#include "table/xml.h"

namespace sanjal::table {
namespace {

constexpr std::size_t small_part_max = std::size_t{8} << 20U;
constexpr std::size_t text_bytes_max = 4U * 32767U;  // a cell holds 32,767 characters
constexpr std::size_t texts_max = std::size_t{4} << 20U;

std::string folder_of(std::string_view part) {
    auto const slash = part.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(part.substr(0, slash + 1));
}

// Where a relation of `part` leads; inside the package alone.
std::string resolve(std::string_view part, std::string_view target) {
    if (!target.empty() && target.front() == '/') return std::string(target.substr(1));
    std::string folder = folder_of(part);
    while (target.starts_with("../") && !folder.empty()) {
        target.remove_prefix(3);
        folder.pop_back();
        folder = folder_of(folder);
    }
    return folder + std::string(target);
}

struct Relation {
    std::string kind;  // the last word of its type
    std::string part;
};

Result<std::map<std::string, Relation>> relations_of(Package& package, std::string const& part) {
    std::map<std::string, Relation> all;
    std::string const folder = folder_of(part);
    std::string const rels = folder + "_rels/" + part.substr(folder.size()) + ".rels";
    if (!package.has(rels)) return all;
    SANJAL_TRY(auto const text, package.whole(rels, small_part_max));
    Xml xml({[&](std::string_view name, Xml::Attributes const& attributes) {
                 if (name != "Relationship" || Xml::attribute(attributes, "TargetMode") == "External") return;
                 auto const type = Xml::attribute(attributes, "Type");
                 all[std::string(Xml::attribute(attributes, "Id"))] = {std::string(type.substr(type.rfind('/') + 1)), resolve(part, Xml::attribute(attributes, "Target"))};
             },
             {}, {}});
    SANJAL_DO(xml.feed(text));
    SANJAL_DO(xml.finish());
    return all;
}

// Whether a number format shows days or hours: a letter of theirs outside quotes, brackets and escapes.
bool shows_dates(std::string_view format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
        char const c = format[i];
        if (c == '"') {
            i = std::min(format.find('"', i + 1), format.size());
        } else if (c == '[') {
            auto const end = std::min(format.find(']', i), format.size());
            auto const inside = format.substr(i + 1, end - i - 1);
            if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos) return true;
            i = end;
        } else if (c == '\\' || c == '_' || c == '*') {
            ++i;
        } else if (std::string_view("dDmMyYhHsS").find(c) != std::string_view::npos) {
            return format != "General";
        }
    }
    return false;
}

int integer_of(std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_built_in_date(int format) { return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || (format >= 45 && format <= 47) || (format >= 50 && format <= 58); }

Result<std::vector<bool>> read_styles(Package& package, std::string const& part) {
    std::vector<bool> dates;
    if (part.empty() || !package.has(part)) return dates;
    SANJAL_TRY(auto const text, package.whole(part, small_part_max));
    std::map<int, bool> own;
    bool in_cells = false;
    Xml xml({[&](std::string_view name, Xml::Attributes const& attributes) {
                 int const format = integer_of(Xml::attribute(attributes, "numFmtId"));
                 if (name == "numFmt") own[format] = shows_dates(Xml::attribute(attributes, "formatCode"));
                 if (name == "cellXfs") in_cells = true;
                 if (name == "xf" && in_cells) dates.push_back(own.count(format) > 0 ? own[format] : is_built_in_date(format));
             },
             [&](std::string_view name) {
                 if (name == "cellXfs") in_cells = false;
             },
             {}});
    SANJAL_DO(xml.feed(text));
    SANJAL_DO(xml.finish());
    return dates;
}

}  // namespace

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        bool const escape = text.size() - i >= 7 && text[i] == '_' && text[i + 1] == 'x' && text[i + 6] == '_' &&
                            std::from_chars(text.data() + i + 2, text.data() + i + 6, code, 16).ptr == text.data() + i + 6;
        if (!escape || code == 0 || code >= 0x80) {  // what needs escaping is ASCII; anything else is left as it stands
            out += text[i];
            continue;
        }
        out += static_cast<char>(code);
        i += 6;
    }
    return out;
}

Result<SharedTexts> SharedTexts::read(Package& package, std::string const& part) {
    SharedTexts texts;
    if (part.empty() || !package.has(part)) return texts;
    std::string now;
    bool in_text = false;
    bool too_large = false;
    int spoken = 0;  // inside <rPh>: how a Japanese word is said, not part of the text
    Xml xml({[&](std::string_view name, Xml::Attributes const&) {
                 if (name == "si") now.clear();
                 if (name == "rPh") ++spoken;
                 if (name == "t") in_text = true;
             },
             [&](std::string_view name) {
                 if (name == "t") in_text = false;
                 if (name == "rPh") --spoken;
                 if (name != "si") return;
                 texts.block_ += unescaped(now);
                 texts.ends_.push_back(texts.block_.size());
                 too_large = too_large || texts.block_.size() > shared_text_bytes_max || texts.ends_.size() > texts_max;
             },
             [&](std::string_view text) {
                 if (!in_text || spoken > 0) return;
                 if (now.size() <= text_bytes_max) now += text;
                 too_large = too_large || now.size() > text_bytes_max;
             }});
    SANJAL_DO(package.enter(part));
    std::array<char, 8192> piece{};
    while (true) {
        SANJAL_TRY(auto const count, package.read(piece.data(), piece.size()));
        if (count == 0) break;
        SANJAL_DO(xml.feed(std::string_view(piece.data(), count)));
        if (too_large) return fail(Fault::TooLarge, "workbook.texts", "This workbook holds more text than can be kept at once. Save the one sheet as CSV, and send that.");
    }
    SANJAL_DO(xml.finish());
    return texts;
}

Result<WorkbookParts> find_parts(Package& package, std::string const& wanted) {
    auto const no_workbook = [] { return fail(Fault::Invalid, "workbook.none", "This is not an Excel workbook. Save the table as .xlsx or as CSV, and send that."); };
    if (!package.has("[Content_Types].xml")) return no_workbook();
    SANJAL_TRY(auto const types, package.whole("[Content_Types].xml", small_part_max));
    bool const macros = types.find("macroEnabled") != std::string::npos || types.find("vbaProject") != std::string::npos ||
                        std::any_of(package.names().begin(), package.names().end(), [](std::string const& name) { return name.ends_with("vbaProject.bin"); });
    if (macros) return fail(Fault::Invalid, "workbook.macros", "This workbook holds macros (.xlsm), and programs are not taken in. Save it as .xlsx, which leaves them out, and send that.");
    if (types.find("ms-excel.sheet.binary") != std::string::npos) return fail(Fault::Invalid, "workbook.binary", "This is a binary workbook (.xlsb). Save it as .xlsx, and send that.");

    // relations_of("") would look for "_rels/.rels", which is where the package's own relations are.
    SANJAL_TRY(auto const top, relations_of(package, ""));
    std::string book;
    for (auto const& [id, relation] : top) {
        if (relation.kind == "officeDocument") book = relation.part;
    }
    if (book.empty() || !package.has(book)) return no_workbook();
    SANJAL_TRY(auto const relations, relations_of(package, book));
    SANJAL_TRY(auto const text, package.whole(book, small_part_max));

    WorkbookParts parts;
    struct Sheet {
        std::string name;
        std::string relation;
        bool hidden;
    };
    std::vector<Sheet> sheets;
    Xml xml({[&](std::string_view name, Xml::Attributes const& attributes) {
                 auto const is_true = [&](std::string_view value) { return value == "1" || value == "true" || value == "on"; };
                 if (name == "workbookPr") parts.since_1904 = is_true(Xml::attribute(attributes, "date1904"));
                 if (name != "sheet") return;
                 auto const state = Xml::attribute(attributes, "state");
                 sheets.push_back({std::string(Xml::attribute(attributes, "name")), std::string(Xml::attribute(attributes, "id")), state == "hidden" || state == "veryHidden"});
             },
             {}, {}});
    SANJAL_DO(xml.feed(text));
    SANJAL_DO(xml.finish());

    Sheet const* chosen = nullptr;
    for (auto const& sheet : sheets) {
        auto const relation = relations.find(sheet.relation);
        if (relation == relations.end() || relation->second.kind != "worksheet") continue;  // a chart
        bool const fits = wanted.empty() ? !sheet.hidden : sheet.name == wanted;
        if (chosen == nullptr && fits) {
            chosen = &sheet;
            parts.sheet = relation->second.part;
        }
    }
    if (chosen == nullptr) return fail(Fault::Invalid, "workbook.no_sheet", wanted.empty() ? "This workbook has no sheet that can be seen." : "This workbook has no sheet of that name.");
    if (!package.has(parts.sheet)) return fail(Fault::Invalid, "workbook.missing", "A part of this workbook is missing. Save it again as .xlsx, and send that.");
    if (sheets.size() > 1) parts.notes.push_back("The workbook has " + std::to_string(sheets.size()) + " sheets; one is read.");
    std::string styles;
    bool links = false;
    for (auto const& [id, relation] : relations) {
        if (relation.kind == "styles") styles = relation.part;
        if (relation.kind == "sharedStrings") parts.shared = relation.part;
        links = links || relation.kind == "externalLink";
    }
    if (links) parts.notes.emplace_back("The workbook refers to other files. They are not read; the values that were last saved count.");
    SANJAL_TRY(parts.dates, read_styles(package, styles));
    return parts;
}

}  // namespace sanjal::table
