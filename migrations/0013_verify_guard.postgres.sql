-- +goose Up
-- Nobody alone: what makes an incident of the desk public is held here, so that
-- a statement past the program cannot do it either. Signatures, urgent
-- publications and the values they speak of are never changed and never deleted;
-- the triggers before insert are against "insert or replace". 259200000000 is 72 hours
-- in microseconds, 259260000000 a minute more, because clocks differ.

-- +goose StatementBegin
create function incident_signed() returns trigger language plpgsql as $$
begin
  if new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified') and not (exists (
    select 1 from sign_off a join sign_off b on b.dossier_id = a.dossier_id and b.revision = a.revision and b.digest = a.digest
      and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.dossier_id = new.dossier_id and a.revision = new.signed_revision
      and not exists (select 1 from sign_off_withdrawn w where w.sign_off_id in (a.id, b.id)))
  or exists (
    select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint and new.urgent_until is not null and new.urgent_until <= u.expires_at)) then
    raise exception 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed before insert or update of id, state, origin, dossier_id, signed_revision, urgent_until on incident for each row execute function incident_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_origin_stays() returns trigger language plpgsql as $$
begin
  if old.origin = 'desk' and new.origin <> 'desk' then
    raise exception 'an incident of the desk stays one';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_origin_stays before update of origin on incident for each row execute function incident_origin_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_rule() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active') then
    raise exception 'a signature is of somebody who may sign for that organisation and works here';
  end if;
  if exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id
    and v.id = (select max(n.id) from claim_value n where n.dossier_id = v.dossier_id and n.claim = v.claim)) then
    raise exception 'nobody signs what they wrote themselves';
  end if;
  if exists (select 1 from interest i where i.dossier_id = new.dossier_id and i.person_id = new.person_id) then
    raise exception 'whoever declared an interest does not sign';
  end if;
  if not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision) then
    raise exception 'a signature is for the dossier as it stands';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_rule before insert on sign_off for each row execute function sign_off_rule();
-- +goose StatementEnd

-- +goose StatementBegin
create function urgent_publication_rule() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role = 'editor' and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or new.expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint + 259260000000 or new.expires_at > new.at + 259200000000 then
    raise exception 'an urgent publication is by an editor, for the dossier as it stands, and runs for at most 72 hours';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_rule before insert on urgent_publication for each row execute function urgent_publication_rule();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_withdrawn_taken() returns trigger language plpgsql as $$
begin
  if exists (select 1 from sign_off s join incident i on i.dossier_id = s.dossier_id and i.signed_revision = s.revision
    where s.id = new.sign_off_id and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null) then
    raise exception 'a signature under what is public is not taken back';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_taken before insert on sign_off_withdrawn for each row execute function sign_off_withdrawn_taken();
-- +goose StatementEnd

-- +goose StatementBegin
create function written_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_stays before update or delete on sign_off for each row execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_stays_whole before truncate on sign_off for each statement execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_stays before update or delete on sign_off_withdrawn for each row execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_stays_whole before truncate on sign_off_withdrawn for each statement execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_stays before update or delete on urgent_publication for each row execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_stays_whole before truncate on urgent_publication for each statement execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_stays before update or delete on claim_value for each row execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_stays_whole before truncate on claim_value for each statement execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_stays before update or delete on claim_grade for each row execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_stays_whole before truncate on claim_grade for each statement execute function written_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_author_stays() returns trigger language plpgsql as $$
begin
  if new.author_id <> old.author_id or new.revision < old.revision then
    raise exception 'a dossier keeps its author, and its revision only grows';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_stays before update of author_id, revision on dossier for each row execute function dossier_author_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_value_new_revision() returns trigger language plpgsql as $$
begin
  if exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision) then
    raise exception 'what was signed is not written into: a new value needs a new revision';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_new_revision before insert on claim_value for each row execute function claim_value_new_revision();
-- +goose StatementEnd
