package incident

import (
	"context"
	"strings"
	"time"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// ChangesBetween reads the changes of a span of time, newest first, as
// [Service.RecentChanges] does: up to limit of them after a cursor ("" for the
// first). next is the cursor of the following ones, "" when these are the last. What
// was coded anew in a batch is one line, that of its first incident.
func (s *Service) ChangesBetween(ctx context.Context, from, to time.Time, after string, limit int) (list []Recent, next string, err error) {
	var w db.Where
	w.And("at >= ? and at < ?", from.UnixMicro(), to.UnixMicro())
	onceABatch(&w)
	if after != "" {
		at, number, ok := parseChangeCursor(after)
		if !ok {
			return nil, "", fault.New(fault.Invalid, "filter.bad_cursor")
		}
		w.And("(at < ? or at = ? and incident_id > ?)", at, at, number)
	}
	rows, err := db.Select[changeRow](ctx, s.db.Reader(), `/* incident.ChangesBetween */ select `+db.Columns[changeRow]("")+
		` from incident_change where `+w.SQL()+` order by at desc, incident_id limit `+w.Arg(limit+1), w.Args()...)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		next = base36(last.At) + "." + base36(last.Incident)
	}
	if list, err = s.recent(ctx, rows); err != nil {
		return nil, "", err
	}
	return list, next, s.countBatches(ctx, rows, list)
}

// onceABatch leaves of what was coded anew in a batch the change of its first incident.
func onceABatch(w *db.Where) {
	w.And("(reason not like ? or not exists (select 1 from incident_change x where x.at = incident_change.at and x.incident_id < incident_change.incident_id and x.reason = incident_change.reason))", ReasonRecoded+"%")
}

// countBatches tells of changes that stand for a batch how many there were.
func (s *Service) countBatches(ctx context.Context, rows []changeRow, list []Recent) (err error) {
	for i, r := range rows {
		if !strings.HasPrefix(r.Reason, ReasonRecoded) {
			continue
		}
		if list[i].Batch, _, err = db.Value[int](ctx, s.db.Reader(), `/* incident.countBatches */ select count(*) from incident_change where at = $1 and reason = $2`, r.At, r.Reason); err != nil {
			return err
		}
	}
	return nil
}

func parseChangeCursor(text string) (at, number int64, ok bool) {
	a, b, found := strings.Cut(text, ".")
	at, err1 := parse36(a)
	number, err2 := parse36(b)
	return at, number, found && err1 == nil && err2 == nil
}

// ChangeBeside is the instant of the nearest change before a time (dir -1) or
// from it on (dir 1).
func (s *Service) ChangeBeside(ctx context.Context, t time.Time, dir int) (at time.Time, found bool, err error) {
	query := `/* incident.ChangeBeside */ select at from incident_change where at < $1 order by at desc limit 1`
	if dir > 0 {
		query = `/* incident.ChangeBeside */ select at from incident_change where at >= $1 order by at limit 1`
	}
	micro, found, err := db.Value[int64](ctx, s.db.Reader(), query, t.UnixMicro())
	return time.UnixMicro(micro).UTC(), found, err
}

// LastChanges reads the newest change of incidents by their references; one
// that never changed is left out.
func (s *Service) LastChanges(ctx context.Context, refs []string) (map[string]Change, error) {
	out := map[string]Change{}
	if len(refs) == 0 {
		return out, nil
	}
	var w db.Where
	db.In(&w, "i.ref", refs)
	rows, err := db.Select[changeRow](ctx, s.db.Reader(), `/* incident.LastChanges */ select `+db.Columns[changeRow]("c.")+` from incident i
		join incident_change c on c.incident_id = i.id where `+w.SQL()+` and c.revision =
		(select max(revision) from incident_change x where x.incident_id = i.id)`, w.Args()...)
	if err != nil {
		return nil, err
	}
	list, err := s.recent(ctx, rows)
	for _, r := range list {
		out[r.Ref] = r.Change
	}
	return out, err
}
