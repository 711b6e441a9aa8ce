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

-- Emergency modes; a row for each that was ever set.
create table mode (
  name   text primary key check (name in ('read_only', 'closed', 'logged_out')),
  active smallint not null check (active in (0, 1)),
  who    text not null,
  reason text not null,
  at     bigint not null
);
