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
create trigger release_signature_no_update before update on release_signature
begin select raise(abort, 'what was written stays: release_signature refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_no_delete before delete on release_signature
begin select raise(abort, 'what was written stays: release_signature refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_no_replace before insert on release_signature
when exists (select 1 from release_signature x where x.proposal_id = new.proposal_id and x.person_id = new.person_id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: release_signature refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_no_update before update on recoding_item
begin select raise(abort, 'what was written stays: recoding_item refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_no_delete before delete on recoding_item
begin select raise(abort, 'what was written stays: recoding_item refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_no_replace before insert on recoding_item
when exists (select 1 from recoding_item x where x.recoding_id = new.recoding_id and x.incident_ref = new.incident_ref and x.count_year = new.count_year or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: recoding_item refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_no_update before update on recoding_signature
begin select raise(abort, 'what was written stays: recoding_signature refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_no_delete before delete on recoding_signature
begin select raise(abort, 'what was written stays: recoding_signature refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_no_replace before insert on recoding_signature
when exists (select 1 from recoding_signature x where x.recoding_id = new.recoding_id and x.person_id = new.person_id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: recoding_signature refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_not_replaced before insert on edition
when exists (select 1 from edition x where x.kind = 'release' and (x.id = new.id or x.rowid = new.rowid))
begin select raise(abort, 'a row of edition is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_keeps_its_place before update on edition
when (new.rowid <> old.rowid or exists (select 1 from edition x where x.kind = 'release' and (x.rowid <> old.rowid and (x.id = new.id))))
begin select raise(abort, 'a row of edition is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_not_replaced before insert on release_proposal
when exists (select 1 from release_proposal x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'a row of release_proposal is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_keeps_its_place before update on release_proposal
when (new.rowid <> old.rowid or exists (select 1 from release_proposal x where x.rowid <> old.rowid and (x.id = new.id)))
begin select raise(abort, 'a row of release_proposal is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_not_replaced before insert on recoding
when exists (select 1 from recoding x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'a row of recoding is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_keeps_its_place before update on recoding
when (new.rowid <> old.rowid or exists (select 1 from recoding x where x.rowid <> old.rowid and (x.id = new.id)))
begin select raise(abort, 'a row of recoding is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_signed before insert on edition
when new.kind = 'release' and exists (select 1 from person) and not exists (
    select 1 from release_proposal p join live_release_signature a on a.proposal_id = p.id and a.digest = p.digest
      join live_release_signature b on b.proposal_id = p.id and b.digest = p.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where p.label = new.label and p.as_of = new.as_of and p.state = 'open')
begin select raise(abort, 'a release is cut only when two people of two organisations signed it'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_stays before update of id, kind, label, as_of, digest, totals, entries, incidents, licence on edition
when exists (select 1 from person) and (new.kind = 'release' and old.kind <> 'release'
    or old.kind = 'release' and (new.kind <> old.kind or new.id <> old.id or new.as_of <> old.as_of or new.licence <> old.licence or old.totals <> '{}' and new.totals <> old.totals
      or old.digest <> '' and (new.digest <> old.digest or new.entries <> old.entries or new.incidents <> old.incidents)))
begin select raise(abort, 'a release says what was signed'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_digest before update of digest on edition
when new.kind = 'release' and exists (select 1 from person) and old.digest = '' and new.digest <> '' and not exists (
    select 1 from release_proposal p where p.label = new.label and p.state = 'open' and p.digest = new.digest)
begin select raise(abort, 'a release says what was signed'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger edition_not_deleted before delete on edition
when old.kind = 'release'
begin select raise(abort, 'a release that was cut stays'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_signer before insert on release_signature
when not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from release_proposal r where r.id = new.proposal_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id)
begin select raise(abort, 'a signature is of somebody who may sign everywhere for that organisation, for the release as it was proposed, and not of who proposed it'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_stays before update on release_proposal
when new.id <> old.id or new.label <> old.label or new.as_of <> old.as_of or new.digest <> old.digest or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or old.state <> 'open' and new.state <> old.state
begin select raise(abort, 'what was written stays: release_proposal refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_not_deleted before delete on release_proposal
when true
begin select raise(abort, 'what was written stays: release_proposal refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_begins before insert on recoding
when new.state <> 'open'
begin select raise(abort, 'a part of the record is coded anew only when two people of two organisations signed the list, neither of whom proposed it'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signed before update of state on recoding
when new.state = 'done' and not exists (
    select 1 from live_recoding_signature a join live_recoding_signature b on b.recoding_id = a.recoding_id and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where a.recoding_id = new.id and a.digest = new.digest and b.digest = new.digest and a.person_id <> new.person_id and b.person_id <> new.person_id)
begin select raise(abort, 'a part of the record is coded anew only when two people of two organisations signed the list, neither of whom proposed it'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_stays before update on recoding
when new.id <> old.id or new.methodology <> old.methodology or new.field <> old.field or new.from_term <> old.from_term or new.to_term <> old.to_term
  or new.first_year <> old.first_year or new.last_year <> old.last_year or new.country <> old.country or new.reason <> old.reason or new.reverses <> old.reverses
  or new.digest <> old.digest or new.incidents <> old.incidents or new.entries <> old.entries
  or new.person_id <> old.person_id or new.organisation_id <> old.organisation_id or new.at <> old.at or old.state <> 'open' and new.state <> old.state
begin select raise(abort, 'what was written stays: recoding refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_not_deleted before delete on recoding
when true
begin select raise(abort, 'what was written stays: recoding refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_item_listed before insert on recoding_item
when not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open')
  or exists (select 1 from recoding_signature s where s.recoding_id = new.recoding_id)
begin select raise(abort, 'a list that somebody signed, or that is closed, gets no further items'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger recoding_signature_signer before insert on recoding_signature
when not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null and m.area = ''
      and m.role in ('verifier', 'editor') and p.state = 'active' and o.state = 'active')
  or not exists (select 1 from recoding r where r.id = new.recoding_id and r.state = 'open' and r.digest = new.digest and r.person_id <> new.person_id)
begin select raise(abort, 'a signature is of somebody who may sign everywhere for that organisation, for the list as it was proposed, and not of who proposed it'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_insert before insert on entry
when not exists (select 1 from record_open) and exists (select 1 from edition e where e.id = new.edition_id and e.kind = 'release' and e.digest <> '')
begin select raise(abort, 'a release says what was signed: entry refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_update_old before update on entry
when not exists (select 1 from record_open) and exists (select 1 from edition e where e.id = old.edition_id and e.kind = 'release' and e.digest <> '')
begin select raise(abort, 'a release says what was signed: entry refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_update_new before update on entry
when not exists (select 1 from record_open) and exists (select 1 from edition e where e.id = new.edition_id and e.kind = 'release' and e.digest <> '')
begin select raise(abort, 'a release says what was signed: entry refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_released_delete before delete on entry
when not exists (select 1 from record_open) and exists (select 1 from edition e where e.id = old.edition_id and e.kind = 'release' and e.digest <> '')
begin select raise(abort, 'a release says what was signed: entry refuses delete'); end;
-- +goose StatementEnd
