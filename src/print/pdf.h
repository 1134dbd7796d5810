#pragma once
// Papers as one PDF.  The same papers give the same bytes on the same machine; what a reader sees in the properties of the
// file is the moment that the caller gives, the version of the library, and nothing else: no title, no author, no name.
//
// Any thread; one paper is printed at a time, so that fonts are in memory once.

#include <string>
#include <vector>

#include "base/time.h"
#include "print/model.h"

namespace sanjal::print {

struct Printed {
    std::string pdf;
    std::size_t pages = 0;
    int unknown_glyphs = 0;  // letters that no font of this machine has; the paper says so itself
};

// Fault::TooLarge where it would be too long, Fault::Io where the drawing failed.
Result<Printed> print(std::vector<Paper> papers, Format const& format, Instant as_of);

}  // namespace sanjal::print
