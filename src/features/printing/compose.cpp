#include "features/printing/compose.h"

#include <algorithm>

#include "crypto/hash.h"
#include "pack/documents.h"
#include "pack/template.h"
#include "rules/condition.h"

namespace sanjal::printing {
namespace {

constexpr int text_lines = 3;  // to write on, where a question wants words
constexpr std::string_view blank_line = "______________";
constexpr std::size_t names_long = 12;

Json::List list_of(Json const* json) {
    if (json == nullptr || json->is_null()) return {};
    return json->is_list() ? json->items() : Json::List{*json};
}

// The value behind "case.found_at", or nullptr; a number is a field of its own here.
Json const* seen_value(About const& about, std::string_view type, std::string_view field) {
    auto const found = about.records.find(type);
    if (found == about.records.end() || !found->second) return nullptr;
    if (field == "number") return found->second->find("number");
    auto const* fields = found->second->find("fields");
    return fields != nullptr ? fields->find(field) : nullptr;
}

Json const& definition_of(pack::Pack const& pack, std::string_view type, std::string_view field) {
    static Json const text = Json::object({{"kind", "text"}});
    auto const* found = pack.field(type, field);
    return found != nullptr ? *found : text;
}

// Words get room; a number or a code that is looked for is short.
int lines_of(Json const& definition) { return definition.text_at("kind") == "text" && definition.text_at("index").empty() && definition.find("ask") != nullptr ? text_lines : 1; }

print::Question question(Tongue const& tongue, std::string number, About const& about, std::string_view type, std::string_view field) {
    auto const& definition = definition_of(tongue.pack(), type, field);
    auto const* value = seen_value(about, type, field);
    print::Question made;
    made.number = std::move(number);
    made.words = tongue.ask(type, field);
    made.options = tongue.options(definition, value);
    if (made.options.empty()) made.answer = tongue.answer(definition, value);
    made.lines = made.options.empty() ? lines_of(definition) : 1;
    made.wide = made.lines > 1;
    return made;
}

// Head and foot that every paper has.
void frame(print::Paper& paper, Tongue const& tongue, std::string_view name, Desk const& desk, bool blank) {
    auto const& document = tongue.pack().document;
    paper.foot = std::string(name) + " \xC2\xB7 " + std::string(document.text_at("name")) + " v" + std::to_string(document.integer_at("version"));
    if (!desk.as_of.empty()) paper.foot += " \xC2\xB7 " + desk.as_of;
    paper.page_of = tongue.word_in(tongue.first(), "page_of");
    if (!desk.node.empty()) paper.under.insert(paper.under.begin(), {desk.node, tongue.first()});
    auto const* signed_off = document.find("signed_off_by");
    auto const in_one_line = [&](char const* word) {
        for (auto const& one : tongue.word(word)) paper.note.push_back(one);
    };
    if (signed_off == nullptr || signed_off->is_null()) in_one_line("not_signed_off");
    // On every filled paper, whether something was kept back or not (P16).
    if (!blank) in_one_line("agreed");
}

print::Block number_of_case(Tongue const& tongue, About const& about) {
    print::Question row;
    row.words = tongue.word("case_number");
    row.answer = tongue.answer(Json::object({{"kind", "text"}}), seen_value(about, "case", "number"));
    return row;
}

print::Signature signature(Tongue const& tongue, print::Said words, std::vector<std::string> const& lines, bool thumb, bool seal) {
    print::Signature made;
    made.words = std::move(words);
    for (auto const& line : lines) made.lines.push_back(tongue.word(line));
    if (thumb) made.thumb = tongue.word("thumb");
    if (seal) made.seal = tongue.word("seal");
    return made;
}

class FormComposer {
public:
    FormComposer(Tongue const& tongue, std::string_view name, About const& about) : tongue_(tongue), name_(name), about_(about), form_(*tongue.pack().form(name)), makes_(*form_.find("makes")) {}

    // In the order of the screen; of several people, what is asked once comes first and then each of them, under the same numbers.
    std::vector<print::Block> run() {
        auto const people = people_of();
        if (people.size() <= 1) {
            pages(people.empty() ? about_ : people.front(), Asked::All, "");
            return std::move(blocks_);
        }
        pages(about_, Asked::Once, "");
        for (std::size_t i = 0; i < people.size(); ++i) pages(people[i], Asked::Each, std::to_string(i + 1));
        return std::move(blocks_);
    }

private:
    using Said = print::Said;

    [[nodiscard]] bool is_each(std::string_view alias) const {
        auto const* made = makes_.find(alias);
        return made != nullptr && (made->bool_at("many") || !made->text_at("for_each").empty());
    }
    [[nodiscard]] std::string_view type_of(std::string_view alias) const {
        auto const* made = makes_.find(alias);
        return made != nullptr ? made->text_at("type") : std::string_view();
    }
    static std::pair<std::string_view, std::string_view> split(Json const& question) {
        std::string_view const path = question.text();
        auto const dot = path.find('.');
        return {path.substr(0, dot), path.substr(dot + 1)};
    }

    enum class Asked { All, Once, Each };

    // One for each person: by the people of the case, or by the others of that type.
    [[nodiscard]] std::vector<About> people_of() const {
        for (auto const& [alias, made] : makes_.members()) {
            if (!is_each(alias)) continue;
            auto const found = about_.many.find(about_.many.count("part") > 0 ? std::string_view("part") : type_of(alias));
            return found != about_.many.end() ? found->second : std::vector<About>{};
        }
        return {};
    }

    // A page that is known not to be asked is not printed; a blank form has them all.
    [[nodiscard]] bool shows(Json const& page, About const& about) const {
        auto const* when = page.find("show_when");
        if (when == nullptr || about.is_blank()) return true;
        auto const condition = rules::Condition::parse(*when);
        if (!condition) return true;
        return rules::evaluate(*condition, [&](std::string_view path) -> Json const* {
                   auto const dot = path.find('.');
                   return dot == std::string_view::npos ? nullptr : seen_value(about, type_of(path.substr(0, dot)), path.substr(dot + 1));
               }) != rules::Truth::False;
    }

    void pages(About const& about, Asked which, std::string const& person) {
        std::size_t number = 0;
        std::size_t page_number = 0;
        for (auto const& page : list_of(form_.find("pages"))) {
            Said title = tongue_.say(std::string(name_) + ".page" + std::to_string(++page_number) + ".title", page.text_at("title"));
            if (!person.empty()) {
                for (auto& words : title) words.text = tongue_.word_in(words.language, "person") + " " + person + " \xC2\xB7 " + words.text;
            }
            bool titled = !shows(page, about);
            bool const left_out = titled;
            for (auto const& one : list_of(page.find("ask"))) {
                ++number;
                auto const [alias, field] = split(one);
                if (left_out || (which != Asked::All && is_each(alias) != (which == Asked::Each))) continue;
                if (!titled) blocks_.emplace_back(print::Heading{title});
                titled = true;
                blocks_.emplace_back(question(tongue_, std::to_string(number), about, type_of(alias), field));
            }
        }
    }

    Tongue const& tongue_;
    std::string_view name_;
    About const& about_;
    Json const& form_;
    Json const& makes_;
    std::vector<print::Block> blocks_;
};

class DocumentComposer {
public:
    DocumentComposer(Tongue const& tongue, std::string_view name, About const& about)
        : tongue_(tongue), path_("document." + std::string(name)), about_(about), document_(*tongue.pack().printed(name)) {}

    std::vector<print::Block> run() {
        std::size_t section_number = 0;
        for (auto const& section : list_of(document_.find("sections"))) {
            here_ = path_ + ".section" + std::to_string(++section_number);
            if (auto const title = section.text_at("title"); !title.empty()) blocks_.emplace_back(print::Heading{tongue_.say(here_ + ".title", title)});
            if (auto const text = section.text_at("text"); !text.empty()) blocks_.emplace_back(print::Text{filled(tongue_.say(here_ + ".text", text))});
            rows(section);
            if (auto const* table = section.find("table")) blocks_.emplace_back(table_of(*table));
            signs(section);
        }
        return std::move(blocks_);
    }

    [[nodiscard]] print::Paper head() const {
        print::Paper paper;
        paper.title = tongue_.say(path_ + ".title", document_.text_at("title"));
        paper.under = tongue_.say(path_ + ".under", document_.text_at("under"));
        paper.corner = document_.text_at("number");
        if (auto const mark = document_.text_at("mark"); !mark.empty()) {
            for (auto const& one : tongue_.say(path_ + ".mark", mark)) paper.mark += (paper.mark.empty() ? "" : " \xC2\xB7 ") + one.text;
        }
        return paper;
    }

private:
    // A place that nobody has filled yet is left to be written on.
    [[nodiscard]] print::Said filled(print::Said said) const {
        for (auto& words : said) {
            auto const pieces = pack::parse_template(words.text);
            if (!pieces) continue;  // the checker does not let one through
            words.text.clear();
            for (auto const& piece : *pieces) {
                if (piece.alias.empty()) {
                    words.text += piece.text;
                    continue;
                }
                std::string const value = tongue_.value(definition_of(tongue_.pack(), piece.alias, piece.field), seen_value(about_, piece.alias, piece.field), words.language);
                words.text += value.empty() ? std::string(blank_line) : value;
            }
        }
        return said;
    }

    void rows(Json const& section) {
        std::size_t row_number = 0;
        for (auto const& row : list_of(section.find("rows"))) {
            std::string const at = here_ + ".row" + std::to_string(++row_number);
            print::Question made;
            if (auto const path = row.text_at("field"); !path.empty()) {
                auto const parsed = pack::parse_path(path);
                if (!parsed) continue;
                made = question(tongue_, "", about_, parsed->alias, parsed->field);
                if (auto const sealed = row.text_at("sealed"); !sealed.empty() && !made.answer.empty()) made.answer = tongue_.say(at + ".sealed", sealed);
            } else if (auto const value = row.text_at("value"); !value.empty()) {
                made.answer = filled(tongue_.say(at + ".value", value));
            }
            if (auto const label = row.text_at("label"); !label.empty()) made.words = tongue_.say(at + ".label", label);
            made.number = std::to_string(++number_);
            made.lines = static_cast<int>(row.integer_at("lines", made.lines));
            if (row.find("wide") != nullptr) made.wide = row.bool_at("wide");
            else made.wide = made.lines > 2;
            blocks_.emplace_back(std::move(made));
        }
    }

    print::Table table_of(Json const& definition) const {
        print::Table table;
        auto const columns = list_of(definition.find("columns"));
        std::size_t column_number = 0;
        for (auto const& column : columns) {
            std::string const at = here_ + ".column" + std::to_string(++column_number) + ".label";
            auto const label = column.text_at("label");
            auto const parsed = pack::parse_path(column.text_at("field"));
            table.columns.push_back({label.empty() && parsed ? tongue_.ask(parsed->alias, parsed->field) : tongue_.say(at, label), static_cast<int>(column.integer_at("weight", 1))});
        }
        auto const each = about_.many.find(definition.text_at("each"));
        if (each != about_.many.end()) {
            for (auto const& about : each->second) {
                std::vector<print::Said> row;
                for (auto const& column : columns) {
                    auto const parsed = pack::parse_path(column.text_at("field"));
                    row.push_back(parsed ? tongue_.answer(definition_of(tongue_.pack(), parsed->alias, parsed->field), seen_value(about, parsed->alias, parsed->field)) : print::Said{});
                }
                table.rows.push_back(std::move(row));
            }
        }
        table.blank_rows = static_cast<int>(definition.integer_at("blank", table.rows.empty() ? 3 : 0));
        return table;
    }

    void signs(Json const& section) {
        print::Signatures signatures;
        std::size_t sign_number = 0;
        for (auto const& sign : list_of(section.find("sign"))) {
            std::vector<std::string> lines;
            for (auto const& line : list_of(sign.find("lines"))) lines.push_back(line.text());
            signatures.places.push_back(signature(tongue_, tongue_.say(here_ + ".sign" + std::to_string(++sign_number) + ".label", sign.text_at("label")), lines, sign.bool_at("thumb"), sign.bool_at("seal")));
        }
        if (!signatures.places.empty()) blocks_.emplace_back(std::move(signatures));
    }

    Tongue const& tongue_;
    std::string path_;
    About const& about_;
    Json const& document_;
    std::string here_;
    std::size_t number_ = 0;
    std::vector<print::Block> blocks_;
};

}  // namespace

print::Paper compose_form(Tongue const& tongue, std::string_view form, About const& about, Desk const& desk) {
    auto const& definition = *tongue.pack().form(form);
    print::Paper paper;
    paper.corner = definition.text_at("paper");
    paper.title = tongue.say(std::string(form) + ".title", definition.text_at("title"));
    frame(paper, tongue, form, desk, about.is_blank());
    paper.blocks.push_back(number_of_case(tongue, about));
    for (auto& block : FormComposer(tongue, form, about).run()) paper.blocks.push_back(std::move(block));
    print::Signatures signatures;
    signatures.places.push_back(signature(tongue, tongue.word("filled_in_by"), {"name", "rank", "date_time", "place"}, false, true));
    signatures.places.push_back(signature(tongue, tongue.word("signed_by_person"), {"name", "interpreter", "date"}, true, false));
    paper.blocks.emplace_back(std::move(signatures));
    return paper;
}

print::Paper compose_document(Tongue const& tongue, std::string_view document, About const& about, Desk const& desk) {
    DocumentComposer composer(tongue, document, about);
    print::Paper paper = composer.head();
    frame(paper, tongue, document, desk, about.is_blank());
    paper.blocks = composer.run();
    return paper;
}

std::string code_of(print::Paper const& paper, pack::Pack const& pack, std::vector<std::string> const& stands_on) {
    std::string text = "sanjal paper 1\n" + pack.reference() + "\n";
    for (auto const& one : stands_on) text += one + "\n";
    text += print::all_of(paper);
    // Crockford's digits: no letter is taken for another one when it is read aloud.
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    Bytes const hash = crypto::sha256(text);
    std::string code;
    unsigned bits = 0;
    unsigned held = 0;
    for (char const byte : hash) {
        held = (held << 8U) | static_cast<unsigned char>(byte);
        bits += 8;
        while (bits >= 5 && code.size() < names_long + 2) {
            bits -= 5;
            code.push_back(digits[(held >> bits) & 31U]);
            if (code.size() == 4 || code.size() == 9) code.push_back('-');
        }
        held &= (1U << bits) - 1U;
        if (code.size() == names_long + 2) break;
    }
    return code;
}

}  // namespace sanjal::printing
