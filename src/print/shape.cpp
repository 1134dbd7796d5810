#include "print/shape.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <array>

namespace sanjal::print {
namespace {

// In the order in which a letter looks for its font.  Sans where there is one; Tibetan has only the serif.
constexpr char const* families =
    "Noto Sans,Noto Sans Bengali,Noto Sans Devanagari,Noto Sans Myanmar,Noto Serif Tibetan,Noto Sans Meetei Mayek,Noto Sans Ol Chiki,"
    "Noto Sans Arabic,Noto Sans CJK SC,Noto Sans Symbols2,DejaVu Sans";

constexpr std::size_t sign_bytes = 3;

// UTF-8 of signs that nobody sees and that change what is read: marks, embeddings, overrides and isolates of direction, line and
// paragraph separators, the byte order mark.  Joiners stay: Bengali and Devanagari need them.
bool is_hidden(std::string_view sign) {
    return (sign >= "\xE2\x80\x8E" && sign <= "\xE2\x80\x8F") || (sign >= "\xE2\x80\xA8" && sign <= "\xE2\x80\xAE") || (sign >= "\xE2\x81\xA6" && sign <= "\xE2\x81\xA9") || sign == "\xEF\xBB\xBF";
}

}  // namespace

struct Shaper::Fonts {
    PangoFontMap* map = pango_cairo_font_map_new();
    PangoContext* context = nullptr;
    Fonts() {
        pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map), 72);
        context = pango_font_map_create_context(map);
        // Places of glyphs on paper do not depend on a screen's grid.
        cairo_font_options_t* options = cairo_font_options_create();
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
        pango_cairo_context_set_font_options(context, options);
        cairo_font_options_destroy(options);
        pango_context_set_round_glyph_positions(context, FALSE);
    }
    ~Fonts() {
        g_object_unref(context);
        g_object_unref(map);
    }
    Fonts(Fonts const&) = delete;
    Fonts& operator=(Fonts const&) = delete;
};

Shaper::Shaper() : fonts_(std::make_unique<Fonts>()) {}
Shaper::~Shaper() = default;

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
            ++i;  // C1 controls
            continue;
        }
        if ((c == 0xE2 || c == 0xEF) && is_hidden(text.substr(i, sign_bytes))) {
            i += sign_bytes - 1;
            continue;
        }
        if (c == '\r' || c == 0x7F) continue;
        out.push_back(c < 0x20 && c != '\n' ? ' ' : text[i]);
    }
    return out;
}

std::vector<Line> Shaper::lines(Words const& words, Style style, double width) {
    std::string const text = printable(words.text);
    std::shared_ptr<void> const kept(pango_layout_new(fonts_->context), [](void* layout) { g_object_unref(layout); });
    auto* layout = static_cast<PangoLayout*>(kept.get());
    PangoFontDescription* font = pango_font_description_new();
    pango_font_description_set_family_static(font, families);
    pango_font_description_set_size(font, static_cast<int>(style.letters * PANGO_SCALE));
    pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    if (!words.language.empty()) {
        PangoAttrList* attributes = pango_attr_list_new();
        pango_attr_list_insert(attributes, pango_attr_language_new(pango_language_from_string(words.language == "zh" ? "zh-cn" : words.language.c_str())));
        pango_layout_set_attributes(layout, attributes);
        pango_attr_list_unref(attributes);
    }
    pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
    if (width > 0) {
        pango_layout_set_width(layout, static_cast<int>(width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    }
    unknown_ += pango_layout_get_unknown_glyphs_count(layout);

    std::vector<Line> lines;
    PangoLayoutIter* at = pango_layout_get_iter(layout);
    do {
        PangoLayoutLine const* one = pango_layout_iter_get_line_readonly(at);
        PangoRectangle extents;
        pango_layout_iter_get_line_extents(at, nullptr, &extents);
        Line line;
        line.layout = kept;
        line.number = static_cast<int>(lines.size());
        line.height = pango_units_to_double(extents.height);
        line.above = pango_units_to_double(pango_layout_iter_get_baseline(at) - extents.y);
        line.width = pango_units_to_double(extents.width);
        line.shift = pango_units_to_double(extents.x);
        line.text = text.substr(static_cast<std::size_t>(one->start_index), static_cast<std::size_t>(one->length));
        lines.push_back(std::move(line));
    } while (pango_layout_iter_next_line(at) != FALSE);
    pango_layout_iter_free(at);
    return lines;
}

void Shaper::draw(cairo_t* to, Line const& line, double x, double y) {
    auto* layout = static_cast<PangoLayout*>(line.layout.get());
    cairo_move_to(to, x + line.shift, y + line.above);
    pango_cairo_show_layout_line(to, pango_layout_get_line_readonly(layout, line.number));
}

}  // namespace sanjal::print
