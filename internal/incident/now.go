package incident

import (
	"context"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Now is as much of what the record says of an incident as the desk has to know
// before it writes over it.
type Now struct {
	Hash string // of the facts of its newest year
	Desk bool   // the desk published them, or took them back: sheets leave it alone
	Year int    // the newest it counts in
	Open bool   // what it says goes on
}

// NowOf reads it, as the transaction sees it. An unknown reference is not found.
func (s *Service) NowOf(ctx context.Context, q db.Querier, ref string) (Now, error) {
	type row struct {
		Hash   string `db:"hash"`
		Origin string `db:"origin"`
		Year   int    `db:"count_year"`
		End    string `db:"end_state"`
	}
	r, found, err := db.SelectOne[row](ctx, q, `/* incident.NowOf */ select e.hash, i.origin, e.count_year, e.end_state from incident i
		join entry e on e.incident_id = i.id and e.edition_id = $2 and e.latest = 1 where i.ref = $1`, ref, RecordEdition)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "incident.unknown", "ref", clipValue(ref))
	}
	return Now{r.Hash, r.Origin == fromDesk, r.Year, r.End == "ongoing"}, err
}
