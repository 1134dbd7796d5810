#pragma once
// What a pack calls things, in the languages of one paper, and how a value reads.  Where a pack has no translation, English stands
// alone.  Not a mask: what comes in here may already be read.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pack/pack.h"
#include "print/model.h"

namespace sanjal::printing {

inline constexpr std::string_view six_dots = "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2";

class Tongue {
public:
    // `unit_title` gives the name of a unit of the node, or nothing.
    Tongue(pack::Pack const& pack, std::vector<std::string> languages, std::function<std::string(std::string_view)> unit_title = {})
        : pack_(pack), languages_(std::move(languages)), unit_title_(std::move(unit_title)) {}

    [[nodiscard]] pack::Pack const& pack() const { return pack_; }
    [[nodiscard]] std::vector<std::string> const& languages() const { return languages_; }
    [[nodiscard]] std::string const& first() const { return languages_.front(); }

    // What stands at a path of strings, in each language that has it.
    [[nodiscard]] print::Said say(std::string const& path, std::string_view english) const;
    // One of the words of every paper.
    [[nodiscard]] print::Said word(std::string_view name) const;
    [[nodiscard]] std::string word_in(std::string_view language, std::string_view name) const;
    [[nodiscard]] print::Said ask(std::string_view type, std::string_view field) const;

    // A value in words of `language`; empty where nothing is known.  Sealed values are six dots; two people's different
    // answers stand side by side.
    [[nodiscard]] std::string value(Json const& definition, Json const* value, std::string_view language) const;
    [[nodiscard]] print::Said answer(Json const& definition, Json const* value) const;
    // The codes of a choice to be ticked, or nothing where there are too many or none.
    [[nodiscard]] std::vector<print::Option> options(Json const& definition, Json const* value) const;

    [[nodiscard]] std::string moment(Instant instant) const;

private:
    [[nodiscard]] std::string scalar(Json const& definition, Json const& value, std::string_view language) const;
    [[nodiscard]] std::string time(std::string_view text) const;

    pack::Pack const& pack_;
    std::vector<std::string> languages_;
    std::function<std::string(std::string_view)> unit_title_;
};

}  // namespace sanjal::printing
