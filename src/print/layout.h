#pragma once
// Papers become pages: every block gets its place, in points from the top left corner.  Boxes of a form may be cut between two
// lines by the end of a page, where they are longer than half of one; a place to sign, never; a heading stays with what follows.
//
// Pure but for the fonts of the machine.  Fault::TooLarge where it would be more than `pages_max` pages.

#include <variant>
#include <vector>

#include "base/result.h"
#include "print/model.h"
#include "print/shape.h"

namespace sanjal::print {

inline constexpr std::size_t pages_max = 2000;

struct Letters {
    Line line;
    double x = 0;
    double y = 0;
    double grey = 0;
};
struct Stroke {
    double x1 = 0;
    double y1 = 0;
    double x2 = 0;
    double y2 = 0;
    double width = 0.6;
    double grey = 0;
    bool dotted = false;
};
struct Square {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    bool ticked = false;
    bool round = false;
    bool dotted = false;
};
using Ink = std::variant<Letters, Stroke, Square>;

struct Placed {
    Ink ink;
    std::size_t block = 0;  // of its paper; past the last one: head and foot
};

struct Page {
    std::vector<Placed> inks;
    std::size_t paper = 0;
    std::size_t number = 0;  // in its paper, from 1
};

struct Laid {
    double width = 0;
    double height = 0;
    std::vector<Page> pages;
};

Result<Laid> lay_out(Shaper& shaper, std::vector<Paper> const& papers, Format const& format);

}  // namespace sanjal::print
