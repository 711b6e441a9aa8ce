-- +goose Up
-- Held events of the ledger (internal/mechanism/ledger/held.go): provable later,
-- while nobody can tell now that they happen. 0010_ledger_held_guard refuses in
-- each engine's own words what must not happen here.

-- What nobody outside sees yet, in the order in which it happened, from 1.
create table ledger_held (
  id         bigint primary key check (id > 0),
  kind       text not null,
  at         bigint not null,
  commitment text not null
);

-- What opens its commitment. As with ledger_payload a row may leave, for good.
create table ledger_held_payload (
  id      bigint primary key references ledger_held (id),
  subject text not null,
  salt    text not null,
  payload text not null
);
create index ledger_held_payload_subject on ledger_held_payload (subject, id);

-- The entry that covers all held events up to one. slot: the hour, so that there
-- is one entry an hour, whoever asks. padding: what the leaves that stand for
-- nothing are made of.
create table ledger_batch (
  idx     bigint primary key references ledger_entry (idx),
  slot    bigint not null unique,
  upto    bigint not null check (upto >= 0),
  padding text not null
);
create index ledger_batch_upto on ledger_batch (upto, idx);
