#include "table/xml.h"

#include <expat.h>

namespace sanjal::table {
namespace {

constexpr int depth_max = 64;

std::string_view local(char const* name) {
    std::string_view const whole(name);
    auto const colon = whole.rfind(':');
    return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

}  // namespace

struct Xml::Parser {
    Handlers handlers;
    XML_Parser held = XML_ParserCreate(nullptr);
    int depth = 0;
    bool has_doctype = false;
    Attributes attributes = {};

    explicit Parser(Handlers given) : handlers(std::move(given)) {
        SANJAL_CHECK(held != nullptr);
        XML_SetUserData(held, this);
        XML_SetElementHandler(held, on_start, on_end);
        XML_SetCharacterDataHandler(held, on_text);
        XML_SetStartDoctypeDeclHandler(held, on_doctype);
    }
    ~Parser() { XML_ParserFree(held); }
    Parser(Parser const&) = delete;
    Parser& operator=(Parser const&) = delete;

    static void on_start(void* self, XML_Char const* name, XML_Char const** attributes) {
        auto& one = *static_cast<Parser*>(self);
        if (++one.depth > depth_max) {
            XML_StopParser(one.held, XML_FALSE);
            return;
        }
        one.attributes.clear();
        for (int i = 0; attributes[i] != nullptr; i += 2) one.attributes.emplace_back(local(attributes[i]), attributes[i + 1]);
        if (one.handlers.start) one.handlers.start(local(name), one.attributes);
    }
    static void on_end(void* self, XML_Char const* name) {
        auto& one = *static_cast<Parser*>(self);
        --one.depth;
        if (one.handlers.end) one.handlers.end(local(name));
    }
    static void on_text(void* self, XML_Char const* text, int size) {
        auto& one = *static_cast<Parser*>(self);
        if (one.handlers.text) one.handlers.text(std::string_view(text, static_cast<std::size_t>(size)));
    }
    static void on_doctype(void* self, XML_Char const*, XML_Char const*, XML_Char const*, int) {
        auto& one = *static_cast<Parser*>(self);
        one.has_doctype = true;
        XML_StopParser(one.held, XML_FALSE);
    }
    Result<void> parse(std::string_view bytes, bool last) {
        if (XML_Parse(held, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0) == XML_STATUS_OK) return {};
        if (has_doctype) return fail(Fault::Invalid, "workbook.doctype", "This workbook holds a document type, which no spreadsheet program writes and attacks are made of. Do not open it; ask the sender where it comes from.");
        return fail(Fault::Invalid, "workbook.xml", "A part of this workbook is not the XML that it should be. Open it in a spreadsheet program, save it again as .xlsx, and send that.");
    }
};

Xml::Xml(Handlers handlers) : parser_(std::make_unique<Parser>(std::move(handlers))) {}
Xml::~Xml() = default;

Result<void> Xml::feed(std::string_view bytes) { return parser_->parse(bytes, false); }
Result<void> Xml::finish() { return parser_->parse({}, true); }

std::string_view Xml::attribute(Attributes const& all, std::string_view name) {
    for (auto const& [key, value] : all) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace sanjal::table
