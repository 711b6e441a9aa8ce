-- +goose Up
-- Written by migrations/guard; do not edit.
-- Nobody alone cuts a release or codes a part of the record anew: once somebody works
-- at the desk, two people of two organisations have to sign it, and signatures stay.

-- +goose StatementBegin
create view live_release_signature as select s.proposal_id, s.digest, s.person_id, s.organisation_id, s.at from release_signature s
  where exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.ended_at is null and s.at > p.signs_since and s.at > o.signs_since and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active');
-- +goose StatementEnd

-- +goose StatementBegin
create view live_recoding_signature as select s.recoding_id, s.digest, s.person_id, s.organisation_id, s.at from recoding_signature s
  where exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.ended_at is null and s.at > p.signs_since and s.at > o.signs_since and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active');
-- +goose StatementEnd

-- +goose StatementBegin
create function release_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_stays before update or delete on release_signature for each row execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_stays_whole before truncate on release_signature for each statement execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_stays before update or delete on recoding_item for each row execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_stays_whole before truncate on recoding_item for each statement execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_stays before update or delete on recoding_signature for each row execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_stays_whole before truncate on recoding_signature for each statement execute function release_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function edition_signed() returns trigger language plpgsql as $$
begin
  if new.kind = 'release' and exists (select 1 from person) and not exists (
    select 1 from release_proposal p join live_release_signature a on a.proposal_id = p.id and a.digest = p.digest
      join live_release_signature b on b.proposal_id = p.id and b.digest = p.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where p.label = new.label and p.as_of = new.as_of and p.state = 'open') then
    raise exception 'a release is cut only when two people of two organisations signed it' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_signed before insert on edition for each row execute function edition_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create function edition_stays() returns trigger language plpgsql as $$
begin
  if exists (select 1 from person) and (new.kind = 'release' and old.kind <> 'release'
    or old.kind = 'release' and (new.kind <> old.kind or new.id <> old.id or new.as_of <> old.as_of or new.licence <> old.licence or old.totals <> '{}' and new.totals <> old.totals
      or old.digest <> '' and (new.digest <> old.digest or new.entries <> old.entries or new.incidents <> old.incidents))) then
    raise exception 'a release says what was signed' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_stays before update of id, kind, label, as_of, digest, totals, entries, incidents, licence on edition for each row execute function edition_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function edition_digest() returns trigger language plpgsql as $$
begin
  if new.kind = 'release' and exists (select 1 from person) and old.digest = '' and new.digest <> '' and not exists (
    select 1 from release_proposal p where p.label = new.label and p.state = 'open' and p.digest = new.digest) then
    raise exception 'a release says what was signed' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_digest before update of digest on edition for each row execute function edition_digest();
-- +goose StatementEnd

-- +goose StatementBegin
create function edition_not_deleted() returns trigger language plpgsql as $$
begin
  if old.kind = 'release' then
    raise exception 'a release that was cut stays' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_not_deleted before delete on edition for each row execute function edition_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function edition_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'a release that was cut stays' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_not_deleted_whole before truncate on edition for each statement execute function edition_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function release_signature_signer() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from release_proposal r where r.id = new.proposal_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id) then
    raise exception 'a signature is of somebody who may sign everywhere for that organisation, for the release as it was proposed, and not of who proposed it' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_signer before insert on release_signature for each row execute function release_signature_signer();
-- +goose StatementEnd

-- +goose StatementBegin
create function release_proposal_stays() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.label <> old.label or new.as_of <> old.as_of or new.digest <> old.digest or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or old.state <> 'open' and new.state <> old.state then
    raise exception 'what was written stays: release_proposal refuses update' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_stays before update on release_proposal for each row execute function release_proposal_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function release_proposal_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'what was written stays: release_proposal refuses delete' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_not_deleted before delete on release_proposal for each row execute function release_proposal_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function release_proposal_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: release_proposal refuses delete' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_not_deleted_whole before truncate on release_proposal for each statement execute function release_proposal_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_begins() returns trigger language plpgsql as $$
begin
  if new.state <> 'open' then
    raise exception 'a part of the record is coded anew only when two people of two organisations signed the list, neither of whom proposed it' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_begins before insert on recoding for each row execute function recoding_begins();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_signed() returns trigger language plpgsql as $$
begin
  if new.state = 'done' and not exists (
    select 1 from live_recoding_signature a join live_recoding_signature b on b.recoding_id = a.recoding_id and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.recoding_id = new.id and a.digest = new.digest and b.digest = new.digest and a.person_id <> new.person_id and b.person_id <> new.person_id) then
    raise exception 'a part of the record is coded anew only when two people of two organisations signed the list, neither of whom proposed it' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signed before update of state on recoding for each row execute function recoding_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_stays() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.methodology <> old.methodology or new.field <> old.field or new.from_term <> old.from_term or new.to_term <> old.to_term
  or new.first_year <> old.first_year or new.last_year <> old.last_year or new.country <> old.country or new.reason <> old.reason or new.reverses <> old.reverses
  or new.digest <> old.digest or new.incidents <> old.incidents or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or new.at <> old.at or old.state <> 'open' and new.state <> old.state then
    raise exception 'what was written stays: recoding refuses update' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_stays before update on recoding for each row execute function recoding_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'what was written stays: recoding refuses delete' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_not_deleted before delete on recoding for each row execute function recoding_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: recoding refuses delete' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_not_deleted_whole before truncate on recoding for each statement execute function recoding_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_item_listed() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open')
  or exists (select 1 from recoding_signature s where s.recoding_id = new.recoding_id) then
    raise exception 'a list that somebody signed, or that is closed, gets no further items' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_listed before insert on recoding_item for each row execute function recoding_item_listed();
-- +goose StatementEnd

-- +goose StatementBegin
create function recoding_signature_signer() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id) then
    raise exception 'a signature is of somebody who may sign everywhere for that organisation, for the list as it was proposed, and not of who proposed it' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_signer before insert on recoding_signature for each row execute function recoding_signature_signer();
-- +goose StatementEnd

-- +goose StatementBegin
create function entries_released() returns trigger language plpgsql as $$
begin
  if exists (select 1 from touched t where not exists (select 1 from record_open) and exists (select 1 from edition e where e.id = t.edition_id and e.kind = 'release' and e.digest <> '')) then
    raise exception 'a release says what was signed' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_insert after insert on entry referencing new table as touched for each statement execute function entries_released();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_update_old after update on entry referencing old table as touched for each statement execute function entries_released();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_update_new after update on entry referencing new table as touched for each statement execute function entries_released();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_delete after delete on entry referencing old table as touched for each statement execute function entries_released();
-- +goose StatementEnd

-- +goose StatementBegin
create function entries_released_whole() returns trigger language plpgsql as $$
begin
  raise exception 'a release says what was signed' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_delete_whole before truncate on entry for each statement execute function entries_released_whole();
-- +goose StatementEnd
