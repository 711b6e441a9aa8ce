-- +goose Up
-- What is written in the ledger stays.

-- +goose StatementBegin
create function ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only grows: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

create trigger ledger_entry_frozen before update or delete on ledger_entry for each row execute function ledger_refuse();
create trigger ledger_entry_whole before truncate on ledger_entry for each statement execute function ledger_refuse();
create trigger ledger_checkpoint_frozen before update or delete on ledger_checkpoint for each row execute function ledger_refuse();
create trigger ledger_checkpoint_whole before truncate on ledger_checkpoint for each statement execute function ledger_refuse();
create trigger ledger_cosignature_frozen before update or delete on ledger_cosignature for each row execute function ledger_refuse();
create trigger ledger_cosignature_whole before truncate on ledger_cosignature for each statement execute function ledger_refuse();
create trigger ledger_stamp_frozen before update or delete on ledger_stamp for each row execute function ledger_refuse();
create trigger ledger_stamp_whole before truncate on ledger_stamp for each statement execute function ledger_refuse();
create trigger ledger_head_no_delete before delete on ledger_head for each row execute function ledger_refuse();
create trigger ledger_head_no_shrink before update on ledger_head for each row
  when (new.id <> old.id or new.size < old.size) execute function ledger_refuse();
create trigger ledger_head_whole before truncate on ledger_head for each statement execute function ledger_refuse();

-- What opens a commitment may be deleted, never exchanged.
create trigger ledger_payload_no_update before update on ledger_payload for each row execute function ledger_refuse();
