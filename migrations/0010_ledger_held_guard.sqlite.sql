-- +goose Up
-- What was held stays, and so does what says which batch covers it. Against
-- `insert or replace` see 0004_ledger_guard.

-- +goose StatementBegin
create trigger ledger_held_no_update before update on ledger_held
begin select raise(abort, 'the ledger only grows: ledger_held refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_no_delete before delete on ledger_held
begin select raise(abort, 'the ledger only grows: ledger_held refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_no_replace before insert on ledger_held
when exists (select 1 from ledger_held where id = new.id)
begin select raise(abort, 'the ledger only grows: ledger_held refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_update before update on ledger_batch
begin select raise(abort, 'the ledger only grows: ledger_batch refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_delete before delete on ledger_batch
begin select raise(abort, 'the ledger only grows: ledger_batch refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_no_replace before insert on ledger_batch
when exists (select 1 from ledger_batch where idx = new.idx or slot = new.slot)
begin select raise(abort, 'the ledger only grows: ledger_batch refuses replace'); end;
-- +goose StatementEnd

-- What opens a commitment may be deleted, never exchanged.
-- +goose StatementBegin
create trigger ledger_held_payload_no_update before update on ledger_held_payload
begin select raise(abort, 'the ledger only grows: ledger_held_payload refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_payload_no_replace before insert on ledger_held_payload
when exists (select 1 from ledger_held_payload where id = new.id)
begin select raise(abort, 'the ledger only grows: ledger_held_payload refuses replace'); end;
-- +goose StatementEnd
