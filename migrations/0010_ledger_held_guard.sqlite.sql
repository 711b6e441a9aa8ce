-- +goose Up
-- Written by migrations/guard; do not edit.
-- What was held stays, and so does what says which batch covers it.

-- +goose StatementBegin
create trigger ledger_held_no_update before update on ledger_held
begin select raise(abort, 'what was written stays: ledger_held refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_no_delete before delete on ledger_held
begin select raise(abort, 'what was written stays: ledger_held refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_no_replace before insert on ledger_held
when exists (select 1 from ledger_held x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_held refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_update before update on ledger_batch
begin select raise(abort, 'what was written stays: ledger_batch refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_delete before delete on ledger_batch
begin select raise(abort, 'what was written stays: ledger_batch refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_replace before insert on ledger_batch
when exists (select 1 from ledger_batch x where x.idx = new.idx or x.slot = new.slot or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_batch refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_payload_no_update before update on ledger_held_payload
begin select raise(abort, 'what was written stays: ledger_held_payload refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_payload_no_replace before insert on ledger_held_payload
when exists (select 1 from ledger_held_payload x where x.id = new.id or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_held_payload refuses replace'); end;
-- +goose StatementEnd
