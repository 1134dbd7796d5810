// The tables of the exchange with peers: what was queued, what arrived, what is missing.  They are no views of the ledger; what
// was decided and shown stands there.
#include "sync/peer.h"

namespace sanjal::sync {
namespace {

constexpr store::Migration of_network[] = {
    {1, "network: peers, what waits for them and came from them",
     "create table network_self (one {int} primary key, addresses {text} not null, followed {int} not null, followed_epoch {int} not null);"
     "create table network_peer (node {text} primary key, record {text} not null, unit {text} not null, stopped {text} not null, confirmed {int} not null,"
     " card {text} not null, keys {text} not null, epoch {int} not null, received {int} not null, known_size {int} not null, known_note {text} not null, late {text} not null,"
     " seen_size {int} not null, seen_keys {int} not null, told {int} not null, last_in {int} not null, last_out {int} not null, next_try {int} not null,"
     " failures {int} not null, clock_ahead {int} not null, trouble {text} not null);"
     "create unique index network_peer_unit on network_peer (unit);"
     "create table network_outbox (peer {text} not null, epoch {int} not null, number {int} not null, kind {text} not null, about {text} not null, record {text} not null,"
     " position {int} not null, acked {int} not null, voided {int} not null, queued {int} not null, primary key (peer, epoch, number));"
     "create index network_outbox_open on network_outbox (peer, acked);"
     "create index network_outbox_record on network_outbox (record);"
     "create table network_inbox (peer {text} not null, epoch {int} not null, number {int} not null, sealed {blob} not null, size {int} not null, primary key (peer, epoch, number));"
     "create table network_entry (peer {text} not null, id {text} not null, primary key (peer, id));"
     "create table network_link (peer {text} not null, theirs {text} not null, ours {text} not null, kind {text} not null, primary key (peer, theirs, kind));"
     "create index network_link_ours on network_link (ours);"
     "create table network_stopped (peer {text} not null, disclosure {text} not null, number {int} not null, done {int} not null, primary key (peer, disclosure));"
     "create table network_told (person {text} not null, disclosure {text} not null, primary key (person, disclosure));"
     "create table network_count (peer {text} primary key, disclosures {int} not null);"
     "create table network_aside (id {text} primary key, peer {text} not null, at {int} not null, code {text} not null, number {int} not null, count {int} not null);"
     "create table network_note (peer {text} not null, size {int} not null, epoch {int} not null, note {text} not null, primary key (peer, epoch, size));"
     "create table network_shown (peer {text} not null, size {int} not null, primary key (peer, size));"
     "create table network_cosigned (peer {text} primary key, size {int} not null, note {text} not null);"
     "create table network_taken (peer {text} not null, day {int} not null, bytes {int} not null, messages {int} not null, primary key (peer, day));"},
};

}  // namespace

std::span<store::Migration const> network_migrations() { return of_network; }

}  // namespace sanjal::sync
