-- +goose Up
-- Nobody alone cuts a release: once somebody works at the desk, two people of two
-- organisations have to sign it, and signatures stay.

-- +goose StatementBegin
create trigger edition_signed before insert on edition
when new.kind = 'release' and exists (select 1 from person) and not exists (
    select 1 from release_proposal p join release_signature a on a.proposal_id = p.id and a.digest = p.digest
      join release_signature b on b.proposal_id = p.id and b.digest = p.digest and b.person_id > a.person_id and b.organisation_id <> a.organisation_id
    where p.label = new.label and p.as_of = new.as_of and p.state = 'open')
begin select raise(abort, 'a release is cut only when two people of two organisations signed it'); end;
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
create trigger release_signature_no_update before update on release_signature
begin select raise(abort, 'what was written stays: release_signature refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_no_delete before delete on release_signature
begin select raise(abort, 'what was written stays: release_signature refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_signature_no_replace before insert on release_signature
when exists (select 1 from release_signature s where s.proposal_id = new.proposal_id and s.person_id = new.person_id)
begin select raise(abort, 'what was written stays: release_signature refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger release_proposal_stays before update of label, as_of, digest, entries, person_id, organisation_id on release_proposal
begin select raise(abort, 'what was written stays: release_proposal refuses update'); end;
-- +goose StatementEnd
