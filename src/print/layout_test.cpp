#include "print/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace sanjal;
using namespace sanjal::print;

namespace {

Said en(std::string text) { return {{std::move(text), "en"}}; }

Question asks(int number, std::string answer = {}, bool wide = false, int lines = 1) {
    Question question;
    question.number = std::to_string(number);
    question.words = {{"Where was the person found?", "en"}, {"কোথায় পাওয়া গেছে?", "bn"}};
    if (!answer.empty()) question.answer = en(std::move(answer));
    question.wide = wide;
    question.lines = lines;
    return question;
}

Signatures signs(int count) {
    Signatures signatures;
    for (int i = 0; i < count; ++i) signatures.places.push_back({en("Officer " + std::to_string(i)), {en("Name"), en("Date and time")}, en("Thumb"), en("Seal")});
    return signatures;
}

Paper paper_of(std::vector<Block> blocks) {
    Paper paper;
    paper.title = en("A form");
    paper.corner = "F00";
    paper.foot = "form";
    paper.code = "0000-0000-0000";
    paper.blocks = std::move(blocks);
    return paper;
}

Laid laid_out(Paper const& paper, Format const& format = {}) {
    Shaper shaper;
    auto laid = lay_out(shaper, {paper}, format);
    REQUIRE(laid);
    return std::move(*laid);
}

std::set<std::size_t> pages_of_block(Laid const& laid, std::size_t block) {
    std::set<std::size_t> pages;
    for (auto const& page : laid.pages) {
        for (auto const& placed : page.inks) {
            if (placed.block == block) pages.insert(page.number);
        }
    }
    return pages;
}

std::string text_of(Page const& page) {
    std::string all;
    for (auto const& placed : page.inks) {
        if (auto const* letters = std::get_if<Letters>(&placed.ink)) all += letters->line.text + "\n";
    }
    return all;
}

std::string text_of(Laid const& laid) {
    std::string all;
    for (auto const& page : laid.pages) all += text_of(page);
    return all;
}

std::size_t count_of(std::string const& text, std::string const& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

// Everything lies on its page, and no line of letters on another one.
void check_places(Laid const& laid) {
    for (auto const& page : laid.pages) {
        struct Area {
            double x1, y1, x2, y2;
        };
        std::vector<Area> areas;
        for (auto const& placed : page.inks) {
            if (auto const* letters = std::get_if<Letters>(&placed.ink)) {
                double const x = letters->x + letters->line.shift;
                CHECK(x >= 0);
                CHECK(x + letters->line.width <= laid.width + 0.5);
                CHECK(letters->y >= 0);
                CHECK(letters->y + letters->line.height <= laid.height + 0.5);
                Area const area{x, letters->y, x + letters->line.width, letters->y + letters->line.height};
                for (auto const& other : areas) {
                    bool const beside = area.x2 <= other.x1 + 0.5 || other.x2 <= area.x1 + 0.5;
                    bool const below = area.y2 <= other.y1 + 0.5 || other.y2 <= area.y1 + 0.5;
                    CHECK_MESSAGE((beside || below), letters->line.text);
                }
                areas.push_back(area);
            } else if (auto const* square = std::get_if<Square>(&placed.ink)) {
                CHECK(square->x + square->width <= laid.width);
                CHECK(square->y + square->height <= laid.height);
            }
        }
    }
}

}  // namespace

TEST_CASE("a place to sign is never cut by the end of a page, wherever it falls") {
    for (int rows = 0; rows < 40; ++rows) {
        std::vector<Block> blocks;
        for (int i = 0; i < rows; ++i) blocks.emplace_back(asks(i + 1));
        blocks.emplace_back(signs(2));
        auto const laid = laid_out(paper_of(std::move(blocks)));
        CAPTURE(rows);
        CHECK(pages_of_block(laid, static_cast<std::size_t>(rows)).size() == 1);
        // No page has signatures and nothing that was signed.
        if (rows > 0) CHECK(pages_of_block(laid, static_cast<std::size_t>(rows)) == pages_of_block(laid, static_cast<std::size_t>(rows) - 1));
    }
}

TEST_CASE("several places to sign are cut between two of them, never within one, whatever stands above") {
    for (int rows = 0; rows < 60; ++rows) {
        CAPTURE(rows);
        std::vector<Block> blocks;
        for (int i = 0; i < rows; ++i) blocks.emplace_back(Text{en("A line above the signatures.")});
        blocks.emplace_back(signs(7));
        auto const laid = laid_out(paper_of(std::move(blocks)));
        std::size_t places = 0;
        for (auto const& page : laid.pages) {
            std::string const text = text_of(page);
            std::size_t const officers = count_of(text, "Officer");
            CHECK(officers == count_of(text, "Thumb"));
            CHECK(officers == count_of(text, "Date and time"));
            places += officers;
        }
        CHECK(places == 7);
    }
}

TEST_CASE("a heading stands on the page of what follows it") {
    for (int rows = 0; rows < 40; ++rows) {
        std::vector<Block> blocks;
        for (int i = 0; i < rows; ++i) blocks.emplace_back(asks(i + 1));
        blocks.emplace_back(Heading{en("A heading")});
        blocks.emplace_back(asks(99, "the answer"));
        auto const laid = laid_out(paper_of(std::move(blocks)));
        CAPTURE(rows);
        CHECK(pages_of_block(laid, static_cast<std::size_t>(rows)) == pages_of_block(laid, static_cast<std::size_t>(rows) + 1));
    }
}

TEST_CASE("three hundred questions are all there, in their order, and nothing lies on anything else") {
    for (char const* size : {"a4", "legal", "foolscap"}) {
        for (double const letters : {8.0, 10.0, 16.0}) {
            std::vector<Block> blocks;
            for (int i = 1; i <= 300; ++i) blocks.emplace_back(asks(i, i % 3 == 0 ? "answer " + std::to_string(i) : "", i % 5 == 0, i % 5 == 0 ? 4 : 1));
            blocks.emplace_back(signs(3));
            Format format;
            REQUIRE(set_paper(format, size));
            format.letters = letters;
            auto const laid = laid_out(paper_of(std::move(blocks)), format);
            std::string const text = text_of(laid);
            std::size_t at = 0;
            for (int i = 3; i <= 300; i += 3) {
                at = text.find("answer " + std::to_string(i) + "\n", at);
                REQUIRE(at != std::string::npos);
            }
            CHECK(text.find("Page 1 of " + std::to_string(laid.pages.size())) != std::string::npos);
            check_places(laid);
        }
    }
}

TEST_CASE("a word that is longer than a line, and an answer that is longer than a page, are broken and nothing of them is lost") {
    std::string const word(5000, 'x');
    std::string story;
    for (int i = 0; i < 1500; ++i) story += "sentence" + std::to_string(i) + " ";
    std::vector<Block> blocks;
    blocks.emplace_back(asks(1, word));
    blocks.emplace_back(asks(2, story, true));
    Question labelled;
    labelled.words = en(story);
    blocks.emplace_back(labelled);
    Table table;
    table.columns = {{en("A"), 1}, {en("B"), 3}};
    table.rows = {{en(story), en("short")}};
    blocks.emplace_back(table);
    blocks.emplace_back(Text{en(story)});
    auto const laid = laid_out(paper_of(std::move(blocks)));
    std::string const text = text_of(laid);
    CHECK(std::count(text.begin(), text.end(), 'x') >= 5000);
    for (int i = 0; i < 1500; i += 7) {
        std::size_t found = 0;
        std::string const wanted = "sentence" + std::to_string(i) + " ";
        for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) ++found;
        CHECK(found >= 3);
    }
    check_places(laid);
}

TEST_CASE("the head of a table is on each of its pages") {
    Table table;
    table.columns = {{en("First column"), 1}, {en("Second column"), 2}};
    for (int i = 0; i < 120; ++i) table.rows.push_back({en("row " + std::to_string(i)), {}});
    table.blank_rows = 5;
    auto const laid = laid_out(paper_of({table}));
    REQUIRE(laid.pages.size() > 2);
    for (auto const& page : laid.pages) CHECK(text_of(page).find("Second column") != std::string::npos);
}

TEST_CASE("an empty answer leaves room to write; nothing at all is still a page") {
    auto const laid = laid_out(paper_of({asks(1), asks(2, "", true, 6)}));
    std::size_t ruled = 0;
    for (auto const& placed : laid.pages.front().inks) {
        if (auto const* stroke = std::get_if<Stroke>(&placed.ink)) ruled += stroke->dotted ? 1U : 0U;
    }
    CHECK(ruled == 5);  // the last line is the box's own
    auto const empty = laid_out(paper_of({}));
    CHECK(empty.pages.size() == 1);
    Paper nothing;
    CHECK(laid_out(nothing).pages.size() == 1);
}

TEST_CASE("each paper of a set counts its own pages") {
    Shaper shaper;
    std::vector<Block> blocks;
    for (int i = 0; i < 40; ++i) blocks.emplace_back(asks(i));
    auto const laid = lay_out(shaper, {paper_of(blocks), paper_of({asks(1)})}, {});
    REQUIRE(laid);
    CHECK(laid->pages.back().number == 1);
    CHECK(laid->pages.back().paper == 1);
    CHECK(text_of(laid->pages.back()).find("Page 1 of 1") != std::string::npos);
}

TEST_CASE("what would never end is refused") {
    Shaper shaper;
    std::vector<Block> blocks;
    for (int i = 0; i < 6000; ++i) blocks.emplace_back(signs(6));
    auto const laid = lay_out(shaper, {paper_of(std::move(blocks))}, {});
    REQUIRE(!laid);
    CHECK(laid.error().code == "print.too_long");
}
