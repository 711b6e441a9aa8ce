package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// standing corrects an account of a sheet that was imported before: rows that
// the record no longer follows are not "the record says the same". What a later
// sheet or a person said since stays; the account names it.
func standing(ctx context.Context, tx db.Tx, prior *Edition, acc *Account) error {
	type row struct {
		Line     int    `db:"line"`
		Year     int    `db:"count_year"`
		Outcome  string `db:"outcome"`
		Hash     string `db:"hash"`
		Incident *int64 `db:"incident_id"`
	}
	rows, err := db.Select[row](ctx, tx, `/* incident.standing */ select r.line, r.count_year, r.outcome, o.hash, r.incident_id
		from import_row r join entry o on o.edition_id = r.edition_id and o.line = r.line where r.edition_id = $1`, prior.ID)
	if err != nil {
		return err
	}
	type now struct {
		Incident int64  `db:"incident_id"`
		Ref      string `db:"ref"`
		Year     int    `db:"count_year"`
		Origin   int64  `db:"source_edition"`
		Counted  int    `db:"counted"`
		Touched  int    `db:"touched"`
		Hash     string `db:"hash"`
	}
	entries, err := db.Select[now](ctx, tx, `/* incident.standing now */ select n.incident_id, i.ref, n.count_year, n.source_edition, n.counted, n.touched, n.hash
		from entry n join incident i on i.id = n.incident_id where n.edition_id = $1 and n.count_year in
		(select distinct count_year from import_row where edition_id = $2)`, RecordEdition, prior.ID)
	if err != nil {
		return err
	}
	have := map[yearOf]now{}
	for _, n := range entries {
		have[yearOf{n.Incident, n.Year}] = n
	}
	roots, err := leadsTo(ctx, tx)
	if err != nil {
		return err
	}
	was := map[int]row{}
	for _, r := range rows {
		was[r.Line] = r
	}
	for i := range acc.Rows {
		out := &acc.Rows[i]
		r := was[out.Line]
		if out.Outcome != Unchanged {
			continue
		}
		if r.Outcome == string(Parked) || r.Incident == nil {
			out.Outcome = Parked
			continue
		}
		id := *r.Incident
		if root, merged := roots[id]; merged {
			id = root
		}
		n, known := have[yearOf{id, r.Year}]
		out.Ref = n.Ref
		switch {
		case !known || n.Counted == 0:
			out.Outcome, out.Reason = Kept, "taken out of the count since; it stays so"
		case n.Touched == 1:
			out.Reason = "the sheet says what it said; the correction made here stays"
		case n.Origin != prior.ID && n.Hash != r.Hash:
			out.Outcome, out.Reason = Kept, "another sheet is followed there, and says otherwise"
		}
	}
	return nil
}
