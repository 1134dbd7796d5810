#include "ledger/schema.h"

namespace sanjal::ledger {
namespace {

constexpr store::Migration of_ledger[] = {
    {1, "ledger: entries, tree, signers",
     "create table ledger_head (one {int} primary key, node {text} not null, epoch {int} not null, size {int} not null,"
     " frontier {blob} not null, sequence {int} not null, slots {int} not null, note {text} not null);"
     "create table ledger_entry (position {int} primary key, id {text} not null, submission {text} not null, record {text} not null,"
     " received {int} not null, signed {blob} not null);"
     "create unique index ledger_entry_id on ledger_entry (id);"
     "create index ledger_entry_record on ledger_entry (record, position);"
     "create table ledger_disclosure (position {int} not null, class {text} not null, slot {int} not null, sealed {blob} not null,"
     " primary key (position, class));"
     "create table ledger_key (record {text} not null, class {text} not null, slot {int} not null, primary key (record, class));"
     "create table ledger_tip (record {text} not null, entry {text} not null, primary key (record, entry));"
     "create table ledger_tile (level {int} not null, idx {int} not null, hash {blob} not null, primary key (level, idx));"
     "create table ledger_signer (kid {text} primary key, issuer {text} not null, use {text} not null, key {blob} not null,"
     " actor {text} not null, introduced {int} not null, retired {int});"
     "create table ledger_erased (slot {int} primary key, position {int} not null);"
     "create table access_row (actor {text} not null, record {text} not null, purpose {text} not null, quarter {int} not null,"
     " action {text} not null, count {int} not null, logged {int} not null, primary key (actor, record, purpose, action, quarter));"
     "create index access_row_open on access_row (quarter) where count > logged;"},
    {2, "ledger: keys of blobs",
     "create table ledger_blob (blob {text} primary key, record {text} not null, field {text} not null, class {text} not null, position {int} not null,"
     " slot {int} not null, wrapped {blob} not null);"
     "create index ledger_blob_record on ledger_blob (record, class);"
     "create table ledger_blob_gone (blob {text} primary key);"},
    {3, "ledger: access rows by time", "create index access_row_quarter on access_row (quarter);"},
};

constexpr store::Migration of_keys[] = {
    {1, "keys: slots, secrets, accounts",
     "create table key_slot (slot {int} primary key, wrapped {blob});"
     "create table secret (name {text} primary key, wrapped {blob} not null);"
     "create table account (name {text} primary key, actor {text} not null, password {text} not null, box_public {blob} not null,"
     " box_wrapped {blob} not null, failures {int} not null, closed_until {int} not null);"
     "create unique index account_actor on account (actor);"},
    {2, "keys: what people who ask to join want, languages, passwords given back by two",
     "alter table account add column language {text} not null default '';"
     "alter table account add column wanted_role {text} not null default '';"
     "alter table account add column wanted_unit {text} not null default '';"
     "alter table account add column asked {int} not null default 0;"
     "create table account_escrow (actor {text} not null, first {text} not null, second {text} not null, to_first {blob} not null, to_second {blob} not null,"
     " primary key (actor, first, second));"
     "create table account_reset (actor {text} primary key, officer {text} not null, shares {text} not null, at {int} not null);"},
};

}  // namespace

std::span<store::Migration const> ledger_migrations() { return of_ledger; }
std::span<store::Migration const> key_migrations() { return of_keys; }

}  // namespace sanjal::ledger
