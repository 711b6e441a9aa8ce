-- +goose Up
-- Written by migrations/guard; do not edit.
-- What happened to evidence stays written. What an edit replaced may be deleted where
-- the law asks for it, never exchanged.

-- +goose StatementBegin
create function evidence_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was written stays: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_stays before update or delete on evidence_custody for each row execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_custody_stays_whole before truncate on evidence_custody for each statement execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_stays before update or delete on evidence_capture for each row execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_capture_stays_whole before truncate on evidence_capture for each statement execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_stays before update or delete on evidence_hop for each row execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_hop_stays_whole before truncate on evidence_hop for each statement execute function evidence_stays();
-- +goose StatementEnd

-- +goose StatementBegin
create trigger evidence_change_stays before update on evidence_change for each row execute function evidence_stays();
-- +goose StatementEnd
