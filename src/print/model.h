#pragma once
// What is printed, before it has a place on a page: a paper is a list of blocks, all of them plain values.  Not a drawing, not
// a record, not a policy: whoever fills it in has already decided what may stand here.
//
// Texts are UTF-8 in any script.  A saying may be given in several languages: the first is printed large, the others smaller
// below it.  Lengths are millimetres, sizes of letters are points.

#include <string>
#include <variant>
#include <vector>

namespace sanjal::print {

struct Words {
    std::string text;
    std::string language;  // en, bn, hi, as, ...; how letters are shaped and broken depends on it
};
using Said = std::vector<Words>;

struct Heading {
    Said words;
};

struct Text {
    Said words;
};

struct Option {
    Said words;
    bool ticked = false;
};

// A numbered question with room for its answer.  An empty answer leaves `lines` ruled lines to write on.  `wide`: the answer
// stands below the question, over the whole width.
struct Question {
    std::string number;
    Said words;
    Said answer;
    std::vector<Option> options;
    int lines = 1;
    bool wide = false;
};

struct Column {
    Said words;
    int weight = 1;
};

// Rows are cells as many as there are columns; `blank_rows` more are left to be filled by hand.  The head is repeated on
// every page.
struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<Said>> rows;
    int blank_rows = 0;
};

// A place to sign: never split by the end of a page.  Under it stand lines to be filled (name, rank, date).
struct Signature {
    Said words;
    std::vector<Said> lines;
    Said thumb;  // with a box for the print of a thumb, under these words
    Said seal;   // with a place for a seal
};
struct Signatures {
    std::vector<Signature> places;
};

using Block = std::variant<Heading, Text, Question, Table, Signatures>;

struct Paper {
    std::string mark;     // Draft, Practice: on every page
    std::string corner;   // F05
    Said title;
    Said under;           // a second, smaller line below the title
    std::vector<Block> blocks;
    std::string foot;     // document and version
    std::string code;     // the short hash
    Said note;            // small, above the foot of every page
    std::string page_of = "Page {n} of {m}";
};

struct Format {
    double width = 210;   // A4
    double height = 297;
    double letters = 10;  // of an answer
};

// a4, legal (8.5 x 14 in), foolscap (8.5 x 13.5 in, as Indian offices cut it); false where it is none of them.
bool set_paper(Format& format, std::string_view name);

// Everything that will be read on the paper but its code, in one text: what the code is a hash of.
std::string all_of(Paper const& paper);

}  // namespace sanjal::print
