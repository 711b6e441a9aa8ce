-- +goose Up
-- The ledger (internal/mechanism/ledger): a log that can only grow. One text for
-- both engines; 0004_ledger_guard refuses in each engine's own words what must
-- not happen here. Hashes are base64, commitments and salts hexadecimal: a
-- backup carries text.

-- How many entries there are. Whoever appends holds this row until the end of
-- the transaction, so that entries follow each other without a gap.
create table ledger_head (
  id   smallint primary key check (id = 1),
  size bigint not null check (size >= 0)
);

-- The public part. hashes: of the entry itself, then of each larger subtree it
-- is the last leaf of.
create table ledger_entry (
  idx        bigint primary key check (idx >= 0),
  kind       text not null,
  at         bigint not null,
  commitment text not null,
  hashes     text not null
);

-- What opens a commitment. The only table of the ledger a row may leave.
create table ledger_payload (
  idx     bigint primary key references ledger_entry (idx),
  subject text not null,
  salt    text not null,
  payload text not null
);
create index ledger_payload_subject on ledger_payload (subject, idx);

create table ledger_checkpoint (
  n    bigint primary key,
  at   bigint not null,
  size bigint not null,
  note text not null
);
create index ledger_checkpoint_size on ledger_checkpoint (size, n);

-- at: the witness's own clock, microseconds like every instant.
create table ledger_cosignature (
  n       bigint not null references ledger_checkpoint (n),
  witness text not null,
  at      bigint not null,
  line    text not null,
  primary key (n, witness)
);

-- token: what the authority answered, base64 of DER; at: the time it states.
create table ledger_stamp (
  n         bigint not null references ledger_checkpoint (n),
  authority text not null,
  at        bigint not null,
  token     text not null,
  primary key (n, authority)
);
