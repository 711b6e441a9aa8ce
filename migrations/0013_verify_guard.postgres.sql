-- +goose Up
-- Written by migrations/guard; do not edit.
-- Nobody alone: what makes an incident of the desk public is held here, so that a
-- statement past the program cannot do it either. A signature counts while whoever gave
-- it holds the role and has not taken it back; what was signed with an account before it
-- was suspended, or for an organisation before it left, counts no more, whoever comes
-- back.

-- +goose StatementBegin
create view live_signature as select s.id, s.dossier_id, s.revision, s.digest, s.person_id, s.organisation_id from sign_off s
  where not exists (select 1 from sign_off_withdrawn w where w.sign_off_id = s.id)
  and exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = s.person_id and m.organisation_id = s.organisation_id and m.ended_at is null and s.at > p.signs_since and s.at > o.signs_since
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active');
-- +goose StatementEnd

-- +goose StatementBegin
create view signed_revision as select distinct a.dossier_id, a.revision from live_signature a join live_signature b
  on b.dossier_id = a.dossier_id and b.revision = a.revision and b.digest = a.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id;
-- +goose StatementEnd

-- +goose StatementBegin
create function verify_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_stays before update or delete on sign_off for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_stays_whole before truncate on sign_off for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_stays before update or delete on sign_off_withdrawn for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_stays_whole before truncate on sign_off_withdrawn for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_stays before update or delete on urgent_publication for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_stays_whole before truncate on urgent_publication for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_stays before update or delete on claim_value for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_stays_whole before truncate on claim_value for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_stays before update or delete on claim_grade for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_stays_whole before truncate on claim_grade for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger interest_stays before update or delete on interest for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger interest_stays_whole before truncate on interest for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_stays before update or delete on dossier_author for each row execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_stays_whole before truncate on dossier_author for each statement execute function verify_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_signed_insert() returns trigger language plpgsql as $$
begin
  if new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified') and not (exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.signed_revision and d.state in ('open', 'published'))
  and (new.urgent_until is null and exists (select 1 from signed_revision r where r.dossier_id = new.dossier_id and r.revision = new.signed_revision)
    or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint and new.urgent_until <= u.expires_at))) then
    raise exception 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed_insert before insert on incident for each row execute function incident_signed_insert();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_signed_update() returns trigger language plpgsql as $$
begin
  if new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified')
  and (old.state not in ('published', 'disputed', 'corrected', 'verified') or old.origin <> 'desk' or new.id <> old.id or new.dossier_id is distinct from old.dossier_id
    or new.signed_revision is distinct from old.signed_revision or new.urgent_until is distinct from old.urgent_until)
  and not (exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.signed_revision and d.state in ('open', 'published'))
  and (new.urgent_until is null and exists (select 1 from signed_revision r where r.dossier_id = new.dossier_id and r.revision = new.signed_revision)
    or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint and new.urgent_until <= u.expires_at))) then
    raise exception 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed_update before update of id, state, origin, dossier_id, signed_revision, urgent_until on incident for each row execute function incident_signed_update();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_desk_stays() returns trigger language plpgsql as $$
begin
  if old.origin = 'desk' and (new.origin <> 'desk' or new.id <> old.id or new.ref <> old.ref) then
    raise exception 'an incident of the desk stays one' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_desk_stays before update of id, ref, origin on incident for each row execute function incident_desk_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_leads_nowhere() returns trigger language plpgsql as $$
begin
  if new.origin = 'desk' and new.merged_into is not null then
    raise exception 'an incident of the desk leads to no other' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_leads_nowhere before update of merged_into, origin on incident for each row execute function incident_leads_nowhere();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_not_deleted() returns trigger language plpgsql as $$
begin
  if old.origin = 'desk' then
    raise exception 'an incident of the desk stays one' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_not_deleted before delete on incident for each row execute function incident_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function incident_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'an incident of the desk stays one' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_not_deleted_whole before truncate on incident for each statement execute function incident_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function person_signs_since() returns trigger language plpgsql as $$
begin
  if new.signs_since < old.signs_since then
    raise exception 'what was signed with an account that was suspended counts no more' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger person_signs_since before update of signs_since on person for each row execute function person_signs_since();
-- +goose StatementEnd

-- +goose StatementBegin
create function organisation_signs_since() returns trigger language plpgsql as $$
begin
  if new.signs_since < old.signs_since then
    raise exception 'what was signed for an organisation before it left counts no more' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger organisation_signs_since before update of signs_since on organisation for each row execute function organisation_signs_since();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_signer() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active') then
    raise exception 'a signature is of somebody who may sign for that organisation and works here' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_signer before insert on sign_off for each row execute function sign_off_signer();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_author() returns trigger language plpgsql as $$
begin
  if (exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from dossier_author a where a.dossier_id = new.dossier_id and a.person_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id)) then
    raise exception 'nobody signs what they wrote themselves' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_author before insert on sign_off for each row execute function sign_off_author();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_interest() returns trigger language plpgsql as $$
begin
  if exists (select 1 from interest i where i.dossier_id = new.dossier_id and i.person_id = new.person_id) then
    raise exception 'whoever declared an interest does not sign' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_interest before insert on sign_off for each row execute function sign_off_interest();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_once() returns trigger language plpgsql as $$
begin
  if exists (select 1 from live_signature s where s.dossier_id = new.dossier_id and s.revision = new.revision and s.person_id = new.person_id) then
    raise exception 'whoever signed a dossier as it stands does not sign it again' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_once before insert on sign_off for each row execute function sign_off_once();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_rev() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision and d.digest = new.digest) then
    raise exception 'a signature is for the dossier as it stands' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_rev before insert on sign_off for each row execute function sign_off_rev();
-- +goose StatementEnd

-- +goose StatementBegin
create function sign_off_withdrawn_taken() returns trigger language plpgsql as $$
begin
  if exists (select 1 from sign_off s join incident i on i.dossier_id = s.dossier_id and i.signed_revision = s.revision
    where s.id = new.sign_off_id and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null) then
    raise exception 'a signature under what is public is not taken back' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_taken before insert on sign_off_withdrawn for each row execute function sign_off_withdrawn_taken();
-- +goose StatementEnd

-- +goose StatementBegin
create function urgent_publication_urgent() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('editor') and p.state = 'active' and o.state = 'active') or not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision and d.digest = new.digest) or new.expires_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint + 259260000000 or new.expires_at > new.at + 259200000000 then
    raise exception 'an urgent publication is by an editor, for the dossier as it stands, and runs for at most 72 hours' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_urgent before insert on urgent_publication for each row execute function urgent_publication_urgent();
-- +goose StatementEnd

-- +goose StatementBegin
create function urgent_publication_author() returns trigger language plpgsql as $$
begin
  if (exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from dossier_author a where a.dossier_id = new.dossier_id and a.person_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id)) then
    raise exception 'nobody publishes urgently what they wrote themselves' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_author before insert on urgent_publication for each row execute function urgent_publication_author();
-- +goose StatementEnd

-- +goose StatementBegin
create function urgent_publication_once() returns trigger language plpgsql as $$
begin
  if exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = new.root_id) or not exists (select 1 from dossier d where d.id = new.dossier_id and d.root_id = new.root_id) then
    raise exception 'a case, and what was split from it, is published urgently once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_once before insert on urgent_publication for each row execute function urgent_publication_once();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_stays() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.ref <> old.ref or new.mask <> old.mask or new.author_id <> old.author_id or new.revision < old.revision then
    raise exception 'a dossier keeps its number and its author, and its revision only grows' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_stays before update on dossier for each row execute function dossier_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_root_stays() returns trigger language plpgsql as $$
begin
  if new.root_id <> old.root_id and exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = old.root_id) and not exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = new.root_id) then
    raise exception 'a case, and what was split from it, is published urgently once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_root_stays before update of root_id on dossier for each row execute function dossier_root_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_speaks_insert() returns trigger language plpgsql as $$
begin
  if exists (select 1 from incident i where i.ref = new.incident_ref and i.origin = 'desk' and (i.dossier_id <> new.id or i.signed_revision <> new.signed_revision)) then
    raise exception 'a dossier speaks for its own incident, in the revision that is public' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_speaks_insert before insert on dossier for each row execute function dossier_speaks_insert();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_speaks_update() returns trigger language plpgsql as $$
begin
  if new.incident_ref <> old.incident_ref and old.incident_ref <> '' or exists (select 1 from incident i where i.ref = new.incident_ref and i.origin = 'desk' and (i.dossier_id <> new.id or i.signed_revision <> new.signed_revision)) then
    raise exception 'a dossier speaks for its own incident, in the revision that is public' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_speaks_update before update of incident_ref, signed_revision on dossier for each row execute function dossier_speaks_update();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_public_insert() returns trigger language plpgsql as $$
begin
  if new.state = 'published' and not exists (select 1 from incident i where i.ref = new.incident_ref and i.state in ('published', 'disputed', 'corrected', 'verified')
    and (i.origin <> 'desk' or i.dossier_id = new.id and i.signed_revision = new.signed_revision)) then
    raise exception 'a case is public only with its incident, in the revision that is public' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_public_insert before insert on dossier for each row execute function dossier_public_insert();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_public_update() returns trigger language plpgsql as $$
begin
  if new.state = 'published' and old.state <> 'published' and not exists (select 1 from incident i where i.ref = new.incident_ref and i.state in ('published', 'disputed', 'corrected', 'verified')
    and (i.origin <> 'desk' or i.dossier_id = new.id and i.signed_revision = new.signed_revision)) then
    raise exception 'a case is public only with its incident, in the revision that is public' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_public_update before update of state on dossier for each row execute function dossier_public_update();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'a dossier keeps its number and its author' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_not_deleted before delete on dossier for each row execute function dossier_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function dossier_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'a dossier keeps its number and its author' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_not_deleted_whole before truncate on dossier for each statement execute function dossier_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_value_new_revision() returns trigger language plpgsql as $$
begin
  if (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) then
    raise exception 'what was signed is not written into: a new value needs a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_new_revision before insert on claim_value for each row execute function claim_value_new_revision();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_grade_new_revision() returns trigger language plpgsql as $$
begin
  if (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) and not exists (select 1 from claim_grade g join dossier d on d.id = g.dossier_id and d.revision = new.revision
    where g.dossier_id = new.dossier_id and g.claim = new.claim and g.grade = new.grade and not exists (
      select 1 from claim_grade l where l.dossier_id = g.dossier_id and l.claim = g.claim and l.id > g.id)) then
    raise exception 'what was signed is not written into: a new value needs a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_new_revision before insert on claim_grade for each row execute function claim_grade_new_revision();
-- +goose StatementEnd

-- +goose StatementBegin
create function dissent_new_revision() returns trigger language plpgsql as $$
begin
  if (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) or new.settled_revision not in (0, new.revision) then
    raise exception 'what was signed is not written into: a new value needs a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_new_revision before insert on dissent for each row execute function dissent_new_revision();
-- +goose StatementEnd

-- +goose StatementBegin
create function dissent_stays() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.body <> old.body or new.person_id <> old.person_id
  or new.organisation_id <> old.organisation_id or new.at <> old.at or new.revision <> old.revision or old.settled_revision <> 0 or (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.settled_revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.settled_revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.settled_revision)) then
    raise exception 'a disagreement stays, or is settled in a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_stays before update on dissent for each row execute function dissent_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function dissent_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'a disagreement stays, or is settled in a new revision' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_not_deleted before delete on dissent for each row execute function dissent_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function dissent_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'a disagreement stays, or is settled in a new revision' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_not_deleted_whole before truncate on dissent for each statement execute function dissent_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function public_item_told() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision) or exists (select 1 from incident i where i.dossier_id = new.dossier_id and i.signed_revision = new.revision
    and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null) then
    raise exception 'what was told of evidence when it became public stays' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_told before insert on public_item for each row execute function public_item_told();
-- +goose StatementEnd

-- +goose StatementBegin
create function public_item_stays() returns trigger language plpgsql as $$
begin
  if new.dossier_id <> old.dossier_id or new.revision <> old.revision or new.item_id <> old.item_id or exists (select 1 from incident i where i.dossier_id = old.dossier_id and i.signed_revision = old.revision
    and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null) then
    raise exception 'what was told of evidence when it became public stays' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_stays before update on public_item for each row execute function public_item_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function public_item_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'what was told of evidence when it became public stays' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_not_deleted before delete on public_item for each row execute function public_item_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function public_item_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what was told of evidence when it became public stays' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_not_deleted_whole before truncate on public_item for each statement execute function public_item_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_evidence_new_revision() returns trigger language plpgsql as $$
begin
  if (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) then
    raise exception 'what was signed is not written into: a new value needs a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_new_revision before insert on claim_evidence for each row execute function claim_evidence_new_revision();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_evidence_own() returns trigger language plpgsql as $$
begin
  if exists (select 1 from evidence_item e where e.id = new.item_id and e.case_id <> new.dossier_id) then
    raise exception 'nothing is said in a case of evidence that lies in another' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_own before insert on claim_evidence for each row execute function claim_evidence_own();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_evidence_stays() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.item_id <> old.item_id or new.side <> old.side or new.note <> old.note
  or new.person_id <> old.person_id or new.at <> old.at or new.revision <> old.revision or old.withdrawn_revision <> 0 or (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.withdrawn_revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.withdrawn_revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.withdrawn_revision)) then
    raise exception 'what was said of evidence stays, or is taken back in a new revision' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_stays before update on claim_evidence for each row execute function claim_evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_evidence_not_deleted() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'what was said of evidence stays, or is taken back in a new revision' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_not_deleted before delete on claim_evidence for each row execute function claim_evidence_not_deleted();
-- +goose StatementEnd

-- +goose StatementBegin
create function claim_evidence_not_deleted_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what was said of evidence stays, or is taken back in a new revision' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_not_deleted_whole before truncate on claim_evidence for each statement execute function claim_evidence_not_deleted_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function facts_signed() returns trigger language plpgsql as $$
begin
  if exists (select 1 from touched t where not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = t.incident_id and i.origin = 'desk')) then
    raise exception 'what the record says of an incident of the desk was signed' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_insert after insert on period referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_update_old after update on period referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_update_new after update on period referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_delete after delete on period referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create function facts_signed_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what the record says of an incident of the desk was signed' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_delete_whole before truncate on period for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_insert after insert on incident_country referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_update_old after update on incident_country referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_update_new after update on incident_country referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_delete after delete on incident_country referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_delete_whole before truncate on incident_country for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_insert after insert on place referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_update_old after update on place referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_update_new after update on place referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_delete after delete on place referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_delete_whole before truncate on place for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_insert after insert on measure referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_update_old after update on measure referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_update_new after update on measure referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_delete after delete on measure referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_delete_whole before truncate on measure for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_insert after insert on service_effect referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_update_old after update on service_effect referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_update_new after update on service_effect referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_delete after delete on service_effect referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_delete_whole before truncate on service_effect for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_insert after insert on actor_role referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_update_old after update on actor_role referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_update_new after update on actor_role referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_delete after delete on actor_role referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_delete_whole before truncate on actor_role for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_insert after insert on cause referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_update_old after update on cause referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_update_new after update on cause referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_delete after delete on cause referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_delete_whole before truncate on cause for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_insert after insert on justification referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_update_old after update on justification referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_update_new after update on justification referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_delete after delete on justification referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_delete_whole before truncate on justification for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_insert after insert on legal_basis referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_update_old after update on legal_basis referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_update_new after update on legal_basis referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_delete after delete on legal_basis referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_delete_whole before truncate on legal_basis for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_insert after insert on operator_effect referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_update_old after update on operator_effect referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_update_new after update on operator_effect referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_delete after delete on operator_effect referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_delete_whole before truncate on operator_effect for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_insert after insert on operator_statement referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_update_old after update on operator_statement referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_update_new after update on operator_statement referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_delete after delete on operator_statement referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_delete_whole before truncate on operator_statement for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_insert after insert on flag referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_update_old after update on flag referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_update_new after update on flag referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_delete after delete on flag referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_delete_whole before truncate on flag for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_insert after insert on targeted_group referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_update_old after update on targeted_group referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_update_new after update on targeted_group referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_delete after delete on targeted_group referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_delete_whole before truncate on targeted_group for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_insert after insert on cost referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_update_old after update on cost referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_update_new after update on cost referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_delete after delete on cost referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_delete_whole before truncate on cost for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_insert after insert on source referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_update_old after update on source referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_update_new after update on source referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_delete after delete on source referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_delete_whole before truncate on source for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_insert after insert on publication referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_update_old after update on publication referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_update_new after update on publication referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_delete after delete on publication referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_delete_whole before truncate on publication for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_insert after insert on narrative referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_update_old after update on narrative referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_update_new after update on narrative referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_delete after delete on narrative referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_delete_whole before truncate on narrative for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_insert after insert on report_tag referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_update_old after update on report_tag referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_update_new after update on report_tag referencing new table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_delete after delete on report_tag referencing old table as touched for each statement execute function facts_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_delete_whole before truncate on report_tag for each statement execute function facts_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function entries_signed() returns trigger language plpgsql as $$
begin
  if exists (select 1 from touched t where not exists (select 1 from record_open) and t.edition_id = 1 and exists (select 1 from incident i where i.id = t.incident_id and i.origin = 'desk')) then
    raise exception 'what the record says of an incident of the desk was signed' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_insert after insert on entry referencing new table as touched for each statement execute function entries_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_update_old after update on entry referencing old table as touched for each statement execute function entries_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_update_new after update on entry referencing new table as touched for each statement execute function entries_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_delete after delete on entry referencing old table as touched for each statement execute function entries_signed();
-- +goose StatementEnd

-- +goose StatementBegin
create function entries_signed_whole() returns trigger language plpgsql as $$
begin
  raise exception 'what the record says of an incident of the desk was signed' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_delete_whole before truncate on entry for each statement execute function entries_signed_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function entries_taken_back() returns trigger language plpgsql as $$
begin
  if exists (select 1 from touched t where t.edition_id = 1 and t.counted = 1 and exists (select 1 from incident i where i.id = t.incident_id and i.state in ('retracted', 'rejected'))) then
    raise exception 'what was taken back counts nowhere' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_taken_back_insert after insert on entry referencing new table as touched for each statement execute function entries_taken_back();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_taken_back_update after update on entry referencing new table as touched for each statement execute function entries_taken_back();
-- +goose StatementEnd
