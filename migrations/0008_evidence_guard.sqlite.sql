-- +goose Up
-- Written by migrations/guard; do not edit.
-- What happened to evidence stays written. What an edit replaced may be deleted where
-- the law asks for it, never exchanged.

-- +goose StatementBegin
create trigger evidence_custody_no_update before update on evidence_custody
begin select raise(abort, 'what was written stays: evidence_custody refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_no_delete before delete on evidence_custody
begin select raise(abort, 'what was written stays: evidence_custody refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_no_replace before insert on evidence_custody
when exists (select 1 from evidence_custody x where x.item_id = new.item_id and x.n = new.n or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: evidence_custody refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_update before update on evidence_capture
begin select raise(abort, 'what was written stays: evidence_capture refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_delete before delete on evidence_capture
begin select raise(abort, 'what was written stays: evidence_capture refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_replace before insert on evidence_capture
when exists (select 1 from evidence_capture x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: evidence_capture refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_update before update on evidence_hop
begin select raise(abort, 'what was written stays: evidence_hop refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_delete before delete on evidence_hop
begin select raise(abort, 'what was written stays: evidence_hop refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_replace before insert on evidence_hop
when exists (select 1 from evidence_hop x where x.capture_id = new.capture_id and x.n = new.n or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: evidence_hop refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_change_no_update before update on evidence_change
begin select raise(abort, 'what was written stays: evidence_change refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_change_no_replace before insert on evidence_change
when exists (select 1 from evidence_change x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: evidence_change refuses replace'); end;
-- +goose StatementEnd
