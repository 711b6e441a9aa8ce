-- +goose Up
-- Full text. The words are already normalised by the program, so both engines
-- index the same tokens. rowid is entry.ord.
--
-- The words of each year of start stand apart: an index of words cannot be read
-- in the order of a list, but the years can (incident.startYears). The borders
-- are the ord of 1 January in the living record: 2^42 + (day + 20000) * 2^26.
create table entry_text (
  rowid bigint not null primary key,
  body  tsvector not null
) partition by range (rowid);
create table entry_text_2015 partition of entry_text for values from (minvalue) to (6867719815168);
create table entry_text_2016 partition of entry_text for values from (6867719815168) to (6892281659392);
create table entry_text_2017 partition of entry_text for values from (6892281659392) to (6916776394752);
create table entry_text_2018 partition of entry_text for values from (6916776394752) to (6941271130112);
create table entry_text_2019 partition of entry_text for values from (6941271130112) to (6965765865472);
create table entry_text_2020 partition of entry_text for values from (6965765865472) to (6990327709696);
create table entry_text_2021 partition of entry_text for values from (6990327709696) to (7014822445056);
create table entry_text_2022 partition of entry_text for values from (7014822445056) to (7039317180416);
create table entry_text_2023 partition of entry_text for values from (7039317180416) to (7063811915776);
create table entry_text_2024 partition of entry_text for values from (7063811915776) to (7088373760000);
create table entry_text_2025 partition of entry_text for values from (7088373760000) to (7112868495360);
create table entry_text_2026 partition of entry_text for values from (7112868495360) to (7137363230720);
create table entry_text_2027 partition of entry_text for values from (7137363230720) to (7161857966080);
create table entry_text_2028 partition of entry_text for values from (7161857966080) to (7186419810304);
create table entry_text_2029 partition of entry_text for values from (7186419810304) to (7210914545664);
create table entry_text_2030 partition of entry_text for values from (7210914545664) to (7235409281024);
create table entry_text_2031 partition of entry_text for values from (7235409281024) to (7259904016384);
create table entry_text_2032 partition of entry_text for values from (7259904016384) to (7284465860608);
create table entry_text_2033 partition of entry_text for values from (7284465860608) to (7308960595968);
create table entry_text_2034 partition of entry_text for values from (7308960595968) to (7333455331328);
create table entry_text_2035 partition of entry_text for values from (7333455331328) to (7357950066688);
create table entry_text_2036 partition of entry_text for values from (7357950066688) to (7382511910912);
create table entry_text_2037 partition of entry_text for values from (7382511910912) to (7407006646272);
create table entry_text_2038 partition of entry_text for values from (7407006646272) to (7431501381632);
create table entry_text_2039 partition of entry_text for values from (7431501381632) to (7455996116992);
create table entry_text_2040 partition of entry_text for values from (7455996116992) to (7480557961216);
create table entry_text_2041 partition of entry_text for values from (7480557961216) to (maxvalue);
create index entry_text_body on entry_text using gin (body);

-- Each word once, for finding words by their beginning: by bytes, whatever the
-- database's own order of letters is.
create table entry_text_word (
  token text collate "C" primary key
);
