#pragma once
// So that a forgotten password loses no data (P8): every account's private box key lies in two halves, each boxed to one of two
// officers (nodal officers, and the head of the unit).  One half says nothing; two officers together give the key back to its
// owner under a new password.  Nobody else can, the node's owner with the disk in hand included.
// The halves are made anew at a sign-in when there are other officers than before.

#include <string>

#include "app/account.h"

namespace sanjal::app {

// After a sign-in, on a worker thread.  With fewer than two other officers there is nothing to keep.
Result<void> keep_escrow(House& house, Proven const& proven);

// The first officer: opens the own half and boxes it to each of the others, until tomorrow.  `key` is the officer's.
Result<void> begin_reset(House& house, std::string const& actor, std::string const& officer, crypto::BoxKey const& key);

// The second one: both halves together, wrapped under a password that was made ahead.  Gives the first officer.
struct Renewed {
    std::string password;
    crypto::NewPassword made;
};
Result<std::string> finish_reset(House& house, std::string const& actor, std::string const& officer, crypto::BoxKey const& key, Renewed const& renewed);

}  // namespace sanjal::app
