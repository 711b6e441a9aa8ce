-- +goose Up
-- Evidence: items, where they come from, what was captured of pages and kept of
-- files, and who touched what (internal/evidence). The bytes themselves lie in
-- the blob store under their SHA-256. One text for both engines; 0008 refuses in
-- each engine's own words what must not happen here.

-- Items that go back to one source share one row, however often it was copied.
create table evidence_origin (
  id         bigint primary key,
  created_at bigint not null
);

-- origin_id: the source an item goes back to, 0 while nobody has said.
-- case_id and case_ref name the dossier in the words of the room that keeps it.
-- canonical: the address without what differs between copies of one page.
-- page_state: what the last check of a captured page found, '' for none.
-- custody_n, custody_hash: the end of the item's chain of custody.
create table evidence_item (
  id                 bigint primary key,
  ref                text not null unique,
  year               smallint not null,
  number             bigint not null,
  case_id            bigint not null,
  case_ref           text not null,
  country            text not null,
  origin_id          bigint not null,
  organisation_id    bigint not null,
  filed_by           text not null,
  mask               text not null,
  kind               text not null check (kind in ('link', 'file', 'measurement', 'statement', 'order', 'account')),
  class              text not null check (class in ('T', 'H', 'O', 'I', 'N', 'M', 'D')),
  source             text not null check (source in ('', 'A', 'B', 'C', 'D', 'E', 'F')),
  information        smallint not null check (information between 0 and 6),
  lang               text not null,
  title              text not null,
  says               text not null,
  url                text not null,
  canonical          text not null,
  speaker            text not null,
  place_exact        text not null,
  place_locality     text not null,
  place_region       text not null,
  precision          text not null check (precision in ('exact', 'locality', 'region', 'country')),
  audience           text not null check (audience in ('open', 'confidential')),
  embargo_until      bigint,
  observed_at        bigint,
  observed_precision text not null check (observed_precision in ('', 'minute', 'hour', 'day', 'month', 'year')),
  received_at        bigint not null,
  received_precision text not null check (received_precision in ('minute', 'hour', 'day', 'month', 'year')),
  consent_internal   text not null check (consent_internal in ('yes', 'no', 'unknown', 'not_asked')),
  consent_partners   text not null check (consent_partners in ('yes', 'no', 'unknown', 'not_asked')),
  consent_anonymous  text not null check (consent_anonymous in ('yes', 'no', 'unknown', 'not_asked')),
  consent_named      text not null check (consent_named in ('yes', 'no', 'unknown', 'not_asked')),
  consent_court      text not null check (consent_court in ('yes', 'no', 'unknown', 'not_asked')),
  version            bigint not null,
  withdrawn_at       bigint,
  withdrawn_reason   text not null,
  page_state         text not null,
  page_since         bigint,
  custody_n          bigint not null,
  custody_hash       text not null,
  created_at         bigint not null,
  updated_at         bigint not null,
  unique (year, number)
);
create index evidence_item_case on evidence_item (case_id, id);
create index evidence_item_origin on evidence_item (origin_id);
create index evidence_item_canonical on evidence_item (canonical);

-- What an edit replaced. It may be deleted where the law asks for it, never
-- exchanged. n is the custody row of the edit.
create table evidence_change (
  id        bigint primary key,
  item_id   bigint not null references evidence_item (id),
  n         bigint not null,
  field     text not null,
  old_value text not null,
  new_value text not null
);
create index evidence_change_item on evidence_change (item_id, id);

-- What would let more of an item go out waits here for a second person of the
-- organisation that filed it.
create table evidence_raise (
  id         bigint primary key,
  item_id    bigint not null references evidence_item (id),
  field      text not null,
  old_value  text not null,
  new_value  text not null,
  person     text not null,
  at         bigint not null,
  decision   text not null check (decision in ('', 'confirmed', 'refused', 'overtaken')),
  decided_by text not null,
  decided_at bigint,
  check (decision <> 'confirmed' or decided_by not in ('', person))
);
create index evidence_raise_item on evidence_raise (item_id, id);
create index evidence_raise_decision on evidence_raise (decision, item_id);

-- Every touch. hash is SHA-256 over prev and the row's content.
create table evidence_custody (
  item_id         bigint not null references evidence_item (id),
  n               bigint not null,
  at              bigint not null,
  person          text not null,           -- '' for the program itself
  organisation_id bigint not null,
  act             text not null,
  digest          text not null,
  detail          text not null,
  prev            text not null,
  hash            text not null,
  primary key (item_id, n)
);

-- Files. parent: the digest of the file this one was made from by blacking out;
-- '' for what came in. Perceptual hashes are hexadecimal, '' where there is none.
create table evidence_file (
  id         bigint primary key,
  item_id    bigint not null references evidence_item (id),
  digest     text not null,
  size       bigint not null,
  parent     text not null,
  media      text not null,
  name       text not null,
  width      integer not null,
  height     integer not null,
  dhash      text not null,
  phash      text not null,
  boxes      text not null,
  created_at bigint not null
);
create index evidence_file_item on evidence_file (item_id, id);
create index evidence_file_digest on evidence_file (digest);

-- Files that came with a form in which something else has to be mended. Nobody
-- has to choose them again; what is not filed within a day is swept.
create table evidence_upload (
  form   text primary key,                 -- its mark, which it keeps while it is mended
  person text not null,
  digest text not null,
  size   bigint not null,
  name   text not null,
  at     bigint not null
);

-- Versions of an item's text with passages taken out. root: the hash of the text
-- as it was filed; parent: of the version this one was made from.
create table evidence_text (
  id         bigint primary key,
  item_id    bigint not null references evidence_item (id),
  hash       text not null,
  parent     text not null,
  root       text not null,
  says       text not null,
  spans      text not null,
  created_at bigint not null
);
create index evidence_text_item on evidence_text (item_id, id);

-- One capture of a page, and each step of the way to it.
create table evidence_capture (
  id        bigint primary key,
  item_id   bigint not null references evidence_item (id),
  at        bigint not null,
  url       text not null,
  final_url text not null,
  status    integer not null,
  media     text not null,
  body      text not null,
  body_size bigint not null,
  warc      text not null,
  warc_size bigint not null
);
create index evidence_capture_item on evidence_capture (item_id, id);
create index evidence_capture_body on evidence_capture (body);

create table evidence_hop (
  capture_id    bigint not null references evidence_capture (id),
  n             integer not null,
  at            bigint not null,
  url           text not null,
  status        integer not null,
  location      text not null,
  request       text not null,
  request_size  bigint not null,
  response      text not null,
  response_size bigint not null,
  chain         text not null,             -- digest of the certificates in PEM, '' without TLS
  chain_size    bigint not null,
  issuer        text not null,
  tls_trouble   text not null,             -- '' when the certificates were valid
  primary key (capture_id, n)
);

-- What later checks of a captured page found.
create table evidence_check (
  id         bigint primary key,
  capture_id bigint not null references evidence_capture (id),
  at         bigint not null,
  finding    text not null check (finding in ('same', 'changed', 'gone', 'home', 'host_gone', 'unreachable')),
  status     integer not null,
  digest     text not null
);
create index evidence_check_capture on evidence_check (capture_id, id);
