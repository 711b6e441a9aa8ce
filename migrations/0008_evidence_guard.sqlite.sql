-- +goose Up
-- What happened to evidence stays written. The insert triggers are against `insert
-- or replace`, which takes the old row away without asking the delete trigger.

-- +goose StatementBegin
create trigger evidence_custody_no_update before update on evidence_custody
begin select raise(abort, 'custody only grows: evidence_custody refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_no_delete before delete on evidence_custody
begin select raise(abort, 'custody only grows: evidence_custody refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_no_replace before insert on evidence_custody
when exists (select 1 from evidence_custody where item_id = new.item_id and n = new.n)
begin select raise(abort, 'custody only grows: evidence_custody refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_update before update on evidence_capture
begin select raise(abort, 'custody only grows: evidence_capture refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_delete before delete on evidence_capture
begin select raise(abort, 'custody only grows: evidence_capture refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_no_replace before insert on evidence_capture
when exists (select 1 from evidence_capture where id = new.id)
begin select raise(abort, 'custody only grows: evidence_capture refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_update before update on evidence_hop
begin select raise(abort, 'custody only grows: evidence_hop refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_delete before delete on evidence_hop
begin select raise(abort, 'custody only grows: evidence_hop refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_no_replace before insert on evidence_hop
when exists (select 1 from evidence_hop where capture_id = new.capture_id and n = new.n)
begin select raise(abort, 'custody only grows: evidence_hop refuses replace'); end;
-- +goose StatementEnd

-- What an edit replaced may be deleted where the law asks for it, never exchanged.
-- +goose StatementBegin
create trigger evidence_change_no_update before update on evidence_change
begin select raise(abort, 'custody only grows: evidence_change refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_change_no_replace before insert on evidence_change
when exists (select 1 from evidence_change where id = new.id)
begin select raise(abort, 'custody only grows: evidence_change refuses replace'); end;
-- +goose StatementEnd
