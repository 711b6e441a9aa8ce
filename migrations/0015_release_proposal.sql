-- +goose Up
-- A release somebody wants to cut (internal/verify). digest is that of the record
-- as it stood: a signature is for it, and a record that changed since is not cut.
create table release_proposal (
  id              bigint primary key,
  label           text not null,
  as_of           text not null,
  digest          text not null,
  entries         bigint not null,
  note            text not null,
  state           text not null check (state in ('open', 'cut', 'withdrawn')),
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  at              bigint not null,
  closed_at       bigint not null default 0
);
create index release_proposal_state on release_proposal (state, id);

create table release_signature (
  proposal_id     bigint not null references release_proposal (id),
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  digest          text not null,
  at              bigint not null,
  primary key (proposal_id, person_id)
);
