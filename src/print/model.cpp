#include "print/model.h"

#include <string_view>

namespace sanjal::print {
namespace {

constexpr double inch = 25.4;

// Lengths stand before texts, so that no two papers give the same text.
void add(std::string& out, std::string_view text) { out += std::to_string(text.size()) + ":" + std::string(text); }
void add(std::string& out, std::size_t number) { out += std::to_string(number) + ";"; }

void add(std::string& out, Said const& said) {
    add(out, said.size());
    for (auto const& one : said) {
        add(out, one.language);
        add(out, one.text);
    }
}

void add(std::string& out, Heading const& block) { add(out, block.words); }
void add(std::string& out, Text const& block) { add(out, block.words); }

void add(std::string& out, Question const& block) {
    add(out, block.number);
    add(out, block.words);
    add(out, block.answer);
    add(out, block.options.size());
    for (auto const& option : block.options) {
        add(out, option.words);
        add(out, std::size_t{option.ticked ? 1U : 0U});
    }
}

void add(std::string& out, Table const& block) {
    for (auto const& column : block.columns) add(out, column.words);
    add(out, block.rows.size());
    for (auto const& row : block.rows) {
        for (auto const& cell : row) add(out, cell);
    }
}

void add(std::string& out, Signatures const& block) {
    for (auto const& place : block.places) {
        add(out, place.words);
        for (auto const& line : place.lines) add(out, line);
        add(out, place.thumb);
        add(out, place.seal);
    }
}

}  // namespace

bool set_paper(Format& format, std::string_view name) {
    if (name == "a4") {
        format.width = 210;
        format.height = 297;
    } else if (name == "legal") {
        format.width = 8.5 * inch;
        format.height = 14 * inch;
    } else if (name == "foolscap") {
        format.width = 8.5 * inch;
        format.height = 13.5 * inch;
    } else {
        return false;
    }
    return true;
}

std::string all_of(Paper const& paper) {
    std::string out;
    add(out, paper.mark);
    add(out, paper.corner);
    add(out, paper.title);
    add(out, paper.under);
    add(out, paper.note);
    add(out, paper.foot);
    for (auto const& block : paper.blocks) {
        add(out, block.index());
        std::visit([&](auto const& one) { add(out, one); }, block);
    }
    return out;
}

}  // namespace sanjal::print
