-- +goose Up
-- The desk: what is not public yet, how it is worked out, and who signed it
-- (internal/verify). Nothing here is read by any page for the public.

-- A dossier is an incident on its way. Its facts stand in claim_value; revision
-- grows with each of them, and signatures are for one revision.
create table dossier (
  id           bigint not null primary key,
  root_id      bigint not null,              -- the case it was split from, in the end; its own id for most
  ref          text not null unique,         -- L-2026-0012, of year and n
  mask         text not null,                -- under which the ledger names people in it
  year         integer not null,
  n            integer not null,
  title        text not null,                -- what the desk calls it
  country      text not null,                -- the first country
  also         text not null default '',     -- the others, with blanks between them
  state        text not null check (state in ('open', 'needs_details', 'rejected', 'merged', 'published', 'retracted')),
  reason       text not null default '',     -- of the state
  floor        text not null default '' check (floor in ('', 'signal', 'reported', 'corroborated')), -- computed from the evidence
  revision     bigint not null default 1,
  digest       text not null default '',     -- of what a signature is for, in this revision
  urgency      smallint not null check (urgency between 1 and 3), -- 1 now, 2 this week, 3 later
  kind         text not null default '' check (kind in ('', 'cut', 'slow', 'block')), -- how it is drawn
  start_day    integer not null default 0,   -- days since 1970-01-01, for finding what is alike
  end_day      integer not null default 0,
  author_id    bigint not null references person (id),
  author_org   bigint not null references organisation (id),
  lease_by     bigint references person (id),
  lease_until  bigint not null default 0,
  due_at       bigint not null default 0,
  embargo_until bigint not null default 0,   -- 0: none
  embargo_reason text not null default '',
  signatures   integer not null default 0,   -- organisations that signed what stands
  incident_ref text not null default '',     -- once it is public
  signed_revision bigint not null default 0, -- the revision that is public
  unsettled    smallint not null default 1,  -- something of it is not public yet, or public without two signatures
  record_hash  text not null default '',     -- of what the record said, and counted, when the case last followed it
  merged_into  bigint,
  created_at   bigint not null,
  updated_at   bigint not null,
  unique (year, n)
);
create index dossier_queue on dossier (state, urgency, due_at, id);
create index dossier_country on dossier (country, state, urgency, due_at, id);
create index dossier_unsettled on dossier (unsettled, state, urgency, due_at, id);
create index dossier_ready on dossier (urgency, due_at, id) where unsettled = 1 and signatures >= 2;
create index dossier_signed on dossier (unsettled, signatures, urgency, due_at, id);
create index dossier_floor on dossier (unsettled, floor, urgency, due_at, id);
create index dossier_lease on dossier (lease_by, state);
create index dossier_time on dossier (country, start_day);
create index dossier_incident on dossier (incident_ref);
create index dossier_root on dossier (root_id);

-- The other countries of a dossier, so that it is found by them.
create table dossier_area (
  dossier_id bigint not null references dossier (id),
  country    text not null,
  primary key (dossier_id, country)
);
create index dossier_area_country on dossier_area (country, dossier_id);

-- Who filed a dossier, stated a value of it, or did so in one it was split from or
-- that was merged into it: none of them signs it.
create table dossier_author (
  dossier_id bigint not null references dossier (id),
  person_id  bigint not null references person (id),
  at         bigint not null,
  primary key (dossier_id, person_id)
);

-- What somebody states for one claim; the newest stands, the others are its
-- history. facts is the part of incident.Facts the claim speaks of, JSON.
create table claim_value (
  id              bigint not null primary key,
  dossier_id      bigint not null references dossier (id),
  claim           text not null check (claim in ('where', 'when', 'what', 'how', 'who', 'why', 'effects')),
  facts           text not null,
  revision        bigint not null,            -- of the dossier, with this value
  person_id       bigint references person (id), -- null: taken over from the record
  organisation_id bigint references organisation (id),
  note            text not null,
  at              bigint not null
);
create index claim_value_dossier on claim_value (dossier_id, claim, id);

-- How sure somebody is of a claim as it stands; the newest holds.
create table claim_grade (
  id         bigint not null primary key,
  dossier_id bigint not null references dossier (id),
  claim      text not null,
  grade      text not null check (grade in ('confirmed', 'probable', 'possible', 'doubtful')),
  revision   bigint not null,
  person_id  bigint not null references person (id),
  note       text not null,
  at         bigint not null
);
create index claim_grade_dossier on claim_grade (dossier_id, claim, id);

-- An item of evidence speaks for a claim, against it, or cannot see it.
create table claim_evidence (
  id           bigint primary key,
  dossier_id   bigint not null references dossier (id),
  claim        text not null,
  item_id      bigint not null,
  side         text not null check (side in ('for', 'against', 'silent')),
  note         text not null,
  person_id    bigint not null references person (id),
  at           bigint not null,
  revision     bigint not null,            -- of the dossier, with it
  withdrawn_at bigint,
  withdrawn_revision bigint not null default 0 -- the first without it; 0: it stands
);
create index claim_evidence_dossier on claim_evidence (dossier_id, claim, id);
create index claim_evidence_item on claim_evidence (item_id);

-- Somebody disagrees with a claim, and it stays written down.
create table dissent (
  id              bigint primary key,
  dossier_id      bigint not null references dossier (id),
  claim           text not null,
  body            text not null,
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  at              bigint not null,
  revision        bigint not null,            -- of the dossier, with it
  settled_at      bigint,
  settled_note    text not null default '',
  settled_revision bigint not null default 0  -- the first in which it is settled; 0: it is not
);
create index dissent_dossier on dissent (dossier_id, id);

-- A signature under one revision of a dossier. digest is that of all it is for
-- (verify.Standing), told that of the facts in the form a pack hands out.
create table sign_off (
  id              bigint not null primary key,
  dossier_id      bigint not null references dossier (id),
  revision        bigint not null,
  digest          text not null,
  told            text not null,
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  checklist       text not null,
  note            text not null,
  at              bigint not null
);
create index sign_off_case on sign_off (dossier_id, revision, person_id);

-- A signature taken back, before the revision was public.
create table sign_off_withdrawn (
  sign_off_id bigint not null primary key references sign_off (id),
  reason      text not null,
  at          bigint not null
);

-- Publication without two signatures, for at most 72 hours.
create table urgent_publication (
  id              bigint not null primary key,
  root_id         bigint not null unique,      -- dossier.root_id: a case is published urgently once
  dossier_id      bigint not null references dossier (id),
  revision        bigint not null,
  digest          text not null,
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  reason          text not null check (length(reason) >= 20),
  at              bigint not null,
  expires_at      bigint not null
);
create index urgent_publication_dossier on urgent_publication (dossier_id, revision);

-- Somebody is too close to a case to sign it.
create table interest (
  dossier_id bigint not null references dossier (id),
  person_id  bigint not null references person (id),
  note       text not null,
  at         bigint not null,
  primary key (dossier_id, person_id)
);

-- The reviewers of these countries do not see one another's names.
create table veiled_country (
  country text primary key,
  at      bigint not null
);

-- The letter that stands for a person in a case whose reviewers do not see one
-- another's names.
create table reviewer_letter (
  dossier_id bigint not null references dossier (id),
  person_id  bigint not null references person (id),
  n          integer not null,
  primary key (dossier_id, person_id),
  unique (dossier_id, n)
);

-- What people say to each other about a dossier.
create table dossier_comment (
  id           bigint primary key,
  dossier_id   bigint not null references dossier (id),
  person_id    bigint not null references person (id),
  body         text not null,
  at           bigint not null,
  withdrawn_at bigint
);
create index dossier_comment_dossier on dossier_comment (dossier_id, id);

create table comment_mention (
  comment_id bigint not null references dossier_comment (id),
  person_id  bigint not null references person (id),
  seen_at    bigint,
  primary key (comment_id, person_id)
);
create index comment_mention_person on comment_mention (person_id, seen_at);

-- What happened to a dossier, in order. person_id is null for the program.
create table dossier_act (
  id              bigint primary key,
  dossier_id      bigint not null references dossier (id),
  person_id       bigint references person (id),
  organisation_id bigint references organisation (id),
  kind            text not null,
  detail          text not null,
  at              bigint not null
);
create index dossier_act_dossier on dossier_act (dossier_id, id);
create index dossier_act_kind on dossier_act (kind, at);

-- A queue somebody wants to see again.
create table saved_filter (
  id        bigint primary key,
  person_id bigint not null references person (id),
  name      text not null,
  query     text not null,
  unique (person_id, name)
);

-- What a public incident told because of which item, so that it is found when it
-- must not be told any more, wherever the item lies by then (internal/verify).
-- source: the source that was named, JSON; told: all that might go out of the item
-- at that time, JSON.
create table public_item (
  dossier_id bigint not null references dossier (id),
  revision   bigint not null,
  item_id    bigint not null,
  source     text not null,
  told       text not null,
  primary key (dossier_id, revision, item_id)
);
create index public_item_item on public_item (item_id);

-- Sources of public incidents that may not be named any more: they are hidden in all
-- that was stored while they could be (internal/incident).
create table source_gone (
  incident_id bigint not null references incident (id),
  url         text not null,
  source_text text not null,
  says        text not null, -- the hash of both: no index takes texts of any length
  at          bigint not null,
  primary key (incident_id, says)
);

-- What rows of the newest sheets of each count year call confidential, by country, with the
-- incident the row was taken for, 0 for none (internal/incident): an incident that is
-- published later does not name it.
create table source_heard (
  count_year  integer not null,
  country     text not null,
  edition_id  bigint not null references edition (id),
  incident_id bigint not null,
  url         text not null,
  source_text text not null,
  says        text not null, -- the hash of both
  primary key (country, count_year, edition_id, incident_id, says)
);

-- A row stands here while the program writes what the record says (internal/incident).
-- It leads to one in a table that holds none, ever, and that is asked when the
-- transaction ends: whoever leaves a row behind has done nothing at all.
create table record_shut (
  id bigint not null primary key check (id < id)
);
create table record_open (
  id   bigint not null primary key,
  shut bigint not null default 0 references record_shut (id) deferrable initially deferred
);
