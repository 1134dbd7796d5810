#pragma once
// Letters: a saying becomes lines of shaped glyphs of a given width (Pango, HarfBuzz).  It knows the fonts by name, so that Han
// is Chinese Han and Tibetan stacks are Tibetan; where the machine lacks one, the glyphs that are missing are counted.
//
// Points everywhere.  One Shaper belongs to one thread; what it gave must not outlive it.  Signs that turn the direction of
// reading or cannot be seen are left out: a paper says what its bytes say.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "print/model.h"

typedef struct _cairo cairo_t;

namespace sanjal::print {

struct Line {
    std::shared_ptr<void> layout;  // keeps the glyphs alive
    int number = 0;                // of the line in its layout
    double height = 0;
    double above = 0;              // from the top of the line to its baseline
    double width = 0;
    double shift = 0;              // from the left: lines that are read from the right stand there
    std::string text;              // what it says, for tests and for a reader's eyes
};

struct Style {
    double letters = 10;
    bool bold = false;
};

class Shaper {
public:
    Shaper();
    ~Shaper();
    Shaper(Shaper const&) = delete;
    Shaper& operator=(Shaper const&) = delete;

    // Broken at words, and within a word that is longer than a line.  Without a width: one line for each line of the text.
    std::vector<Line> lines(Words const& words, Style style, double width = -1);
    // How many glyphs no font of this machine had, so far.
    [[nodiscard]] int unknown() const { return unknown_; }

    static void draw(cairo_t* to, Line const& line, double x, double y);

private:
    struct Fonts;
    std::unique_ptr<Fonts> fonts_;
    int unknown_ = 0;
};

// Without control characters and signs that turn the direction of reading.
std::string printable(std::string_view text);

}  // namespace sanjal::print
