#pragma once
// The web client's files, as they lie within this binary.  What they hold is web/'s; how they are served is http/page.h's.

#include <string_view>
#include <vector>

namespace sanjal::node {

struct ClientFile {
    std::string_view path;      // "/assets/index-3f2a.js"
    std::string_view encoding;  // "", "gzip" or "br"
    std::string_view bytes;     // for the program's whole life
    bool immutable;             // its name changes with its bytes
};

// Empty where the node was built without its client.  Defined by a generated source (cmake/client.cmake).
std::vector<ClientFile> client_files();

}  // namespace sanjal::node
