#include "print/pdf.h"

#include <cairo-pdf.h>

#include <cmath>
#include <mutex>

#include "print/layout.h"

namespace sanjal::print {
namespace {

constexpr double tick_from = 0.18;
constexpr double pi = 3.14159265358979323846;

cairo_status_t append(void* to, unsigned char const* bytes, unsigned int size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<char const*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
}

void draw(cairo_t* to, Letters const& ink) {
    cairo_set_source_rgb(to, ink.grey, ink.grey, ink.grey);
    Shaper::draw(to, ink.line, ink.x, ink.y);
}

void draw(cairo_t* to, Stroke const& ink) {
    cairo_set_source_rgb(to, ink.grey, ink.grey, ink.grey);
    cairo_set_line_width(to, ink.width);
    double const dots[] = {1, 2};
    cairo_set_dash(to, dots, ink.dotted ? 2 : 0, 0);
    cairo_move_to(to, ink.x1, ink.y1);
    cairo_line_to(to, ink.x2, ink.y2);
    cairo_stroke(to);
    cairo_set_dash(to, nullptr, 0, 0);
}

void draw(cairo_t* to, Square const& ink) {
    cairo_set_source_rgb(to, 0.1, 0.1, 0.1);
    cairo_set_line_width(to, 0.6);
    double const dots[] = {2, 2};
    cairo_set_dash(to, dots, ink.dotted ? 2 : 0, 0);
    if (ink.round) {
        cairo_arc(to, ink.x + ink.width / 2, ink.y + ink.height / 2, ink.height / 2, 0, 2 * pi);
    } else {
        cairo_rectangle(to, ink.x, ink.y, ink.width, ink.height);
    }
    cairo_stroke(to);
    cairo_set_dash(to, nullptr, 0, 0);
    if (!ink.ticked) return;
    double const from = tick_from * ink.width;
    double const until = ink.width - from;
    cairo_set_line_width(to, 1.3);
    cairo_move_to(to, ink.x + from, ink.y + from);
    cairo_line_to(to, ink.x + until, ink.y + until);
    cairo_move_to(to, ink.x + until, ink.y + from);
    cairo_line_to(to, ink.x + from, ink.y + until);
    cairo_stroke(to);
}

Result<std::string> drawn(Laid const& laid, Instant as_of) {
    std::string pdf;
    cairo_surface_t* surface = cairo_pdf_surface_create_for_stream(append, &pdf, laid.width, laid.height);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, format_instant(as_of).c_str());
    cairo_t* to = cairo_create(surface);
    for (auto const& page : laid.pages) {
        for (auto const& placed : page.inks) {
            std::visit([to](auto const& ink) { draw(to, ink); }, placed.ink);
        }
        cairo_show_page(to);
    }
    auto const status = cairo_status(to);
    cairo_destroy(to);
    cairo_surface_finish(surface);
    auto const ended = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS || ended != CAIRO_STATUS_SUCCESS) return fail(Fault::Io, "print.drawing", "The paper could not be drawn. Try again; if it fails again, the fonts of this machine are damaged.");
    return pdf;
}

}  // namespace

Result<Printed> print(std::vector<Paper> papers, Format const& format, Instant as_of) {
    static std::mutex one_at_a_time;
    static Shaper* shaper = nullptr;  // lives as long as the process: fonts are slow to open
    std::lock_guard const lock(one_at_a_time);
    if (shaper == nullptr) shaper = new Shaper();
    Printed printed;
    int const before = shaper->unknown();
    SANJAL_TRY(auto laid, lay_out(*shaper, papers, format));
    printed.unknown_glyphs = shaper->unknown() - before;
    if (printed.unknown_glyphs > 0) {
        for (auto& paper : papers) paper.note.push_back({"Some letters could not be printed: a font is missing on this node. Do not sign this paper. Install fonts-noto-core and fonts-noto-cjk.", "en"});
        SANJAL_TRY(laid, lay_out(*shaper, papers, format));
    }
    printed.pages = laid.pages.size();
    SANJAL_TRY(printed.pdf, drawn(laid, as_of));
    return printed;
}

}  // namespace sanjal::print
