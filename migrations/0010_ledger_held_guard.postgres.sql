-- +goose Up
-- Written by migrations/guard; do not edit.
-- What was held stays, and so does what says which batch covers it.

-- +goose StatementBegin
create function ledger_held_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_stays before update or delete on ledger_held for each row execute function ledger_held_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_stays_whole before truncate on ledger_held for each statement execute function ledger_held_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_stays before update or delete on ledger_batch for each row execute function ledger_held_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_batch_stays_whole before truncate on ledger_batch for each statement execute function ledger_held_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_held_payload_stays before update on ledger_held_payload for each row execute function ledger_held_stays();
-- +goose StatementEnd
