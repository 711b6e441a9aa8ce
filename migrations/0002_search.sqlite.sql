-- +goose Up
-- Full text. The words are already normalised by the program, so both engines
-- index the same tokens. rowid is entry.ord.
create virtual table entry_text using fts5 (body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0', detail = none);


-- Each word once, for finding words by their beginning.
create table entry_text_word (
  token text primary key
) without rowid;
