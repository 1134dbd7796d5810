#include "print/strips.h"

#include <algorithm>

namespace sanjal::print {
namespace {

constexpr double smaller = 0.87;       // letters of the other languages
constexpr double paler = 0.25;
constexpr double writing_height = 22;  // of a line to be written on by hand: about 8 mm
constexpr double gap = 4;
constexpr double between_choices = 12;

}  // namespace

double height_of(Strips const& strips) {
    double height = 0;
    for (auto const& strip : strips) height += strip.height;
    return height;
}

void move(Ink& ink, double x, double y) {
    if (auto* letters = std::get_if<Letters>(&ink)) {
        letters->x += x;
        letters->y += y;
    } else if (auto* stroke = std::get_if<Stroke>(&ink)) {
        stroke->x1 += x;
        stroke->x2 += x;
        stroke->y1 += y;
        stroke->y2 += y;
    } else if (auto* square = std::get_if<Square>(&ink)) {
        square->x += x;
        square->y += y;
    }
}

Strips StripMaker::one(Words const& words, double width, Style style, double grey, Place place) {
    Strips strips;
    for (auto& line : shaper_.lines(words, style, width)) {
        double const left = place == Place::Left ? 0 : (width - line.width - line.shift) / (place == Place::Middle ? 2 : 1);
        Strip strip;
        strip.height = line.height;
        strip.inks.emplace_back(Letters{std::move(line), std::max(0.0, left), 0, grey});
        strips.push_back(std::move(strip));
    }
    return strips;
}

Strips StripMaker::saying(Said const& said, double width, double size, bool bold, Place place) {
    Strips all;
    for (std::size_t i = 0; i < said.size(); ++i) {
        Style const style{letters_ * size * (i == 0 ? 1 : smaller), bold};
        for (auto& strip : one(said[i], width, style, i == 0 ? 0 : paler, place)) all.push_back(std::move(strip));
    }
    return all;
}

// A box to tick and what it says: in one line where that fits, else the languages below one another.
struct StripMaker::Choice {
    double width = 0;
    double height = 0;
    std::vector<Ink> inks;
};

StripMaker::Choice StripMaker::choice(Option const& option, double width) {
    Choice made;
    double const side = letters_ * 0.95;
    double const left = side + gap;
    double const room = std::max(width - left, letters_);
    std::vector<Strips> sayings;
    double one_line = 0;
    bool fits = true;
    for (std::size_t i = 0; i < option.words.size(); ++i) {
        sayings.push_back(one(option.words[i], room, {letters_ * (i == 0 ? 0.95 : 0.95 * smaller), false}, i == 0 ? 0 : paler, Place::Left));
        fits = fits && sayings.back().size() == 1;
        for (auto const& strip : sayings.back()) one_line += std::get<Letters>(strip.inks.front()).line.width + gap;
    }
    fits = fits && one_line <= room;
    double x = left;
    double y = 0;
    double deepest = 0;  // baselines of one line are level
    for (auto const& strips : sayings) {
        if (fits && !strips.empty()) deepest = std::max(deepest, std::get<Letters>(strips.front().inks.front()).line.above);
    }
    for (auto& strips : sayings) {
        for (auto& strip : strips) {
            auto letters = std::get<Letters>(strip.inks.front());
            double const down = fits ? deepest - letters.line.above : 0;
            letters.x = x;
            letters.y = y + down;
            double const letters_width = letters.line.width;
            if (fits) {
                x += letters_width + gap;
                made.height = std::max(made.height, strip.height + down);
                made.width = x - gap;
            } else {
                y += strip.height;
                made.height = y;
                made.width = std::max(made.width, left + letters_width);
            }
            made.inks.emplace_back(std::move(letters));
        }
    }
    double const above = made.inks.empty() ? side : std::get<Letters>(made.inks.front()).y + std::get<Letters>(made.inks.front()).line.above;
    made.inks.emplace_back(Square{0, above - side * 0.88, side, side, option.ticked});
    made.height = std::max(made.height, side + 1);
    return made;
}

Strips StripMaker::options(std::vector<Option> const& options, double width) {
    Strips strips;
    double x = 0;
    for (auto const& option : options) {
        auto made = choice(option, width);
        if (strips.empty() || x + made.width > width) {
            strips.emplace_back();
            x = 0;
        }
        auto& strip = strips.back();
        for (auto& ink : made.inks) {
            move(ink, x, 0);
            strip.inks.push_back(std::move(ink));
        }
        strip.height = std::max(strip.height, made.height + 2);
        x += made.width + between_choices;
    }
    return strips;
}

Strips StripMaker::writing(int lines, double width) const {
    Strips strips;
    for (int i = 0; i < lines; ++i) {
        Strip strip;
        strip.height = writing_height;
        // The last line of a box is the box's own.
        if (i + 1 < lines) strip.inks.emplace_back(Stroke{0, writing_height, width, writing_height, 0.5, 0.5, true});
        strips.push_back(std::move(strip));
    }
    return strips;
}

}  // namespace sanjal::print
