#pragma once
// A pack's own tests (`tests/*.yaml`): given these reports and dates, expect these tasks, clocks and refusals.  The same rules,
// fold and derivation as in a running node, without store, keys or rights, so that whoever writes a pack can try it in a
// second.  docs/formats/pack.md says how a test is written.

#include <string>
#include <vector>

#include "pack/pack.h"

namespace sanjal::casework {

struct Rehearsed {
    std::string where;  // file:line
    std::string name;   // the test's sentence
    std::vector<std::string> faults;  // what was expected and what was so; empty: it holds
};

// Every test in `folder`/tests, under the compiled `pack`.  An Error where a file cannot be read or is not written as a test.
Result<std::vector<Rehearsed>> rehearse(pack::Pack const& pack, std::string const& folder);

// One test, as it stands in a file.
Result<std::vector<std::string>> rehearse_one(pack::Pack const& pack, Json const& test);

}  // namespace sanjal::casework
