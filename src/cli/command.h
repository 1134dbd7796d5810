#pragma once
// What the commands share: their words, how an answer or an error is printed, and where packs lie.  Not the commands.
// Exit codes: 0 done, 1 refused or not valid, 2 usage, 3 the world failed.

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace sanjal::app {
class House;
}

namespace sanjal::cli {

extern char const* const usage;

struct Arguments {
    std::vector<std::string> words;
    std::multimap<std::string, std::string> options;
    [[nodiscard]] std::string get(std::string const& name, std::string const& otherwise = {}) const {
        auto const found = options.find(name);
        return found == options.end() ? otherwise : found->second;
    }
    [[nodiscard]] bool has(std::string const& name) const { return options.count(name) > 0; }
    [[nodiscard]] std::vector<std::string> all(std::string const& name) const {
        std::vector<std::string> values;
        auto const [from, to] = options.equal_range(name);
        for (auto one = from; one != to; ++one) values.push_back(one->second);
        return values;
    }
};

int exit_code(Error const& error);
int failed(Error const& error, bool json);  // says it, and gives the exit code
int wrong_usage();
void print(Json const& json, bool as_json);

// A path as it is, or a name in the folder of packs: SANJAL_PACKS, beside the program, or the source tree.
std::string pack_folder(std::string const& name);

int pack_check(Arguments const& arguments);
int pack_test(Arguments const& arguments);
int pack_new(Arguments const& arguments);
int pack_diff(Arguments const& arguments);
int pack_compile(Arguments const& arguments);
int pack_strings(Arguments const& arguments);
int pack_load(Arguments const& arguments);
int pack_print(Arguments const& arguments);

int import_table(app::House& house, Arguments const& arguments);
int export_table(app::House& house, Arguments const& arguments);
// Of somebody who was imported: the rows of the file that still say what was erased, and the uploaded file itself.
Result<Json> also_to_erase(app::House& house, std::string const& record);
int column_map(app::House& house, Arguments const& arguments);

int peer_command(Arguments const& arguments);    // list, card, add, confirm, evidence
int bundle_command(Arguments const& arguments);  // out, in, key
int match_command(Arguments const& arguments);  // pairs, rank, link, search
Result<void> match_link(Arguments const& arguments);

}  // namespace sanjal::cli
