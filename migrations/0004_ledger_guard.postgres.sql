-- +goose Up
-- Written by migrations/guard; do not edit.
-- What is written in the ledger stays. What opens a commitment may be deleted, never
-- exchanged.

-- +goose StatementBegin
create function ledger_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_entry_stays before update or delete on ledger_entry for each row execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_entry_stays_whole before truncate on ledger_entry for each statement execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_checkpoint_stays before update or delete on ledger_checkpoint for each row execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_checkpoint_stays_whole before truncate on ledger_checkpoint for each statement execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_cosignature_stays before update or delete on ledger_cosignature for each row execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_cosignature_stays_whole before truncate on ledger_cosignature for each statement execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_stamp_stays before update or delete on ledger_stamp for each row execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_stamp_stays_whole before truncate on ledger_stamp for each statement execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_payload_stays before update on ledger_payload for each row execute function ledger_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create function ledger_head_no_delete() returns trigger language plpgsql as $$
begin
  if true then
    raise exception 'the ledger only grows: ledger_head refuses delete' using errcode = 'restrict_violation';
  end if;
  return old;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_delete before delete on ledger_head for each row execute function ledger_head_no_delete();
-- +goose StatementEnd

-- +goose StatementBegin
create function ledger_head_no_delete_whole() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only grows: ledger_head refuses delete' using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_delete_whole before truncate on ledger_head for each statement execute function ledger_head_no_delete_whole();
-- +goose StatementEnd

-- +goose StatementBegin
create function ledger_head_no_shrink() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.size < old.size then
    raise exception 'the ledger only grows: ledger_head refuses to shrink' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_shrink before update on ledger_head for each row execute function ledger_head_no_shrink();
-- +goose StatementEnd

-- +goose StatementBegin
create function ledger_head_no_second() returns trigger language plpgsql as $$
begin
  if exists (select 1 from ledger_head) then
    raise exception 'the ledger only grows: ledger_head refuses a second one' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_head_no_second before insert on ledger_head for each row execute function ledger_head_no_second();
-- +goose StatementEnd
