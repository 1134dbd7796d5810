#pragma once
// Ids.  Records, submissions and actors have UUIDv7 (RFC 9562): 36 characters, lower case, sortable by time.  Entries,
// nodes and keys have the base64url of a SHA-256 (43 characters); crypto/ makes those.

#include <string>
#include <string_view>

#include "base/time.h"

namespace sanjal {

class Randomness;  // base/random.h, which is not there in a browser

std::string new_uuid(Instant now, Randomness& random);
bool is_uuid(std::string_view text);  // version 7, RFC variant, lower case

}  // namespace sanjal
