-- +goose Up
-- The words of a dossier's title, for finding it by the beginning of one. Words
-- are compared byte by byte on both engines.
create table dossier_word (
  word       text collate "C" not null,
  dossier_id bigint not null references dossier (id),
  primary key (word, dossier_id)
);
create index dossier_word_dossier on dossier_word (dossier_id);
