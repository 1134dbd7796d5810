#include "print/layout.h"

#include <algorithm>

#include "print/strips.h"

namespace sanjal::print {
namespace {

constexpr double point = 72 / 25.4;  // points of a millimetre
// Papers of an office are punched and bound on the left.
constexpr double margin_left = 22 * point;
constexpr double margin_right = 13 * point;
constexpr double margin_top = 12 * point;
constexpr double margin_bottom = 10 * point;
constexpr double pad = 4;
constexpr double number_width = 24;
constexpr double words_part = 0.42;  // of what the number leaves
constexpr double after_block = 8;
constexpr double sign_height = 17 * point;
constexpr double thumb_width = 22 * point;
constexpr double cut_from = 0.5;     // of a page: boxes that are longer are cut at its end
constexpr std::size_t digits_max = 6;

struct Cell {
    double x = 0;
    double width = 0;
    Strips strips;
    std::vector<Ink> behind;  // placed from the cell's corner; only in cells that are not cut
};

Said small(std::string text, std::string language = "en") { return {{std::move(text), std::move(language)}}; }

class Setter {
public:
    Setter(Shaper& shaper, Paper const& paper, Format const& format, std::size_t index)
        : paper_(paper), make_(shaper, format.letters), width_(format.width * point), height_(format.height * point), index_(index) {
        inner_ = width_ - margin_left - margin_right;
        note_ = make_.saying(paper.note, inner_, 0.72);
        bottom_ = height_ - margin_bottom - height_of(note_) - make_.letters() * 1.6;
    }

    Result<std::vector<Page>> run() {
        block_ = paper_.blocks.size();
        begin_page();
        title();
        for (block_ = 0; block_ < paper_.blocks.size(); ++block_) {
            // What is signed stands on the page of its signatures, its end at least.
            auto const* next = block_ + 1 < paper_.blocks.size() ? std::get_if<Signatures>(&paper_.blocks[block_ + 1]) : nullptr;
            follows_ = next != nullptr && std::holds_alternative<Question>(paper_.blocks[block_]) ? height_of_first(*next) : 0;
            std::visit([this](auto const& block) { set(block); }, paper_.blocks[block_]);
            follows_ = 0;
            if (pages_.size() > pages_max) return fail(Fault::TooLarge, "print.too_long", "This would be more than two thousand pages. Print one person or one document at a time.");
        }
        settle();
        for (at_ = 0; at_ < pages_.size(); ++at_) foot(at_ + 1);
        return std::move(pages_);
    }

private:
    [[nodiscard]] double page_room() const { return bottom_ - top_; }
    [[nodiscard]] double room() const { return bottom_ - y_; }
    [[nodiscard]] bool is_fresh() const { return y_ <= top_ + 0.01; }

    void put(Ink const& ink) {
        auto& placed = pages_[at_].inks.emplace_back();
        placed.block = block_;
        placed.ink = ink;
    }
    void put(Strips const& strips, double x, double y) {
        for (auto const& strip : strips) {
            for (auto ink : strip.inks) {
                move(ink, x, y);
                put(ink);
            }
            y += strip.height;
        }
    }

    void begin_page() {
        auto const block = block_;
        block_ = paper_.blocks.size();
        Page page;
        page.paper = index_;
        page.number = pages_.size() + 1;
        at_ = pages_.size();
        pages_.push_back(std::move(page));
        y_ = margin_top;
        if (pages_.size() > 1) {
            Said const title = paper_.title.empty() ? Said{} : Said{paper_.title.front()};
            auto const left = make_.saying(title, inner_ * 0.6, 0.8);
            put(left, margin_left, y_);
            auto const right = make_.saying(small(corner()), inner_ * 0.38, 0.8, true, StripMaker::Place::Right);
            put(right, margin_left + inner_ * 0.62, y_);
            y_ += std::max(height_of(left), height_of(right)) + 2;
            put(Stroke{margin_left, y_, margin_left + inner_, y_, 0.6, 0.3});
            y_ += 6;
        }
        top_ = y_;
        block_ = block;
    }

    [[nodiscard]] std::string corner() const { return paper_.mark.empty() || paper_.corner.empty() ? paper_.mark + paper_.corner : paper_.mark + "   " + paper_.corner; }

    // Above the first box: the corner's number and mark at the edges, the title in the middle.
    void title() {
        constexpr double edge = 0.18;
        double const corner_width = inner_ * edge;
        auto const boxed = [&](std::string const& text, double x) {
            if (text.empty()) return;
            auto const strips = make_.saying(small(text), corner_width - 2 * pad, 1, true, StripMaker::Place::Middle);
            put(Square{x, y_, corner_width, height_of(strips) + 2 * pad});
            put(strips, x + pad, y_ + pad);
        };
        boxed(paper_.mark, margin_left);
        boxed(paper_.corner, margin_left + inner_ - corner_width);
        double const side = corner_width + 6;
        auto strips = make_.saying(paper_.title, inner_ - 2 * side, 1.35, true, StripMaker::Place::Middle);
        auto const under = make_.saying(paper_.under, inner_ - 2 * side, 0.85, false, StripMaker::Place::Middle);
        strips.insert(strips.end(), under.begin(), under.end());
        put(strips, margin_left + side, y_);
        y_ += std::max(height_of(strips), make_.letters() * 2.4 + 2 * pad) + after_block;
    }

    void foot(std::size_t number) {
        block_ = paper_.blocks.size();
        double y = bottom_ + 5;
        put(Stroke{margin_left, y, margin_left + inner_, y, 0.6, 0.3});
        y += 2;
        put(note_, margin_left, y);
        y += height_of(note_);
        std::string page_of = paper_.page_of;
        for (auto const& [sign, value] : {std::pair<std::string, std::size_t>{"{n}", number}, {"{m}", pages_.size()}}) {
            if (auto const at = page_of.find(sign); at != std::string::npos) page_of.replace(at, sign.size(), std::to_string(value).substr(0, digits_max));
        }
        put(make_.saying(small(paper_.foot), inner_ * 0.48, 0.72), margin_left, y);
        put(make_.saying(small(page_of, paper_.title.empty() ? "en" : paper_.title.front().language), inner_ * 0.3, 0.72, false, StripMaker::Place::Middle), margin_left + inner_ * 0.45, y);
        put(make_.saying(small(paper_.code), inner_ * 0.3, 0.8, true, StripMaker::Place::Right), margin_left + inner_ * 0.7, y);
    }

    // Headings wait for what they stand above.
    void settle() {
        if (waiting_.empty()) return;
        auto const block = block_;
        block_ = waiting_block_;
        put(waiting_, margin_left, y_);
        y_ += height_of(waiting_) + 3;
        waiting_.clear();
        block_ = block;
    }
    [[nodiscard]] double waiting() const { return waiting_.empty() ? 0 : height_of(waiting_) + 3; }

    void emit(std::vector<Cell> const& cells, double height) {
        settle();
        for (auto const& cell : cells) {
            put(Square{cell.x, y_, cell.width, height});
            for (auto ink : cell.behind) {
                move(ink, cell.x, y_);
                put(ink);
            }
            put(cell.strips, cell.x + pad, y_ + pad);
        }
        y_ += height;
    }

    // One row of boxes.  `whole`: never cut where it fits on a page at all.
    void row(std::vector<Cell> cells, double least, bool whole = false) {
        double full = least;
        for (auto const& cell : cells) full = std::max(full, height_of(cell.strips) + 2 * pad);
        if (full + waiting() + (is_fresh() ? 0 : follows_) <= room()) return emit(cells, full);
        if (full + waiting() <= page_room() * (whole ? 1 : cut_from)) {
            next_page();
            return emit(cells, full);
        }
        cut(std::move(cells));
    }

    // Takes from each box what fits, goes on on the next page, until nothing is left.
    void cut(std::vector<Cell> cells) {
        while (true) {
            double const space = room() - waiting() - 2 * pad;
            std::vector<Cell> now;
            double height = 0;
            bool left = false;
            bool none = true;
            for (auto& cell : cells) {
                Cell piece{cell.x, cell.width, {}, {}};
                double used = 0;
                std::size_t taken = 0;
                while (taken < cell.strips.size() && used + cell.strips[taken].height <= space) used += cell.strips[taken++].height;
                if (taken == 0 && !cell.strips.empty() && is_fresh()) used = cell.strips[taken++].height;  // taller than a page
                piece.strips.assign(cell.strips.begin(), cell.strips.begin() + static_cast<std::ptrdiff_t>(taken));
                cell.strips.erase(cell.strips.begin(), cell.strips.begin() + static_cast<std::ptrdiff_t>(taken));
                none = none && taken == 0;
                left = left || !cell.strips.empty();
                height = std::max(height, used);
                now.push_back(std::move(piece));
            }
            if (!none || !left) emit(now, height + 2 * pad);
            if (!left || pages_.size() > pages_max) return;
            next_page();
        }
    }

    void next_page() {
        begin_page();
        if (!head_.empty()) emit(head_, head_height_);
    }

    void set(Heading const& block) {
        if (!is_fresh()) y_ += after_block;
        settle();
        waiting_ = make_.saying(block.words, inner_, 1.05, true);
        waiting_block_ = block_;
    }

    void set(Text const& block) {
        for (auto const& words : block.words) {
            auto strips = make_.saying({words}, inner_, 1);
            for (auto& strip : strips) {
                if (waiting() + strip.height > room() && !is_fresh()) next_page();
                settle();
                put({strip}, margin_left, y_);
                y_ += strip.height;
            }
            y_ += 4;
        }
    }

    void set(Question const& block) {
        double const rest = inner_ - number_width;
        Cell number{margin_left, number_width, make_.saying(small(block.number), number_width - 2 * pad, 0.9), {}};
        if (block.wide) {
            double const across = rest - 2 * pad;
            Cell box{margin_left + number_width, rest, make_.saying(block.words, across, 0.95), {}};
            Strips const answer = answer_of(block, across);
            box.strips.insert(box.strips.end(), answer.begin(), answer.end());
            return row({number, box}, 0);
        }
        double const words_width = rest * words_part;
        double const answer_width = rest - words_width;
        Cell words{margin_left + number_width, words_width, make_.saying(block.words, words_width - 2 * pad, 0.95), {}};
        Cell answer{margin_left + number_width + words_width, answer_width, answer_of(block, answer_width - 2 * pad), {}};
        row({number, words, answer}, 0);
    }

    Strips answer_of(Question const& block, double width) {
        Strips strips = block.options.empty() ? Strips{} : make_.options(block.options, width);
        auto const said = make_.saying(block.answer, width, 1.05);
        strips.insert(strips.end(), said.begin(), said.end());
        if (block.answer.empty() && (block.options.empty() || block.lines > 1)) {
            auto const lines = make_.writing(std::max(1, block.lines), width);
            strips.insert(strips.end(), lines.begin(), lines.end());
        }
        return strips;
    }

    void set(Table const& block) {
        if (block.columns.empty()) return;
        int weights = 0;
        for (auto const& column : block.columns) weights += std::max(1, column.weight);
        auto const cells_of = [&](std::vector<Said> const& row, double size, bool bold) {
            std::vector<Cell> cells;
            double x = margin_left;
            for (std::size_t i = 0; i < block.columns.size(); ++i) {
                double const width = inner_ * std::max(1, block.columns[i].weight) / weights;
                cells.push_back({x, width, make_.saying(i < row.size() ? row[i] : Said{}, width - 2 * pad, size, bold), {}});
                x += width;
            }
            return cells;
        };
        std::vector<Said> titles;
        for (auto const& column : block.columns) titles.push_back(column.words);
        auto head = cells_of(titles, 0.85, true);
        double head_height = 0;
        for (auto const& cell : head) head_height = std::max(head_height, height_of(cell.strips) + 2 * pad);
        auto const line = make_.writing(1, 0);
        // The head needs a row under it.
        if (waiting() + head_height + height_of(line) > room() && !is_fresh()) begin_page();
        if (head_height > page_room() * cut_from) {  // a head that is half a page long stands once
            row(head, 0);
        } else {
            emit(head, head_height);
            head_ = std::move(head);
            head_height_ = head_height;
        }
        for (auto const& one : block.rows) row(cells_of(one, 0.95, false), 0);
        for (int i = 0; i < block.blank_rows; ++i) row(cells_of({}, 1, false), height_of(line), true);
        head_.clear();
        y_ += after_block * 0.5;
    }

    Cell place(Signature const& one, double x, double width) {
        Cell cell{x, width, {}, {}};
        Strip space;
        space.height = sign_height;
        double const side = sign_height - 4;
        double right = width - 2 * pad;
        auto const corner_box = [&](Said const& words, bool round) {
            if (words.empty()) return;
            right -= thumb_width;
            space.inks.emplace_back(Square{right, 2, thumb_width, side, false, round, true});
            Strips const inside = make_.saying(words, thumb_width - 4, 0.62, false, StripMaker::Place::Middle);
            double y = 2 + side - height_of(inside) - 1;
            if (round) y = 2 + (side - height_of(inside)) / 2;
            for (auto const& strip : inside) {
                for (auto ink : strip.inks) {
                    move(ink, right + 2, y);
                    space.inks.push_back(std::move(ink));
                }
                y += strip.height;
            }
            right -= pad;
        };
        corner_box(one.thumb, false);
        corner_box(one.seal, true);
        space.inks.emplace_back(Stroke{0, sign_height - 2, right, sign_height - 2, 0.6, 0.2});
        cell.strips.push_back(std::move(space));
        auto const words = make_.saying(one.words, width - 2 * pad, 0.9, true);
        cell.strips.insert(cell.strips.end(), words.begin(), words.end());
        for (auto const& line : one.lines) {
            Said flat;
            for (auto const& part : line) flat.push_back({part.text + ":", part.language});
            auto written = make_.saying(flat, (width - 2 * pad) * 0.55, 0.82);
            double const height = std::max(height_of(written), 15.0);
            Strip strip;
            strip.height = height + 1;
            double y = 0;
            double used = 0;
            for (auto const& piece : written) {
                for (auto ink : piece.inks) {
                    used = std::max(used, std::get<Letters>(ink).line.width);
                    move(ink, 0, y);
                    strip.inks.push_back(std::move(ink));
                }
                y += piece.height;
            }
            strip.inks.emplace_back(Stroke{used + 4, height - 2, width - 2 * pad, height - 2, 0.5, 0.4, true});
            cell.strips.push_back(std::move(strip));
        }
        return cell;
    }

    double height_of_first(Signatures const& block) {
        double height = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(2, block.places.size()); ++i) height = std::max(height, height_of(place(block.places[i], 0, inner_ / 2).strips) + 2 * pad);
        return height + after_block;
    }

    void set(Signatures const& block) {
        y_ += after_block;
        for (std::size_t i = 0; i < block.places.size(); i += 2) {
            bool const two = i + 1 < block.places.size();
            double const width = inner_ / 2;
            std::vector<Cell> cells;
            cells.push_back(place(block.places[i], two ? margin_left : margin_left + width, width));
            if (two) cells.push_back(place(block.places[i + 1], margin_left + width, width));
            row(std::move(cells), 0, true);
        }
        y_ += after_block;
    }

    Paper const& paper_;
    StripMaker make_;
    double width_;
    double height_;
    std::size_t index_;
    double inner_ = 0;
    double top_ = 0;
    double bottom_ = 0;
    double y_ = 0;
    std::size_t block_ = 0;
    Strips note_;
    Strips waiting_;  // a heading
    std::size_t waiting_block_ = 0;
    double follows_ = 0;      // height that must fit on the page below this row
    std::vector<Cell> head_;  // of the table that is being set
    double head_height_ = 0;
    std::vector<Page> pages_;
    std::size_t at_ = 0;      // the page that is written on
};

}  // namespace

Result<Laid> lay_out(Shaper& shaper, std::vector<Paper> const& papers, Format const& format) {
    Laid laid;
    laid.width = format.width * point;
    laid.height = format.height * point;
    for (std::size_t i = 0; i < papers.size(); ++i) {
        SANJAL_TRY(auto pages, Setter(shaper, papers[i], format, i).run());
        if (laid.pages.size() + pages.size() > pages_max) return fail(Fault::TooLarge, "print.too_long", "This would be more than two thousand pages. Print one person or one document at a time.");
        for (auto& page : pages) laid.pages.push_back(std::move(page));
    }
    return laid;
}

}  // namespace sanjal::print
