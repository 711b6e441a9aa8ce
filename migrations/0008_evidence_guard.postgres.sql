-- +goose Up
-- What happened to evidence stays written.

-- +goose StatementBegin
create function evidence_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'custody only grows: % refuses %', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;
-- +goose StatementEnd

create trigger evidence_custody_frozen before update or delete on evidence_custody for each row execute function evidence_refuse();
create trigger evidence_custody_whole before truncate on evidence_custody for each statement execute function evidence_refuse();
create trigger evidence_capture_frozen before update or delete on evidence_capture for each row execute function evidence_refuse();
create trigger evidence_capture_whole before truncate on evidence_capture for each statement execute function evidence_refuse();
create trigger evidence_hop_frozen before update or delete on evidence_hop for each row execute function evidence_refuse();
create trigger evidence_hop_whole before truncate on evidence_hop for each statement execute function evidence_refuse();

-- What an edit replaced may be deleted where the law asks for it, never exchanged.
create trigger evidence_change_no_update before update on evidence_change for each row execute function evidence_refuse();
