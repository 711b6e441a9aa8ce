package incident

import (
	"context"

	"keepiton/internal/platform/db"
)

// stillFollowed corrects an account of a sheet that was imported before: rows
// that the record no longer follows are not "the record says the same". What a
// later sheet or a person said since stays; the account names it.
func stillFollowed(ctx context.Context, tx db.Tx, prior *Edition, acc *Account) error {
	rows, err := rowsThen(ctx, tx, prior)
	if err != nil {
		return err
	}
	entries, err := entriesNow(ctx, tx, prior)
	if err != nil {
		return err
	}
	roots, err := leadsTo(ctx, tx)
	if err != nil {
		return err
	}
	for i := range acc.Rows {
		out := &acc.Rows[i]
		r := rows[out.Line]
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
		now, known := entries[yearOf{id, r.Year}]
		out.Ref = now.Ref
		switch {
		case !known || now.Counted == 0:
			out.Outcome, out.Reason = Kept, "taken out of the count since; it stays so"
		case now.Touched == 1:
			out.Reason = "the sheet says what it said; the correction made here stays"
		case now.Origin != prior.ID && now.Hash != r.Hash:
			out.Outcome, out.Reason = Kept, "another sheet is followed there, and says otherwise"
		}
	}
	return nil
}

// rowThen is a row of a sheet as it was read, with the hash of its facts.
type rowThen struct {
	Line     int    `db:"line"`
	Year     int    `db:"count_year"`
	Outcome  string `db:"outcome"`
	Hash     string `db:"hash"`
	Incident *int64 `db:"incident_id"`
}

// rowsThen are the rows of a sheet by their lines.
func rowsThen(ctx context.Context, tx db.Tx, prior *Edition) (map[int]rowThen, error) {
	list, err := db.Select[rowThen](ctx, tx, `/* incident.rowsThen */ select r.line, r.count_year, r.outcome, o.hash, r.incident_id
		from import_row r join entry o on o.edition_id = r.edition_id and o.line = r.line where r.edition_id = $1`, prior.ID)
	out := make(map[int]rowThen, len(list))
	for _, r := range list {
		out[r.Line] = r
	}
	return out, err
}

// entryNow is an entry of the record as far as following a sheet goes.
type entryNow struct {
	Incident int64  `db:"incident_id"`
	Ref      string `db:"ref"`
	Year     int    `db:"count_year"`
	Origin   int64  `db:"source_edition"`
	Counted  int    `db:"counted"`
	Touched  int    `db:"touched"`
	Hash     string `db:"hash"`
}

// entriesNow are the entries of the record in the count years of a sheet.
func entriesNow(ctx context.Context, tx db.Tx, prior *Edition) (map[yearOf]entryNow, error) {
	list, err := db.Select[entryNow](ctx, tx, `/* incident.entriesNow */ select n.incident_id, i.ref, n.count_year, n.source_edition, n.counted, n.touched, n.hash
		from entry n join incident i on i.id = n.incident_id where n.edition_id = $1 and n.count_year in
		(select distinct count_year from import_row where edition_id = $2)`, RecordEdition, prior.ID)
	out := make(map[yearOf]entryNow, len(list))
	for _, n := range list {
		out[yearOf{n.Incident, n.Year}] = n
	}
	return out, err
}
