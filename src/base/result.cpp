#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace sanjal {

void check_failed(char const* expression, char const* file, int line) {
    std::fprintf(stderr, "sanjal: broken promise at %s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace sanjal
