#pragma once
// What a sheet of a workbook is read with: which part it lies in, which styles are dates, and the shared texts.  Only for
// workbook.cpp.

#include <string>
#include <string_view>
#include <vector>

#include "table/package.h"

namespace sanjal::table {

// Many texts in one block, so that a million short ones cost little more than their bytes.
class SharedTexts {
public:
    static Result<SharedTexts> read(Package& package, std::string const& part);
    [[nodiscard]] bool has(std::size_t index) const { return index < ends_.size(); }
    [[nodiscard]] std::string_view at(std::size_t index) const {
        std::size_t const begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(block_).substr(begin, ends_[index] - begin);
    }

private:
    std::string block_;
    std::vector<std::size_t> ends_;
};

struct WorkbookParts {
    std::string sheet;         // the part
    std::string shared;        // empty: none
    bool since_1904 = false;
    std::vector<bool> dates;   // by style: whether its numbers are days
    std::vector<std::string> notes;
};

// Opens nothing of the sheet itself.  `wanted`: its name; empty: the first that is not hidden.
Result<WorkbookParts> find_parts(Package& package, std::string const& wanted);

// _x000D_ and its like (ECMA-376 22.4.2.4 ST_Xstring) as the characters that they stand for.
std::string unescaped(std::string_view text);

}  // namespace sanjal::table
