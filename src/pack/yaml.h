#pragma once
// A strict subset of YAML that people can edit: mappings, lists and scalars; no anchors, aliases, tags, merge keys, second
// documents or repeated keys.  A scalar in quotes is text; without quotes it is true, false, null, a whole number, or text.
// Every value knows its line, so that a checker can point at it.

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"

namespace sanjal::pack {

struct Yaml {
    Json json;
    std::map<std::string, int> lines;  // JSON pointer -> line, from 1
};

// `file` is the name that errors show, as file:line.
Result<Yaml> read_yaml(std::string_view text, std::string const& file);

}  // namespace sanjal::pack
