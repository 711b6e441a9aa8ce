package incident

import (
	"context"
	"fmt"

	"keepiton/internal/platform/db"
	"keepiton/internal/platform/fault"
)

// Now is as much of what the record says of an incident as the desk has to know
// before it writes over it.
type Now struct {
	Mark string // of the facts of its newest year, and of the years it counts in
	Desk bool   // the desk published them, or took them back: sheets leave it alone
	Year int    // the newest it counts in, or the newest at all
	Open bool   // what it says goes on
	Into string // where it went: the incident that took it in, of which all the rest speaks
}

// NowOf reads it, as the transaction sees it. An unknown reference is not found.
func (s *Service) NowOf(ctx context.Context, q db.Querier, ref string) (Now, error) {
	type row struct {
		Ref     string `db:"ref"`
		Origin  string `db:"origin"`
		Hash    string `db:"hash"`
		Year    int    `db:"count_year"`
		End     string `db:"end_state"`
		Counted int    `db:"counted"`
		Latest  int    `db:"latest"`
	}
	rows, err := db.Select[row](ctx, q, `/* incident.NowOf */ with recursive way (id, merged_into) as (
			select id, merged_into from incident where ref = $1
			union all select i.id, i.merged_into from way join incident i on i.id = way.merged_into)
		select i.ref, i.origin, e.hash, e.count_year, e.end_state, e.counted, e.latest from way join incident i on i.id = way.id
		join entry e on e.incident_id = i.id and e.edition_id = $2 where way.merged_into is null order by e.count_year`, ref, RecordEdition)
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.NotFound, "incident.unknown", "ref", clipValue(ref))
	}
	var now Now
	hash, years := "", ""
	for _, r := range rows {
		now.Desk = r.Origin == fromDesk
		if r.Ref != ref {
			now.Into = r.Ref
		}
		if r.Latest == 1 {
			hash, now.Year, now.Open = r.Hash, r.Year, r.End == "ongoing"
		}
		if r.Counted == 1 {
			years += fmt.Sprint(" ", r.Year)
		}
	}
	now.Mark = hash + years
	return now, err
}

// Stored are the facts of an incident of the record as they are stored, in all that is
// withheld from readers: whoever takes them up copies what was said, not a gap.
func (s *Service) Stored(ctx context.Context, q db.Querier, ref string) (*Facts, error) {
	id, _, err := db.Value[int64](ctx, q, `/* incident.Stored */ select id from incident where ref = $1`, ref)
	if err != nil {
		return nil, err
	}
	all, err := loadFactsOf(ctx, q, []int64{id})
	if err == nil && all[id] == nil {
		err = fault.New(fault.NotFound, "incident.unknown", "ref", clipValue(ref))
	}
	return all[id], err
}
