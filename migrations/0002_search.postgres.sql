-- +goose Up
-- Full text. The words are already normalised by the program, so both engines
-- index the same tokens. rowid is entry.ord.
create table entry_text (
  rowid bigint primary key,
  body  tsvector not null
);
create index entry_text_body on entry_text using gin (body);
