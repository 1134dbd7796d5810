#pragma once
// What fills a box: strips, one below the other, none of which is ever cut.  Shapes sayings, choices and lines to write on into
// strips of a given width.  Points; inks are placed from the strip's own top left corner.

#include <vector>

#include "print/layout.h"

namespace sanjal::print {

struct Strip {
    double height = 0;
    std::vector<Ink> inks;
};
using Strips = std::vector<Strip>;

double height_of(Strips const& strips);
void move(Ink& ink, double x, double y);

class StripMaker {
public:
    StripMaker(Shaper& shaper, double letters) : shaper_(shaper), letters_(letters) {}

    [[nodiscard]] double letters() const { return letters_; }
    enum class Place { Left, Middle, Right };
    // The first language at `size` times the letters, the others smaller and a little paler.
    Strips saying(Said const& said, double width, double size, bool bold = false, Place place = Place::Left);
    Strips options(std::vector<Option> const& options, double width);
    [[nodiscard]] Strips writing(int lines, double width) const;

private:
    Strips one(Words const& words, double width, Style style, double grey, Place place);
    struct Choice;
    Choice choice(Option const& option, double width);

    Shaper& shaper_;
    double letters_;
};

}  // namespace sanjal::print
