#pragma once
// The exchange with peers: what this node has to say to each, in numbered messages, and what they said to it.
//
// A message is an entry of the sender's ledger, with its proof, and no more than that: that an agreement was signed, something was
// disclosed, a referral was answered.  It is made anew for every bundle until the peer says that it has it, so that whether it may go
// is decided at each sending; what may no longer go leaves an empty message of its number, so that nothing is ever merely missing.
// Messages are taken in the order of their numbers; those that came before their turn wait, sealed.  Taking one twice changes nothing.
//
// All of it runs inside the writer; nothing here waits for the world.

#include <string>
#include <vector>

#include "app/house.h"
#include "sync/bundle.h"
#include "sync/peer.h"

namespace sanjal::sync {

// New entries of this node's ledger become messages for those whom they concern; a consent that was withdrawn becomes a stop.
Result<void> follow(app::House& house, store::Transaction& tx);

struct Outgoing {
    Bytes bundle;
    std::int64_t messages = 0;
    bool more = false;   // there is more than fits: compose again with `from` = next
    std::int64_t next = 0;
};
// The next bundle for a peer: its messages that were not acknowledged, from that number on.
Result<Outgoing> compose(app::House& house, store::Transaction& tx, std::string const& node, std::int64_t from = 0);
// Whether there is something that this peer has not heard: messages, or that we have its own.
Result<bool> has_something_to_say(store::Transaction& tx, Peer const& peer);

// Opened, and its head's signature checked against the peer that it names: before the writer, on any thread.
struct Arrived {
    Bundle bundle;
    std::string from;
};
Result<Arrived> open_arrived(app::House& house, Bytes const& bytes);

struct Taken {
    std::string from;
    std::int64_t taken = 0;     // messages that took effect
    std::int64_t waiting = 0;   // came before their turn
    std::int64_t aside = 0;     // set aside, with a reason
    std::string standing;       // of its checkpoint: proven, known, unproven, forked
};
Result<Taken> take(app::House& house, store::Transaction& tx, Arrived const& arrived);
// Something that could not be taken is written down with its reason; of the same reason and peer a count.
Result<void> set_aside(app::House& house, store::Transaction& tx, std::string const& peer, std::string const& code, std::int64_t number);

// What a stop asks for is erased outside the writer (House::erase); called after take, and at every tick.
Result<std::int64_t> erase_stopped(app::House& house);

// One message that was taken in its turn.  In inbox.cpp.
Result<void> apply_message(app::House& house, store::Transaction& tx, Peer& peer, Json const& message, std::int64_t size, std::string const& root);
// A message for an outbox row, or nothing where it may not go now (and later perhaps).  In outbox.cpp.
struct Row {
    std::int64_t number = 0;
    std::string kind, about, record;
    std::int64_t position = 0;
    bool voided = false;
};
struct Made {
    enum class How { Sent, Later, Void } how = How::Void;
    Json message;
};
Result<Made> make_message(app::House& house, store::Transaction& tx, Peer const& peer, Row const& row, std::int64_t size);

Result<std::optional<std::string>> ours_of(store::Transaction& tx, std::string const& peer, std::string_view theirs, std::string_view kind);
Result<std::optional<std::string>> theirs_of(store::Transaction& tx, std::string const& peer, std::string_view ours, std::string_view kind);
Result<void> link(store::Transaction& tx, std::string const& peer, std::string_view theirs, std::string_view ours, std::string_view kind);

}  // namespace sanjal::sync
