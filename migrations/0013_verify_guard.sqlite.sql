-- +goose Up
-- Nobody alone: what makes an incident of the desk public is held here, so that
-- a statement past the program cannot do it either. Signatures, urgent
-- publications and the values they speak of are never changed and never deleted;
-- the triggers before insert are against "insert or replace". 259200000000 is 72 hours
-- in microseconds, 259260000000 a minute more, because clocks differ.

-- +goose StatementBegin
create trigger incident_signed_insert before insert on incident
when new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified') and not (exists (
    select 1 from sign_off a join sign_off b on b.dossier_id = a.dossier_id and b.revision = a.revision and b.digest = a.digest
      and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.dossier_id = new.dossier_id and a.revision = new.signed_revision
      and not exists (select 1 from sign_off_withdrawn w where w.sign_off_id in (a.id, b.id)))
  or exists (
    select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) and new.urgent_until is not null and new.urgent_until <= u.expires_at))
begin select raise(abort, 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed_update before update of id, state, origin, dossier_id, signed_revision, urgent_until on incident
when new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified') and not (exists (
    select 1 from sign_off a join sign_off b on b.dossier_id = a.dossier_id and b.revision = a.revision and b.digest = a.digest
      and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.dossier_id = new.dossier_id and a.revision = new.signed_revision
      and not exists (select 1 from sign_off_withdrawn w where w.sign_off_id in (a.id, b.id)))
  or exists (
    select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) and new.urgent_until is not null and new.urgent_until <= u.expires_at))
begin select raise(abort, 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_origin_stays before update of origin on incident
when old.origin = 'desk' and new.origin <> 'desk'
begin select raise(abort, 'an incident of the desk stays one'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_not_replaced before insert on incident
when exists (select 1 from incident i where (i.id = new.id or i.ref = new.ref) and i.origin = 'desk')
begin select raise(abort, 'an incident of the desk stays one'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_signer before insert on sign_off
when not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active')
begin select raise(abort, 'a signature is of somebody who may sign for that organisation and works here'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_author before insert on sign_off
when exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id
    and v.id = (select max(n.id) from claim_value n where n.dossier_id = v.dossier_id and n.claim = v.claim))
begin select raise(abort, 'nobody signs what they wrote themselves'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_interest before insert on sign_off
when exists (select 1 from interest i where i.dossier_id = new.dossier_id and i.person_id = new.person_id)
begin select raise(abort, 'whoever declared an interest does not sign'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_rev before insert on sign_off
when not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
begin select raise(abort, 'a signature is for the dossier as it stands'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_urgent before insert on urgent_publication
when not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role = 'editor' and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or new.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) + 259260000000 or new.expires_at > new.at + 259200000000
begin select raise(abort, 'an urgent publication is by an editor, for the dossier as it stands, and runs for at most 72 hours'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_taken before insert on sign_off_withdrawn
when exists (select 1 from sign_off s join incident i on i.dossier_id = s.dossier_id and i.signed_revision = s.revision
    where s.id = new.sign_off_id and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null)
begin select raise(abort, 'a signature under what is public is not taken back'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_update before update on sign_off
begin select raise(abort, 'what was written stays: sign_off refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_delete before delete on sign_off
begin select raise(abort, 'what was written stays: sign_off refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_replace before insert on sign_off
when exists (select 1 from sign_off where id = new.id)
begin select raise(abort, 'what was written stays: sign_off refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_no_update before update on sign_off_withdrawn
begin select raise(abort, 'what was written stays: sign_off_withdrawn refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_no_delete before delete on sign_off_withdrawn
begin select raise(abort, 'what was written stays: sign_off_withdrawn refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_no_replace before insert on sign_off_withdrawn
when exists (select 1 from sign_off_withdrawn where sign_off_id = new.sign_off_id)
begin select raise(abort, 'what was written stays: sign_off_withdrawn refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_no_update before update on urgent_publication
begin select raise(abort, 'what was written stays: urgent_publication refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_no_delete before delete on urgent_publication
begin select raise(abort, 'what was written stays: urgent_publication refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_no_replace before insert on urgent_publication
when exists (select 1 from urgent_publication where id = new.id)
begin select raise(abort, 'what was written stays: urgent_publication refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_no_update before update on claim_value
begin select raise(abort, 'what was written stays: claim_value refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_no_delete before delete on claim_value
begin select raise(abort, 'what was written stays: claim_value refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_no_replace before insert on claim_value
when exists (select 1 from claim_value where id = new.id)
begin select raise(abort, 'what was written stays: claim_value refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_no_update before update on claim_grade
begin select raise(abort, 'what was written stays: claim_grade refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_no_delete before delete on claim_grade
begin select raise(abort, 'what was written stays: claim_grade refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_no_replace before insert on claim_grade
when exists (select 1 from claim_grade where id = new.id)
begin select raise(abort, 'what was written stays: claim_grade refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_replace_signer before insert on sign_off
when exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision = new.revision and s.person_id = new.person_id)
begin select raise(abort, 'what was written stays: sign_off refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_stays before update of author_id, revision on dossier
when new.author_id <> old.author_id or new.revision < old.revision
begin select raise(abort, 'a dossier keeps its author, and its revision only grows'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_new_revision before insert on claim_value
when exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)
begin select raise(abort, 'what was signed is not written into: a new value needs a new revision'); end;
-- +goose StatementEnd
