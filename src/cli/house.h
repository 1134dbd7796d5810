#pragma once
// A node's house as the command line makes, opens and serves it.  Not the commands.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/account.h"
#include "app/house.h"
#include "base/executor.h"
#include "base/random.h"
#include "base/time.h"
#include "cli/command.h"

namespace sanjal::cli {

// What a house stands on while a command runs.
struct World {
    SystemClock clock;
    SystemRandom random;
    ThreadExecutor writer{1};
};

// From --passphrase-file, SANJAL_PASSPHRASE, or asked without showing it.  `is_new`: typed twice, because nobody can open a
// node whose passphrase was mistyped when it was made.
Result<std::string> passphrase(Arguments const& arguments, bool is_new = false);

// From the terminal alone.
Result<std::string> ask_passphrase(bool is_new);

Result<std::unique_ptr<app::House>> open_house(World& world, std::string const& directory, Arguments const& arguments, bool restored = false);
// Makes the node.  Everything that can be wrong with the words is said before anything is made.  `clock`: the world's, or one
// of a story's own.
Result<std::unique_ptr<app::House>> make_node(World& world, ClockSource& clock, std::string const& directory, std::string const& secret, app::FoundConfig first, Arguments const& arguments);

std::string new_password(Randomness& random);
// Eight words for the recovery sheet: 128 bits.
std::string new_recovery(Randomness& random);
// What is wrong with a new passphrase, in words.
Result<void> check_passphrase(std::string const& secret);
// The pack of a country, compiled; of one that has none, what every place shares.
Result<Json> pack_for(std::string const& country);
std::uint32_t kdf_memory();
Result<std::string> add_unit(app::House& house, app::NewUnit const& unit, std::string const& by);

// One directory is served by one program: held until the process ends, however it ends.
Result<int> lock_directory(app::House& house);
// SIGINT and SIGTERM end what is served, in order, from now on; whether one came.
void stop_at_signals();
bool is_stopping();
// Until SIGINT or SIGTERM.  Gives the exit code.  Where it listens, and by which certificate, by the arguments.
int serve_house(app::House& house, Arguments const& arguments);
std::uint16_t port_of(Arguments const& arguments);

}  // namespace sanjal::cli
