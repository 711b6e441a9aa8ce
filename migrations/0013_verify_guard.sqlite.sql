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
create trigger sign_off_no_update before update on sign_off
begin select raise(abort, 'what was written stays: sign_off refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_delete before delete on sign_off
begin select raise(abort, 'what was written stays: sign_off refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_no_replace before insert on sign_off
when exists (select 1 from sign_off x where x.id = new.id or x.rowid = new.rowid)
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
when exists (select 1 from sign_off_withdrawn x where x.sign_off_id = new.sign_off_id or x.rowid = new.rowid)
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
when exists (select 1 from urgent_publication x where x.id = new.id or x.root_id = new.root_id or x.rowid = new.rowid)
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
when exists (select 1 from claim_value x where x.id = new.id or x.rowid = new.rowid)
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
when exists (select 1 from claim_grade x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: claim_grade refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger interest_no_update before update on interest
begin select raise(abort, 'what was written stays: interest refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger interest_no_delete before delete on interest
begin select raise(abort, 'what was written stays: interest refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger interest_no_replace before insert on interest
when exists (select 1 from interest x where x.dossier_id = new.dossier_id and x.person_id = new.person_id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: interest refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_no_update before update on dossier_author
begin select raise(abort, 'what was written stays: dossier_author refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_no_delete before delete on dossier_author
begin select raise(abort, 'what was written stays: dossier_author refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_author_no_replace before insert on dossier_author
when exists (select 1 from dossier_author x where x.dossier_id = new.dossier_id and x.person_id = new.person_id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: dossier_author refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_not_replaced before insert on incident
when exists (select 1 from incident x where x.id = new.id or x.ref = new.ref or x.rowid = new.rowid)
begin select raise(abort, 'a row of incident is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_keeps_its_place before update on incident
when (new.rowid <> old.rowid or exists (select 1 from incident x where x.rowid <> old.rowid and (x.id = new.id or x.ref = new.ref)))
begin select raise(abort, 'a row of incident is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_not_replaced before insert on dossier
when exists (select 1 from dossier x where x.id = new.id or x.ref = new.ref or x.year = new.year and x.n = new.n or x.rowid = new.rowid)
begin select raise(abort, 'a row of dossier is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_keeps_its_place before update on dossier
when (new.rowid <> old.rowid or exists (select 1 from dossier x where x.rowid <> old.rowid and (x.id = new.id or x.ref = new.ref or x.year = new.year and x.n = new.n)))
begin select raise(abort, 'a row of dossier is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_not_replaced before insert on claim_evidence
when exists (select 1 from claim_evidence x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'a row of claim_evidence is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_keeps_its_place before update on claim_evidence
when (new.rowid <> old.rowid or exists (select 1 from claim_evidence x where x.rowid <> old.rowid and (x.id = new.id)))
begin select raise(abort, 'a row of claim_evidence is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_not_replaced before insert on dissent
when exists (select 1 from dissent x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'a row of dissent is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_keeps_its_place before update on dissent
when (new.rowid <> old.rowid or exists (select 1 from dissent x where x.rowid <> old.rowid and (x.id = new.id)))
begin select raise(abort, 'a row of dissent is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_not_replaced before insert on public_item
when exists (select 1 from public_item x where x.dossier_id = new.dossier_id and x.revision = new.revision and x.item_id = new.item_id or x.rowid = new.rowid)
begin select raise(abort, 'a row of public_item is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_keeps_its_place before update on public_item
when (new.rowid <> old.rowid or exists (select 1 from public_item x where x.rowid <> old.rowid and (x.dossier_id = new.dossier_id and x.revision = new.revision and x.item_id = new.item_id)))
begin select raise(abort, 'a row of public_item is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_not_replaced before insert on entry
when not exists (select 1 from record_open) and exists (select 1 from entry x where (x.edition_id = 1 and exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') or exists (select 1 from edition e where e.id = x.edition_id and e.kind = 'release' and e.digest <> '')) and (x.ord = new.ord or x.edition_id = new.edition_id and x.seq = new.seq or x.edition_id = new.edition_id and x.incident_id = new.incident_id and x.count_year = new.count_year or x.rowid = new.rowid))
begin select raise(abort, 'a row of entry is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_keeps_its_place before update on entry
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from entry x where (x.edition_id = 1 and exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') or exists (select 1 from edition e where e.id = x.edition_id and e.kind = 'release' and e.digest <> '')) and (x.rowid <> old.rowid and (x.ord = new.ord or x.edition_id = new.edition_id and x.seq = new.seq or x.edition_id = new.edition_id and x.incident_id = new.incident_id and x.count_year = new.count_year))))
begin select raise(abort, 'a row of entry is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_not_replaced before insert on period
when not exists (select 1 from record_open) and exists (select 1 from period x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of period is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_keeps_its_place before update on period
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from period x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of period is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_not_replaced before insert on incident_country
when not exists (select 1 from record_open) and exists (select 1 from incident_country x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of incident_country is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_keeps_its_place before update on incident_country
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from incident_country x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of incident_country is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_not_replaced before insert on place
when not exists (select 1 from record_open) and exists (select 1 from place x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of place is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_keeps_its_place before update on place
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from place x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of place is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_not_replaced before insert on measure
when not exists (select 1 from record_open) and exists (select 1 from measure x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of measure is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_keeps_its_place before update on measure
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from measure x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of measure is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_not_replaced before insert on service_effect
when not exists (select 1 from record_open) and exists (select 1 from service_effect x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of service_effect is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_keeps_its_place before update on service_effect
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from service_effect x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of service_effect is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_not_replaced before insert on actor_role
when not exists (select 1 from record_open) and exists (select 1 from actor_role x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of actor_role is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_keeps_its_place before update on actor_role
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from actor_role x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of actor_role is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_not_replaced before insert on cause
when not exists (select 1 from record_open) and exists (select 1 from cause x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of cause is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_keeps_its_place before update on cause
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from cause x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of cause is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_not_replaced before insert on justification
when not exists (select 1 from record_open) and exists (select 1 from justification x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of justification is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_keeps_its_place before update on justification
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from justification x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of justification is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_not_replaced before insert on legal_basis
when not exists (select 1 from record_open) and exists (select 1 from legal_basis x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of legal_basis is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_keeps_its_place before update on legal_basis
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from legal_basis x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of legal_basis is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_not_replaced before insert on operator_effect
when not exists (select 1 from record_open) and exists (select 1 from operator_effect x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of operator_effect is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_keeps_its_place before update on operator_effect
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from operator_effect x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of operator_effect is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_not_replaced before insert on operator_statement
when not exists (select 1 from record_open) and exists (select 1 from operator_statement x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of operator_statement is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_keeps_its_place before update on operator_statement
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from operator_statement x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of operator_statement is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_not_replaced before insert on flag
when not exists (select 1 from record_open) and exists (select 1 from flag x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of flag is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_keeps_its_place before update on flag
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from flag x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of flag is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_not_replaced before insert on targeted_group
when not exists (select 1 from record_open) and exists (select 1 from targeted_group x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of targeted_group is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_keeps_its_place before update on targeted_group
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from targeted_group x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of targeted_group is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_not_replaced before insert on cost
when not exists (select 1 from record_open) and exists (select 1 from cost x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of cost is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_keeps_its_place before update on cost
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from cost x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of cost is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_not_replaced before insert on source
when not exists (select 1 from record_open) and exists (select 1 from source x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of source is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_keeps_its_place before update on source
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from source x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of source is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_not_replaced before insert on publication
when not exists (select 1 from record_open) and exists (select 1 from publication x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of publication is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_keeps_its_place before update on publication
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from publication x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of publication is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_not_replaced before insert on narrative
when not exists (select 1 from record_open) and exists (select 1 from narrative x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.n = new.n or x.rowid = new.rowid))
begin select raise(abort, 'a row of narrative is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_keeps_its_place before update on narrative
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from narrative x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.n = new.n))))
begin select raise(abort, 'a row of narrative is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_not_replaced before insert on report_tag
when not exists (select 1 from record_open) and exists (select 1 from report_tag x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.incident_id = new.incident_id and x.tag = new.tag or x.rowid = new.rowid))
begin select raise(abort, 'a row of report_tag is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_keeps_its_place before update on report_tag
when not exists (select 1 from record_open) and (new.rowid <> old.rowid or exists (select 1 from report_tag x where exists (select 1 from incident i where i.id = x.incident_id and i.origin = 'desk') and (x.rowid <> old.rowid and (x.incident_id = new.incident_id and x.tag = new.tag))))
begin select raise(abort, 'a row of report_tag is not replaced by another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed_insert before insert on incident
when new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified') and not (exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.signed_revision and d.state in ('open', 'published'))
  and (new.urgent_until is null and exists (select 1 from signed_revision r where r.dossier_id = new.dossier_id and r.revision = new.signed_revision)
    or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) and new.urgent_until <= u.expires_at)))
begin select raise(abort, 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_signed_update before update of id, state, origin, dossier_id, signed_revision, urgent_until on incident
when new.origin = 'desk' and new.state in ('published', 'disputed', 'corrected', 'verified')
  and (old.state not in ('published', 'disputed', 'corrected', 'verified') or old.origin <> 'desk' or new.id <> old.id or new.dossier_id is distinct from old.dossier_id
    or new.signed_revision is distinct from old.signed_revision or new.urgent_until is distinct from old.urgent_until)
  and not (exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.signed_revision and d.state in ('open', 'published'))
  and (new.urgent_until is null and exists (select 1 from signed_revision r where r.dossier_id = new.dossier_id and r.revision = new.signed_revision)
    or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision = new.signed_revision
      and u.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) and new.urgent_until <= u.expires_at)))
begin select raise(abort, 'an incident of the desk is public only when two people of two organisations signed this revision, neither its author, or while an urgent publication runs'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_desk_stays before update of id, ref, origin on incident
when old.origin = 'desk' and (new.origin <> 'desk' or new.id <> old.id or new.ref <> old.ref)
begin select raise(abort, 'an incident of the desk stays one'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_leads_nowhere before update of merged_into, origin on incident
when new.origin = 'desk' and new.merged_into is not null
begin select raise(abort, 'an incident of the desk leads to no other'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_not_deleted before delete on incident
when old.origin = 'desk'
begin select raise(abort, 'an incident of the desk stays one'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger person_signs_since before update of signs_since on person
when new.signs_since < old.signs_since
begin select raise(abort, 'what was signed with an account that was suspended counts no more'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger organisation_signs_since before update of signs_since on organisation
when new.signs_since < old.signs_since
begin select raise(abort, 'what was signed for an organisation before it left counts no more'); end;
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
when (exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from dossier_author a where a.dossier_id = new.dossier_id and a.person_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id))
begin select raise(abort, 'nobody signs what they wrote themselves'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_interest before insert on sign_off
when exists (select 1 from interest i where i.dossier_id = new.dossier_id and i.person_id = new.person_id)
begin select raise(abort, 'whoever declared an interest does not sign'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_once before insert on sign_off
when exists (select 1 from live_signature s where s.dossier_id = new.dossier_id and s.revision = new.revision and s.person_id = new.person_id)
begin select raise(abort, 'whoever signed a dossier as it stands does not sign it again'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_rev before insert on sign_off
when not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision and d.digest = new.digest)
begin select raise(abort, 'a signature is for the dossier as it stands'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger sign_off_withdrawn_taken before insert on sign_off_withdrawn
when exists (select 1 from sign_off s join incident i on i.dossier_id = s.dossier_id and i.signed_revision = s.revision
    where s.id = new.sign_off_id and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null)
begin select raise(abort, 'a signature under what is public is not taken back'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_urgent before insert on urgent_publication
when not exists (select 1 from membership m join person p on p.id = m.person_id join organisation o on o.id = m.organisation_id
    where m.person_id = new.person_id and m.organisation_id = new.organisation_id and m.ended_at is null
      and m.role in ('editor') and p.state = 'active' and o.state = 'active') or not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision and d.digest = new.digest) or new.expires_at > (cast((julianday('now') - 2440587.5) * 86400.0 * 1000000 as integer)) + 259260000000 or new.expires_at > new.at + 259200000000
begin select raise(abort, 'an urgent publication is by an editor, for the dossier as it stands, and runs for at most 72 hours'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_author before insert on urgent_publication
when (exists (select 1 from dossier d where d.id = new.dossier_id and d.author_id = new.person_id)
  or exists (select 1 from dossier_author a where a.dossier_id = new.dossier_id and a.person_id = new.person_id)
  or exists (select 1 from claim_value v where v.dossier_id = new.dossier_id and v.person_id = new.person_id))
begin select raise(abort, 'nobody publishes urgently what they wrote themselves'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger urgent_publication_once before insert on urgent_publication
when exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = new.root_id) or not exists (select 1 from dossier d where d.id = new.dossier_id and d.root_id = new.root_id)
begin select raise(abort, 'a case, and what was split from it, is published urgently once'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_stays before update on dossier
when new.id <> old.id or new.ref <> old.ref or new.mask <> old.mask or new.author_id <> old.author_id or new.revision < old.revision
begin select raise(abort, 'a dossier keeps its number and its author, and its revision only grows'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_root_stays before update of root_id on dossier
when new.root_id <> old.root_id and exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = old.root_id) and not exists (select 1 from urgent_publication u join dossier r on r.id = u.dossier_id where r.root_id = new.root_id)
begin select raise(abort, 'a case, and what was split from it, is published urgently once'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_speaks_insert before insert on dossier
when exists (select 1 from incident i where i.ref = new.incident_ref and i.origin = 'desk' and (i.dossier_id <> new.id or i.signed_revision <> new.signed_revision))
begin select raise(abort, 'a dossier speaks for its own incident, in the revision that is public'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_speaks_update before update of incident_ref, signed_revision on dossier
when new.incident_ref <> old.incident_ref and old.incident_ref <> '' or exists (select 1 from incident i where i.ref = new.incident_ref and i.origin = 'desk' and (i.dossier_id <> new.id or i.signed_revision <> new.signed_revision))
begin select raise(abort, 'a dossier speaks for its own incident, in the revision that is public'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_public_insert before insert on dossier
when new.state = 'published' and not exists (select 1 from incident i where i.ref = new.incident_ref and i.state in ('published', 'disputed', 'corrected', 'verified')
    and (i.origin <> 'desk' or i.dossier_id = new.id and i.signed_revision = new.signed_revision))
begin select raise(abort, 'a case is public only with its incident, in the revision that is public'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_public_update before update of state on dossier
when new.state = 'published' and old.state <> 'published' and not exists (select 1 from incident i where i.ref = new.incident_ref and i.state in ('published', 'disputed', 'corrected', 'verified')
    and (i.origin <> 'desk' or i.dossier_id = new.id and i.signed_revision = new.signed_revision))
begin select raise(abort, 'a case is public only with its incident, in the revision that is public'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dossier_not_deleted before delete on dossier
when true
begin select raise(abort, 'a dossier keeps its number and its author'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_value_new_revision before insert on claim_value
when (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision))
begin select raise(abort, 'what was signed is not written into: a new value needs a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_grade_new_revision before insert on claim_grade
when (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) and not exists (select 1 from claim_grade g join dossier d on d.id = g.dossier_id and d.revision = new.revision
    where g.dossier_id = new.dossier_id and g.claim = new.claim and g.grade = new.grade and not exists (
      select 1 from claim_grade l where l.dossier_id = g.dossier_id and l.claim = g.claim and l.id > g.id))
begin select raise(abort, 'what was signed is not written into: a new value needs a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_new_revision before insert on dissent
when (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision)) or new.settled_revision not in (0, new.revision)
begin select raise(abort, 'what was signed is not written into: a new value needs a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_stays before update on dissent
when new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.body <> old.body or new.person_id <> old.person_id
  or new.organisation_id <> old.organisation_id or new.at <> old.at or new.revision <> old.revision or old.settled_revision <> 0 or (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.settled_revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.settled_revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.settled_revision))
begin select raise(abort, 'a disagreement stays, or is settled in a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger dissent_not_deleted before delete on dissent
when true
begin select raise(abort, 'a disagreement stays, or is settled in a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_told before insert on public_item
when not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision) or exists (select 1 from incident i where i.dossier_id = new.dossier_id and i.signed_revision = new.revision
    and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null)
begin select raise(abort, 'what was told of evidence when it became public stays'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_stays before update on public_item
when new.dossier_id <> old.dossier_id or new.revision <> old.revision or new.item_id <> old.item_id or exists (select 1 from incident i where i.dossier_id = old.dossier_id and i.signed_revision = old.revision
    and i.origin = 'desk' and i.state in ('published', 'disputed', 'corrected', 'verified') and i.urgent_until is null)
begin select raise(abort, 'what was told of evidence when it became public stays'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger public_item_not_deleted before delete on public_item
when true
begin select raise(abort, 'what was told of evidence when it became public stays'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_new_revision before insert on claim_evidence
when (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.revision))
begin select raise(abort, 'what was signed is not written into: a new value needs a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_own before insert on claim_evidence
when exists (select 1 from evidence_item e where e.id = new.item_id and e.case_id <> new.dossier_id)
begin select raise(abort, 'nothing is said in a case of evidence that lies in another'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_stays before update on claim_evidence
when new.id <> old.id or new.dossier_id <> old.dossier_id or new.claim <> old.claim or new.item_id <> old.item_id or new.side <> old.side or new.note <> old.note
  or new.person_id <> old.person_id or new.at <> old.at or new.revision <> old.revision or old.withdrawn_revision <> 0 or (not exists (select 1 from dossier d where d.id = new.dossier_id and d.revision = new.withdrawn_revision)
  or exists (select 1 from sign_off s where s.dossier_id = new.dossier_id and s.revision >= new.withdrawn_revision)
  or exists (select 1 from urgent_publication u where u.dossier_id = new.dossier_id and u.revision >= new.withdrawn_revision))
begin select raise(abort, 'what was said of evidence stays, or is taken back in a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger claim_evidence_not_deleted before delete on claim_evidence
when true
begin select raise(abort, 'what was said of evidence stays, or is taken back in a new revision'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_insert before insert on period
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: period refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_update_old before update on period
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: period refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_update_new before update on period
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: period refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger period_signed_delete before delete on period
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: period refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_insert before insert on incident_country
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: incident_country refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_update_old before update on incident_country
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: incident_country refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_update_new before update on incident_country
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: incident_country refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger incident_country_signed_delete before delete on incident_country
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: incident_country refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_insert before insert on place
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: place refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_update_old before update on place
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: place refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_update_new before update on place
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: place refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger place_signed_delete before delete on place
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: place refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_insert before insert on measure
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: measure refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_update_old before update on measure
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: measure refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_update_new before update on measure
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: measure refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger measure_signed_delete before delete on measure
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: measure refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_insert before insert on service_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: service_effect refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_update_old before update on service_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: service_effect refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_update_new before update on service_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: service_effect refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger service_effect_signed_delete before delete on service_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: service_effect refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_insert before insert on actor_role
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: actor_role refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_update_old before update on actor_role
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: actor_role refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_update_new before update on actor_role
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: actor_role refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger actor_role_signed_delete before delete on actor_role
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: actor_role refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_insert before insert on cause
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cause refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_update_old before update on cause
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cause refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_update_new before update on cause
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cause refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cause_signed_delete before delete on cause
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cause refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_insert before insert on justification
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: justification refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_update_old before update on justification
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: justification refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_update_new before update on justification
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: justification refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger justification_signed_delete before delete on justification
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: justification refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_insert before insert on legal_basis
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: legal_basis refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_update_old before update on legal_basis
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: legal_basis refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_update_new before update on legal_basis
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: legal_basis refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger legal_basis_signed_delete before delete on legal_basis
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: legal_basis refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_insert before insert on operator_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_effect refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_update_old before update on operator_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_effect refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_update_new before update on operator_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_effect refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_effect_signed_delete before delete on operator_effect
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_effect refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_insert before insert on operator_statement
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_statement refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_update_old before update on operator_statement
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_statement refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_update_new before update on operator_statement
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_statement refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger operator_statement_signed_delete before delete on operator_statement
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: operator_statement refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_insert before insert on flag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: flag refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_update_old before update on flag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: flag refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_update_new before update on flag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: flag refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger flag_signed_delete before delete on flag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: flag refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_insert before insert on targeted_group
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: targeted_group refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_update_old before update on targeted_group
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: targeted_group refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_update_new before update on targeted_group
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: targeted_group refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger targeted_group_signed_delete before delete on targeted_group
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: targeted_group refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_insert before insert on cost
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cost refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_update_old before update on cost
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cost refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_update_new before update on cost
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cost refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger cost_signed_delete before delete on cost
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: cost refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_insert before insert on source
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: source refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_update_old before update on source
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: source refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_update_new before update on source
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: source refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger source_signed_delete before delete on source
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: source refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_insert before insert on publication
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: publication refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_update_old before update on publication
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: publication refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_update_new before update on publication
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: publication refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger publication_signed_delete before delete on publication
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: publication refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_insert before insert on narrative
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: narrative refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_update_old before update on narrative
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: narrative refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_update_new before update on narrative
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: narrative refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger narrative_signed_delete before delete on narrative
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: narrative refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_insert before insert on report_tag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: report_tag refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_update_old before update on report_tag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: report_tag refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_update_new before update on report_tag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: report_tag refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger report_tag_signed_delete before delete on report_tag
when not exists (select 1 from record_open) and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: report_tag refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_insert before insert on entry
when not exists (select 1 from record_open) and new.edition_id = 1 and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: entry refuses insert'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_update_old before update on entry
when not exists (select 1 from record_open) and old.edition_id = 1 and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: entry refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_update_new before update on entry
when not exists (select 1 from record_open) and new.edition_id = 1 and exists (select 1 from incident i where i.id = new.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: entry refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_signed_delete before delete on entry
when not exists (select 1 from record_open) and old.edition_id = 1 and exists (select 1 from incident i where i.id = old.incident_id and i.origin = 'desk')
begin select raise(abort, 'what the record says of an incident of the desk was signed: entry refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_taken_back_insert before insert on entry
when new.edition_id = 1 and new.counted = 1 and exists (select 1 from incident i where i.id = new.incident_id and i.state in ('retracted', 'rejected'))
begin select raise(abort, 'what was taken back counts nowhere'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger entry_taken_back_update before update on entry
when new.edition_id = 1 and new.counted = 1 and exists (select 1 from incident i where i.id = new.incident_id and i.state in ('retracted', 'rejected'))
begin select raise(abort, 'what was taken back counts nowhere'); end;
-- +goose StatementEnd
