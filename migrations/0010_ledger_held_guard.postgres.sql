-- +goose Up
-- What was held stays, and so does what says which batch covers it.

create trigger ledger_held_frozen before update or delete on ledger_held for each row execute function ledger_refuse();
create trigger ledger_held_whole before truncate on ledger_held for each statement execute function ledger_refuse();
create trigger ledger_batch_frozen before update or delete on ledger_batch for each row execute function ledger_refuse();
create trigger ledger_batch_whole before truncate on ledger_batch for each statement execute function ledger_refuse();

-- What opens a commitment may be deleted, never exchanged.
create trigger ledger_held_payload_no_update before update on ledger_held_payload for each row execute function ledger_refuse();
