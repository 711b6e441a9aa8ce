-- +goose Up
-- Written by migrations/guard; do not edit.
-- What is written in the ledger stays. What opens a commitment may be deleted, never
-- exchanged.

-- +goose StatementBegin
create trigger ledger_entry_no_update before update on ledger_entry
begin select raise(abort, 'what was written stays: ledger_entry refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_entry_no_delete before delete on ledger_entry
begin select raise(abort, 'what was written stays: ledger_entry refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_entry_no_replace before insert on ledger_entry
when exists (select 1 from ledger_entry x where x.idx = new.idx or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_entry refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_checkpoint_no_update before update on ledger_checkpoint
begin select raise(abort, 'what was written stays: ledger_checkpoint refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_checkpoint_no_delete before delete on ledger_checkpoint
begin select raise(abort, 'what was written stays: ledger_checkpoint refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_checkpoint_no_replace before insert on ledger_checkpoint
when exists (select 1 from ledger_checkpoint x where x.n = new.n or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_checkpoint refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_cosignature_no_update before update on ledger_cosignature
begin select raise(abort, 'what was written stays: ledger_cosignature refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_cosignature_no_delete before delete on ledger_cosignature
begin select raise(abort, 'what was written stays: ledger_cosignature refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_cosignature_no_replace before insert on ledger_cosignature
when exists (select 1 from ledger_cosignature x where x.n = new.n and x.witness = new.witness or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_cosignature refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_stamp_no_update before update on ledger_stamp
begin select raise(abort, 'what was written stays: ledger_stamp refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_stamp_no_delete before delete on ledger_stamp
begin select raise(abort, 'what was written stays: ledger_stamp refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_stamp_no_replace before insert on ledger_stamp
when exists (select 1 from ledger_stamp x where x.n = new.n and x.authority = new.authority or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_stamp refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_payload_no_update before update on ledger_payload
begin select raise(abort, 'what was written stays: ledger_payload refuses update'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_payload_no_replace before insert on ledger_payload
when exists (select 1 from ledger_payload x where x.idx = new.idx or x.rowid = new.rowid)
begin select raise(abort, 'what was written stays: ledger_payload refuses replace'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_delete before delete on ledger_head
when true
begin select raise(abort, 'the ledger only grows: ledger_head refuses delete'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_shrink before update on ledger_head
when new.id <> old.id or new.size < old.size
begin select raise(abort, 'the ledger only grows: ledger_head refuses to shrink'); end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_second before insert on ledger_head
when exists (select 1 from ledger_head)
begin select raise(abort, 'the ledger only grows: ledger_head refuses a second one'); end;
-- +goose StatementEnd
