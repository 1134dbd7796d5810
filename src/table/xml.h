#pragma once
// XML as a stream of elements, through expat.  Names come without their prefix.  A document type is refused wherever it stands
// (no entity, inner or outer, is ever expanded), and so is what nests deeper than any sheet.  One thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sanjal::table {

class Xml {
public:
    using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;  // valid during the call
    struct Handlers {
        std::function<void(std::string_view name, Attributes const&)> start;
        std::function<void(std::string_view name)> end;
        std::function<void(std::string_view text)> text;
    };
    explicit Xml(Handlers handlers);
    ~Xml();
    Xml(Xml const&) = delete;
    Xml& operator=(Xml const&) = delete;

    // Invalid "workbook.xml", "workbook.doctype".
    Result<void> feed(std::string_view bytes);
    Result<void> finish();

    static std::string_view attribute(Attributes const& all, std::string_view name);  // empty where it is missing

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace sanjal::table
