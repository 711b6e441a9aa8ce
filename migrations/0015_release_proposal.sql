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

-- Coding anew in a batch, after the methodology changed (internal/verify). digest is
-- over the items: a signature is for that list, and no other is carried out.
create table recoding (
  id              bigint primary key,
  methodology     text not null,
  field           text not null,
  from_term       text not null,
  to_term         text not null,
  first_year      bigint not null, -- of the count years it is about; 0: from the first one on
  last_year       bigint not null,
  country         text not null,
  reason          text not null,
  reverses        bigint not null, -- the recoding it takes back; 0 for none
  digest          text not null,
  incidents       bigint not null, -- without those that were left out
  entries         bigint not null,
  state           text not null check (state in ('open', 'done', 'withdrawn')),
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  at              bigint not null,
  closed_at       bigint not null default 0
);
create index recoding_state on recoding (state, id);

-- What each entry was coded as before: it is kept here for good, whatever becomes of
-- the incident.
create table recoding_item (
  recoding_id  bigint not null references recoding (id),
  incident_ref text not null,
  count_year   bigint not null,
  old_term     text not null,
  new_term     text not null,
  old_coding   text not null, -- version of the methodology
  new_coding   text not null,
  entry_hash   text not null, -- of what the record said when it was proposed
  dossier_id   bigint not null, -- the case that has to say so; 0: the record is written at once
  left_out     bigint not null, -- 1: the proposer left the incident as it is
  primary key (recoding_id, incident_ref, count_year)
);

create table recoding_signature (
  recoding_id     bigint not null references recoding (id),
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  digest          text not null,
  at              bigint not null,
  primary key (recoding_id, person_id)
);
