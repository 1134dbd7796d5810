// `sanjal pack print DIR NAME --out FILE`: a form or a document of a pack, blank, as PDF.  For whoever writes a pack, and for an
// office without a computer; no node is opened.
#include <charconv>
#include <cstdio>
#include <fstream>

#include "cli/command.h"
#include "features/printing/compose.h"
#include "pack/pack.h"
#include "print/pdf.h"

namespace sanjal::cli {
namespace {

constexpr std::int64_t no_moment = 946684800000;

std::vector<std::string> split(std::string const& list) {
    std::vector<std::string> parts(1);
    for (char const c : list) {
        if (c == ',') parts.emplace_back();
        else parts.back().push_back(c);
    }
    return parts;
}

Result<print::Format> format_of(Arguments const& arguments, std::string_view size) {
    print::Format format;
    if (!print::set_paper(format, arguments.get("paper", std::string(size)))) return fail(Fault::Invalid, "print.paper", "The paper is a4, legal or foolscap.", "--paper");
    std::string const letters = arguments.get("size", "10");
    int points = 0;
    auto const [end, error] = std::from_chars(letters.data(), letters.data() + letters.size(), points);
    if (error != std::errc() || end != letters.data() + letters.size() || points < 8 || points > 16) {
        return fail(Fault::Invalid, "print.size", "The size of letters is a whole number of points from 8 to 16.", "--size");
    }
    format.letters = points;
    return format;
}

Result<print::Printed> blank(pack::Pack const& pack, std::string const& name, Arguments const& arguments) {
    auto const languages = split(arguments.get("languages", "en"));
    auto const* strings = pack.document.find("strings");
    for (auto const& language : languages) {
        if (language != "en" && (strings == nullptr || strings->find(language) == nullptr)) {
            return fail(Fault::Invalid, "print.language", "The pack does not speak one of these languages. Name those that it speaks, such as --languages bn,en.", "--languages");
        }
    }
    printing::Tongue const tongue(pack, languages);
    auto const* document = pack.printed(name);
    if (document == nullptr && pack.form(name) == nullptr) return fail(Fault::NotFound, "form.none", "The pack has no form and no document of that name.", name);
    SANJAL_TRY(auto const format, format_of(arguments, document != nullptr ? document->text_at("size", "a4") : "a4"));
    std::vector<print::Paper> papers;
    auto const* holds = document != nullptr ? document->find("holds") : nullptr;
    if (document == nullptr) papers.push_back(printing::compose_form(tongue, name, {}, {}));
    else if (holds == nullptr) papers.push_back(printing::compose_document(tongue, name, {}, {}));
    else {
        for (auto const& held : holds->items()) papers.push_back(printing::compose_document(tongue, held.text(), {}, {}));
    }
    for (auto& paper : papers) paper.code = printing::code_of(paper, pack, {});
    return print::print(std::move(papers), format, instant_of(no_moment));
}

}  // namespace

int pack_print(Arguments const& arguments) {
    bool const json = arguments.has("json");
    if (arguments.words.size() != 4 || !arguments.has("out")) return wrong_usage();
    auto loaded = pack::load_pack(pack_folder(arguments.words[2]));
    if (!loaded) return failed(loaded.error(), json);
    for (auto const& finding : loaded->findings) std::fprintf(stderr, "%s: %s\n", finding.where.c_str(), finding.message.c_str());
    if (!loaded->findings.empty()) return 1;
    auto const made = pack::Pack::from_json(std::move(loaded->document));
    if (!made) return failed(made.error(), json);
    auto const printed = blank(*made, arguments.words[3], arguments);
    if (!printed) return failed(printed.error(), json);
    std::string const out = arguments.get("out");
    std::ofstream file(out, std::ios::binary | std::ios::trunc);
    file << printed->pdf;
    file.close();
    if (!file) return failed(Error{Fault::Io, "print.file", "The file could not be written. Is the folder there, and is there room?", out}, json);
    print(Json::object({{"file", out}, {"pages", static_cast<std::int64_t>(printed->pages)}, {"letters_without_a_font", printed->unknown_glyphs}}), json);
    return 0;
}

}  // namespace sanjal::cli
