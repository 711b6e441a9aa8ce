-- +goose Up
-- Disputes (internal/dispute): what anybody says is wrong in an incident. What
-- they wrote is not public until an editor releases it, answer by answer.
create table dispute (
  id          bigint primary key,
  ref         text not null unique,
  incident_id bigint not null references incident (id),
  statement   text not null,             -- which statement is said to be wrong
  right_text  text not null,             -- what is right
  why_text    text not null,
  source      text not null,             -- an address
  speaker     text not null check (speaker in ('person', 'organisation', 'operator', 'state')),
  lang        text not null,             -- of the page it was written on
  released    text not null default '',  -- the answers that are public, by name, with blanks between
  state       text not null check (state in ('open', 'answered', 'upheld', 'rejected')),
  filed_at    bigint not null,
  changed_at  bigint not null
);
create index dispute_incident on dispute (incident_id, id);
create index dispute_state on dispute (state, id);
create index dispute_changed on dispute (changed_at, id);

-- How to reach whoever wrote: apart, never public, and the only row that goes.
create table dispute_contact (
  dispute_id bigint primary key references dispute (id),
  contact    text not null
);

-- What the coalition said and did, in order. A note leads to the person, and to their
-- organisation, 0 for none: they are called as they want to be now, so that who hides
-- is hidden here too.
create table dispute_step (
  dispute_id bigint not null references dispute (id),
  n          integer not null,
  kind       text not null check (kind in ('released', 'answered', 'upheld', 'rejected', 'reopened')),
  at         bigint not null,
  note       text not null,
  person     text not null,              -- reference, never public
  signed_by  text not null,              -- the name they had chosen then, shown where the person is gone
  organisation_id bigint not null,       -- of whom they acted for
  primary key (dispute_id, n)
);

-- Forms that were taken within a day (internal/mechanism/desk, internal/dispute):
-- one that is sent twice is written once. once is a digest, answer what came of it.
create table sent_form (
  once   text primary key,
  answer text not null,
  at     bigint not null
);
create index sent_form_at on sent_form (at);
