-- +goose Up
-- People who work here (internal/mechanism/account). No legal name is asked for,
-- no address of a machine is kept.
create table person (
  id         bigint primary key,
  ref        text not null unique,
  handle     text not null unique,
  name       text not null,
  lang       text not null,
  state      text not null check (state in ('active', 'suspended')),
  logged_out bigint not null default 0,
  signs_since bigint not null default 0, -- when the account was last suspended: who signed with it before, nobody knows
  created_at bigint not null
);

-- grants is what the rooms above give to whoever accepts, in their own words.
create table invitation (
  id         bigint primary key,
  code_hash  text not null unique,
  invited_by bigint references person (id),
  note       text not null,
  grants     text not null,
  created_at bigint not null,
  expires_at bigint not null,
  used_by    bigint references person (id),
  state      text not null check (state in ('open', 'used', 'withdrawn'))
);

-- How a person proves who they are. lookup finds a passkey by its id and a
-- recovery code by its hash; last is the last step of a clock a code was used
-- for, so that none works twice.
create table credential (
  id         bigint primary key,
  person_id  bigint not null references person (id),
  kind       text not null check (kind in ('passkey', 'passphrase', 'totp', 'recovery')),
  lookup     text unique,
  label      text not null,
  secret     text not null,
  last       bigint not null default 0,
  created_at bigint not null
);
create index credential_person on credential (person_id, kind);

-- Begun sessions by the hash of what the browser holds.
create table session (
  token_hash text primary key,
  person_id  bigint not null references person (id),
  label      text not null,
  begun_at   bigint not null,
  seen_at    bigint not null,
  ends_at    bigint not null
);
create index session_person on session (person_id, begun_at);

-- The secret in the address of a person's feed, as its hash.
create table feed_address (
  person_id   bigint primary key references person (id),
  secret_hash text not null unique,
  made_at     bigint not null
);

-- Where a person gets by mail what waits for them. sealed holds the address and the
-- secret of the link that stops it; code_hash is of the code that proves it.
create table mail_address (
  person_id  bigint primary key references person (id),
  sealed     text not null,
  stop_hash  text not null unique,
  state      text not null check (state in ('asked', 'confirmed')),
  code_hash  text not null,
  tries      bigint not null,
  hour       bigint not null check (hour between 0 and 23), -- UTC
  set_at     bigint not null, -- when its owner last said that it is theirs
  next_at    bigint not null, -- when a mail is due; whoever sends it moves it on first
  failures   bigint not null, -- in a row
  failing_at bigint not null, -- since when; 0 for not at all
  problem    text not null
);
create index mail_address_next on mail_address (state, next_at);

-- Emergency modes; a row for each that was ever set.
create table mode (
  name   text primary key check (name in ('read_only', 'closed', 'logged_out')),
  active smallint not null check (active in (0, 1)),
  who    text not null,
  reason text not null,
  at     bigint not null
);
