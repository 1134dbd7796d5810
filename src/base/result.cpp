#include "base/result.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sanjal {

void check_failed(char const* expression, char const* file, int line) {
    std::string const said = std::string("sanjal: broken promise at ") + file + ":" + std::to_string(line) + ": " + expression + "\n";
    std::fputs(said.c_str(), stderr);
    std::abort();
}

}  // namespace sanjal
