-- +goose Up
-- The record: editions, incidents and their facts. One text for both engines.
-- Instants are microseconds UTC, civil dates text, booleans smallint 0/1.

create table term (
  scheme   text not null,
  term_key text not null,
  rank     integer not null,
  kind     text not null default '',
  code     integer not null default 0,
  primary key (scheme, term_key)
);

create table term_label (
  scheme   text not null,
  term_key text not null,
  label    text not null,
  since    integer not null default 0,
  until    integer not null default 9999,
  primary key (scheme, term_key, since),
  foreign key (scheme, term_key) references term (scheme, term_key)
);

create table term_alias (
  scheme   text not null,
  alias    text not null,
  term_key text not null,
  primary key (scheme, alias),
  foreign key (scheme, term_key) references term (scheme, term_key)
);

create table place_alias (
  country    text not null,
  alias      text not null,
  unit       text not null,
  decided_at bigint not null,
  primary key (country, alias)
);

-- An edition is a view of the dataset: the record (id 1), an imported sheet as
-- it was published, or a release.
create table edition (
  id          bigint primary key,
  kind        text not null check (kind in ('record', 'sheet', 'starter', 'release')),
  label       text not null unique,
  as_of       text not null default '',
  created_at  bigint not null,
  file_name   text not null default '',
  sheet       text not null default '',
  sheet_schema text not null default '',
  sha256      text not null default '',
  remark      text not null default '',
  header      text not null default '[]',
  importer    text not null default '',
  licence     text not null default '',
  entries     bigint not null default 0,
  incidents   bigint not null default 0,
  digest      text not null default '',
  totals      text not null default '{}',
  revision    bigint not null default 0,
  strict      smallint not null default 0
);

-- Every imported row, word for word, for ever.
create table import_row (
  edition_id  bigint not null references edition (id),
  line        integer not null,
  cells       text not null,
  extras      text not null default '',
  doubts      text not null default '[]',
  hash        text not null,
  count_year  integer not null,
  outcome     text not null,
  incident_id bigint,
  primary key (edition_id, line)
);
create index import_row_incident on import_row (incident_id, count_year);

create table incident (
  id          bigint primary key,
  ref         text not null unique,
  state       text not null check (state in ('lead', 'needs_details', 'verifying', 'verified', 'published', 'disputed', 'corrected', 'retracted', 'rejected', 'merged')),
  methodology text not null default '',
  merged_into bigint references incident (id),
  edited      smallint not null default 0,
  revision    bigint not null default 1,
  created_at  bigint not null,
  updated_at  bigint not null,
  origin      text not null check (origin in ('sheet', 'desk')), -- no default: whoever writes one says where it comes from
  dossier_id  bigint,                     -- of the desk, and
  signed_revision bigint,                 -- what was signed of it
  urgent_until bigint                     -- public without two signatures until then
);
create index incident_updated on incident (updated_at, id);
create index incident_urgent on incident (urgent_until) where urgent_until is not null;

create table period (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  kind        text not null check (kind in ('main', 'curfew_night', 'pause', 'escalation')),
  start_date  text not null,
  start_kind  text not null,
  end_date    text not null,
  end_state   text not null,
  last_active text not null,
  stated_duration text not null,
  primary key (incident_id, n)
);

create table incident_country (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  code        text not null,
  spelling    text not null,
  primary key (incident_id, n)
);

create table place (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  country     text not null,
  area_text   text not null,
  unit        text not null,
  confidence  text not null,
  excluded    boolean not null,
  lat         double precision not null,
  lon         double precision not null,
  primary key (incident_id, n)
);
create index place_unit on place (unit);

create table measure (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  method      text not null,
  network     text not null,
  extent      text not null,
  geo_scope   text not null,
  whole_country boolean not null,
  area        text not null,
  mechanism   text not null,
  primary key (incident_id, n)
);

create table service_effect (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  service     text not null,
  effect      text not null,
  verbatim    text not null,
  primary key (incident_id, n)
);

create table actor_role (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  role        text not null check (role in ('ordered', 'decided', 'requested', 'implemented')),
  class       text not null,
  name        text not null,
  home_country text not null,
  primary key (incident_id, n)
);

create table cause (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  term        text not null,
  details     text not null,
  coding      text not null,
  primary key (incident_id, n)
);

create table justification (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  term        text not null,
  details     text not null,
  acknowledged text not null,
  ack_source  text not null,
  ack_quote   text not null,
  primary key (incident_id, n)
);

create table legal_basis (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  claimed     text not null,
  legal_text  text not null,
  primary key (incident_id, n)
);

create table operator_effect (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  country     text not null,
  name        text not null,
  owner       text not null,
  verbatim    text not null,
  primary key (incident_id, n)
);

create table operator_statement (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  acknowledged text not null,
  ack_source  text not null,
  ack_quote   text not null,
  primary key (incident_id, n)
);

create table flag (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  flag        text not null,
  flag_state  text not null check (flag_state in ('yes', 'no', 'unknown', 'not_asked')),
  primary key (incident_id, n)
);

create table targeted_group (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  term        text not null,
  verbatim    text not null,
  detail      text not null,
  primary key (incident_id, n)
);

create table cost (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  amount      double precision not null,
  currency    text not null,
  per         text not null,
  verbatim    text not null,
  primary key (incident_id, n)
);

create table source (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  class       text not null,
  url         text not null,
  source_text text not null,
  primary key (incident_id, n)
);
create index source_confidential on source (incident_id) where class = 'confidential';

create table publication (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  kind        text not null,
  url         text not null,
  primary key (incident_id, n)
);

create table narrative (
  incident_id bigint not null references incident (id) on delete cascade,
  n           integer not null,
  kind        text not null,
  lang        text not null,
  body        text not null,
  primary key (incident_id, n)
);

create table report_tag (
  incident_id bigint not null references incident (id) on delete cascade,
  tag         text not null,
  primary key (incident_id, tag)
);

create table quality_warning (
  incident_id bigint not null references incident (id) on delete cascade,
  count_year  integer not null,
  rule        text not null,
  detail      text not null,
  state       text not null check (state in ('open', 'accepted', 'fixed')),
  primary key (incident_id, count_year, rule)
);

-- What changed in an incident, field by field, never overwritten.
create table incident_change (
  incident_id bigint not null references incident (id) on delete cascade,
  revision    bigint not null,
  at          bigint not null,
  origin      text not null,
  reason      text not null,
  diff        text not null,
  primary key (incident_id, revision)
);
create index incident_change_at on incident_change (at, incident_id);

-- A text that nobody outside may read any more. It holds what it withholds.
create table withheld (
  id      bigint primary key,
  passage text not null,
  who     text not null,
  reason  text not null,
  at      bigint not null,
  lifted_at bigint                        -- it may be read again since
);

-- A pair or a word that the rules cannot decide, waiting for a person.
create table review_item (
  id          bigint primary key,
  kind        text not null,
  incident_id bigint,
  other_id    bigint,
  edition_id  bigint,
  line        integer not null default 0,
  country     text not null default '',
  detail      text not null,
  state       text not null check (state in ('open', 'decided', 'gone')), -- gone: needs no answer any more
  decision    text not null default '',
  created_at  bigint not null,
  decided_at  bigint not null default 0,
  unique (kind, country, detail)
);
create index review_item_state on review_item (state, kind);
create index review_item_incident on review_item (incident_id);

-- One incident in one count year, in one edition. ord orders an edition by
-- start date: edition * 2^42 + (start day + 20000) * 2^26 + seq.
create table entry (
  ord         bigint primary key,
  edition_id  bigint not null references edition (id),
  seq         integer not null,
  incident_id bigint,
  count_year  integer not null,
  line        integer not null,
  source_edition bigint not null,
  counted     smallint not null,
  latest      smallint not null,
  touched     smallint not null default 0,
  doc         text,
  hash        text not null,
  start_day   integer not null,
  end_day     integer,
  days        integer,
  span_days   integer not null,
  country     text not null,
  region      text not null,
  cause       text not null,
  reason      text not null,
  geo_scope   text not null,
  network     text not null,
  method      text not null,
  extent      text not null,
  ordered_by  text not null,
  end_state   text not null,
  facets      bigint not null,
  updated_at  bigint not null,
  unique (edition_id, seq)
);
create index entry_incident on entry (edition_id, incident_id, count_year); -- of a sheet, several rows may speak of one
create unique index entry_once on entry (incident_id, count_year) where edition_id = 1;
-- Lists are read from these indexes alone: what a filter asks beyond the leading
-- column is decided by the facets, one number with all single-valued parts.
create index entry_start on entry (edition_id, ord, facets);
create index entry_year on entry (edition_id, count_year, ord, facets);
create index entry_cause on entry (edition_id, cause, ord, facets);
create index entry_reason on entry (edition_id, reason, ord, facets);
create index entry_method on entry (edition_id, method, ord, facets);
create index entry_network on entry (edition_id, network, ord, facets);
create index entry_extent on entry (edition_id, extent, ord, facets);
create index entry_scope on entry (edition_id, geo_scope, ord, facets);
create index entry_ordered on entry (edition_id, ordered_by, ord, facets);
create index entry_state on entry (edition_id, end_state, ord, facets);
create index entry_span on entry (edition_id, span_days, ord, facets);
create index entry_updated on entry (edition_id, updated_at, ord, facets);
create index entry_end on entry (edition_id, end_day, ord, facets);

-- What an entry can have several of: country:IR, region:mena, service:twitter.
create table entry_part (
  edition_id  bigint not null,
  part        text not null,
  ord         bigint not null references entry (ord) on delete cascade,
  facets      bigint not null,
  primary key (edition_id, part, ord, facets)
);
create index entry_part_ord on entry_part (ord, part);

-- The cube of counts, kept with every change. See incident.Contributions.
create table tally (
  edition_id  bigint not null,
  count_year  integer not null,
  area        text not null,
  dim         text not null,
  value       text not null,
  n           bigint not null,
  primary key (edition_id, count_year, area, dim, value)
);
create index tally_area on tally (edition_id, area, dim, value);

-- How many more (or fewer) entries are active from a day on, by area and by what
-- was done: the running sum is how many were active.
create table day_change (
  edition_id  bigint not null,
  area        text not null,
  kind        text not null,
  day         integer not null,
  n           bigint not null,
  primary key (edition_id, area, kind, day)
);
