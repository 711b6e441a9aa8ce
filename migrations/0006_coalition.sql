-- +goose Up
-- Organisations of the coalition and who works in them (internal/coalition).
create table organisation (
  id         bigint primary key,
  ref        text not null unique,
  kind       text not null check (kind in ('member', 'partner', 'secretariat')),
  alias      text not null,              -- shown in place of the names where the organisation asks for it
  listed     smallint not null check (listed in (0, 1)),
  state      text not null check (state in ('active', 'left')),
  signs_since bigint not null default 0, -- when it last left: what was signed for it before counts no more
  created_at bigint not null
);

-- An organisation's name in a language, as it writes it.
create table organisation_name (
  organisation_id bigint not null references organisation (id),
  lang            text not null,
  name            text not null,
  primary key (organisation_id, lang)
);

create table organisation_country (
  organisation_id bigint not null references organisation (id),
  country         text not null,
  primary key (organisation_id, country)
);

-- What a person may do, in an organisation, for a country or region of the
-- world, or everywhere (''). A role that was taken away keeps its row.
create table membership (
  id              bigint primary key,
  person_id       bigint not null references person (id),
  organisation_id bigint not null references organisation (id),
  role            text not null check (role in ('reader', 'contributor', 'verifier', 'editor', 'administrator')),
  area            text not null,
  granted_by      text not null,
  granted_at      bigint not null,
  ended_at        bigint
);
create index membership_person on membership (person_id);
create index membership_organisation on membership (organisation_id);
